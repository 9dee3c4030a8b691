/** How much memory seats save by sharing the pages of the running lab that they were copied from. */
import { sizingFigure } from '#facts'
import type { Machine } from '#lab'
import { type Assumption, assumedFigure, assumption } from './assumption.ts'
import type { Level0 } from './level0.ts'
import { type Range, times } from './range.ts'

export interface Sharing {
  /** Machines of level 1 that are copies of the first seat's. */
  readonly copies: number
  /** What these take when all their memory is in use, without overhead. */
  readonly copiesMiB: number
  /** What they may take instead. Nothing in this report counts on it. */
  readonly sharedMiB: Range
  /** Measured with `nestlab clone`, not published by others. */
  readonly isMeasured: boolean
  readonly assumptions: readonly Assumption[]
}

/** Machines of one lab boot each by itself, and QEMU shares nothing of that; `seats` are copies of a running lab. */
export function sharingOf(machines: readonly Machine[], seats: number, level0: Level0): Sharing {
  const copies = machines.length * (seats - 1)
  const copiesMiB = machines.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0) * (seats - 1)
  const isMeasured = !sharesNothing(level0)
  const figure = sizingFigure(isMeasured ? 'page-sharing-copies' : 'page-sharing-vsphere')
  const note =
    'Whether the lab fits does not count on pages that copies share: guests may write to all of them.'
  return {
    copies,
    copiesMiB,
    sharedMiB: times(figure, copiesMiB),
    isMeasured,
    assumptions: copies === 0 ? [] : [assumption(note), assumedFigure(figure)],
  }
}

/** Whether every host is an ESXi. */
function sharesNothing({ hosts }: Level0): boolean {
  return hosts.length > 0 && hosts.every(({ product }) => product === 'esxi')
}
