/** What was seen as the levels of a lab: machines on physical hosts, and inside those that are hosts themselves. */
import type { SurveyedHost } from '../probe/hosts.ts'
import type { Inventory } from './inventory.ts'
import type { SeenMachine } from './machines.ts'
import { hostName, machineName, Names } from './names.ts'
import { isEverything, type Scope } from './scope.ts'

export interface SeenLevel {
  readonly inventory: Inventory
  /** Physical ones, or the one nested host that the level is in. */
  readonly hosts: readonly SurveyedHost[]
  /** In the lab file, by reference of the host. Empty inside. */
  readonly hostNames: ReadonlyMap<string, string>
  /** Of whatever shares names with machines. */
  readonly names: Names
  readonly nodes: readonly SeenNode[]
}

export interface SeenNode {
  readonly machine: SeenMachine
  /** In the lab file. */
  readonly name: string
  /** Of the lab file: `esxi-1/web`. */
  readonly path: string
  inside?: SeenInside
  /** Why nothing is known of its inside. */
  unread?: string
}

export interface SeenInside {
  readonly level: SeenLevel
  readonly host: SurveyedHost
  /** `nic0` by `vmnic0`: which NIC of the machine is which of the host inside. */
  readonly nicOf: ReadonlyMap<string, string>
  /** Absent: their MACs agree. */
  readonly doubt?: string
}

export function topLevel(inventory: Inventory, scope: Scope): SeenLevel {
  const { survey, nested, machines } = inventory
  const physical = survey.hosts.filter(({ ref }) => !nested.machineOf.has(ref.value))
  const hosts = isEverything(scope) ? physical : usedHosts(inventory, physical)
  const names = new Names()
  const chosen = names.claimAll(
    hosts.map(({ name }) => shortName(name)),
    hostName,
  )
  const hostNames = new Map(hosts.map(({ ref }, index) => [ref.value, chosen[index] ?? '']))
  const known = new Set(survey.hosts.map(({ ref }) => ref.value))
  const own = machines.filter(({ host }) => !host || hostNames.has(host.value) || !known.has(host.value))
  return { inventory, hosts, hostNames, names, nodes: nodesOf(own, names, { inventory, owner: '' }) }
}

/** Those with machines, and the others of their clusters, which machines may move to. */
function usedHosts({ survey, machines }: Inventory, physical: readonly SurveyedHost[]) {
  const used = new Set(machines.map(({ host }) => host?.value))
  for (const { hosts } of survey.clusters) {
    if (hosts.some(({ value }) => used.has(value))) for (const { value } of hosts) used.add(value)
  }
  return physical.filter(({ ref }) => used.has(ref.value))
}

/** `esxi-a` of `esxi-a.lab.example`; addresses stay whole. */
function shortName(name: string): string {
  return /^\d+(\.\d+){3}$/.test(name) || name.includes(':') ? name : (name.split('.')[0] ?? name)
}

/** The level inside a host that was read by itself or through its vCenter. */
export function insideLevel(inventory: Inventory, host: SurveyedHost, owner: string): SeenLevel {
  const names = new Names()
  const own = inventory.machines.filter((machine) => machine.host?.value === host.ref.value)
  const nodes = nodesOf(own, names, { inventory, owner })
  return { inventory, hosts: [host], hostNames: new Map(), names, nodes }
}

function nodesOf(
  machines: readonly SeenMachine[],
  names: Names,
  { inventory, owner }: { readonly inventory: Inventory; readonly owner: string },
): readonly SeenNode[] {
  const chosen = names.claimAll(
    machines.map(({ name }) => name),
    machineName,
  )
  return machines.map((machine, index) => {
    const name = chosen[index] ?? ''
    const path = owner === '' ? name : `${owner}/${name}`
    const host = hostInside(inventory, machine)
    const match = host && matchNics(machine, host)
    if (!host || !match) return { machine, name, path }
    return { machine, name, path, inside: { level: insideLevel(inventory, host, path), host, ...match } }
  })
}

function hostInside({ survey, nested }: Inventory, { ref }: SeenMachine): SurveyedHost | undefined {
  const host = nested.hostOf.get(ref.value)
  return host === undefined ? undefined : survey.hosts.find((one) => one.ref.value === host)
}

/** By their MACs; undefined when none agrees, which means that the host is another one. */
export function matchNics(
  { nics }: SeenMachine,
  host: SurveyedHost,
): Pick<SeenInside, 'nicOf' | 'doubt'> | undefined {
  const byMac = new Map(nics.map(({ mac }, index) => [mac ?? '', `nic${index}`]))
  const found = host.nics.flatMap(({ device, mac }) => {
    const nic = mac === undefined ? undefined : byMac.get(mac)
    return nic === undefined ? [] : [[device, nic] as const]
  })
  return found.length > 0 ? { nicOf: new Map(found) } : undefined
}

/** The first one with the first one, where somebody has said that they belong together. */
export function pairNics({ nics }: SeenMachine, host: SurveyedHost): Pick<SeenInside, 'nicOf' | 'doubt'> {
  const pairs = host.nics.slice(0, nics.length).map(({ device }, index) => [device, `nic${index}`] as const)
  const doubt = 'No MAC agrees with those of the host inside, so its NICs are taken to be in the same order.'
  return { nicOf: new Map(pairs), doubt }
}

/** Every machine, outermost first. */
export function* nodesBelow(level: SeenLevel): Generator<SeenNode> {
  for (const node of level.nodes) {
    yield node
    if (node.inside) yield* nodesBelow(node.inside.level)
  }
}
