/** How many reads and writes a second the disks of a datastore give, and at how many machines it becomes slow. */
import { diskIops, type SizingFigure, sizingFigure } from '#facts'
import type { Datastore } from '#lab'
import { type Assumption, assumedFigure } from './assumption.ts'
import { exactly, type Range, times } from './range.ts'

export interface IopsEstimate {
  /** Of all disks together, as far as the layout lets them work side by side; without the cache. */
  readonly disks: Range
  /** By how much a cache of flash multiplies it; 1 without one. */
  readonly cacheFactor: Range
  /** For each machine on it; absent without machines. */
  readonly perMachine?: Range
  /** From `low` machines on it gets slow, with more than `high` it is slow. */
  readonly slowFrom: Range
  readonly verdict: 'fine' | 'gets-slow' | 'slow'
  readonly assumptions: readonly Assumption[]
}

/** A cache serves reads only: at best nearly all of them, at worst none. */
function flashCache(): Range {
  const reads = sizingFigure('reads-of-accesses').low
  const { low, high } = sizingFigure('flash-cache-hits')
  return { low: 1 / (1 - reads * low), high: 1 / (1 - reads * high) }
}

export function iopsOf({ disks, cacheMiB }: Datastore, machines: number): IopsEstimate | undefined {
  if (disks === undefined) return undefined
  const one = diskIops(disks.kind)
  const together = times(one, workingDisks(disks))
  const cacheFactor = cacheMiB === undefined ? exactly(1) : flashCache()
  const delivered = times(together, cacheFactor)
  const slowFrom = slowMachines(delivered)
  return {
    disks: together,
    cacheFactor,
    ...(machines > 0 && { perMachine: times(delivered, 1 / machines) }),
    slowFrom,
    verdict: machines < slowFrom.low ? 'fine' : machines <= slowFrom.high ? 'gets-slow' : 'slow',
    assumptions: assumptionsOf(one, cacheMiB !== undefined),
  }
}

/** A mirror writes as fast as one of its disks: that is what the author of the home lab counts, reads included. */
function workingDisks({ count, layout }: NonNullable<Datastore['disks']>): Range {
  if (layout === 'mirror') return times(sizingFigure('write-disks-of-mirror'), Math.max(1, count / 2))
  // All writes at worst, all reads at best.
  if (layout === 'parity')
    return { low: count / sizingFigure('accesses-of-parity-write').high, high: Math.max(1, count - 1) }
  return exactly(count)
}

/** The home lab is the measure: a mirrored pair of SATA disks got slow at 20 to 30 machines. */
function slowMachines(delivered: Range): Range {
  const measure = sizingFigure('vms-per-mirrored-nas')
  const pair = diskIops('sata')
  return {
    low: Math.max(1, (measure.low * delivered.low) / pair.low),
    high: Math.max(1, (measure.high * delivered.high) / pair.high),
  }
}

function assumptionsOf(one: SizingFigure, hasCache: boolean): readonly Assumption[] {
  const cache = hasCache ? (['flash-cache-hits', 'reads-of-accesses'] as const) : []
  const figures = [one, ...(['vms-per-mirrored-nas', ...cache] as const).map(sizingFigure)]
  return figures.map(assumedFigure)
}
