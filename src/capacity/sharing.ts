/** How much memory equal machines may save by sharing pages, as far as somebody has published it. */
import { sizingFigure } from '#facts'
import type { ImageReference, Machine } from '#lab'
import { type Assumption, assumedFigure, assumption } from './assumption.ts'
import type { Level0 } from './level0.ts'
import { type Range, times } from './range.ts'

export interface Sharing {
  /** Machines of level 1 that are made from the image of another one, all seats together. */
  readonly copies: number
  /** What these take when all their memory is in use, without overhead. */
  readonly copiesMiB: number
  /** What they may take instead. Nothing in this report counts on it. */
  readonly sharedMiB: Range
  /** Nobody has measured it with Nestlab yet. */
  readonly isMeasured: false
  readonly assumptions: readonly Assumption[]
}

export function sharingOf(machines: readonly Machine[], seats: number, level0: Level0): Sharing {
  let copies = 0
  let copiesMiB = 0
  const originals = new Set<string>()
  for (const { image, memoryMiB } of machines) {
    const key = `${imageKey(image)} ${memoryMiB}`
    const count = originals.has(key) ? seats : seats - 1
    originals.add(key)
    copies += count
    copiesMiB += count * memoryMiB
  }
  const figure = sizingFigure(sharesNothing(level0) ? 'page-sharing-vsphere' : 'page-sharing-clones')
  const note =
    'Page sharing is a published range, not measured with Nestlab; whether the lab fits does not count on it.'
  return {
    copies,
    copiesMiB,
    sharedMiB: times(figure, copiesMiB),
    isMeasured: false,
    assumptions: copies === 0 ? [] : [assumption(note), assumedFigure(figure)],
  }
}

/** Whether every host is an ESXi. */
function sharesNothing({ hosts }: Level0): boolean {
  return hosts.length > 0 && hosts.every(({ product }) => product === 'esxi')
}

export function imageKey(image: ImageReference): string {
  return image.from === 'catalogue' ? image.name : image.sha256
}
