/** Who reaches whom: every machine with every other, asked once for all machines that are alike. */
import { ipNumber, type Machine, type ResolvedLab } from '#lab'
import type { ProbeKind, Reason } from './contract.ts'
import { arpRequest } from './frames.ts'
import { type Net, netOf, type Plug, plugId } from './net.ts'
import { trace } from './trace.ts'
import { arrivals, newMemory, walk } from './walk.ts'

/** What a trace from one machine to another comes to. */
export interface PairVerdict {
  readonly reached: boolean
  /** Why not; absent where the first machine's question does not get there at all: a trace of the two tells. */
  readonly reason?: Reason
}

export interface Reachability {
  /** Machines with addresses; those of one group reach the same ones and are reached by the same ones. */
  readonly groups: readonly (readonly string[])[]
  /** Row asks, column answers. Undefined where a group of one machine would ask itself. */
  readonly verdicts: readonly (readonly (PairVerdict | undefined)[])[]
  /** Machines that have no address, so nobody could ask for them. */
  readonly silent: readonly string[]
}

export function reachability(lab: ResolvedLab, what: ProbeKind = { kind: 'icmp' }): Reachability {
  const net = netOf(lab)
  const { groups, silent } = groupsOf(net)
  const networks = new Map(groups.map((group) => [group, networksOf(net.machines.get(group[0] ?? ''))]))
  const verdicts = groups.map((asking) => {
    const heard = hearers(net, asking[0])
    return groups.map((asked) => {
      const from = asking[0]
      const to = asking === asked ? asked[1] : asked[0]
      if (from === undefined || to === undefined) return undefined
      const near = haveCommon(networks.get(asking) ?? [], networks.get(asked) ?? [])
      if (!near) return strangers
      return heard.has(to) ? verdictOf(lab, { from, to, what }) : unheard
    })
  })
  return { groups, verdicts, silent }
}

/** Said of most pairs of a large lab, so each is one object. */
const unheard: PairVerdict = { reached: false }
const strangers: PairVerdict = { reached: false, reason: 'NO_COMMON_NETWORK' }

function verdictOf(lab: ResolvedLab, probe: { from: string; to: string; what: ProbeKind }): PairVerdict {
  const { reached, cause } = trace(lab, probe)
  return { reached, ...(cause && { reason: cause.reason }) }
}

/** Machines that hear what this one asks everybody. */
function hearers(net: Net, path: string | undefined): ReadonlySet<string> {
  const heard = new Set<string>()
  const { nics = [] } = net.machines.get(path ?? '') ?? {}
  for (const { name } of nics) {
    const plug = net.plugs.get(plugId(path ?? '', name))
    if (!plug?.nic.address) continue
    const speaker = { mac: plug.mac, address: plug.nic.address }
    const flooded = walk(net, { spot: plug.spot, frame: arpRequest(speaker, speaker) }, newMemory())
    for (const arrival of arrivals(flooded)) heard.add(arrival.plug.machine.path)
  }
  return heard
}

interface Network {
  readonly ip: number
  /** Addresses in it. */
  readonly size: number
}

function networksOf(machine: Machine | undefined): readonly Network[] {
  return (machine?.nics ?? []).flatMap(({ address }) =>
    address ? [{ ip: ipNumber(address.ip), size: 2 ** (32 - address.prefixLength) }] : [],
  )
}

function haveCommon(asking: readonly Network[], asked: readonly Network[]): boolean {
  return asking.some(({ ip, size }) =>
    asked.some((other) => Math.floor(ip / size) === Math.floor(other.ip / size)),
  )
}

/** Machines are alike when their NICs are in the same port groups and networks, and leave by the same uplinks. */
function groupsOf(net: Net): {
  readonly groups: readonly (readonly string[])[]
  readonly silent: readonly string[]
} {
  const taken = addressesTaken(net)
  const groups = new Map<string, string[]>()
  const silent: string[] = []
  for (const { path, nics } of net.machines.values()) {
    const plugs = nics.flatMap(({ name }) => net.plugs.get(plugId(path, name)) ?? [])
    const addressed = plugs.filter(({ nic }) => nic.address)
    if (addressed.length === 0) silent.push(path)
    else pushTo(groups, addressed.map((plug) => kindOf(plug, taken)).join(' | '), path)
  }
  return { groups: [...groups.values()], silent }
}

function pushTo(groups: Map<string, string[]>, key: string, path: string): void {
  const group = groups.get(key) ?? []
  groups.set(key, group)
  group.push(path)
}

/** How many NICs have an address or a MAC. */
function addressesTaken({ plugs }: Net): ReadonlyMap<string, number> {
  const taken = new Map<string, number>()
  for (const { mac, nic } of plugs.values()) {
    for (const one of [mac, nic.address?.ip]) if (one !== undefined) taken.set(one, (taken.get(one) ?? 0) + 1)
  }
  return taken
}

function kindOf({ spot: { at, port }, nic, mac }: Plug, taken: ReadonlyMap<string, number>): string {
  const { ip = '', prefixLength = 32 } = nic.address ?? {}
  const shared = [ip, mac].filter((one) => (taken.get(one) ?? 0) > 1)
  // Which of several uplinks a port takes follows from its number.
  const pins = at.state.spec.uplinks.slice(1).map((_, others) => port % (others + 2))
  const inNetwork = `${Math.floor(ipNumber(ip) / 2 ** (32 - prefixLength))}/${prefixLength}`
  return [at.index, nic.portgroup, inNetwork, ...pins, ...shared].join(' ')
}
