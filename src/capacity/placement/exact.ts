/** Finds a way to place every machine whenever there is one, by branch and bound; for few machines and hosts only. */
import { type Bin, decreasing, Filling, type Item, needOn, type Packing } from './item.ts'

export const exactLimits = { machines: 16, hosts: 4, steps: 200_000 } as const

export type ExactAnswer = Packing | 'impossible' | 'gave-up'

export function isSmall(items: readonly Item[], bins: readonly Bin[]): boolean {
  const copies = items.reduce((sum, item) => sum + item.copies, 0)
  return copies <= exactLimits.machines && bins.length <= exactLimits.hosts
}

/** `gave-up`: neither a way nor the proof that there is none was found within the steps. */
export function placeExactly(
  items: readonly Item[],
  bins: readonly Bin[],
  steps: number = exactLimits.steps,
): ExactAnswer {
  const search = new Search(items, bins, steps)
  return search.answer()
}

class Search {
  readonly #bins: readonly Bin[]
  /** One entry a copy, largest first. */
  readonly #items: readonly Item[]
  /** What the copies from here on take at least, wherever they go. */
  readonly #leastMiB: readonly number[]
  readonly #leftMiB: number[]
  readonly #chosen: number[] = []
  /** Hosts that differ in nothing but their name may take each other's place, as long as no machine asks for names. */
  readonly #namesMatter: boolean
  #steps: number

  constructor(items: readonly Item[], bins: readonly Bin[], steps: number) {
    this.#bins = bins
    this.#items = decreasing(items).flatMap((item) => Array.from({ length: item.copies }, () => item))
    this.#leastMiB = leastNeeds(this.#items, bins)
    this.#leftMiB = bins.map(({ freeMiB }) => freeMiB)
    this.#namesMatter = items.some(({ allowed }) => allowed !== undefined)
    this.#steps = steps
  }

  answer(): ExactAnswer {
    const found = this.#place(0)
    if (found !== true) return found === false ? 'impossible' : 'gave-up'
    const filling = new Filling(this.#bins)
    for (const [index, item] of this.#items.entries()) {
      const at = this.#chosen[index] ?? 0
      const bin = this.#bins[at]
      if (bin) filling.put(at, { path: item.path, copies: 1 }, needOn(item, bin) ?? 0)
    }
    return filling.packing()
  }

  /** Undefined: out of steps. */
  #place(index: number): boolean | undefined {
    const item = this.#items[index]
    if (item === undefined) return true
    if ((this.#leastMiB[index] ?? 0) > this.#leftMiB.reduce((sum, left) => sum + left, 0)) return false
    // Equal copies go into hosts in their order: every other order is the same placement.
    const first = this.#items[index - 1] === item ? (this.#chosen[index - 1] ?? 0) : 0
    const tried = new Set<string>()
    for (let at = first; at < this.#bins.length; at++) {
      const needMiB = this.#needAt(item, at, tried)
      if (needMiB === undefined) continue
      if (this.#steps-- <= 0) return undefined
      const before = this.#leftMiB[at] ?? 0
      this.#chosen[index] = at
      this.#leftMiB[at] = before - needMiB
      const found = this.#place(index + 1)
      this.#leftMiB[at] = before
      if (found !== false) return found
    }
    return false
  }

  /** Undefined where it does not go, or where a host that is just the same has been tried. */
  #needAt(item: Item, at: number, tried: Set<string>): number | undefined {
    const bin = this.#bins[at]
    const needMiB = bin && needOn(item, bin)
    const leftMiB = this.#leftMiB[at] ?? 0
    if (needMiB === undefined || needMiB > leftMiB) return undefined
    if (this.#namesMatter) return needMiB
    const likeness = `${leftMiB} ${bin?.product} ${bin?.threads}`
    if (tried.has(likeness)) return undefined
    tried.add(likeness)
    return needMiB
  }
}

function leastNeeds(items: readonly Item[], bins: readonly Bin[]): readonly number[] {
  const least = items.map((item) =>
    Math.min(...bins.map((bin) => needOn(item, bin) ?? Number.POSITIVE_INFINITY)),
  )
  for (let index = least.length - 2; index >= 0; index--)
    least[index] = (least[index] ?? 0) + (least[index + 1] ?? 0)
  return least
}
