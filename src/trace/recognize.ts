/** Tells which frame of a trace a real frame is: guests choose their own numbers, so what counts is who asks whom what. */
import type { Leg, Trace } from './contract.ts'
import { macText } from './frames.ts'

const etherTypes = { ip: 0x0800, arp: 0x0806, vlan: 0x8100 }
const protocols = { icmp: 1, tcp: 6, udp: 17 }
const vxlanPort = 4789
/** Of UDP and VXLAN. */
const tunnelBytes = 8 + 8
const synchronize = 0x02
const acknowledge = 0x10
const broadcast = 'ff:ff:ff:ff:ff:ff'

/** MACs of the two ends of a leg. */
export interface LegMacs {
  readonly from: string
  readonly to: string
}

/** Frames inside an overlay count as what they carry. */
export function isFrameOf(bytes: Uint8Array, leg: Leg, macs: LegMacs, what: Trace['probe']['what']): boolean {
  const frame = unwrapped(bytes)
  if (macText(frame, 6) !== macs.from) return false
  const { type, body } = contentOf(frame)
  const to = macText(frame, 0)
  if (leg.name === 'arp request') return type === etherTypes.arp && to === broadcast && body[7] === 1
  if (to !== macs.to) return false
  if (leg.name === 'arp reply') return type === etherTypes.arp && body[7] === 2
  if (type !== etherTypes.ip) return false
  const inner = body.subarray(headerBytes(body))
  if (what.kind === 'tcp') return body[9] === protocols.tcp && isConnect(inner, leg, what.port)
  return body[9] === protocols.icmp && inner[0] === (leg.name === 'reply' ? 0 : 8)
}

function isConnect(segment: Uint8Array, { name }: Leg, port: number): boolean {
  const flags = (segment[13] ?? 0) & (synchronize | acknowledge)
  return name === 'reply'
    ? wordAt(segment, 0) === port && flags === (synchronize | acknowledge)
    : wordAt(segment, 2) === port && flags === synchronize
}

function unwrapped(frame: Uint8Array): Uint8Array {
  const { type, body } = contentOf(frame)
  if (type !== etherTypes.ip || body[9] !== protocols.udp) return frame
  const datagram = body.subarray(headerBytes(body))
  return wordAt(datagram, 2) === vxlanPort ? datagram.subarray(tunnelBytes) : frame
}

/** What follows the Ethernet header and at most one VLAN tag. */
function contentOf(frame: Uint8Array): { readonly type: number; readonly body: Uint8Array } {
  const tagged = wordAt(frame, 12) === etherTypes.vlan
  const at = tagged ? 18 : 14
  return { type: wordAt(frame, at - 2), body: frame.subarray(at) }
}

/** Of an IPv4 packet. */
function headerBytes(packet: Uint8Array): number {
  return ((packet[0] ?? 0) & 0x0f) * 4
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}
