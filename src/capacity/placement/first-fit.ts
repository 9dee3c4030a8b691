/** Places machines one after the other, largest first, without ever taking a step back. */
import { type Bin, decreasing, Filling, type Item, needOn, type Packing } from './item.ts'

/** Each into the first host, in the order of the file, that has room: needs few hosts, and fills the first ones. */
export function firstFitDecreasing(items: readonly Item[], bins: readonly Bin[]): Packing {
  const filling = new Filling(bins)
  for (const item of decreasing(items)) {
    let { copies } = item
    for (const [index, bin] of bins.entries()) {
      if (copies === 0) break
      const needMiB = needOn(item, bin)
      if (needMiB === undefined) continue
      const count = Math.min(copies, filling.room(index, needMiB))
      filling.put(index, { path: item.path, copies: count }, needMiB)
      copies -= count
    }
    filling.refuse({ path: item.path, copies })
  }
  return filling.packing()
}

/** Each into the host that has the most memory left, as load balancing does in the end. */
export function spreadOut(items: readonly Item[], bins: readonly Bin[]): Packing {
  const filling = new Filling(bins)
  for (const item of decreasing(items)) {
    for (let copy = 0; copy < item.copies; copy++) {
      const best = emptiest(item, bins, filling)
      const one = { path: item.path, copies: 1 }
      if (best === undefined) filling.refuse(one)
      else filling.put(best.index, one, best.needMiB)
    }
  }
  return filling.packing()
}

function emptiest(
  item: Item,
  bins: readonly Bin[],
  filling: Filling,
): { readonly index: number; readonly needMiB: number } | undefined {
  let best: { readonly index: number; readonly needMiB: number } | undefined
  for (const [index, bin] of bins.entries()) {
    const needMiB = needOn(item, bin)
    if (needMiB === undefined || filling.room(index, needMiB) === 0) continue
    if (best === undefined || filling.leftMiB(index) > filling.leftMiB(best.index)) best = { index, needMiB }
  }
  return best
}
