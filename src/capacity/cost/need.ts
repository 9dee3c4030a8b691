/** What one copy of the lab needs of a computer that is bought or rented. */
import { sizingFigure } from '#facts'
import { type Machine, machinesOf, type ResolvedLab } from '#lab'
import { disksOf } from '../disk-sizes.ts'
import { overheadOf, ownUse, type Product } from '../hypervisor-use.ts'

export interface LabNeed {
  /** Of level 1. */
  readonly machines: readonly Machine[]
  /** Of all levels. */
  readonly runnableVcpus: number
  readonly widestVcpus: number
  readonly depth: number
  /** Of the disks whose size is known. */
  readonly diskGiB: number
  readonly unknownDisks: number
  /** A core may have so many of all vCPUs before machines wait most of the time. */
  readonly vcpusPerCore: number
}

export function needOf({ top }: ResolvedLab): LabNeed {
  const all = [...machinesOf(top)]
  const disks = top.machines.map(disksOf)
  const most = (values: readonly number[]) => values.reduce((max, value) => Math.max(max, value), 0)
  const depth = most(all.map(({ level }) => level))
  return {
    machines: top.machines,
    runnableVcpus: all.reduce((sum, { cpus }) => sum + cpus, 0),
    widestVcpus: most(top.machines.map(({ cpus }) => cpus)),
    depth,
    diskGiB:
      disks.reduce((sum, one) => sum + one.disks.reduce((size, { sizeMiB }) => size + sizeMiB, 0), 0) / 1024,
    unknownDisks: disks.filter(({ isComplete }) => !isComplete).length,
    vcpusPerCore: sizingFigure(depth > 1 ? 'cpus-per-core-nested' : 'cpus-per-core').high,
  }
}

/** Memory of so many copies with the overhead of each machine under that hypervisor, and its own use. */
export function memoryUnder(product: Product, need: LabNeed, copies: number): number {
  const oneMiB = need.machines.reduce(
    (sum, machine) => sum + machine.memoryMiB + (overheadOf(product, machine)?.MiB ?? 0),
    0,
  )
  return oneMiB * copies + (ownUse(product)?.MiB ?? 0)
}

export interface Computer {
  readonly memoryMiB: number
  readonly cores: number
  readonly threads: number
}

/** How many copies of the lab fit in, by memory and by the vCPUs that its cores bear. */
export function copiesIn(computer: Computer, product: Product, need: LabNeed): number {
  if (need.widestVcpus > computer.threads) return 0
  const ownMiB = memoryUnder(product, need, 0)
  const oneMiB = memoryUnder(product, need, 1) - ownMiB
  const byMemory = oneMiB <= 0 ? Number.POSITIVE_INFINITY : (computer.memoryMiB - ownMiB) / oneMiB
  const byCores =
    need.runnableVcpus === 0 ? byMemory : (computer.cores * need.vcpusPerCore) / need.runnableVcpus
  return Math.max(0, Math.floor(Math.min(byMemory, byCores)))
}
