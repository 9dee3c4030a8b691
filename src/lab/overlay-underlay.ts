/** Finds the NIC of each member that an overlay goes through: the one in the network that all members share. */
import { formatIp, readAddress } from './address.ts'
import type { Nic, TunnelEnd } from './model.ts'
import { instead } from './near.ts'
import { accepted, type Finding, type Path } from './problem.ts'
import type { OverlayDraft, OverlayMember } from './resolve-overlay.ts'

/** One member's NICs with an address, by their network. */
type Offer = ReadonlyMap<string, readonly Nic[]>

/** In the order of the members; absent when it cannot be told, which is then among the findings. */
export function tunnelEnds(draft: OverlayDraft, findings: Finding[]): readonly TunnelEnd[] | undefined {
  const { members, input } = draft
  const before = findings.length
  const offers = members.map((member) => {
    const nics = nicsOf(member, input.over)
    // Said once where it is about `over`: members of one `count` are alike.
    if (nics.length === 0 && (input.over === undefined || findings.length === before))
      findings.push(nothingOffered(member, draft))
    return byNetwork(nics)
  })
  if (findings.length > before || members.length < 2) return undefined
  const network = sharedNetwork(offers, draft, findings)
  if (network === undefined) return undefined
  const ends = members.flatMap(({ machine }, index): readonly TunnelEnd[] => {
    const [nic, another] = offers[index]?.get(network) ?? []
    if (another) findings.push(twoNics(machine.path, network, draft))
    return nic?.address ? [{ machine: machine.path, nic: nic.name, ip: nic.address.ip }] : []
  })
  findings.push(...sameAddresses(ends, draft))
  return findings.length > before ? undefined : ends
}

/** Where the switches of two members have nothing to do with each other, nobody else looks. */
function sameAddresses(ends: readonly TunnelEnd[], { members }: OverlayDraft): readonly Finding[] {
  const holders = new Map<string, string>()
  return ends.flatMap(({ machine, ip }, index) => {
    const holder = holders.get(ip)
    holders.set(ip, machine)
    if (holder === undefined) return []
    const text = `\`${holder}\` and \`${machine}\` both have the address ${ip}, so neither could send to the other.`
    return [{ path: members[index]?.at ?? [], text, remedy: 'Give one of the two another address.' }]
  })
}

function nicsOf({ machine }: OverlayMember, over: string | undefined): readonly Nic[] {
  return machine.nics.filter(
    ({ name, portgroup, address }) => address && (over === undefined || over === name || over === portgroup),
  )
}

function nothingOffered({ machine, at }: OverlayMember, { path, input: { over } }: OverlayDraft): Finding {
  if (over === undefined) {
    return {
      path: at,
      text: `\`${machine.path}\` has no NIC with an address, so the overlay has nowhere to begin there.`,
      remedy: 'Give one of its NICs an `address` in a network that all members share.',
    }
  }
  const names = [...new Set(machine.nics.flatMap(({ name, portgroup }) => [portgroup, name]))]
  const place = [...path, 'over']
  const remedy = names.includes(over)
    ? 'Give that NIC an `address`, or name another one.'
    : () => instead(over, names, 'port groups and NICs')
  const text = names.includes(over)
    ? `The NIC of \`${machine.path}\` that is meant by \`${over}\` has no address.`
    : `\`${machine.path}\` has no NIC \`${over}\`, and none in a port group \`${over}\`.`
  return { path: place, text, remedy }
}

function byNetwork(nics: readonly Nic[]): Offer {
  const offer = new Map<string, Nic[]>()
  for (const nic of nics) {
    const { ip = '', prefixLength = 0 } = nic.address ?? {}
    const read = accepted(readAddress(`${ip}/${prefixLength}`))
    const network = `${formatIp(read?.network ?? 0)}/${prefixLength}`
    offer.set(network, [...(offer.get(network) ?? []), nic])
  }
  return offer
}

function sharedNetwork(
  offers: readonly Offer[],
  { path, members, input }: OverlayDraft,
  findings: Finding[],
): string | undefined {
  const [first] = offers
  const all = [...(first?.keys() ?? [])]
  const shared = all.filter((network) => offers.every((offer) => offer.has(network)))
  if (shared.length === 1) return shared[0]
  const place: Path = input.over === undefined ? path : [...path, 'over']
  if (shared.length > 1) {
    findings.push({
      path: place,
      onKey: input.over === undefined,
      text: `The members share several networks: ${shared.join(', ')}.`,
      remedy: 'Say which one the overlay goes through, such as `over: management` or `over: nic0`.',
    })
    return undefined
  }
  const other = offers.findIndex((offer) => !all.some((network) => offer.has(network)))
  const [left, right] = [0, Math.max(other, 1)].map((index) => placeOf(members[index], offers[index]))
  findings.push({
    path: place,
    onKey: input.over === undefined,
    text: `The members have no network in common: ${left}, ${right}.`,
    remedy: 'Give each member a NIC with an `address` in one network, which is the way of the tunnel.',
  })
  return undefined
}

function placeOf(member: OverlayMember | undefined, offer: Offer | undefined): string {
  return `\`${member?.machine.path}\` is in ${[...(offer?.keys() ?? [])].join(' and ')}`
}

function twoNics(machine: string, network: string, { path, input }: OverlayDraft): Finding {
  return {
    path: input.over === undefined ? path : [...path, 'over'],
    onKey: input.over === undefined,
    text: `\`${machine}\` has two NICs in ${network}.`,
    remedy: 'Say which one the overlay goes through, such as `over: nic0`.',
  }
}
