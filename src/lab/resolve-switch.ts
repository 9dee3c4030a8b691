/** Switches and port groups with every policy decided. */
import type { LabSwitch, PortGroup, VlanPolicy } from './model.ts'
import { portgroupNames, readName, switchNames } from './names.ts'
import { instead } from './near.ts'
import { clipped, type Path } from './problem.ts'
import { addPending, type Resolution } from './resolution.ts'
import { type Owning, resolveGroupPolicies, resolvePolicies } from './resolve-policies.ts'
import { resolveUplinks } from './resolve-uplink.ts'
import type { SwitchInput } from './schema-network.ts'
import { readVlan } from './vlan.ts'

export const defaultMtu = 1500

/** Who owns a level; absent NICs mean level 0, whose NICs are this machine's own. */
export interface Owner {
  readonly path: string
  readonly nicNames?: readonly string[]
  /** What it is; level 0 may be one of several hosts, as far as the file describes them. */
  readonly hypervisors?: readonly Owning[]
  /** Names of the hosts of level 0, where the file describes them. */
  readonly hostNames?: readonly string[]
}

export function resolveSwitches(
  switches: Readonly<Record<string, SwitchInput>>,
  owner: Owner,
  path: Path,
  resolution: Resolution,
): readonly LabSwitch[] {
  const usedUplinks = new Map<string, string>()
  const portgroupOwners = new Map<string, string>()
  return Object.entries(switches).map(([name, input]) => {
    const place = { path: [...path, name], owner, resolution }
    const named = readName(switchNames, name)
    if (!named.ok) resolution.findings.push({ path: place.path, onKey: true, ...named })
    checkPortgroupNames(name, input, portgroupOwners, place)
    checkHosts(input, place)
    resolution.switchPlaces.set(`${owner.path} ${name}`, {
      path: place.path,
      mtuGiven: input.mtu !== undefined,
    })
    return resolveSwitch(name, input, usedUplinks, place)
  })
}

interface Place {
  readonly path: Path
  readonly owner: Owner
  readonly resolution: Resolution
}

function resolveSwitch(name: string, input: SwitchInput, used: Map<string, string>, place: Place): LabSwitch {
  const { path, owner, resolution } = place
  if (input.existing === true && (resolution.siteKind !== 'vsphere' || owner.path !== '')) {
    const text = 'Only level 0 of a site that was added has switches that are there already.'
    addPending(resolution, [...path, 'existing'], { text })
  }
  const policies = resolvePolicies(input, owner.hypervisors ?? [], { path, findings: resolution.findings })
  return {
    name,
    kind: policies.kind,
    mtu: input.mtu ?? defaultMtu,
    uplinks: resolveUplinks(input.uplinks ?? [], { name, used }, place),
    portgroups: Object.entries(input.portgroups ?? {}).map(
      ([portgroup, group]): PortGroup => ({
        name: portgroup,
        vlan: resolveVlan(group.vlan),
        ...resolveGroupPolicies(portgroup, group, policies),
        ...(group.binding !== undefined && { binding: group.binding }),
        ...(group.hosts && { hosts: group.hosts }),
      }),
    ),
    ...(input.promiscuousScope === 'portgroup' && { promiscuousScope: input.promiscuousScope }),
    ...(input.floodingGate === 'both' && { floodingGate: input.floodingGate }),
    ...(input.reversePathCheck === true && { reversePathCheck: true }),
    ...(input.version !== undefined && { version: input.version }),
    ...(input.shared === true && { shared: true }),
    ...(input.existing === true && { existing: true }),
    ...(input.hosts && { hosts: input.hosts }),
  }
}

function resolveVlan(vlan: number | string | undefined): VlanPolicy {
  const read = readVlan(vlan ?? 0)
  return read.ok ? read.value : { mode: 'none' }
}

function checkPortgroupNames(
  switchName: string,
  input: SwitchInput,
  owners: Map<string, string>,
  { path, resolution }: Place,
): void {
  for (const name of Object.keys(input.portgroups ?? {})) {
    const place = { path: [...path, 'portgroups', name], onKey: true }
    const named = readName(portgroupNames, name)
    if (!named.ok) resolution.findings.push({ ...place, ...named })
    const owner = owners.get(name)
    owners.set(name, switchName)
    if (owner === undefined) continue
    resolution.findings.push({
      ...place,
      text: `The switch \`${owner}\` of this level has a port group \`${name}\` too.`,
      remedy: 'NICs name only the port group, so give this one another name.',
    })
  }
}

/** Only level 0 is on several hosts, and only those that the file describes have names; a site of vSphere knows its own. */
function checkHosts(input: SwitchInput, { path, owner, resolution }: Place): void {
  const isKnownThere = owner.path === '' && resolution.siteKind === 'vsphere'
  if (isKnownThere && (owner.hostNames ?? []).length === 0) return
  const groups = Object.entries(input.portgroups ?? {}).map(([name, { hosts }]) => ({
    at: [...path, 'portgroups', name],
    hosts,
  }))
  for (const { at, hosts = [] } of [{ at: path, hosts: input.hosts }, ...groups]) {
    for (const [index, host] of hosts.entries()) {
      const names = owner.hostNames ?? []
      if (names.includes(host)) continue
      const text = `There is no host \`${clipped(host)}\` here.`
      const remedy = () =>
        names.length > 0 ? instead(host, names, 'hosts') : 'Remove `hosts`: this level is on one host only.'
      resolution.findings.push({ path: [...at, 'hosts', index], text, remedy })
    }
  }
}
