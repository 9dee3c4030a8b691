/** What values may look like that get into kickstarts, boot options and scripts: nothing in them can mean anything else there. */
import { ipNumber, isInNetworkOf } from '#lab'

/** How the host is reached: the first VMkernel NIC. */
export type ManagementNetwork =
  | { readonly mode: 'dhcp'; readonly vlan?: number }
  | {
      readonly mode: 'static'
      readonly ip: string
      readonly prefixLength: number
      readonly gateway?: string
      /** At most two. */
      readonly nameServers?: readonly string[]
      /** 1 to 4094; absent: untagged. */
      readonly vlan?: number
    }

/** Collects what is wrong, so that everything is told at once. */
export class Checks {
  readonly problems: string[] = []

  /** `what` begins the sentence. The value itself is told in quotes, with what no terminal should see made harmless. */
  holds(fine: boolean, what: string, value?: string): void {
    if (fine) return
    const shown = value === undefined ? '' : `: ${JSON.stringify(value.slice(0, 60))}`
    this.problems.push(`${what}${shown}.`)
  }
}

const label = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/

/** With or without a domain. */
export function isHostName(text: string): boolean {
  const labels = text.split('.')
  // All digits at the end would be read as an address.
  return text.length <= 253 && labels.every((one) => label.test(one)) && !/^\d+$/.test(labels.at(-1) ?? '')
}

export function isIpv4(text: string): boolean {
  const numbers = text.split('.')
  return (
    numbers.length === 4 && numbers.every((one) => /^(?:0|[1-9]\d{0,2})$/.test(one) && Number(one) <= 255)
  )
}

/** A host that settings point at. */
export function isNameOrIp(text: string): boolean {
  return isIpv4(text) || isHostName(text)
}

export function netmaskOf(prefixLength: number): string {
  const bits = 2 ** 32 - 2 ** (32 - prefixLength)
  return [bits / 2 ** 24, bits / 2 ** 16, bits / 2 ** 8, bits]
    .map((number) => Math.floor(number) % 256)
    .join('.')
}

/** The name that ESXi gives a NIC, or its MAC. */
export function isNicName(text: string): boolean {
  return /^vmnic\d{1,3}$/.test(text) || /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(text)
}

/** The name of a disk device as in /vmfs/devices/disks. */
export function isDiskName(text: string): boolean {
  return /^(?:mpx|naa|eui|t10|vml)\.[A-Za-z0-9_.:-]{1,200}$/.test(text)
}

/** Adapter, channel, target and unit, such as `vmhba0:C0:T1:L0`. */
export function isDiskPlace(text: string): boolean {
  return /^vmhba\d{1,3}:C\d{1,3}:T\d{1,3}:L\d{1,3}$/.test(text)
}

export function isDatastoreName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,41}$/.test(text)
}

export function isLicenceKey(text: string): boolean {
  return /^[0-9A-Z]{5}(?:-[0-9A-Z]{5}){4}$/.test(text)
}

export function checkNetwork(network: ManagementNetwork, checks: Checks): void {
  const { vlan } = network
  checks.holds(
    vlan === undefined || (Number.isInteger(vlan) && vlan >= 1 && vlan <= 4094),
    'The VLAN of the management network is a number from 1 to 4094',
    String(vlan),
  )
  if (network.mode === 'dhcp') return
  const { ip, prefixLength, gateway, nameServers = [] } = network
  const fine = isIpv4(ip)
  checks.holds(fine, 'The address is not an IPv4 address', ip)
  const length = Number.isInteger(prefixLength) && prefixLength >= 8 && prefixLength <= 30
  checks.holds(length, 'The length of the network goes from 8 to 30', String(prefixLength))
  if (fine && length) checkPlace(ip, prefixLength, checks)
  if (gateway !== undefined) {
    checks.holds(isIpv4(gateway), 'The gateway is not an IPv4 address', gateway)
    const near = isIpv4(gateway) && fine && length && isInNetworkOf({ ip, prefixLength }, gateway)
    checks.holds(
      !isIpv4(gateway) || (near && gateway !== ip),
      'The gateway is no other address of the same network',
      gateway,
    )
  }
  checks.holds(nameServers.length <= 2, 'ESXi takes at most two name servers')
  for (const server of nameServers)
    checks.holds(isIpv4(server), 'A name server is not an IPv4 address', server)
}

function checkPlace(ip: string, prefixLength: number, checks: Checks): void {
  const size = 2 ** (32 - prefixLength)
  const place = ipNumber(ip) % size
  const first = ipNumber(ip) >>> 24
  checks.holds(
    place !== 0 && place !== size - 1 && first !== 0 && first !== 127 && first < 224,
    'The address is not one that a machine can have in its network',
    `${ip}/${prefixLength}`,
  )
}
