/** Who gets a frame that its sender's port has let in. */
import type { Drop } from './decide.ts'
import type { MacTable } from './learned.ts'
import { isGroupMac } from './mac.ts'
import type { DropReason } from './reasons.ts'
import type { CompiledPort, SwitchState } from './state.ts'

/** A frame as the switch sees it once its VLAN is clear. MACs are numbers. */
export interface Sent {
  readonly from: CompiledPort
  readonly vlan: number
  readonly destination: number
  readonly source: number
}

export interface Reached {
  readonly to: readonly CompiledPort[]
  readonly drops: readonly Drop[]
}

const broadcast = 2 ** 48 - 1

/** Broadcast and multicast. */
export function flood(state: SwitchState, sent: Sent): Reached {
  const { from, vlan, destination } = sent
  const lane = state.lane(vlan)
  const others = lane.members.filter((port) => port !== from && entersHere(state, sent, port))
  const listening = others.filter((port) => destination === broadcast || listens(port, destination))
  const to = [...listening.filter((port) => !port.blocked), ...waysOut(state, sent)]
  const drops = listening.filter((port) => port.blocked).map((port) => dropAt(port, 'PORT_BLOCKED'))
  if (to.length > 0 || drops.length > 0) return { to, drops }
  const anybody = lane.members.some((port) => port !== from)
  const reason = others.length > 0 ? 'NOBODY_IN_GROUP' : anybody ? 'OTHER_UPLINK' : 'NOBODY_IN_VLAN'
  return { to, drops: [dropAt(from, reason)] }
}

export function unicast(state: SwitchState, sent: Sent, learned: MacTable): Reached {
  const { from } = sent
  const known = placeOf(state, sent, learned)
  if (known === from) return { to: [], drops: [dropAt(from, 'OWN_ADDRESS')] }
  const inside = known?.uplink ? undefined : known
  const watching = watchers(state, sent, { known: inside, learned })
  if (inside?.blocked) return { to: watching, drops: [dropAt(inside, 'PORT_BLOCKED')] }
  const sure = inside ? [inside] : [...waysOut(state, sent), ...(known ? [] : flooded(state, sent))]
  const to = [...sure, ...watching.filter((port) => !sure.includes(port))]
  if (to.length > 0) return { to, drops: [] }
  return { to, drops: [dropAt(from, known ? 'OTHER_UPLINK' : whyUnknown(state, sent))] }
}

export function dropAt(port: CompiledPort, reason: DropReason): Drop {
  return { port: port.index, reason }
}

/** Where the destination is known to be: the NIC that has the MAC, else the port behind which it was seen. */
function placeOf(state: SwitchState, { vlan, destination }: Sent, learned: MacTable) {
  const owner = state.byMac.get(destination)
  const seen = !owner || owner.blocked ? learnedAt(state, { vlan, mac: destination }, learned) : undefined
  return seen ?? (owner?.carries[vlan] === 1 ? owner : undefined)
}

/** Nothing counts that was learned before the port was blocked, or told not to learn. */
function learnedAt(state: SwitchState, { vlan, mac }: { vlan: number; mac: number }, learned: MacTable) {
  const port = state.ports[learned.portOf(vlan, mac) ?? -1]
  return port?.carries[vlan] === 1 && !port.blocked && port.learning?.by === 'switch' ? port : undefined
}

function listens({ multicast, promiscuous }: CompiledPort, group: number): boolean {
  return promiscuous || multicast === 'all' || multicast.has(group)
}

/** Promiscuous ports that are shown a frame addressed to somebody else. */
function watchers(
  state: SwitchState,
  sent: Sent,
  { known, learned }: { known: CompiledPort | undefined; learned: MacTable },
): CompiledPort[] {
  const { from, vlan, destination } = sent
  const { spec } = state
  return state.lane(vlan).promiscuous.filter((port) => {
    if (port === from || port === known || !entersHere(state, sent, port)) return false
    if (spec.promiscuousScope === 'portgroup' && !concerns(port, from, known)) return false
    if (port.learning?.by !== 'dvfilter') return true
    return (
      learned.filterKnows(port.index, destination) || learned.filterCountAt(port.index) >= port.learning.limit
    )
  })
}

/** What comes from outside for nobody known concerns every port group. */
function concerns(port: CompiledPort, from: CompiledPort, known: CompiledPort | undefined): boolean {
  if (from.uplink && !known) return true
  return port.portgroup === from.portgroup || port.portgroup === known?.portgroup
}

function flooded(state: SwitchState, sent: Sent): CompiledPort[] {
  const { from, vlan } = sent
  const open = from.uplink || (from.learning?.by === 'switch' && from.learning.flooding)
  if (state.spec.floodingGate === 'both' && !open) return []
  return state.lane(vlan).flooded.filter((port) => port !== from && entersHere(state, sent, port))
}

function whyUnknown(state: SwitchState, sent: Sent): DropReason {
  if (state.byMac.has(sent.destination)) return 'OTHER_VLAN'
  const lane = state.lane(sent.vlan)
  const couldEnter = [...lane.promiscuous, ...lane.flooded].filter((port) => port !== sent.from)
  if (sent.from.uplink && couldEnter.some((port) => !entersHere(state, sent, port))) return 'OTHER_UPLINK'
  if (couldEnter.some(({ learning }) => learning?.by === 'dvfilter')) return 'NOT_LEARNED'
  return 'UNKNOWN_UNICAST'
}

/** Each port leaves by one uplink of the VLAN, always the same; frames of an uplink by none. */
function waysOut(state: SwitchState, { from, vlan }: Sent): readonly CompiledPort[] {
  const pinned = from.uplink ? undefined : uplinkOf(state, from, vlan)
  return pinned ? [pinned] : []
}

function uplinkOf(state: SwitchState, port: CompiledPort, vlan: number): CompiledPort | undefined {
  const { uplinks } = state.lane(vlan)
  return uplinks[port.index % uplinks.length]
}

/**
 * What others flood comes in by every uplink; a port takes it from its own, or would have it twice. Promiscuous
 * ports do have it twice, unless the reverse path check covers them too.
 */
function entersHere(state: SwitchState, { from, vlan }: Sent, port: CompiledPort): boolean {
  if (!from.uplink || (port.promiscuous && !state.spec.reversePathCheck)) return true
  return uplinkOf(state, port, vlan) === from
}

/**
 * Whether the outside sends back what came from here. A learned MAC may have moved out there (`lessonOf`), unless it
 * is seen at another uplink than its own: nobody who floods sends a frame back where it came from.
 */
export function cameBack(state: SwitchState, { from, vlan, source }: Sent, learned: MacTable): boolean {
  if (!from.uplink) return false
  if (state.byMac.get(source)?.blocked === false) return true
  const port = learnedAt(state, { vlan, mac: source }, learned)
  return port !== undefined && !port.uplink && uplinkOf(state, port, vlan) !== from
}

/** Only promiscuous ports still see it. */
export function returned(state: SwitchState, sent: Sent, learned: MacTable): Reached {
  const { from, vlan, destination } = sent
  const seeing = isGroupMac(destination)
    ? state.lane(vlan).promiscuous
    : watchers(state, sent, { known: undefined, learned })
  const to = state.spec.reversePathCheck ? [] : seeing
  return { to, drops: to.length > 0 ? [] : [dropAt(from, 'CAME_BACK')] }
}
