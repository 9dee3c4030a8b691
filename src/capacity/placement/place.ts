/** Places machines on hosts: first fit decreasing, and the exact search where that fails and the case is small. */
import { exactLimits, isSmall, placeExactly } from './exact.ts'
import { firstFitDecreasing, spreadOut } from './first-fit.ts'
import { type Bin, type Copies, type Item, needOn, type Packing } from './item.ts'

export interface Placement {
  /** What found it, or looked for it last. */
  readonly method: 'first-fit-decreasing' | 'exact'
  /** `not-found`: first fit found no way, and the case is too large to prove that there is none. */
  readonly outcome: 'placed' | 'impossible' | 'not-found'
  /** Whether the machines are spread over the hosts as load balancing would, instead of filling the first ones. */
  readonly isSpread: boolean
  /** One a host, in the order of the hosts. */
  readonly hosts: readonly PlacedHost[]
  /** With `outcome` other than `placed`: what first fit left over. */
  readonly unplaced: readonly Copies[]
}

export interface PlacedHost {
  readonly name: string
  readonly machines: readonly Copies[]
  /** With the overhead of each machine, without what the host itself uses. */
  readonly usedMiB: number
}

/** More copies than this are not spread one by one. */
const mostSpread = 5000

export function place(items: readonly Item[], bins: readonly Bin[]): Placement {
  const firstFit = firstFitDecreasing(items, bins)
  if (firstFit.unplaced.length === 0) return spreadIfPossible(items, bins, firstFit)
  const failed = { bins, packing: firstFit, isSpread: false }
  if (isHopeless(items, bins)) return told('first-fit-decreasing', 'impossible', failed)
  if (!isSmall(items, bins)) return told('first-fit-decreasing', 'not-found', failed)
  const exact = placeExactly(items, bins, exactLimits.steps)
  if (exact === 'impossible') return told('exact', 'impossible', failed)
  if (exact === 'gave-up') return told('exact', 'not-found', failed)
  return told('exact', 'placed', { ...failed, packing: exact })
}

function spreadIfPossible(items: readonly Item[], bins: readonly Bin[], firstFit: Packing): Placement {
  const copies = items.reduce((sum, item) => sum + item.copies, 0)
  const spread = copies <= mostSpread && bins.length > 1 ? spreadOut(items, bins) : undefined
  const isSpread = spread !== undefined && spread.unplaced.length === 0
  const packing = isSpread ? spread : firstFit
  return told('first-fit-decreasing', 'placed', { bins, packing, isSpread })
}

/** Plain proofs that need no search: a machine that goes nowhere, or less memory than they take together. */
function isHopeless(items: readonly Item[], bins: readonly Bin[]): boolean {
  let leastMiB = 0
  for (const item of items) {
    const needs = bins.flatMap((bin) => {
      const needMiB = needOn(item, bin)
      return needMiB !== undefined && needMiB <= bin.freeMiB ? [needMiB] : []
    })
    if (needs.length === 0) return true
    leastMiB += Math.min(...needs) * item.copies
  }
  return leastMiB > bins.reduce((sum, { freeMiB }) => sum + Math.max(0, freeMiB), 0)
}

interface Found {
  readonly bins: readonly Bin[]
  readonly packing: Packing
  readonly isSpread: boolean
}

function told(
  method: Placement['method'],
  outcome: Placement['outcome'],
  { bins, packing, isSpread }: Found,
): Placement {
  const hosts = bins.map(({ name }, index): PlacedHost => {
    const { items = [], usedMiB = 0 } = packing.bins[index] ?? {}
    return { name, machines: items, usedMiB }
  })
  return { method, outcome, isSpread, hosts, unplaced: packing.unplaced }
}
