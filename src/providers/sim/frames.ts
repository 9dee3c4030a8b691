/** Ethernet frames of a simulated ping, byte by byte as far as switches look at them. */

export const broadcast = 'ff:ff:ff:ff:ff:ff'

const ethernetHeaderBytes = 14
const arpBytes = 28
/** IPv4 header without options, and ICMP echo header. */
const echoHeaderBytes = 20 + 8
const etherType = { arp: 0x0806, ipv4: 0x0800 }

export interface Ends {
  readonly from: string
  readonly to: string
}

export function arpFrame(ends: Ends): Uint8Array {
  return frame(ends, etherType.arp, arpBytes)
}

export function echoFrame(ends: Ends, payloadBytes: number): Uint8Array {
  return frame(ends, etherType.ipv4, echoHeaderBytes + payloadBytes)
}

/** A frame of so many bytes in VXLAN: IPv4, UDP and VXLAN headers around it. */
export function tunnelFrame(ends: Ends, innerBytes: number): Uint8Array {
  return frame(ends, etherType.ipv4, 20 + 8 + 8 + innerBytes)
}

export const packetBytes = (payloadBytes: number) => echoHeaderBytes + payloadBytes

function frame({ from, to }: Ends, type: number, contentBytes: number): Uint8Array {
  const bytes = new Uint8Array(ethernetHeaderBytes + contentBytes)
  bytes.set([...macBytes(to), ...macBytes(from), type >> 8, type & 0xff])
  return bytes
}

const macBytes = (mac: string) => mac.split(':').map((part) => Number.parseInt(part, 16))

/** Destination, as a lower-case MAC with colons. */
export function destinationOf(bytes: Uint8Array): string {
  return [...bytes.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}

export function isTagged(bytes: Uint8Array): boolean {
  return bytes[12] === 0x81 && bytes[13] === 0
}
