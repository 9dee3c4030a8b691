/** The texts of uplinks: networks of NAT, forwarded ports, and the ends of tunnels. */
import { readAddress, type WantedAddress } from './address.ts'
import type { Uplink } from './model.ts'
import { clipped, good, type Read, refused } from './problem.ts'

/** An address with a port; `host` may be a name where it is dialled. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Gateway, name server and at least one machine must fit. */
const longestNatPrefix = 29

export function readNatNetwork(text: string): Read<WantedAddress> {
  const read = readAddress(text)
  if (!read.ok || read.value.prefixLength <= longestNatPrefix) return read
  return refused(
    `The network ${clipped(text)} has no room for a gateway, a name server and a machine.`,
    `Use a length from /8 to /${longestNatPrefix}, such as /24.`,
  )
}

export function readForwardHost(written: number | string): Read<HostPort> {
  if (typeof written === 'number') return good({ host: '127.0.0.1', port: written })
  if (/^[0-9]{1,5}$/.test(written) && isPort(Number(written))) {
    return good({ host: '127.0.0.1', port: Number(written) })
  }
  const { host, port } = cut(written)
  if (isIp(host) && isPort(port)) return good({ host, port })
  return refused(
    `"${clipped(written)}" is no port of this machine.`,
    'Write a port such as 8080, or an address of this machine and a port, such as "0.0.0.0:8080".',
  )
}

/** `host` is the path of a machine or an IPv4 address. */
export function readForwardTo(text: string): Read<HostPort> {
  const { host, port } = cut(text)
  if (host !== '' && isPort(port)) return good({ host, port })
  return refused(
    `"${clipped(text)}" does not name a machine and its port.`,
    'Write it like `web:80` or `kvm-1/web:80`.',
  )
}

export function readListen(text: string): Read<HostPort> {
  const { host, port } = cut(text)
  if (isIp(host) && isPort(port)) return good({ host, port })
  return refused(
    `"${clipped(text)}" is no address and port of this machine.`,
    'Write `0.0.0.0:4790` to listen on every address, or one address and a port.',
  )
}

export function readDial(text: string): Read<HostPort> {
  const { host, port } = cut(text)
  const dialled = isIp(host) || (hostName.test(host) && host.length <= 253 && !/^[0-9.]+$/.test(host))
  if (dialled && isPort(port)) return good({ host, port })
  return refused(
    `"${clipped(text)}" is no host and port.`,
    'Write it like `lab.example.org:4790` or `192.168.1.5:4790`.',
  )
}

const hostName = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/

function cut(text: string): HostPort {
  const at = text.lastIndexOf(':')
  const port = text.slice(at + 1)
  return { host: text.slice(0, Math.max(at, 0)), port: /^[0-9]{1,5}$/.test(port) ? Number(port) : 0 }
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535
}

export function isIp(text: string): boolean {
  const octets = text.split('.')
  return (
    octets.length === 4 &&
    octets.every((octet) => /^(0|[1-9][0-9]{0,2})$/.test(octet) && Number(octet) <= 255)
  )
}

/** As a lab file that leaves nothing open says it; overlays stand in a section of their own. */
export function writtenUplink(uplink: Uplink): string | object | undefined {
  if (uplink.kind === 'nic') return uplink.name
  if (uplink.kind === 'overlay') return undefined
  if (uplink.kind === 'tunnel') {
    const { name, listen, dial } = uplink
    return {
      tunnel: {
        name,
        ...(listen && { listen: `${listen.ip}:${listen.port}` }),
        ...(dial && { dial: `${dial.host}:${dial.port}` }),
      },
    }
  }
  const { gateway, vlan, forwards } = uplink
  return {
    nat: {
      network: `${gateway.ip}/${gateway.prefixLength}`,
      ...(vlan?.mode === 'access' && { vlan: vlan.id }),
      ...(forwards.length > 0 && {
        forward: forwards.map(({ hostIp, hostPort, guestIp, guestPort, protocol }) => ({
          host: `${hostIp}:${hostPort}`,
          to: `${guestIp}:${guestPort}`,
          protocol,
        })),
      }),
    },
  }
}

/** For people: `nat 10.0.10.0/24 in VLAN 10 (127.0.0.1:8080 → 10.0.10.7:80)`, `eth0`, `tunnel campus to host:4790`. */
export function uplinkWords(uplink: Uplink): string {
  if (uplink.kind === 'nic') return uplink.name
  if (uplink.kind === 'overlay') return `overlay ${uplink.name}`
  if (uplink.kind === 'tunnel') {
    const { name, listen, dial } = uplink
    const ends = [listen && `on ${listen.ip}:${listen.port}`, dial && `to ${dial.host}:${dial.port}`]
    return ['tunnel', name, ...ends.filter((end) => end !== undefined)].join(' ')
  }
  const { gateway, vlan, forwards } = uplink
  const within = vlan?.mode === 'access' ? ` in VLAN ${vlan.id}` : ''
  const ports = forwards.map(
    ({ hostIp, hostPort, guestIp, guestPort, protocol }) =>
      `${hostIp}:${hostPort}${protocol === 'udp' ? '/udp' : ''} → ${guestIp}:${guestPort}`,
  )
  const inward = ports.length > 0 ? ` (${ports.join(', ')})` : ''
  return `nat with gateway ${gateway.ip}/${gateway.prefixLength}${within}${inward}`
}
