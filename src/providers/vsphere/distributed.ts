/** Distributed switches of a lab and their port groups: looks first, and changes only what is of the lab. */
import type { LabSwitch } from '#lab'
import { distributedGroupSpecOf, distributedSpecOf, type Member, memberSpecOf } from './distributed-specs.ts'
import { fail } from './errors.ts'
import { type HostNetwork, nicsFor } from './host-network.ts'
import type { VsphereLevel } from './level.ts'
import { networkNameOf, serverSwitchOf } from './names.ts'
import type { Place } from './place.ts'
import { recordedSwitch, type SwitchRecord } from './record.ts'
import { allBelow, type ObjectProperties } from './soap/properties.ts'
import { runTask } from './soap/task.ts'
import {
  at,
  flagAt,
  isList,
  isRef,
  listAt,
  type MoRef,
  refAt,
  textAt,
  type VimObject,
  type VimValue,
} from './soap/vim-value.ts'

export interface DistributedGroup {
  readonly ref: MoRef
  readonly name: string
  readonly key: string
  readonly config: VimValue | undefined
}

export interface DistributedSwitch {
  readonly ref: MoRef
  readonly name: string
  readonly uuid: string
  readonly config: VimValue | undefined
  /** Hosts that have it, and by which NICs where that is said. */
  readonly members: ReadonlyMap<string, readonly string[] | undefined>
  /** Without those of its uplinks. */
  readonly groups: readonly DistributedGroup[]
}

/** All of the datacenter, whoever made them. */
export async function readDistributedSwitches(
  { connection }: VsphereLevel,
  { networkFolder, isVCenter }: Place,
  signal: AbortSignal,
): Promise<readonly DistributedSwitch[]> {
  if (!isVCenter) return []
  const paths = {
    DistributedVirtualSwitch: ['name', 'uuid', 'config', 'summary'],
    DistributedVirtualPortgroup: ['name', 'key', 'config'],
  }
  const all = await allBelow(connection, networkFolder, paths, { signal })
  const groups = all.filter(({ ref }) => ref.type === 'DistributedVirtualPortgroup')
  return all
    .filter(({ ref }) => ref.type !== 'DistributedVirtualPortgroup')
    .map((one) =>
      readSwitch(
        one,
        groups.filter((group) => ownerOf(group) === one.ref.value),
      ),
    )
}

function readSwitch(
  { ref, properties }: ObjectProperties,
  groups: readonly ObjectProperties[],
): DistributedSwitch {
  const config = properties.get('config')
  const name = text(properties.get('name'))
  const uplinks = new Set(listAt(config, 'uplinkPortgroup').flatMap((one) => (isRef(one) ? one.value : [])))
  const isUplink = (group: ObjectProperties) =>
    uplinks.has(group.ref.value) ||
    flagAt(group.properties.get('config'), 'uplink') === true ||
    text(group.properties.get('name')).startsWith(`${name}-DVUplinks-`)
  const listed = listAt(properties.get('summary'), 'hostMember').flatMap((host) =>
    isRef(host) ? host.value : [],
  )
  const known = listAt(config, 'host').flatMap((member) => {
    const host = refAt(member, 'config', 'host')
    return host ? [[host.value, nicsOf(member)] as const] : []
  })
  return {
    ref,
    name,
    uuid: text(properties.get('uuid')),
    config,
    members: new Map([...listed.map((host) => [host, undefined] as const), ...known]),
    groups: groups
      .filter((group) => !isUplink(group))
      .map((group) => ({
        ref: group.ref,
        name: text(group.properties.get('name')),
        key: text(group.properties.get('key')),
        config: group.properties.get('config'),
      })),
  }
}

function ownerOf({ properties }: ObjectProperties): string | undefined {
  return refAt(properties.get('config'), 'distributedVirtualSwitch')?.value
}

const text = (value: VimValue | undefined) => (typeof value === 'string' ? value : '')

export function refuseForeignDistributed(
  lab: string,
  one: LabSwitch,
  record: SwitchRecord | undefined,
  all: readonly DistributedSwitch[],
): void {
  const refuse = (name: string) => {
    throw fail('vsphere-name-taken', { method: `Switch ${one.name}`, name })
  }
  const name = serverSwitchOf(lab, one)
  const isOwn = record?.kind === 'distributed'
  if (one.kind === 'distributed' && one.existing) {
    if (!all.some((other) => other.name === name))
      throw fail('vsphere-missing', {
        what: 'distributed switch',
        name,
        names: all.map((other) => other.name),
      })
  } else if (one.kind === 'distributed' && !isOwn && all.some((other) => other.name === name)) refuse(name)
  const own = new Set(isOwn ? record.portgroups : [])
  const taken = new Set(all.flatMap(({ groups }) => groups.map((group) => group.name)))
  for (const group of one.portgroups) {
    const wanted = networkNameOf(lab, group.name)
    if (!own.has(group.name) && taken.has(wanted)) refuse(wanted)
  }
}

export interface Putting {
  readonly place: Place
  readonly one: LabSwitch
  /** Port groups of the lab that may be there beside those that are wanted. */
  readonly old: readonly string[]
  readonly networks: readonly HostNetwork[]
  readonly signal: AbortSignal
}

