/** Decides for each NAT which network it serves, keeps its addresses free, and finds the machines it forwards to. */
import { formatIp, ipNumber, networkOf } from './address.ts'
import type { Level, NatUplink, PortForward } from './model.ts'
import { type Around, nameServerOf, natBeyond, sameNetwork } from './nat.ts'
import { instead } from './near.ts'
import type { NicDraft, NicWish } from './nic-wishes.ts'
import { accepted, type Path } from './problem.ts'
import type { Resolution } from './resolution.ts'
import type { NatDraft } from './resolve-uplink.ts'
import { isIp, readForwardHost, readForwardTo, readNatNetwork } from './uplink-text.ts'

/** Served where no machine says which network it is in. */
const usualNetwork = { network: ipNumber('10.0.3.0'), prefixLength: 24 }

/** The NICs behind each NAT; empty without looking where there is no NAT. */
export type NatNics = ReadonlyMap<NatUplink, readonly NicDraft[]>

export function nicsOfNats(top: Level, { nats }: Resolution): NatNics {
  const found = new Map<NatUplink, NicDraft[]>(nats.map(({ uplink }) => [uplink, []]))
  if (nats.length > 0) collect([{ level: top }], found)
  return found
}

function collect(around: readonly Around[], found: ReadonlyMap<NatUplink, NicDraft[]>): void {
  for (const machine of around.at(-1)?.level.machines ?? []) {
    for (const nic of machine.nics) {
      const nat = natBeyond(around, nic)
      if (nat) found.get(nat)?.push(nic)
    }
    const { hypervisor } = machine
    if (hypervisor) collect([...around, { level: hypervisor.inside, hypervisor: machine }], found)
  }
}

/** Before addresses are decided. Returns those that NAT needs, which no machine may get. */
export function decideNetworks(behind: NatNics, resolution: Resolution): ReadonlySet<number> {
  const wishes = new Map(resolution.wishes.map((wish) => [wish.nic, wish]))
  const reserved = new Set<number>()
  for (const nat of resolution.nats) {
    const nics = (behind.get(nat.uplink) ?? []).flatMap((nic) => wishes.get(nic) ?? [])
    const wanted = networkFor(nat, nics, resolution)
    const gateway = wanted.ip ?? wanted.network + 1
    nat.uplink.gateway = { ip: formatIp(gateway), prefixLength: wanted.prefixLength }
    const own = { gateway, 'name server': ipNumber(nameServerOf(nat.uplink.gateway)) }
    for (const ip of Object.values(own)) reserved.add(ip)
    for (const wish of nics) refuseTaken(wish, own, resolution)
  }
  return reserved
}

function networkFor(
  { input, path }: NatDraft,
  nics: readonly NicWish[],
  { findings }: Resolution,
): { readonly network: number; readonly prefixLength: number; readonly ip?: number } {
  if (input.network !== undefined) return accepted(readNatNetwork(input.network)) ?? usualNetwork
  const networks = new Map(
    nics.flatMap(({ address }) =>
      address ? [[`${formatIp(address.network)}/${address.prefixLength}`, address] as const] : [],
    ),
  )
  const [[text, only] = []] = networks
  if (networks.size > 1) {
    findings.push({
      path,
      text: `The machines behind \`nat\` are in several networks: ${[...networks.keys()].join(', ')}.`,
      remedy: `Say which one it serves, such as \`nat: { network: ${text} }\`.`,
    })
  } else if (only && only.prefixLength > 29) {
    const read = readNatNetwork(text ?? '')
    if (!read.ok) findings.push({ path, text: read.text, remedy: read.remedy })
  }
  return only ? { network: only.network, prefixLength: only.prefixLength } : usualNetwork
}

function refuseTaken(wish: NicWish, own: Readonly<Record<string, number>>, { findings }: Resolution): void {
  const { address } = wish
  const [what] = Object.entries(own).find(([, ip]) => ip === address?.ip) ?? []
  if (!address || what === undefined) return
  findings.push({
    path: [...wish.path, 'address'],
    text: `\`${wish.machine}\` ${wish.nic.name} has the address of \`nat\`’s ${what}.`,
    remedy: `Write \`${formatIp(address.network)}/${address.prefixLength}\` to have another one chosen.`,
  })
}

/** After addresses are decided. */
export function decideForwards(behind: NatNics, resolution: Resolution): void {
  const machines = new Map(resolution.wishes.map(({ nic, machine }) => [nic, machine]))
  const holders = new Map<string, string>()
  for (const { uplink, input, path } of resolution.nats) {
    const places = (behind.get(uplink) ?? []).flatMap((nic) => {
      const { address } = nic
      return address && sameNetwork(address, uplink.gateway)
        ? [{ machine: machines.get(nic) ?? '', ip: address.ip }]
        : []
    })
    for (const [index, forward] of (input.forward ?? []).entries()) {
      const at = [...path, 'nat', 'forward', index]
      const host = accepted(readForwardHost(forward.host))
      const to = accepted(readForwardTo(forward.to))
      const guestIp = to && guestOf(to.host, { places, uplink, path: [...at, 'to'], resolution })
      if (!host || !to || guestIp === undefined) continue
      const { protocol = 'tcp' } = forward
      const found = { protocol, hostIp: host.host, hostPort: host.port, guestIp, guestPort: to.port }
      claimPort(found, holders, { path: [...at, 'host'], resolution })
      uplink.forwards.push(found)
    }
  }
}

interface Guests {
  readonly places: readonly { readonly machine: string; readonly ip: string }[]
  readonly uplink: NatUplink
  readonly path: Path
  readonly resolution: Resolution
}

function guestOf(host: string, { places, uplink, path, resolution }: Guests): string | undefined {
  const { gateway } = uplink
  const network = networkOf(ipNumber(gateway.ip), gateway.prefixLength)
  if (isIp(host) && sameNetwork({ ip: host, prefixLength: gateway.prefixLength }, gateway)) return host
  const found = places.find(({ machine }) => machine === host)
  if (found) return found.ip
  const text = resolution.groups.has(host)
    ? `\`${host}\` is more than one machine.`
    : `\`nat\` reaches no machine \`${host}\` with an address in ${formatIp(network)}/${gateway.prefixLength}.`
  resolution.findings.push({
    path,
    text,
    remedy: () => instead(host, [...new Set(places.map(({ machine }) => machine))], 'machines'),
  })
  return undefined
}

function claimPort(
  { protocol, hostIp, hostPort }: PortForward,
  holders: Map<string, string>,
  { path, resolution }: { readonly path: Path; readonly resolution: Resolution },
): void {
  const key = `${protocol} ${hostPort}`
  const holder = holders.get(key)
  const clash = holder === hostIp || holder === '0.0.0.0' || (holder !== undefined && hostIp === '0.0.0.0')
  holders.set(key, hostIp)
  if (!clash) return
  resolution.findings.push({
    path,
    text: `Port ${hostPort} of this machine is forwarded twice.`,
    remedy: 'Choose another port for one of the two.',
  })
}
