/** Finds the port and the rule that kept a frame from its goal. */
import type { CompiledPort, DropReason } from '#switch'
import type { Reason } from './contract.ts'
import { isGroup, macText } from './frames.ts'
import type { Net, Plug, Spot } from './net.ts'
import type { Trip, Visit } from './walk.ts'
import { joinedTo, type Way, wayTo } from './way.ts'

export interface Blame {
  readonly reason: Reason
  /** The port whose setting is responsible. */
  readonly spot: Spot
  /** Where the frame ended. */
  readonly visit: Visit
  /** The trip that failed: the one asked about, or one inside an overlay. */
  readonly trip: Trip
  /** The setting is this NIC's. */
  readonly plug?: Plug
}

/** Of a trip that did not reach its goal. */
export function blameFor(net: Net, trip: Trip): Blame {
  const way = wayTo(net, trip.goal)
  const visit = nearest(trip.walk.visits, way)
  if (way.distance(visit.spot.at) === undefined) return { ...apart(net, trip), visit, trip }
  const next = way.next(visit.spot.at)
  const tunnel = trip.walk.tunnels.find(
    (step) => step.visit === visit && next.includes(step.delivery.port) && !step.through?.arrived,
  )
  if (tunnel?.through) return blameFor(net, tunnel.through)
  return { ...whyNot(visit, next), visit, trip }
}

function nearest(visits: readonly Visit[], way: Way): Visit {
  const [first, ...others] = visits
  if (!first) throw new RangeError('a walk begins at a switch')
  const distance = ({ spot }: Visit) => way.distance(spot.at) ?? Number.POSITIVE_INFINITY
  return others.reduce((best, visit) => (distance(visit) < distance(best) ? visit : best), first)
}

type Found = Pick<Blame, 'reason' | 'spot' | 'plug'>

/** Neither end's switches lead to the other's: an inner switch has no way out, or they end at different switches. */
function apart(net: Net, { start, goal }: Trip): Found {
  const [here, there] = [outermost(net, start), outermost(net, goal)]
  const contains = there.at.owner !== here.at.owner && isIn(there.at.owner, here.at.owner)
  if (here.at.owner === there.at.owner) return { reason: 'OTHER_SWITCH', spot: there, ...plugAt(there) }
  return { reason: 'NO_UPLINK', spot: contains ? there : here }
}

function isIn(owner: string, outer: string): boolean {
  return outer === '' || owner === outer || owner.startsWith(`${outer}/`)
}

/** The port by which the machine is plugged into the outermost switch that it is joined to. */
function outermost(net: Net, { spot }: Plug): Spot {
  const joined = joinedTo(net, spot.at)
  let at = spot
  for (let outer = outward(at); outer && joined.has(outer.at); outer = outward(at)) at = outer
  return at
}

function outward({ at }: Spot): Spot | undefined {
  for (const behind of at.behind) if (behind.kind === 'outside') return behind.spot
  return undefined
}

function plugAt({ at, port }: Spot): { plug?: Plug } {
  const behind = at.behind[port]
  return behind && 'plug' in behind ? { plug: behind.plug } : {}
}

/** Drops that are decided at the port where the frame came in, whoever it is for. */
const refusals: ReadonlySet<DropReason> = new Set<DropReason>([
  'RUNT',
  'VLAN_TAGGED_ON_ACCESS',
  'VLAN_NOT_ALLOWED',
  'FORGED_TRANSMIT',
  'LEARN_LIMIT',
  'MTU_EXCEEDED',
  'OWN_ADDRESS',
  'CAME_BACK',
])

/** Why the frame did not leave by one of the ports that lead on. */
function whyNot(visit: Visit, next: readonly number[]): Found {
  const { at, port } = visit.spot
  const { drops, deliveries } = visit.decision
  const refused = drops.find((drop) => drop.port === port && refusals.has(drop.reason))
  if (refused) return { reason: refused.reason, spot: visit.spot }
  const blocked = drops.find((drop) => drop.reason === 'PORT_BLOCKED')
  if (blocked) return { reason: 'PORT_BLOCKED', spot: { at, port: blocked.port } }
  if (deliveries.some((delivery) => next.includes(delivery.port))) return { reason: 'LOOP', spot: visit.spot }
  const [first] = next
  if (first === undefined) return { reason: 'NO_UPLINK', spot: visit.spot }
  const carrying = next.find((one) => at.state.ports[one]?.carries[visit.decision.vlan] === 1)
  const compiled = at.state.ports[carrying ?? first]
  if (!compiled) return { reason: 'NO_UPLINK', spot: visit.spot }
  const spot = { at, port: compiled.index }
  if (carrying === undefined) return { reason: otherVlan(compiled), spot }
  return notShown(visit, compiled, spot)
}

function otherVlan({ uplink, nativeVlan }: CompiledPort): Reason {
  if (uplink) return 'UPLINK_VLAN'
  return nativeVlan === undefined ? 'VLAN_NOT_ALLOWED' : 'OTHER_VLAN'
}

/** The port is in the VLAN, and still the frame was not for it. */
function notShown(visit: Visit, next: CompiledPort, spot: Spot): Found {
  const { spot: came, frame, decision } = visit
  const { state } = came.at
  const from = state.ports[came.port]
  if (next.uplink && !from?.uplink && takenByAnother(visit)) return duplicate(visit)
  if (next.uplink) return { reason: 'UPLINK_PINNED', spot }
  // Every guest hears every group, so only the uplink it came by can keep it out.
  if (isGroup(frame)) return { reason: 'OTHER_UPLINK', spot: came }
  if (takenByAnother(visit)) return duplicate(visit)
  if (came.at.behind[next.index]?.kind === 'machine') return { reason: 'NOT_ADDRESSED', spot }
  const dropped = decision.drops[0]?.reason
  if (dropped === 'OTHER_UPLINK') return { reason: dropped, spot: came }
  if (next.learning?.by === 'dvfilter' && next.promiscuous) return { reason: 'NOT_LEARNED', spot }
  return { reason: 'UNKNOWN_UNICAST', spot: closedBySender(visit, next) ? came : spot }
}

/** With `floodingGate: both` the sender's own port group keeps frames to unknown MACs from being flooded. */
function closedBySender({ spot: { at, port } }: Visit, next: CompiledPort): boolean {
  const sender = at.state.ports[port]?.learning
  const wouldFlood = next.learning?.by === 'switch' && next.learning.flooding
  return wouldFlood && sender?.by === 'switch' && !sender.flooding
}

function ownerOf({ spot: { at }, frame }: Visit): CompiledPort | undefined {
  return at.state.byMac.get(Number.parseInt(macText(frame, 0).replaceAll(':', ''), 16))
}

/** A NIC of the same MAC on this switch, or one behind which the MAC was last seen, gets the frame instead. */
function takenByAnother(visit: Visit): boolean {
  return ownerOf(visit) !== undefined
}

function duplicate(visit: Visit): Found {
  const { at, port } = visit.spot
  const spot = { at, port: ownerOf(visit)?.index ?? port }
  return { reason: 'DUPLICATE_MAC', spot, ...plugAt(spot) }
}
