/** Chooses what goes into a board or machine: its CPU, how many of which modules, a disk. */
import type {
  BoardPart,
  CpuPart,
  HardwareCatalogue,
  HardwarePart,
  MemoryBank,
  MemoryPart,
  SsdPart,
  SystemPart,
} from '#facts'
import { fits } from './check-memory.ts'

/** A row of the catalogue, as often as it is bought. */
export interface Pick<Row extends HardwarePart = HardwarePart> {
  readonly row: Row
  readonly count: number
}

export interface CpuNeed {
  readonly cores: number
  /** Absent: it does not matter. */
  readonly threads?: number | undefined
}

/** The one that is there, or for an empty socket the one with enough cores that takes the least power. */
export function chooseCpu(
  machine: BoardPart | SystemPart,
  { cores, threads = 0 }: CpuNeed,
  catalogue: HardwareCatalogue,
): Pick<CpuPart> | undefined {
  const cpus = catalogue.rows.filter((row) => row.kind === 'cpu')
  if (machine.cpu !== undefined) {
    const row = cpus.find(({ model }) => model === machine.cpu)
    return row && { row, count: machine.kind === 'system' ? machine.cpuCount : 1 }
  }
  const forSocket = cpus.filter(({ socket }) => socket === (machine.kind === 'board' ? machine.socket : ''))
  const enough = forSocket.filter((row) => row.cores >= cores && row.threads >= threads)
  // Where none has enough, the one that comes nearest shows by how much.
  const [row] =
    enough.length > 0 ? enough.sort(byWatts) : forSocket.sort((left, right) => right.cores - left.cores)
  return row && { row, count: 1 }
}

function byWatts(left: CpuPart, right: CpuPart): number {
  return left.tdpWatts - right.tdpWatts
}

/**
 * The least memory that is enough: from the qualified list where there is one, at a known price before an unknown one, in
 * as few modules as possible. Where nothing is enough, the most that fits; undefined where the memory is soldered.
 */
export function chooseMemory(
  machine: BoardPart | SystemPart,
  neededGiB: number,
  catalogue: HardwareCatalogue,
): Pick<MemoryPart> | undefined {
  const { memory } = machine
  const modules = catalogue.rows.filter((row) => row.kind === 'memory')
  const usable = memory.qualified
    ? modules.filter(({ model }) => memory.qualified?.includes(model))
    : modules.filter((row) => fits(row, memory))
  const all = usable.flatMap((row) =>
    countsOf(memory, machine.kind === 'system' ? machine.cpuCount : 1).map((count) => ({ row, count })),
  )
  const possible = all.filter((pick) => sizeOf(pick) <= memory.maxGiB)
  const enough = possible.filter((pick) => sizeOf(pick) >= neededGiB)
  if (enough.length > 0) return enough.sort(cheaper)[0]
  return possible.sort((left, right) => sizeOf(right) - sizeOf(left))[0]
}

/** Every CPU gets as many modules as the others. */
function countsOf({ slots }: MemoryBank, cpuCount: number): readonly number[] {
  return Array.from({ length: Math.floor(slots / cpuCount) }, (_, index) => (index + 1) * cpuCount)
}

export function sizeOf({ row, count }: Pick<MemoryPart>): number {
  return row.sizeGiB * count
}

function cheaper(left: Pick<MemoryPart>, right: Pick<MemoryPart>): number {
  const bySize = sizeOf(left) - sizeOf(right)
  if (bySize !== 0) return bySize
  // Infinity less Infinity is no number, which counts as no difference.
  const byPrice = priceOf(left) - priceOf(right)
  return byPrice || left.count - right.count
}

function priceOf({ row, count }: Pick<MemoryPart>): number {
  return row.price === undefined ? Number.POSITIVE_INFINITY : row.price.amount * count
}

const mebibyte = 1024 * 1024

/** As few disks as hold it, and then the smallest. A machine without SATA takes NVMe. */
export function chooseDisk(
  machine: BoardPart | SystemPart,
  diskMiB: number,
  catalogue: HardwareCatalogue,
): Pick<SsdPart> | undefined {
  const wanted = machine.sataPorts > 0 ? 'sata' : 'nvme'
  const picks = catalogue.rows.flatMap((row) => {
    if (row.kind !== 'ssd' || row.interface !== wanted) return []
    return [{ row, count: Math.max(1, Math.ceil((diskMiB * mebibyte) / (row.sizeGB * 1e9))) }]
  })
  return picks.sort((left, right) => left.count - right.count || left.row.sizeGB - right.row.sizeGB)[0]
}
