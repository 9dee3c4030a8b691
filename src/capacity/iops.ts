/** How many reads and writes a second the disks of a datastore give, and at how many machines it becomes slow. */
import { diskIops, type SizingFigure, type Source, sizingFigure } from '#facts'
import type { Datastore } from '#lab'
import { type Assumption, assumedFigure, assumption, dayOfFacts } from './assumption.ts'
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

const known: Source = { title: 'Common knowledge of the field', grade: 'K', asOf: dayOfFacts() }

/** A cache serves reads only: at best nine of ten, where seven of ten accesses are reads; at worst none. */
const flashCache: Range = { low: 1, high: 1 / (1 - 0.7 * 0.9) }

/** A write to a parity group is two reads and two writes, so a group works at a quarter at worst. */
const parityPenalty = 4

export function iopsOf({ disks, cacheMiB }: Datastore, machines: number): IopsEstimate | undefined {
  if (disks === undefined) return undefined
  const one = diskIops(disks.kind)
  const together = times(one, workingDisks(disks))
  const cacheFactor = cacheMiB === undefined ? exactly(1) : flashCache
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
  if (layout === 'parity') return { low: count / parityPenalty, high: Math.max(1, count - 1) }
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
  const made = [assumedFigure(one), assumedFigure(sizingFigure('vms-per-mirrored-nas'))]
  const cache = 'A flash cache serves none to nine tenths of the reads, which are seven of ten accesses.'
  return hasCache ? [...made, assumption(cache, known)] : made
}