export async function putDistributed(level: VsphereLevel, putting: Putting): Promise<void> {
  const { place, one, networks, signal } = putting
  const { connection, lab, hypervisor } = level
  const members = networks.map((network) => ({
    host: network.host.ref,
    nics: nicsFor(one.uplinks, network, hypervisor),
  }))
  const found = await ownSwitch(level, putting)
  if (!found) {
    const spec = distributedSpecOf(lab, one, members)
    await runTask(connection, 'CreateDVS_Task', place.networkFolder, { spec }, { signal })
  }
  const made = found ?? (await ownSwitch(level, putting))
  if (!made) throw fail('vsphere-gone', { method: 'CreateDVS_Task', object: `switch ${one.name}` })
  if (!one.existing) await reconfigure(level, made, { place, one, members, signal })
  await putGroups(level, made, putting)
}

async function ownSwitch(level: VsphereLevel, { place, one, signal }: Putting) {
  const all = await readDistributedSwitches(level, place, signal)
  return all.find(({ name }) => name === serverSwitchOf(level.lab, one))
}

async function reconfigure(
  { connection }: VsphereLevel,
  { ref, config, members: there }: DistributedSwitch,
  {
    place,
    one,
    members,
    signal,
  }: Pick<Putting, 'place' | 'one' | 'signal'> & { readonly members: readonly Member[] },
): Promise<void> {
  const changed = members.flatMap((member) => {
    if (!there.has(member.host.value)) return [memberSpecOf('add', member)]
    const nics = there.get(member.host.value) ?? member.nics
    return nics.join() === member.nics.join() ? [] : [memberSpecOf('edit', member)]
  })
  // Hosts that are not of this place were added by somebody else, and stay.
  const kept = new Set(members.map((member) => member.host.value))
  const leaving = place.hosts
    .filter(({ ref: { value } }) => there.has(value) && !kept.has(value))
    .map((one) => ({ operation: 'remove', host: one.ref }))
  const host = [...changed, ...leaving]
  if (host.length === 0 && at(config, 'maxMtu') === one.mtu) return
  const spec: VimObject = {
    $type: 'VMwareDVSConfigSpec',
    configVersion: textAt(config, 'configVersion'),
    maxMtu: one.mtu,
    ...(host.length > 0 && { host }),
  }
  await runTask(connection, 'ReconfigureDvs_Task', ref, { spec }, { signal })
}

function nicsOf(member: VimValue): readonly string[] {
  return listAt(member, 'config', 'backing', 'pnicSpec').flatMap((nic) => textAt(nic, 'pnicDevice') ?? [])
}

async function putGroups(
  { connection, lab }: VsphereLevel,
  found: DistributedSwitch,
  { one, old, signal }: Putting,
): Promise<void> {
  const specs = one.portgroups.map((group) =>
    distributedGroupSpecOf(lab, { one, group, api: connection.api }),
  )
  const byName = new Map(found.groups.map((group) => [group.name, group]))
  const added = specs.filter(({ name }) => !byName.has(String(name)))
  if (added.length > 0)
    await runTask(connection, 'AddDVPortgroup_Task', found.ref, { spec: added }, { signal })
  for (const spec of specs) {
    const there = byName.get(String(spec.name))
    if (!there || isWithin(spec.defaultPortConfig, at(there.config, 'defaultPortConfig'))) continue
    const change = { ...spec, configVersion: textAt(there.config, 'configVersion') }
    await runTask(connection, 'ReconfigureDVPortgroup_Task', there.ref, { spec: change }, { signal })
  }
  const wanted = new Set(specs.map(({ name }) => String(name)))
  const gone = old.map((name) => networkNameOf(lab, name)).filter((name) => !wanted.has(name))
  for (const { name, ref } of found.groups) {
    if (gone.includes(name)) await runTask(connection, 'Destroy_Task', ref, {}, { signal })
  }
}

/** Whether all that is wanted is there; what the server has beside that is its own choice. */
function isWithin(wanted: VimValue | undefined, there: VimValue | undefined): boolean {
  if (wanted === undefined) return true
  if (isList(wanted)) {
    return (
      isList(there) && there.length === wanted.length && wanted.every((one, at) => isWithin(one, there[at]))
    )
  }
  if (typeof wanted !== 'object') return wanted === there
  return Object.entries(wanted).every(([name, value]) => name === '$type' || isWithin(value, at(there, name)))
}

export async function removeDistributed(
  level: VsphereLevel,
  {
    place,
    name,
    record,
    signal,
  }: {
    readonly place: Place
    readonly name: string
    readonly record: SwitchRecord
    readonly signal: AbortSignal
  },
): Promise<void> {
  const all = await readDistributedSwitches(level, place, signal)
  const found = all.find((one) => one.name === serverSwitchOf(level.lab, recordedSwitch(name, record)))
  if (!found) return
  const own = new Set(record.portgroups.map((group) => networkNameOf(level.lab, group)))
  const foreign = found.groups.filter((group) => !own.has(group.name)).map((group) => group.name)
  if (record.isExisting) {
    const ours = found.groups.filter((group) => own.has(group.name))
    for (const { ref } of ours) await runTask(level.connection, 'Destroy_Task', ref, {}, { signal })
    return
  }
  if (foreign.length > 0)
    throw fail('vsphere-foreign-inside', { place: `Switch ${found.name}`, names: foreign })
  for (const { ref } of found.groups) await runTask(level.connection, 'Destroy_Task', ref, {}, { signal })
  await runTask(level.connection, 'Destroy_Task', found.ref, {}, { signal })
}
