/** Clusters of nested hosts on a vCenter: in a folder of the lab, joined by hosts that are up, and taken apart again. */
import type { Cluster, Machine } from '#lab'
import type { ClusterOrder } from '../provider.ts'
import { hasVsan, markForVsan, putEvc, refuseServices, vsanSpecOf } from './cluster-services.ts'
import { fail } from './errors.ts'
import type { HostLogin } from './level.ts'
import { containerNameOf } from './names.ts'
import { childOf } from './place.ts'
import { type ObjectProperties, propertiesOf } from './soap/properties.ts'
import { runTask } from './soap/task.ts'
import { flagAt, isList, isRef, listAt, type MoRef, textAt, type VimObject } from './soap/vim-value.ts'
import type { Level } from './switches.ts'

export async function putCluster(on: Level, order: ClusterOrder, signal: AbortSignal): Promise<void> {
  const { cluster, members, digest } = order
  const { level, record } = on
  refuseCluster(on, cluster)
  const logins = await Promise.all(members.map((member) => loginOf(on, member)))
  await record.noteCluster(cluster.name, '', signal)
  const folder = await needFolder(on, signal)
  const found = await childOf(level.connection, folder, cluster.name, signal)
  const made = found ?? (await level.connection.call('CreateClusterEx', folder, created(cluster), { signal }))
  if (!isRef(made))
    throw fail('vsphere-answer-unreadable', { reason: `cluster ${cluster.name} has no reference` })
  const { connection } = level
  const isChanging = (await hasVsan(connection, made, signal)) !== cluster.vsan
  // HA has to be off while vSAN comes or goes.
  await reconfigure(on, made, isChanging ? { ...cluster, ha: false } : cluster, signal)
  await putEvc(level, { ref: made, name: cluster.name, evc: cluster.evc }, signal)
  await joinHosts(on, made, logins, signal)
  if (cluster.vsan) {
    const hosts = await hostsOf(on, made, signal)
    await markForVsan(
      connection,
      hosts.map(({ ref }) => ref),
      signal,
    )
  }
  if (isChanging) {
    await change(on, made, vsanSpecOf(cluster.vsan), signal)
    await reconfigure(on, made, cluster, signal)
  }
  for (const [at, { hostName }] of logins.entries()) {
    const member = members[at]
    if (member) await level.joined?.(member, await certificateOf(on, made, hostName, signal))
  }
  await record.noteCluster(cluster.name, digest, signal)
}

export async function dropCluster(on: Level, name: string, signal: AbortSignal): Promise<void> {
  const { level, record } = on
  if (!(await record.clusters(signal)).has(name)) return
  const folder = await folderOf(on, signal)
  const found = folder && (await childOf(level.connection, folder, name, signal))
  if (found) {
    if (await hasVsan(level.connection, found, signal)) {
      await change(on, found, { $type: 'ClusterConfigSpecEx', dasConfig: { enabled: false } }, signal)
      await change(on, found, vsanSpecOf(false), signal)
    }
    for (const host of await hostsOf(on, found, signal)) await leave(on, host, signal)
    await runTask(level.connection, 'Destroy_Task', found, {}, { signal })
  }
  await record.forgetCluster(name, signal)
}

/** The lab's folder of hosts, once nothing is in it any more. */
export async function removeClusterFolder(on: Level, signal: AbortSignal): Promise<readonly string[]> {
  const { connection, lab } = on.level
  const folder = on.place.isVCenter ? await folderOf(on, signal) : undefined
  if (!folder) return []
  const [found] = await propertiesOf(connection, [folder], { Folder: ['childEntity'] }, { signal })
  const children = found?.properties.get('childEntity')
  const name = containerNameOf(lab)
  if (isList(children) && children.length > 0) {
    const refs = children.filter(isRef)
    const paths = Object.fromEntries(refs.map(({ type }) => [type, ['name']]))
    const named = await propertiesOf(connection, refs, paths, { signal })
    const names = named.map(({ properties }) => String(properties.get('name')))
    throw fail('vsphere-foreign-inside', { place: `Folder of hosts ${name}`, names })
  }
  await runTask(connection, 'Destroy_Task', folder, {}, { signal })
  return [`folder of hosts ${name}`]
}

/** The calls that make it, for people. */
export function clusterSpecOf({ drs, ha }: Cluster): VimObject {
  return {
    drsConfig: { enabled: drs, ...(drs && { defaultVmBehavior: 'fullyAutomated' }) },
    // A lab has no room for machines that only wait for a failure.
    dasConfig: { enabled: ha, ...(ha && { admissionControlEnabled: false }) },
  }
}

function created(cluster: Cluster): VimObject {
  const first = cluster.vsan ? { ...cluster, ha: false } : cluster
  return { name: cluster.name, spec: { $type: 'ClusterConfigSpecEx', ...clusterSpecOf(first) } }
}

/** Before anything is made: what this server cannot do is refused by name. */
export function refuseCluster({ level, place }: Level, cluster: Cluster): void {
  if (!place.isVCenter) {
    const reason = 'clusters belong to a vCenter, and this is a lone host'
    throw fail('vsphere-cannot', { what: `Cluster ${cluster.name}`, reason })
  }
  refuseServices(level.connection.api, cluster)
}

