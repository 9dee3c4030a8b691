/** Lays what ports really saw beside what the trace foretold, and says where the two part. */
import { machinesOf, type ResolvedLab } from '#lab'
import type { Hop, Leg, Trace } from './contract.ts'
import { isFrameOf } from './recognize.ts'

/** A frame as a port saw it; `direction` is `in` from the machine to the switch. */
export interface Seen {
  /** `kvm-1/web:nic0`. */
  readonly port: string
  readonly direction: 'in' | 'out'
  readonly frame: Uint8Array
  /** Why the switch dropped it. */
  readonly drop?: string
}

export interface SeenHop {
  readonly hop: Hop
  /** Whether the frame came in and went out where it was foretold; `unwatched` where no port could tell. */
  readonly in: boolean | 'unwatched'
  readonly out: boolean | 'unwatched'
}

export interface SeenLeg {
  readonly leg: Leg
  readonly hops: readonly SeenHop[]
  /** Drops of this frame, in the words of the capture. */
  readonly drops: readonly { readonly port: string; readonly why: string }[]
  /** No port saw this frame at all. */
  readonly unseen: boolean
}

export interface Comparison {
  readonly legs: readonly SeenLeg[]
  /** Where reality left what was foretold, in words; absent where they agree. */
  readonly parting?: string
}

/** `ports` are those that were watched; `reached` says whether the sender got its answer. */
export function compareWithReality(
  lab: ResolvedLab,
  trace: Trace,
  reality: { readonly seen: readonly Seen[]; readonly ports: readonly string[]; readonly reached: boolean },
): Comparison {
  const watched = new Set(reality.ports)
  const macs = macsOf(lab)
  const legs = trace.legs.map((leg): SeenLeg => {
    const ends = { from: macs.get(leg.from) ?? '', to: macs.get(leg.to) ?? '' }
    const frames = reality.seen.filter(({ frame }) => isFrameOf(frame, leg, ends, trace.probe.what))
    const sees = (end: Hop['in'] | undefined, owner: string, direction: Seen['direction']) => {
      if (!end) return true
      const port = portPath(owner, end.id)
      if (!watched.has(port)) return 'unwatched'
      return frames.some((one) => one.port === port && one.direction === direction && !isLoss(one))
    }
    return {
      leg,
      hops: leg.hops.map((hop) => ({
        hop,
        in: sees(hop.in, hop.owner, 'in'),
        out: sees(hop.out, hop.owner, 'out'),
      })),
      drops: frames.flatMap(({ port, drop }) => (drop ? [{ port, why: drop }] : [])),
      unseen: frames.length === 0,
    }
  })
  const parting = partingOf(trace, legs, reality.reached)
  return { legs, ...(parting !== undefined && { parting }) }
}

function macsOf(lab: ResolvedLab): ReadonlyMap<string, string> {
  const nics = [...machinesOf(lab.top)].flatMap(({ path, nics: own }) =>
    own.map(({ name, mac }) => [`${path}:${name}`, mac] as const),
  )
  return new Map(nics)
}

/** A port that drops what comes in has seen it all the same. */
function isLoss({ direction, drop }: Seen): boolean {
  return direction === 'out' && drop !== undefined
}

/** Hops name machines by their paths or by their level's names: both end alike. */
function portPath(owner: string, id: string): string {
  return owner === '' || id.startsWith(`${owner}/`) ? id : `${owner}/${id}`
}

function partingOf(trace: Trace, legs: readonly SeenLeg[], reached: boolean): string | undefined {
  const agreed = trace.reached === reached
  // Guests remember MACs: a question that was not asked is no difference where the request came all the same.
  const remembered = legs.some(({ leg, unseen }) => !unseen && !leg.name.startsWith('arp'))
  const asked = legs.filter(({ unseen, leg }) => !(remembered && unseen && leg.name.startsWith('arp')))
  for (const leg of asked) {
    const parted = agreed ? undefined : partedLeg(leg)
    if (parted !== undefined) return parted
  }
  if (agreed) return undefined
  return reached
    ? 'It arrived, though the file says that it cannot: the running lab is not what the file says (see nestlab plan).'
    : 'Every switch passed it on as foretold, but the answer did not come: look inside the machine that is asked.'
}

function partedLeg({ leg, hops, drops, unseen }: SeenLeg): string | undefined {
  if (!leg.reached) return undefined
  if (unseen) return `The ${leg.name} was never sent, or not by ${leg.from}: look inside that machine.`
  for (const { hop, ...seen } of hops) {
    const place = hop.owner === '' ? hop.switchName : `${hop.owner}/${hop.switchName}`
    if (seen.in === false) return `The ${leg.name} never came to ${place} by ${hop.in.id}.`
    if (seen.out !== false) continue
    const drop = drops.find(({ port }) =>
      [hop.in.id, hop.out?.id].some((id) => id && portPath(hop.owner, id) === port),
    )
    const why = drop ? `: ${drop.why}` : '.'
    return `The ${leg.name} came to ${place} by ${hop.in.id}, but did not leave by ${hop.out?.id}${why}`
  }
  return undefined
}
