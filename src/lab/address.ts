/** IPv4 addresses and networks as lab files write them: `10.0.10.0/24` (choose one) or `10.0.10.5/24` (this one). */
import type { Address } from './model.ts'
import { clipped, good, type Read, refused } from './problem.ts'

export interface WantedAddress {
  /** First address of the network, as a number. */
  readonly network: number
  readonly prefixLength: number
  /** Absent when any address of the network will do. */
  readonly ip?: number
}

/** The private network between QEMU and each machine's control NIC. */
export const controlNetwork: WantedAddress = { network: 0x0a000200, prefixLength: 24 }

export function readAddress(text: string): Read<WantedAddress> {
  const match = /^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})(?:\/([0-9]{1,2}))?$/.exec(text)
  if (!match) return notAnAddress(text)
  const octets = match.slice(1, 5)
  if (octets.some((octet) => Number(octet) > 255 || /^0[0-9]/.test(octet))) {
    return refused(
      `"${text}" is not an IPv4 address.`,
      'Each of the four numbers goes from 0 to 255, without leading zeros.',
    )
  }
  if (match[5] === undefined) {
    return refused(`"${text}" does not say how large its network is.`, `Write \`${text}/24\`, for example.`)
  }
  const prefixLength = Number(match[5])
  if (prefixLength < 8 || prefixLength > 30) {
    return refused(
      `A network of length /${match[5]} cannot be used.`,
      'Use a length from /8 to /30, such as /24.',
    )
  }
  return placed(
    octets.reduce((sum, octet) => sum * 256 + Number(octet), 0),
    prefixLength,
  )
}

function placed(ip: number, prefixLength: number): Read<WantedAddress> {
  const network = networkOf(ip, prefixLength)
  const whole = `${formatIp(ip)}/${prefixLength}`
  const first = ip >>> 24
  if (first === 0 || first === 127 || first >= 224) {
    return refused(`${whole} cannot be the address of a machine.`, privateNetworks)
  }
  const inControl = networkOf(ip, controlNetwork.prefixLength) === controlNetwork.network
  if (inControl && (ip !== network || prefixLength >= controlNetwork.prefixLength)) {
    return refused(
      `${whole} is in 10.0.2.0/24, which every machine's control NIC uses.`,
      'Choose another network.',
    )
  }
  if (ip === network) return good({ network, prefixLength })
  if (ip === network + sizeOf(prefixLength) - 1) {
    return refused(
      `${whole} is the broadcast address of its network.`,
      `Write \`${formatIp(network)}/${prefixLength}\` to have an address chosen.`,
    )
  }
  return good({ network, prefixLength, ip })
}

const privateNetworks = 'Take one from a private network, such as 10.0.10.0/24 or 192.168.1.0/24.'

function notAnAddress(text: string): Read<never> {
  if (text.includes(':')) {
    return refused(`"${clipped(text)}" looks like IPv6, which lab files do not have yet.`, privateNetworks)
  }
  return refused(
    `"${clipped(text)}" is not an IPv4 address.`,
    'Write it like `10.0.10.5/24`, or `10.0.10.0/24` to have one chosen.',
  )
}

export function networkOf(ip: number, prefixLength: number): number {
  return ip - (ip % sizeOf(prefixLength))
}

/** Number of addresses in a network, with the first and the last one. */
export function sizeOf(prefixLength: number): number {
  return 2 ** (32 - prefixLength)
}

/** The text must be an IPv4 address. */
export function ipNumber(ip: string): number {
  return ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
}

/** Whether `other` lies in the network of the address. */
export function isInNetworkOf({ ip, prefixLength }: Address, other: string): boolean {
  return networkOf(ipNumber(ip), prefixLength) === networkOf(ipNumber(other), prefixLength)
}

export function formatIp(ip: number): string {
  return [ip >>> 24, (ip >>> 16) & 255, (ip >>> 8) & 255, ip & 255].join('.')
}
