/** The one forwarding decision: which ports get this frame, with which tag, and why others do not. */
import { type FrameHeader, readHeader, type TagAction, tagActionFor } from './frame.ts'
import { lessonOf } from './learn.ts'
import { emptyMacTable, type Lesson, type MacTable } from './learned.ts'
import { isGroupMac } from './mac.ts'
import { cameBack, dropAt, flood, type Reached, returned, unicast } from './reach.ts'
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
  /** What the frame teaches; whoever keeps the table takes it up before the next frame. */
  readonly lesson?: Lesson
}

/**
 * `frame` is the Ethernet frame without checksum; `ingress` an index in `state.ports`; `learned` what earlier frames
 * have taught, nothing when absent.
 */
export function decide(
  state: SwitchState,
  ingress: number,
  frame: Uint8Array,
  learned: MacTable = emptyMacTable,
): Decision {
  const from = state.ports[ingress]
  if (!from) throw new RangeError(`no port ${ingress} on ${state.spec.name}`)
  const header = readHeader(frame)
  if (!header) return refused(from, 'RUNT')
  const vlan = from.nativeVlan ?? header.vid
  const reason = refusal(state, from, header)
  if (reason) return refused(from, reason)
  const sent = { from, vlan, destination: header.destination, source: header.source }
  if (cameBack(state, sent, learned)) return decision(header, vlan, returned(state, sent, learned))
  const lesson = lessonOf(state, sent, learned)
  if (lesson === 'over-limit') return refused(from, 'LEARN_LIMIT')
  const reached = isGroupMac(header.destination) ? flood(state, sent) : unicast(state, sent, learned)
  return { ...decision(header, vlan, reached), ...(lesson && { lesson }) }
}

function decision(header: FrameHeader, vlan: number, { to, drops }: Reached): Decision {
  const deliveries = to.map((port) => ({
    port: port.index,
    tag: tagActionFor(header.tagging, port.nativeVlan === undefined && vlan !== 0),
  }))
  return { vlan, deliveries, drops }
}

/** What the sending port's own settings say against the frame, in the order a switch looks. */
function refusal(state: SwitchState, from: CompiledPort, header: FrameHeader): DropReason | undefined {
  if (from.blocked) return 'PORT_BLOCKED'
  if (from.nativeVlan !== undefined && header.tagging === 'tagged') return 'VLAN_TAGGED_ON_ACCESS'
  if (from.nativeVlan === undefined && from.carries[header.vid] !== 1) return 'VLAN_NOT_ALLOWED'
  if (from.checksSource && header.source !== from.mac) return 'FORGED_TRANSMIT'
  if (isGroupMac(header.source)) return 'GROUP_SOURCE'
  if (header.payloadBytes > state.spec.mtu) return 'MTU_EXCEEDED'
  return undefined
}

function refused(from: CompiledPort, reason: DropReason): Decision {
  return { vlan: 0, deliveries: [], drops: [dropAt(from, reason)] }
}
