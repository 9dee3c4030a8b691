/** What a hypervisor spends on each machine that it runs. */
import written from './data/overheads.json' with { type: 'json' }
import { dataFile, onceRead, type Source } from './data-file.ts'

export interface MachineOnHost {
  /** The product that runs the machine. */
  readonly hypervisor: string
  readonly memoryMiB: number
  readonly cpus: number
}

export interface Overhead {
  readonly MiB: number
  readonly source: Source
}

interface OverheadRow {
  readonly hypervisors: readonly string[]
  readonly baseMiB: number
  /** For each MiB of the machine. */
  readonly perMemoryMiB: number
  readonly perCpuMiB: number
  readonly source: Source
}

export const overheadData = onceRead(() => dataFile<OverheadRow>(written))

const byHypervisor = onceRead(
  () => new Map(overheadData().rows.flatMap((row) => row.hypervisors.map((name) => [name, row] as const))),
)

/** Memory beside the machine's own, in MiB; undefined for a hypervisor nobody has a figure about. */
export function vmOverheadMiB({ hypervisor, memoryMiB, cpus }: MachineOnHost): Overhead | undefined {
  const row = byHypervisor().get(hypervisor)
  if (row === undefined) return undefined
  const MiB = row.baseMiB + row.perMemoryMiB * memoryMiB + row.perCpuMiB * cpus
  return { MiB, source: row.source }
}
