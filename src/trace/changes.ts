/** What another version of a lab changes about who reaches whom. */
import type { ResolvedLab } from '#lab'
import type { ProbeKind, Trace } from './contract.ts'
import { type Reachability, reachability } from './reachability.ts'
import { trace } from './trace.ts'

/** Pairs of machines that reached each other before and no longer do, or the other way round. */
export interface ReachChange {
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly reachedBefore: boolean
  /** Of one such pair, in the lab in which it does not reach. */
  readonly trace: Trace
}

export interface LabComparison {
  readonly changes: readonly ReachChange[]
  /** Machines of only one of the labs. */
  readonly gone: readonly string[]
  readonly added: readonly string[]
}

/** Looks at machines that both labs have; those that only one has are named. */
export function compareLabs(before: ResolvedLab, after: ResolvedLab, what: ProbeKind): LabComparison {
  const old = indexed(reachability(before, what))
  const now = indexed(reachability(after, what))
  const both = [...old.groupOf.keys()].filter((machine) => now.groupOf.has(machine))
  const groups = new Map<string, Crossing>()
  for (const machine of both) {
    const crossing = {
      old: old.groupOf.get(machine) ?? 0,
      now: now.groupOf.get(machine) ?? 0,
      machines: [machine],
    }
    const known = groups.get(`${crossing.old} ${crossing.now}`)
    if (known) known.machines.push(machine)
    else groups.set(`${crossing.old} ${crossing.now}`, crossing)
  }
  const changes = [...groups.values()].flatMap((from) =>
    [...groups.values()].flatMap((to) => changeOf(from, to, { before, after, what, old, now }) ?? []),
  )
  const only = (one: Indexed, other: Indexed) =>
    [...one.groupOf.keys()].filter((name) => !other.groupOf.has(name))
  return { changes, gone: only(old, now), added: only(now, old) }
}

/** Machines that are alike in both labs, with the number of their group in each. */
interface Crossing {
  readonly old: number
  readonly now: number
  readonly machines: string[]
}

interface Indexed extends Reachability {
  readonly groupOf: ReadonlyMap<string, number>
}

function indexed(found: Reachability): Indexed {
  return { ...found, groupOf: new Map(found.groups.flatMap((group, at) => group.map((name) => [name, at]))) }
}

interface Both {
  readonly before: ResolvedLab
  readonly after: ResolvedLab
  readonly what: ProbeKind
  readonly old: Indexed
  readonly now: Indexed
}

function changeOf(from: Crossing, to: Crossing, both: Both): ReachChange | undefined {
  const { before, after, what, old, now } = both
  const reachedBefore = old.verdicts[from.old]?.[to.old]?.reached
  const reachedNow = now.verdicts[from.now]?.[to.now]?.reached
  if (reachedBefore === undefined || reachedNow === undefined || reachedBefore === reachedNow)
    return undefined
  const asking = from.machines[0]
  const asked = from === to ? to.machines[1] : to.machines[0]
  if (asking === undefined || asked === undefined) return undefined
  const failing = trace(reachedBefore ? after : before, { from: asking, to: asked, what })
  return { from: from.machines, to: to.machines, reachedBefore, trace: failing }
}
