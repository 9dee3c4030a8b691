/** Standard switches and port groups on every host of a place: looks first, and changes only what is of the lab. */
import type { LabSwitch, Machine, Uplink } from '#lab'
import { fail } from './errors.ts'
import type { VsphereLevel } from './level.ts'
import { networkNameOf, serverSwitchOf } from './names.ts'
import type { Place, PlaceHost } from './place.ts'
import { portgroupSpecOf, switchSpecOf } from './policies.ts'
import { recordedSwitch, type SwitchRecord } from './record.ts'
import { propertiesOf } from './soap/properties.ts'
import {
  at,
  flagAt,
  isList,
  listAt,
  type MoRef,
  numberAt,
  textAt,
  type VimObject,
  type VimValue,
} from './soap/vim-value.ts'
import { hasGroup, hasSwitch } from './switch-hosts.ts'

/** What one host has. */
export interface HostNetwork {
  readonly host: PlaceHost
  readonly switches: ReadonlyMap<string, VimValue>
  readonly portgroups: ReadonlyMap<string, VimValue>
  readonly nics: readonly { readonly device: string; readonly mac: string }[]
}

export async function readHostNetworks(
  { connection }: VsphereLevel,
  { hosts }: Place,
  signal: AbortSignal,
): Promise<readonly HostNetwork[]> {
  const refs = hosts.flatMap(({ ref, network }) => [ref, network])
  const paths = { HostNetworkSystem: ['networkInfo'], HostSystem: ['config.network.pnic'] }
  const found = await propertiesOf(connection, refs, paths, { signal })
  return hosts.map((host) => {
    const read = (ref: MoRef, path: string) =>
      found.find((one) => one.ref.type === ref.type && one.ref.value === ref.value)?.properties.get(path)
    const network = read(host.network, 'networkInfo')
    const nics = read(host.ref, 'config.network.pnic')
    return {
      host,
      switches: named(listAt(network, 'vswitch'), 'name'),
      portgroups: named(listAt(network, 'portgroup'), 'spec', 'name'),
      nics: (isList(nics) ? nics : []).map((nic) => ({
        device: textAt(nic, 'device') ?? '',
        mac: (textAt(nic, 'mac') ?? '').toLowerCase(),
      })),
    }
  })
}

function named(values: readonly VimValue[], ...path: readonly string[]): ReadonlyMap<string, VimValue> {
  return new Map(
    values.flatMap((value) => {
      const name = textAt(value, ...path)
      return name === undefined ? [] : [[name, value] as const]
    }),
  )
}

/** Names that are there already while the lab has noted nothing about them are somebody else's. */
export function refuseForeign(
  lab: string,
  one: LabSwitch,
  record: SwitchRecord | undefined,
  networks: readonly HostNetwork[],
): void {
  const own = new Set(record?.kind === 'standard' ? record.portgroups : [])
  for (const { host, switches, portgroups } of networks) {
    const refuse = (name: string) => {
      throw fail('vsphere-name-taken', { method: `Switch ${one.name} on ${host.name}`, name })
    }
    const name = serverSwitchOf(lab, one)
    if (one.existing && one.kind !== 'distributed') {
      if (!switches.has(name))
        throw fail('vsphere-missing', { what: `switch on ${host.name}`, name, names: [...switches.keys()] })
    } else if (one.kind !== 'distributed' && record?.kind !== 'standard' && switches.has(name)) refuse(name)
    for (const group of one.portgroups) {
      const taken = networkNameOf(lab, group.name)
      if (!own.has(group.name) && portgroups.has(taken)) refuse(taken)
    }
  }
}

/** Makes one host have the switch as it is wanted; `old`: port groups of the lab that may be there beside. */
export async function putOnHost(
  level: VsphereLevel,
  network: HostNetwork,
  {
    one,
    old,
    signal,
  }: { readonly one: LabSwitch; readonly old: readonly string[]; readonly signal: AbortSignal },
): Promise<void> {
  const { lab } = level
  const vswitchName = serverSwitchOf(lab, one)
  const call = callOn(level, network.host.network, signal)
  const spec = switchSpecOf(one, nicsFor(one.uplinks, network, level.hypervisor))
  const there = network.switches.get(vswitchName)
  if (one.existing) {
    // Nothing of it is changed.
  } else if (there === undefined) await call('AddVirtualSwitch', { vswitchName, spec })
  else if (!isSwitchLike(there, spec)) await call('UpdateVirtualSwitch', { vswitchName, spec })
  for (const group of one.portgroups) {
    const portgrp = portgroupSpecOf(lab, one, group)
    const name = networkNameOf(lab, group.name)
    const now = network.portgroups.get(name)
    if (now === undefined) await call('AddPortGroup', { portgrp })
    else if (!isGroupLike(now, portgrp)) await call('UpdatePortGroup', { pgName: name, portgrp })
  }
  const wanted = new Set(one.portgroups.map(({ name }) => name))
  await removeGroups(level, network, { names: old.filter((name) => !wanted.has(name)), vswitchName, signal })
}