async function loginOf({ level }: Level, machine: Machine): Promise<HostLogin> {
  const login = await level.loginOf?.(machine)
  if (login) return login
  throw fail('vsphere-cannot', {
    what: `The cluster of ${machine.path}`,
    reason: 'nobody says how to log in to it',
  })
}

/** The lab's folder of hosts; undefined while there is none. */
export async function folderOf({ level, place }: Level, signal: AbortSignal): Promise<MoRef | undefined> {
  return await childOf(level.connection, place.hostFolder, containerNameOf(level.lab), signal)
}

/** Two clusters may be put at once, and need one folder. */
async function needFolder(on: Level, signal: AbortSignal): Promise<MoRef> {
  return await on.inTurn('containers', async () => {
    const found = await folderOf(on, signal)
    if (found) return found
    const { level, place } = on
    const name = containerNameOf(level.lab)
    const made = await level.connection.call('CreateFolder', place.hostFolder, { name }, { signal })
    if (isRef(made)) return made
    throw fail('vsphere-answer-unreadable', { reason: `folder ${name} has no reference` })
  })
}

async function reconfigure(on: Level, ref: MoRef, cluster: Cluster, signal: AbortSignal): Promise<void> {
  const { connection } = on.level
  const [found] = await propertiesOf(connection, [ref], { [ref.type]: ['configurationEx'] }, { signal })
  const now = found?.properties.get('configurationEx')
  const isSame =
    flagAt(now, 'drsConfig', 'enabled') === cluster.drs &&
    (!cluster.drs || textAt(now, 'drsConfig', 'defaultVmBehavior') === 'fullyAutomated') &&
    flagAt(now, 'dasConfig', 'enabled') === cluster.ha &&
    (!cluster.ha || flagAt(now, 'dasConfig', 'admissionControlEnabled') === false)
  if (!isSame) await change(on, ref, { $type: 'ClusterConfigSpecEx', ...clusterSpecOf(cluster) }, signal)
}

async function change({ level }: Level, ref: MoRef, spec: VimObject, signal: AbortSignal): Promise<void> {
  const parameters = { spec, modify: true }
  await runTask(level.connection, 'ReconfigureComputeResource_Task', ref, parameters, { signal })
}

/** One that has lost its connection was made anew under the same address, and has to join again. */
async function joinHosts(
  on: Level,
  cluster: MoRef,
  logins: readonly HostLogin[],
  signal: AbortSignal,
): Promise<void> {
  const kept = new Set<string>()
  for (const host of await hostsOf(on, cluster, signal)) {
    const name = String(host.properties.get('name'))
    const isMember = logins.some(({ hostName }) => hostName === name)
    if (isMember && textAt(host.properties.get('runtime'), 'connectionState') === 'connected') kept.add(name)
    else await leave(on, host, signal)
  }
  for (const { hostName, user, password, thumbprint } of logins) {
    if (kept.has(hostName)) continue
    const spec = {
      hostName,
      userName: user,
      password,
      force: true,
      ...(thumbprint !== undefined && { sslThumbprint: thumbprint }),
    }
    await runTask(on.level.connection, 'AddHost_Task', cluster, { spec, asConnected: true }, { signal })
  }
}

async function hostsOf(
  { level }: Level,
  cluster: MoRef,
  signal: AbortSignal,
): Promise<readonly ObjectProperties[]> {
  const { connection } = level
  const [found] = await propertiesOf(connection, [cluster], { [cluster.type]: ['host'] }, { signal })
  const refs = found?.properties.get('host')
  const hosts = isList(refs) ? refs.filter(isRef) : []
  return await propertiesOf(connection, hosts, { HostSystem: ['name', 'runtime'] }, { signal })
}

/** A host in a cluster can be taken out while it is disconnected, whatever runs on it. */
async function leave(
  { level }: Level,
  { ref, properties }: ObjectProperties,
  signal: AbortSignal,
): Promise<void> {
  const state = textAt(properties.get('runtime'), 'connectionState')
  if (state === 'connected') await runTask(level.connection, 'DisconnectHost_Task', ref, {}, { signal })
  await runTask(level.connection, 'Destroy_Task', ref, {}, { signal })
}

/** PEM or DER, as the server has it; undefined where it does not say. */
async function certificateOf(
  on: Level,
  cluster: MoRef,
  hostName: string,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const hosts = await hostsOf(on, cluster, signal)
  const refs = hosts.flatMap(({ ref, properties }) => (properties.get('name') === hostName ? [ref] : []))
  const paths = { HostSystem: ['config.certificate'] }
  const [found] = await propertiesOf(on.level.connection, refs, paths, { signal })
  const value = found?.properties.get('config.certificate')
  // Bytes come one by one, with a sign.
  const bytes = isList(value) ? value : listAt(value, 'byte')
  return bytes.length > 0 ? Uint8Array.from(bytes, (one) => Number(one) & 0xff) : undefined
}
