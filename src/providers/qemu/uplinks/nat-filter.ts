/**
 * What of a guest's frames may reach QEMU's user-mode NAT. By itself that leads every address of its own network, and
 * all others that mean "this machine", to the loopback address of this machine, where services trust whoever comes.
 */

export interface NatSpec {
  readonly gateway: string
  readonly prefixLength: number
  readonly nameServer: string
}

/** `quiet` refusals belong to any network's daily life (broadcasts, IPv6); the others are worth a line in the log. */
export type NatVerdict = 'pass' | 'quiet' | { readonly refused: string }

const arp = 0x0806
const ipv4 = 0x0800
const icmp = 1
const tcp = 6
const udp = 17
const namePort = 53
const shortestArp = 42
const ethernetBytes = 14
const shortestIp = ethernetBytes + 20
const synFlag = 0x02
const ackFlag = 0x10
const rstFlag = 0x04

/** Networks that mean this machine itself, or the services of a cloud about it (link-local). */
const neverOutside = [
  { network: numberOf('0.0.0.0'), prefixLength: 8 },
  { network: numberOf('127.0.0.0'), prefixLength: 8 },
  { network: numberOf('169.254.0.0'), prefixLength: 16 },
]
const firstGroup = numberOf('224.0.0.0')

export class NatFilter {
  readonly #gateway: number
  readonly #nameServer: number
  readonly #network: number
  readonly #size: number
  readonly #macs: ReadonlySet<string>
  readonly #inward = new UdpFlows()
  #own: ReadonlySet<number> = new Set()

  constructor({ gateway, prefixLength, nameServer }: NatSpec) {
    this.#gateway = numberOf(gateway)
    this.#nameServer = numberOf(nameServer)
    this.#size = 2 ** (32 - prefixLength)
    this.#network = this.#gateway - (this.#gateway % this.#size)
    this.#macs = new Set([macOf(this.#gateway), macOf(this.#nameServer)])
  }

  /** Addresses of this machine: what listens on them is no more meant for guests than the loopback address. */
  setOwnAddresses(addresses: readonly string[]): void {
    this.#own = new Set(addresses.map(numberOf))
  }

  fromGuest(frame: Buffer, nowMs: number): NatVerdict {
    const type = frame.length >= ethernetBytes ? frame.readUInt16BE(12) : 0
    if (type === arp) return frame.length >= shortestArp ? 'pass' : 'quiet'
    if (type !== ipv4 || !this.#macs.has(frame.toString('hex', 0, 6))) return 'quiet'
    const packet = readPacket(frame)
    if (!packet) return 'quiet'
    const { to } = packet
    if (to === this.#gateway) return this.#toGateway(packet, nowMs)
    if (to === this.#nameServer) return toNameServer(packet)
    if (to >= this.#network && to < this.#network + this.#size) return 'quiet'
    if (to >= firstGroup) return 'quiet'
    if (this.#own.has(to) || neverOutside.some((net) => within(to, net)))
      return refusal(packet, 'is this machine')
    return [icmp, tcp, udp].includes(packet.protocol) ? 'pass' : 'quiet'
  }

  /** Notes who was asked from this machine over UDP, so that the answer may come back. */
  fromNat(frame: Buffer, nowMs: number): void {
    if (frame.length < shortestIp || frame.readUInt16BE(12) !== ipv4) return
    const packet = readPacket(frame)
    if (packet?.protocol !== udp || packet.from !== this.#gateway || packet.fragment) return
    this.#inward.note(flowKey(packet.to, packet.toPort, packet.fromPort), nowMs)
  }

  /** Connections begin at this machine only: what a guest sends to the gateway must belong to one. */
  #toGateway(packet: Packet, nowMs: number): NatVerdict {
    if (packet.fragment) return refusal(packet, 'is a fragment')
    if (packet.protocol === icmp) return 'pass'
    const answered =
      packet.protocol === tcp
        ? (packet.flags & (ackFlag | rstFlag)) !== 0 && (packet.flags & (synFlag | ackFlag)) !== synFlag
        : packet.protocol === udp &&
          this.#inward.has(flowKey(packet.from, packet.fromPort, packet.toPort), nowMs)
    return answered ? 'pass' : refusal(packet, 'is this machine')
  }
}

function toNameServer(packet: Packet): NatVerdict {
  if (packet.fragment) return refusal(packet, 'is a fragment')
  if (packet.protocol === icmp) return 'pass'
  const asks = (packet.protocol === udp || packet.protocol === tcp) && packet.toPort === namePort
  return asks ? 'pass' : refusal(packet, 'answers for names only')
}

interface Packet {
  readonly from: number
  readonly to: number
  readonly protocol: number
  readonly fragment: boolean
  /** 0 where the protocol has none. */
  readonly fromPort: number
  readonly toPort: number
  /** Of TCP. */
  readonly flags: number
}

function readPacket(frame: Buffer): Packet | undefined {
  if (frame.length < shortestIp || frame.readUInt8(ethernetBytes) >> 4 !== 4) return undefined
  const headerBytes = (frame.readUInt8(ethernetBytes) & 0x0f) * 4
  if (headerBytes < 20) return undefined
  const protocol = frame.readUInt8(ethernetBytes + 9)
  const at = ethernetBytes + headerBytes
  // More fragments follow, or this is not the first one.
  const fragment = (frame.readUInt16BE(ethernetBytes + 6) & 0x3fff) !== 0
  const needed = protocol === tcp ? 14 : protocol === udp ? 4 : 0
  if (frame.length < at + (fragment ? 0 : needed)) return undefined
  const ported = needed > 0 && !fragment
  return {
    from: frame.readUInt32BE(ethernetBytes + 12),
    to: frame.readUInt32BE(ethernetBytes + 16),
    protocol,
    fragment,
    fromPort: ported ? frame.readUInt16BE(at) : 0,
    toPort: ported ? frame.readUInt16BE(at + 2) : 0,
    flags: ported && protocol === tcp ? frame.readUInt8(at + 13) : 0,
  }
}

function refusal({ from, to, toPort, protocol }: Packet, why: string): NatVerdict {
  const port = toPort === 0 ? '' : `:${toPort}${protocol === udp ? '/udp' : ''}`
  return { refused: `${textOf(from)} may not reach ${textOf(to)}${port}, which ${why}` }
}

/** Who may answer whom over UDP, for as long as QEMU's NAT itself remembers it. */
class UdpFlows {
  readonly #until = new Map<string, number>()

  note(key: string, nowMs: number): void {
    this.#until.delete(key)
    this.#until.set(key, nowMs + flowMs)
    const [oldest] = this.#until.keys()
    if (this.#until.size > mostFlows && oldest !== undefined) this.#until.delete(oldest)
  }

  has(key: string, nowMs: number): boolean {
    return (this.#until.get(key) ?? 0) > nowMs
  }
}

const mostFlows = 4096
/** libslirp, SO_EXPIRE. */
const flowMs = 240_000

function flowKey(guest: number, guestPort: number, hostPort: number): string {
  return `${guest} ${guestPort} ${hostPort}`
}

function within(ip: number, { network, prefixLength }: { network: number; prefixLength: number }): boolean {
  return ip - (ip % 2 ** (32 - prefixLength)) === network
}

/** The MAC that QEMU's NAT has for each of its addresses (libslirp, special_ethaddr). */
function macOf(ip: number): string {
  return `5255${ip.toString(16).padStart(8, '0')}`
}

function numberOf(ip: string): number {
  return ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
}

function textOf(ip: number): string {
  return [ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255].join('.')
}