/** Only what is on the lab's own switch: a port group of that name elsewhere is not the one that was made. */
export async function removeFromHost(
  level: VsphereLevel,
  network: HostNetwork,
  {
    name,
    record,
    signal,
  }: { readonly name: string; readonly record: SwitchRecord; readonly signal: AbortSignal },
): Promise<void> {
  const vswitchName = serverSwitchOf(level.lab, recordedSwitch(name, record))
  if (!network.switches.has(vswitchName)) return
  if (record.isExisting) {
    await removeGroups(level, network, { names: record.portgroups, vswitchName, signal })
    return
  }
  const own = new Set(record.portgroups.map((group) => networkNameOf(level.lab, group)))
  const foreign = groupsOn(network, vswitchName).filter((group) => !own.has(group))
  if (foreign.length > 0) {
    const place = `Switch ${vswitchName} on ${network.host.name}`
    throw fail('vsphere-foreign-inside', { place, names: foreign })
  }
  await removeGroups(level, network, { names: record.portgroups, vswitchName, signal })
  await callOn(level, network.host.network, signal)('RemoveVirtualSwitch', { vswitchName })
}

async function removeGroups(
  level: VsphereLevel,
  network: HostNetwork,
  {
    names,
    vswitchName,
    signal,
  }: { readonly names: readonly string[]; readonly vswitchName: string; readonly signal: AbortSignal },
): Promise<void> {
  const there = new Set(groupsOn(network, vswitchName))
  for (const name of names) {
    const pgName = networkNameOf(level.lab, name)
    if (there.has(pgName)) await callOn(level, network.host.network, signal)('RemovePortGroup', { pgName })
  }
}

function groupsOn({ portgroups }: HostNetwork, vswitchName: string): readonly string[] {
  return [...portgroups]
    .filter(([, group]) => textAt(group, 'spec', 'vswitchName') === vswitchName)
    .map(([name]) => name)
}

function callOn({ connection }: VsphereLevel, target: MoRef, signal: AbortSignal) {
  return async (method: string, parameters: VimObject): Promise<void> => {
    signal.throwIfAborted()
    await connection.call(method, target, parameters, { signal })
  }
}

/** Names of NICs of the host. Inside a nested ESXi the file names the NICs of its machine, told by their MACs. */
export function nicsFor(
  uplinks: readonly Uplink[],
  network: Pick<HostNetwork, 'host' | 'nics'>,
  hypervisor: Machine | undefined,
): readonly string[] {
  return uplinks.flatMap((uplink) => {
    if (uplink.kind !== 'nic') return []
    const mac = hypervisor?.nics.find(({ name }) => name === uplink.name)?.mac
    // Hosts count their NICs as the machine has them, in case that the addresses were changed.
    const counted = hypervisor ? uplink.name.replace(/^nic/, 'vmnic') : uplink.name
    const found =
      network.nics.find((nic) => mac !== undefined && nic.mac === mac) ??
      network.nics.find((nic) => nic.device === counted)
    if (found) return [found.device]
    const names = network.nics.map(({ device }) => device)
    throw fail('vsphere-missing', { what: `NIC of host ${network.host.name}`, name: counted, names })
  })
}

/** Whether every host that is to have the switch has it, with its port groups. */
export function isOnEveryHost(
  lab: string,
  name: string,
  record: SwitchRecord,
  networks: readonly HostNetwork[],
): boolean {
  const vswitchName = serverSwitchOf(lab, recordedSwitch(name, record))
  return networks
    .filter(({ host }) => hasSwitch(record, host.name))
    .every(
      (network) =>
        network.switches.has(vswitchName) &&
        record.portgroups
          .filter((group) => hasGroup(record, group, network.host.name))
          .every((group) => network.portgroups.has(networkNameOf(lab, group))),
    )
}

function isSwitchLike(there: VimValue, wanted: VimObject): boolean {
  const nics = (of: VimValue | undefined) => listAt(of, 'nicDevice').join(' ')
  const mtu = numberAt(there, 'mtu') ?? numberAt(there, 'spec', 'mtu')
  return (
    (mtu === undefined || mtu === wanted.mtu) &&
    nics(at(there, 'spec', 'bridge')) === nics(at(wanted, 'bridge'))
  )
}

function isGroupLike(there: VimValue, wanted: VimObject): boolean {
  const flags = ['allowPromiscuous', 'macChanges', 'forgedTransmits']
  const path = ['policy', 'security'] as const
  return (
    numberAt(there, 'spec', 'vlanId') === wanted.vlanId &&
    textAt(there, 'spec', 'vswitchName') === wanted.vswitchName &&
    flags.every((flag) => flagAt(there, 'spec', ...path, flag) === flagAt(wanted, ...path, flag))
  )
}
