/** Switches and port groups with every policy decided. */
import type { LabSwitch, PortGroup, Uplink, VlanPolicy } from './model.ts'
import { portgroupNames, readName, switchNames } from './names.ts'
import type { Path } from './problem.ts'
import { addPending, type Resolution } from './resolution.ts'
import { type Owning, resolveGroupPolicies, resolvePolicies } from './resolve-policies.ts'
import type { SwitchInput } from './schema-network.ts'
import { readVlan } from './vlan.ts'

export const defaultMtu = 1500

/** Who owns a level; absent NICs mean level 0, whose NICs are this machine's own. */
export interface Owner {
  readonly path: string
  readonly nicNames?: readonly string[]
  /** What it is; level 0 may be one of several hosts, as far as the file describes them. */
  readonly hypervisors?: readonly Owning[]
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
  const policies = resolvePolicies(input, owner.hypervisors ?? [], { path, findings: resolution.findings })
  return {
    name,
    kind: policies.kind,
    mtu: input.mtu ?? defaultMtu,
    uplinks: (input.uplinks ?? []).map((uplink, index) => {
      checkUplink(uplink, index, place)
      claimUplink(uplink, index, { name, used }, place)
      return uplinkOf(uplink)
    }),
    portgroups: Object.entries(input.portgroups ?? {}).map(
      ([portgroup, group]): PortGroup => ({
        name: portgroup,
        vlan: resolveVlan(group.vlan),
        ...resolveGroupPolicies(portgroup, group, policies),
      }),
    ),
    ...(input.promiscuousScope === 'portgroup' && { promiscuousScope: input.promiscuousScope }),
    ...(input.floodingGate === 'both' && { floodingGate: input.floodingGate }),
    ...(input.reversePathCheck === true && { reversePathCheck: true }),
  }
}

function uplinkOf(uplink: string): Uplink {
  if (uplink !== 'nat') return { kind: 'nic', name: uplink }
  return { kind: 'nat', gateway: { ip: '10.0.2.2', prefixLength: 24 }, forwards: [] }
}

function resolveVlan(vlan: number | string | undefined): VlanPolicy {
  const read = readVlan(vlan ?? 0)
  return read.ok ? read.value : { mode: 'none' }
}

function pend({ path, owner, resolution }: Place, key: string, text: string): void {
  const machines = owner.nicNames && { machines: [owner.path] }
  addPending(resolution, [...path, key], { text, ...machines })
}

function checkUplink(uplink: string, index: number, place: Place): void {
  const { owner, resolution } = place
  if (index === 1) pend(place, 'uplinks', 'Several uplinks of one switch cannot be brought up yet.')
  else if (uplink === 'nat') pend(place, 'uplinks', 'The uplink `nat` cannot be brought up yet.')
  else if (!owner.nicNames)
    pend(place, 'uplinks', 'Uplinks to a NIC of this machine cannot be brought up yet.')
  const unsafe = !/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(uplink)
  if (uplink === 'nat' || (owner.nicNames ? owner.nicNames.includes(uplink) : !unsafe)) return
  resolution.findings.push({
    path: [...place.path, 'uplinks', index],
    text: owner.nicNames
      ? `The hypervisor has no NIC \`${uplink}\`.`
      : `\`${uplink}\` cannot be the name of a NIC of this machine.`,
    remedy: owner.nicNames
      ? `Its uplinks can be ${['nat', ...owner.nicNames].map((nic) => `\`${nic}\``).join(', ')}.`
      : 'Write `nat`, or the name that `ip link` shows, such as `eth0`.',
  })
}

function claimUplink(
  uplink: string,
  index: number,
  { name, used }: { name: string; used: Map<string, string> },
  { path, resolution }: Place,
): void {
  const holder = used.get(uplink)
  if (holder !== undefined && uplink !== 'nat') {
    resolution.findings.push({
      path: [...path, 'uplinks', index],
      text: `\`${uplink}\` is already an uplink of the switch \`${holder}\`.`,
      remedy: 'A NIC serves one switch; give the hypervisor another NIC, or use one switch.',
    })
  }
  used.set(uplink, name)
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
