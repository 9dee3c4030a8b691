/** The one forwarding decision: which ports get this frame, with which tag, and why others do not. */
import { type FrameHeader, readHeader, type TagAction, tagActionFor } from './frame.ts'
import { isGroupMac } from './mac.ts'
import type { DropReason } from './reasons.ts'
import type { CompiledPort, SwitchState } from './state.ts'

export interface Delivery {
  /** Index in `state.ports`. */
  readonly port: number
  readonly tag: TagAction
}

export interface Drop {
  /** The port whose setting is responsible, by index: the sender's, or a blocked receiver's. */
  readonly port: number
  readonly reason: DropReason
}

/** Each port at most once, never the one the frame came from. A frame delivered nowhere has at least one drop. */
export interface Decision {
  /** VLAN inside the switch, 0 for none; 0 as well when the frame was refused before it had one. */
  readonly vlan: number
  readonly deliveries: readonly Delivery[]
  readonly drops: readonly Drop[]
}

/** `frame` is the Ethernet frame without checksum; `ingress` an index in `state.ports`. */
export function decide(state: SwitchState, ingress: number, frame: Uint8Array): Decision {
  const from = state.ports[ingress]
  if (!from) throw new RangeError(`no port ${ingress} on ${state.spec.name}`)
  const header = readHeader(frame)
  if (!header) return refused(from, 'RUNT')
  const vlan = from.nativeVlan ?? header.vid
  const reason = refusal(state, from, header)
  if (reason) return refused(from, reason)
  const reached = isGroupMac(header.destination)
    ? flood(state, from, vlan)
    : unicast(state, from, { vlan, destination: header.destination })
  return {
    vlan,
    deliveries: reached.to.map((port) => ({
      port: port.index,
      tag: tagActionFor(header.tagging, port.nativeVlan === undefined && vlan !== 0),
    })),
    drops: reached.drops,
  }
}

/** What the sending port's own settings say against the frame, in the order a switch looks. */
function refusal(state: SwitchState, from: CompiledPort, header: FrameHeader): DropReason | undefined {
  if (from.blocked) return 'PORT_BLOCKED'
  if (from.nativeVlan !== undefined && header.tagging === 'tagged') return 'VLAN_TAGGED_ON_ACCESS'
  if (from.nativeVlan === undefined && from.carries[header.vid] !== 1) return 'VLAN_NOT_ALLOWED'
  if (from.checksSource && header.source !== from.mac) return 'FORGED_TRANSMIT'
  if (header.payloadBytes > state.spec.mtu) return 'MTU_EXCEEDED'
  return undefined
}

interface Reached {
  readonly to: readonly CompiledPort[]
  readonly drops: readonly Drop[]
}

function flood(state: SwitchState, from: CompiledPort, vlan: number): Reached {
  const others = state.lane(vlan).members.filter((port) => port !== from)
  const to = [...others.filter((port) => !port.blocked), ...uplinkFor(state, from)]
  const drops = others.filter((port) => port.blocked).map((port) => dropAt(port, 'PORT_BLOCKED'))
  if (to.length === 0 && drops.length === 0) return { to, drops: [dropAt(from, 'NOBODY_IN_VLAN')] }
  return { to, drops }
}

function unicast(
  state: SwitchState,
  from: CompiledPort,
  { vlan, destination }: { vlan: number; destination: number },
): Reached {
  const owner = state.byMac.get(destination)
  if (owner && owner === from) return { to: [], drops: [dropAt(from, 'OWN_ADDRESS')] }
  const known = owner?.carries[vlan] === 1 ? owner : undefined
  const watching = state.lane(vlan).promiscuous.filter((port) => port !== from && port !== known)
  if (known?.blocked) return { to: watching, drops: [dropAt(known, 'PORT_BLOCKED')] }
  const to = [...(known ? [known] : uplinkFor(state, from)), ...watching]
  if (to.length > 0) return { to, drops: [] }
  return { to, drops: [dropAt(from, owner ? 'OTHER_VLAN' : 'UNKNOWN_UNICAST')] }
}

/** Each port leaves by one uplink, always the same; frames of an uplink by none. */
function uplinkFor(state: SwitchState, from: CompiledPort): readonly CompiledPort[] {
  const { uplinks } = state
  const pinned = from.uplink ? undefined : uplinks[from.index % uplinks.length]
  return pinned ? [pinned] : []
}

function dropAt(port: CompiledPort, reason: DropReason): Drop {
  return { port: port.index, reason }
}

function refused(from: CompiledPort, reason: DropReason): Decision {
  return { vlan: 0, deliveries: [], drops: [dropAt(from, reason)] }
}
