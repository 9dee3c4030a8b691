/** Gives every NIC of a lab its MAC and address: first those the file asks for, then derived ones, all different. */
import { controlNetwork, formatIp, networkOf, sizeOf, type WantedAddress } from './address.ts'
import { macOf, pickOf } from './identity.ts'
import type { Address, LabSwitch, PortGroup } from './model.ts'
import type { Finding, Path } from './problem.ts'
import { formatVlan } from './vlan.ts'

/** A NIC while it is being decided; becomes the model's `Nic`. */
export interface NicDraft {
  readonly name: string
  readonly switchName: string
  readonly portgroup: string
  mac: string
  address?: Address
}

export interface NicWish {
  readonly nic: NicDraft
  /** Path of the machine. */
  readonly machine: string
  /** The NIC's place in the file. */
  readonly path: Path
  readonly mac?: string
  readonly address?: WantedAddress
  /** Networks the NIC is in, as far as the file alone says: within one of them an address is there once. */
  domains: readonly string[]
}

/** One switch and VLAN inside one owner: what is in it is one network for certain. */
export function certainDomain(owner: string, { name }: LabSwitch, { vlan }: PortGroup): string {
  return `${owner} ${name} ${formatVlan(vlan)}`
}

export function decideMacs(lab: string, wishes: readonly NicWish[]): readonly Finding[] {
  const owners = new Map<string, NicWish>()
  const findings: Finding[] = []
  for (const wish of wishes) {
    if (wish.mac === undefined) continue
    const owner = owners.get(wish.mac)
    if (owner) findings.push(sameMac(wish, owner))
    owners.set(wish.mac, wish)
    wish.nic.mac = wish.mac
  }
  for (const wish of wishes) {
    if (wish.mac !== undefined) continue
    let attempt = 0
    while (wish.nic.mac === '' || owners.has(wish.nic.mac)) {
      wish.nic.mac = macOf(lab, wish.machine, wish.nic.name, attempt++)
    }
    owners.set(wish.nic.mac, wish)
  }
  return findings
}

function sameMac(wish: NicWish, owner: NicWish): Finding {
  return {
    path: [...wish.path, 'mac'],
    text: `${labelOf(wish)} and ${labelOf(owner)} have the same MAC.`,
    remedy: 'Leave `mac` out to have a different one chosen for each machine.',
  }
}

/** `reserved` are addresses that may only be asked for, not chosen. */
export function decideAddresses(
  lab: string,
  wishes: readonly NicWish[],
  reserved: ReadonlySet<number>,
): readonly Finding[] {
  const findings: Finding[] = []
  const taken = new Set(reserved)
  const owners = new Map<string, NicWish>()
  for (const wish of wishes) {
    const ip = wish.address?.ip
    if (wish.address === undefined || ip === undefined) continue
    const owner = wish.domains.map((domain) => owners.get(`${domain} ${ip}`)).find((found) => found)
    if (owner) findings.push(sameAddress(wish, owner, ip))
    for (const domain of wish.domains) owners.set(`${domain} ${ip}`, wish)
    taken.add(ip)
    wish.nic.address = { ip: formatIp(ip), prefixLength: wish.address.prefixLength }
  }
  const full = new Set<string>()
  for (const wish of wishes) {
    const { address } = wish
    if (address === undefined || address.ip !== undefined) continue
    const network = `${formatIp(address.network)}/${address.prefixLength}`
    if (full.has(network)) continue
    const ip = freeAddress(lab, wish, address, taken)
    if (ip === undefined) {
      findings.push(tooSmall(wish, network, address.prefixLength))
      full.add(network)
      continue
    }
    taken.add(ip)
    wish.nic.address = { ip: formatIp(ip), prefixLength: address.prefixLength }
  }
  return findings
}

/** The first free address from the one that the names point at; the network's first one is left for a gateway. */
function freeAddress(
  lab: string,
  wish: NicWish,
  wanted: WantedAddress,
  taken: ReadonlySet<number>,
): number | undefined {
  const room = roomOf(wanted.prefixLength)
  const first = wanted.network + (wanted.prefixLength === 30 ? 1 : 2)
  const start = pickOf(room, lab, wish.machine, wish.nic.name)
  for (let step = 0; step < room; step++) {
    const ip = first + ((start + step) % room)
    if (!taken.has(ip) && networkOf(ip, controlNetwork.prefixLength) !== controlNetwork.network) return ip
  }
  return undefined
}

function roomOf(prefixLength: number): number {
  return prefixLength === 30 ? 2 : sizeOf(prefixLength) - 3
}

function sameAddress(wish: NicWish, owner: NicWish, ip: number): Finding {
  const network = wish.address && `${formatIp(wish.address.network)}/${wish.address.prefixLength}`
  return {
    path: [...wish.path, 'address'],
    text: `${labelOf(wish)} and ${labelOf(owner)} have the same address ${formatIp(ip)} in one network.`,
    remedy: `Write \`${network}\` to have a different one chosen for each machine.`,
  }
}

function tooSmall(wish: NicWish, network: string, prefixLength: number): Finding {
  return {
    path: [...wish.path, 'address'],
    text: `The network ${network} has room for ${roomOf(prefixLength)} machines, but more of them want an address in it.`,
    remedy: 'Use a larger network, such as one of length /16.',
  }
}

function labelOf(wish: NicWish): string {
  return `\`${wish.machine}\` ${wish.nic.name}`
}

/** Networks of one domain that cover each other in part: machines in them would disagree about who is near. */
export function overlapsOf(wishes: readonly NicWish[]): readonly Finding[] {
  const byDomain = new Map<string, Map<string, NicWish>>()
  for (const wish of wishes) {
    if (!wish.address) continue
    const key = `${wish.address.network}/${wish.address.prefixLength}`
    for (const domain of wish.domains) {
      const networks = byDomain.get(domain) ?? new Map<string, NicWish>()
      byDomain.set(domain, networks)
      if (!networks.has(key)) networks.set(key, wish)
    }
  }
  return [...byDomain.values()].flatMap((networks) => overlapsIn([...networks.values()]))
}

function overlapsIn(networks: readonly NicWish[]): readonly Finding[] {
  const sorted = [...networks].sort(
    (left, right) => startOf(left) - startOf(right) || endOf(right) - endOf(left),
  )
  const findings: Finding[] = []
  let widest = sorted[0]
  for (const wish of sorted.slice(1)) {
    if (widest && startOf(wish) < endOf(widest)) findings.push(overlap(wish, widest))
    if (!widest || endOf(wish) > endOf(widest)) widest = wish
  }
  return findings
}

function startOf(wish: NicWish): number {
  return wish.address?.network ?? 0
}

function endOf(wish: NicWish): number {
  return startOf(wish) + sizeOf(wish.address?.prefixLength ?? 32)
}

function overlap(wish: NicWish, other: NicWish): Finding {
  const [mine, theirs] = [wish, other].map(
    ({ address }) => `${formatIp(address?.network ?? 0)}/${address?.prefixLength ?? 32}`,
  )
  return {
    path: [...wish.path, 'address'],
    text: `The networks ${mine} and ${theirs} (${labelOf(other)}) overlap in the port group \`${wish.nic.portgroup}\`.`,
    remedy: 'Give all machines of one network the same prefix length, or separate the networks.',
  }
}
