/** For tests: Ethernet frames with IPv4 in them, as a guest's network stack makes them. */

export interface WantedPacket {
  readonly from: string
  readonly to: string
  readonly tcp?: { readonly port: number; readonly flags: number; readonly fromPort?: number }
  readonly udp?: { readonly port: number; readonly fromPort?: number }
  /** Of packets that are neither. */
  readonly protocol?: number
  /** Flags and offset of IPv4. */
  readonly fragment?: number
  /** Destination; the NAT's gateway 10.0.10.1 unless given. */
  readonly mac?: string
}

export const guestMac = '020000000007'
const usualPort = 40_000

export function packet({
  from,
  to,
  tcp,
  udp,
  protocol = 17,
  fragment = 0,
  mac = '52550a000a01',
}: WantedPacket): Buffer {
  const body = Buffer.alloc(tcp ? 20 : 8)
  const ports = tcp ?? udp
  if (ports) {
    body.writeUInt16BE(ports.fromPort ?? usualPort, 0)
    body.writeUInt16BE(ports.port, 2)
  }
  if (tcp) {
    body.writeUInt32BE(1000, 4)
    body.writeUInt8(0x50, 12)
    body.writeUInt8(tcp.flags, 13)
    body.writeUInt16BE(65_535, 14)
  } else if (udp) body.writeUInt16BE(8, 4)
  const header = Buffer.alloc(20)
  header.writeUInt8(0x45, 0)
  header.writeUInt16BE(20 + body.length, 2)
  header.writeUInt16BE(fragment, 6)
  header.writeUInt8(64, 8)
  header.writeUInt8(tcp ? 6 : udp ? 17 : protocol, 9)
  octets(from).copy(header, 12)
  octets(to).copy(header, 16)
  header.writeUInt16BE(checksum(header), 10)
  if (tcp) {
    const pseudo = Buffer.concat([octets(from), octets(to), Buffer.from([0, 6, 0, body.length]), body])
    body.writeUInt16BE(checksum(pseudo), 16)
  }
  return Buffer.concat([Buffer.from(`${mac}${guestMac}0800`, 'hex'), header, body])
}

export function arpRequest(from: string, to: string): Buffer {
  return Buffer.concat([
    Buffer.from(`ffffffffffff${guestMac}08060001080006040001${guestMac}`, 'hex'),
    octets(from),
    Buffer.alloc(6),
    octets(to),
  ])
}

/** The answer to a request that somebody else sent. */
export function arpReply(request: Buffer): Buffer {
  const asker = request.subarray(6, 12)
  return Buffer.concat([
    asker,
    Buffer.from(`${guestMac}08060001080006040002${guestMac}`, 'hex'),
    request.subarray(38, 42),
    asker,
    request.subarray(28, 32),
  ])
}

export function octets(ip: string): Buffer {
  return Buffer.from(ip.split('.').map(Number))
}

/** The internet checksum (RFC 1071). */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (const [at, byte] of bytes.entries()) sum += at % 2 === 0 ? byte << 8 : byte
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}
