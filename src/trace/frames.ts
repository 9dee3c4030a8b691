/** The frames that guests send: ARP, ICMP echo, TCP connect, and VXLAN around any of them. */
import type { Address } from '#lab'

export interface Speaker {
  readonly mac: string
  readonly address: Address
}

export const broadcastMac = 'ff:ff:ff:ff:ff:ff'
const etherIp = 0x0800
const etherArp = 0x0806
const ipHeaderBytes = 20
const icmp = 1
const tcp = 6
const udp = 17

export function arpRequest(asking: Speaker, asked: Speaker): Uint8Array {
  const unknown = '00:00:00:00:00:00'
  return ethernet(broadcastMac, asking.mac, etherArp, arp(1, asking, { ...asked, mac: unknown }))
}

export function arpReply(asked: Speaker, asking: Speaker): Uint8Array {
  return ethernet(asking.mac, asked.mac, etherArp, arp(2, asked, asking))
}

/** `most` is the MTU of the NIC: what is larger leaves in fragments, of which this is the first. */
export interface Size {
  readonly payloadBytes: number
  readonly most: number
}

export function echo(
  from: Speaker,
  to: Speaker,
  { isReply, ...size }: Size & { isReply: boolean },
): Uint8Array {
  const message = new Uint8Array(8 + size.payloadBytes)
  message.set([isReply ? 0 : 8, 0, 0, 0, 0, 1, 0, 1])
  return packet(from, to, { protocol: icmp, message, most: size.most })
}

/** The first two packets of a connection: SYN, and SYN with ACK. */
export function connect(
  from: Speaker,
  to: Speaker,
  { ports, isReply, ...size }: Size & { isReply: boolean; ports: readonly [number, number] },
): Uint8Array {
  const message = new Uint8Array(20 + size.payloadBytes)
  message.set([...word(ports[0]), ...word(ports[1])])
  message.set([0x50, isReply ? 0x12 : 0x02, 0xff, 0xff], 12)
  return packet(from, to, { protocol: tcp, message, most: size.most })
}

export interface Encapsulated {
  readonly vni: number
  readonly udpPort: number
  readonly frame: Uint8Array
}

/** A frame on its way through an overlay: 50 bytes longer, its own header included. */
export function vxlan(from: Speaker, to: Speaker, { vni, udpPort, frame }: Encapsulated): Uint8Array {
  const message = new Uint8Array(16 + frame.length)
  message.set([...word(0xc000), ...word(udpPort), ...word(message.length), 0, 0])
  message.set([0x08, 0, 0, 0, (vni >> 16) & 255, (vni >> 8) & 255, vni & 255, 0], 8)
  message.set(frame, 16)
  return packet(from, to, { protocol: udp, message, most: Number.POSITIVE_INFINITY })
}

export function macBytes(mac: string): number[] {
  return mac.split(':').map((part) => Number.parseInt(part, 16))
}

export function isGroup(frame: Uint8Array): boolean {
  return ((frame[0] ?? 0) & 1) === 1
}

/** Destination and source as written MACs. */
export function macText(frame: Uint8Array, at: 0 | 6): string {
  return [...frame.subarray(at, at + 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}

/** The VLAN of the frame's tag; undefined without one, or with one that only says how urgent the frame is. */
export function tagOf(frame: Uint8Array): number | undefined {
  if (frame[12] !== 0x81 || frame[13] !== 0x00) return undefined
  return (((frame[14] ?? 0) << 8) | (frame[15] ?? 0)) & 0x0fff || undefined
}

function packet(
  from: Speaker,
  to: Speaker,
  { protocol, message, most }: { protocol: number; message: Uint8Array; most: number },
): Uint8Array {
  const whole = ipHeaderBytes + message.length
  const length = Math.min(whole, most)
  const bytes = new Uint8Array(length)
  bytes.set([0x45, 0, ...word(length), 0, 0, whole > length ? 0x20 : 0, 0, 64, protocol, 0, 0])
  bytes.set([...ipBytes(from.address.ip), ...ipBytes(to.address.ip)], 12)
  bytes.set(word(checksum(bytes.subarray(0, ipHeaderBytes))), 10)
  bytes.set(message.subarray(0, length - ipHeaderBytes), ipHeaderBytes)
  return ethernet(to.mac, from.mac, etherIp, bytes)
}

function arp(operation: 1 | 2, sender: Speaker, target: Speaker): Uint8Array {
  return new Uint8Array([
    ...[0, 1, 8, 0, 6, 4, 0, operation],
    ...[...macBytes(sender.mac), ...ipBytes(sender.address.ip)],
    ...[...macBytes(target.mac), ...ipBytes(target.address.ip)],
  ])
}

function ethernet(to: string, from: string, type: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(14 + payload.length)
  frame.set([...macBytes(to), ...macBytes(from), ...word(type)])
  frame.set(payload, 14)
  return frame
}

function checksum(header: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < header.length; at += 2) sum += ((header[at] ?? 0) << 8) | (header[at + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

function word(value: number): [number, number] {
  return [(value >> 8) & 255, value & 255]
}

function ipBytes(ip: string): number[] {
  return ip.split('.').map(Number)
}
