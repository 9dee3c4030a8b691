/** Whether the machines still have a place when one host is down. */
import type { Bin, Copies, Item } from './item.ts'
import { type Placement, place } from './place.ts'

export interface SpareCheck {
  /** Name of the cluster; absent: all hosts of the site together. */
  readonly cluster?: string
  /** `restart`: only what ran on the host that is down moves. `rebalance`: everything may move. */
  readonly moves: 'restart' | 'rebalance'
  readonly hosts: readonly HostDown[]
  /** `no`: there is a host whose machines find no place. `unknown`: no way was found, and it was not proven. */
  readonly survives: 'yes' | 'no' | 'unknown'
}

export interface HostDown {
  readonly host: string
  readonly outcome: Placement['outcome']
  readonly unplaced: readonly Copies[]
}

export interface RunningHosts {
  readonly bins: readonly Bin[]
  /** What runs on each of them now, in their order. */
  readonly running: readonly (readonly Item[])[]
}

export function checkSpare(
  { bins, running }: RunningHosts,
  moves: SpareCheck['moves'],
  cluster?: string,
): SpareCheck {
  const namesMatter = moves === 'restart' || running.some((items) => items.some(({ allowed }) => allowed))
  const known = new Map<string, Placement>()
  const hosts = bins.map(({ name, freeMiB, threads, product }, down): HostDown => {
    // When everything may move, it is all the same which one of several equal hosts is down.
    const likeness = namesMatter ? name : `${freeMiB} ${threads} ${product}`
    const placement = known.get(likeness) ?? placeWithout(down, { bins, running }, moves)
    known.set(likeness, placement)
    return { host: name, outcome: placement.outcome, unplaced: placement.unplaced }
  })
  const outcomes = new Set(hosts.map(({ outcome }) => outcome))
  const survives = outcomes.has('impossible') ? 'no' : outcomes.has('not-found') ? 'unknown' : 'yes'
  return { ...(cluster !== undefined && { cluster }), moves, hosts, survives }
}

function placeWithout(down: number, { bins, running }: RunningHosts, moves: SpareCheck['moves']): Placement {
  const others = bins.filter((_, index) => index !== down)
  if (moves === 'rebalance') return place(running.flat(), others)
  const leftOver = bins.flatMap((bin, index) => {
    if (index === down) return []
    const usedMiB = (running[index] ?? []).reduce((sum, item) => sum + needOf(item, bin), 0)
    return [{ ...bin, freeMiB: bin.freeMiB - usedMiB }]
  })
  return place(running[down] ?? [], leftOver)
}

function needOf(item: Item, bin: Bin): number {
  return item.copies * (item.memoryMiB + bin.overheadMiB(item))
}
