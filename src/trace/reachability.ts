/** Who reaches whom: every machine with every other, asked once for all machines that are alike. */
import type { ResolvedLab } from '#lab'
import type { Cause, ProbeKind } from './contract.ts'
import { type Net, netOf, type Plug, plugId } from './net.ts'
import { trace } from './trace.ts'

/** What a trace from one machine to another comes to. */
export type PairVerdict = { readonly reached: true } | { readonly reached: false; readonly cause?: Cause }

export interface Reachability {
  /** Machines with addresses; those of one group reach the same ones and are reached by the same ones. */
  readonly groups: readonly (readonly string[])[]
  /** Row asks, column answers. Undefined where a group of one machine would ask itself. */
  readonly verdicts: readonly (readonly (PairVerdict | undefined)[])[]
  /** Machines that have no address, so nobody could ask for them. */
  readonly silent: readonly string[]
}

export function reachability(lab: ResolvedLab, what: ProbeKind = { kind: 'icmp' }): Reachability {
  const { groups, silent } = groupsOf(netOf(lab))
  const verdicts = groups.map((asking) =>
    groups.map((asked) => {
      const from = asking[0]
      const to = asking === asked ? asked[1] : asked[0]
      return from === undefined || to === undefined ? undefined : verdictOf(lab, { from, to, what })
    }),
  )
  return { groups, verdicts, silent }
}

function verdictOf(lab: ResolvedLab, probe: { from: string; to: string; what: ProbeKind }): PairVerdict {
  const { reached, cause } = trace(lab, probe)
  return reached ? { reached } : { reached, ...(cause && { cause }) }
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
  const network = ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  // Which of several uplinks a port takes follows from its number.
  const pins = at.state.spec.uplinks.slice(1).map((_, others) => port % (others + 2))
  const inNetwork = `${Math.floor(network / 2 ** (32 - prefixLength))}/${prefixLength}`
  return [at.index, nic.portgroup, inNetwork, ...pins, ...shared].join(' ')
}
