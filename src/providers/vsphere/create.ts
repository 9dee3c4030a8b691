/** Makes a machine: refuses what cannot be, chooses its host, and says in one call all that it is. */
import type { Machine } from '#lab'
import type { MachineOrder } from '../provider.ts'
import { type BootDisk, bootDiskFor } from './boot-disk.ts'
import { needContainers } from './containers.ts'
import { settingsBeside, settleDeployed } from './deployed.ts'
import { readDistributedSwitches } from './distributed.ts'
import { drivesFor } from './drives.ts'
import { fail } from './errors.ts'
import { importPackage } from './import-package.ts'
import type { ImageSource } from './level.ts'
import type { Buses, Plugged } from './machine-devices.ts'
import { machineSpecOf } from './machine-spec.ts'
import { findMachine, removeMachine } from './machines.ts'
import { machineNameOf, networkNameOf, serverSwitchOf } from './names.ts'
import { contentOf, whereFrom } from './packages.ts'
import type { PlaceHost } from './place.ts'
import { busesOf, cloneSpecOf, preparedFor } from './prepared.ts'
import { recordedSwitch } from './record.ts'
import { propertiesOf } from './soap/properties.ts'
import { runTask } from './soap/task.ts'
import { isList, isRef, type MoRef } from './soap/vim-value.ts'
import { hasNetworks, isRestricted } from './switch-hosts.ts'
import type { Level } from './switches.ts'

const takeBackMs = 60_000

/** What a lab has put on each host in this process, by the name of the host. */
export type Assigned = Map<string, number>

export async function createMachine(
  on: Level,
  order: MachineOrder,
  { assigned, signal }: { readonly assigned: Assigned; readonly signal: AbortSignal },
): Promise<void> {
  const { level, place, record } = on
  const { machine, digest, boot } = order
  const source = needSource(on, machine)
  const there = await findMachine(on, machine.name, signal)
  if (there && there.digest !== '') return
  // What was broken off before it was whole begins anew.
  if (there) await removeMachine(on, machine.name, signal)
  const plugged = await plugsOf(on, machine, signal)
  const versions = place.hosts.map(({ version }) => version)
  const hardware = level.hardwareOf(machine, versions)
  const datastores = await datastoresOf(on, machine, signal)
  const drives = await drivesFor(on, { machine, source }, signal)
  const specOf = (buses?: Buses, bootDisk?: BootDisk) =>
    machineSpecOf({
      level,
      machine,
      hardware,
      source,
      digest,
      settings: boot.settings,
      plugged,
      datastore: place.datastore.name,
      datastores,
      drives,
      buses,
      bootDisk,
      hasFolders: place.isVCenter,
    })
  const spec = specOf()
  const prepared = source.kind === 'template' ? await preparedFor(on, { machine, source }, signal) : undefined
  await using content = await contentOf(on, { machine, source, signal, skipsSums: false })
  await record.need(signal)
  const host = await hostFor(on, machine, assigned, signal)
  const { folder, pool } = await needContainers(on, signal)
  await refuseTaken(on, machine, folder, signal)
  const { connection } = level
  if (prepared) {
    const location = { datastore: place.datastore.ref, pool, ...(host && { host }) }
    const cloned = cloneSpecOf(prepared, specOf(busesOf(prepared)), location)
    const params = { folder, name: String(spec.name), spec: cloned }
    await runTask(connection, 'CloneVM_Task', prepared.ref, params, { signal })
  } else if (content) {
    const order = { machine, from: whereFrom(source), content, folder, pool, host }
    const told = settingsBeside(on, content)
    await madeWhole(on, machine, async () => {
      const ref = await importPackage(on, order, signal)
      await settleDeployed(on, { ref, machine, properties: told, specOf }, signal)
    })
  } else {
    const bootDisk = source.kind === 'disk' ? await bootDiskFor(on, { machine, source }, signal) : undefined
    const params = { config: bootDisk ? specOf(undefined, bootDisk) : spec, pool, ...(host && { host }) }
    await runTask(connection, 'CreateVM_Task', folder, params, { signal })
  }
}

function needSource({ level }: Level, machine: Machine): ImageSource {
  const source = level.sourceOf(machine)
  if (source) return source
  const reason = 'nobody has said what it starts from'
  throw fail('vsphere-cannot', { what: `Machine ${machine.path}`, reason })
}

/** Work of several calls, which leaves nothing behind when it fails. */
async function madeWhole(on: Level, { name }: Machine, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    // What cannot be taken back now is seen as unfinished.
    await removeMachine(on, name, AbortSignal.timeout(takeBackMs)).catch(() => undefined)
    throw error
  }
}

/** A machine of that name without our marks is somebody else's, who has put it into the folder of the lab. */
async function refuseTaken(
  on: Level,
  { name, path }: Machine,
  folder: MoRef,
  signal: AbortSignal,
): Promise<void> {
  const { level, place } = on
  const wanted = machineNameOf(level.lab, name, place.isVCenter)
  const search = level.connection.service('searchIndex')
  const found = await level.connection.call('FindChild', search, { entity: folder, name: wanted }, { signal })
  if (isRef(found)) throw fail('vsphere-name-taken', { method: `Machine ${path}`, name: wanted })
}

async function plugsOf(on: Level, machine: Machine, signal: AbortSignal): Promise<readonly Plugged[]> {
  const { level, place, record } = on
  const switches = await record.switches(signal)
  const kinds = machine.nics.map(({ switchName }) => switches.get(switchName)?.kind)
  const distributed = kinds.includes('distributed') ? await readDistributedSwitches(level, place, signal) : []
  return machine.nics.map(({ name, switchName, portgroup }, index): Plugged => {
    const network = networkNameOf(level.lab, portgroup)
    if (kinds[index] === 'standard') return { kind: 'standard', network }
    const noted = switches.get(switchName)
    const called = noted && serverSwitchOf(level.lab, recordedSwitch(switchName, noted))
    const found = distributed.find((one) => one.name === called)
    const group = found?.groups.find((one) => one.name === network)
    if (found && group) return { kind: 'distributed', switchUuid: found.uuid, portgroupKey: group.key }
    const what = `network of ${name} of ${machine.path}`
    throw fail('vsphere-missing', { what, name: network, names: [...switches.keys()] })
  })
}

/**
 * Machines on a switch without uplinks meet only on one host, so all of them go to the same one; the others go where
 * most memory is free, which a cluster with DRS decides itself.
 */
async function hostFor(
  on: Level,
  { path, nics, memoryMiB }: Machine,
  assigned: Assigned,
  signal: AbortSignal,
): Promise<MoRef | undefined> {
  const { place, record } = on
  const switches = await record.switches(signal)
  const isBound = nics.some(({ switchName }) => switches.get(switchName)?.isIsolated)
  if (!isBound && place.compute.hasDrs && !isRestricted(nics, switches)) return undefined
  const free = ({ name, freeMiB }: PlaceHost) => freeMiB - (assigned.get(name) ?? 0)
  const fitting = place.hosts.filter(({ name }) => hasNetworks(nics, switches, name))
  const [best] = fitting.toSorted((a, b) => free(b) - free(a) || a.name.localeCompare(b.name))
  const cannot = (reason: string) => fail('vsphere-cannot', { what: `Machine ${path}`, reason })
  if (!best) throw cannot('no host has all the networks that it is plugged into')
  const settled = isBound ? await record.settleHome(best.name, signal) : best.name
  // A lone host is the only one there is, also if it was called otherwise then.
  const home = place.isVCenter ? settled : best.name
  // A host that is not there any more, or in maintenance, cannot be the home of anything.
  if (!place.hosts.some(({ name }) => name === home))
    throw fail('vsphere-maintenance', { method: 'Placing machines', message: `the lab lives on ${home}` })
  const host = fitting.find(({ name }) => name === home)
  if (!host) throw cannot(`the lab lives on ${home}, which has not all the networks that it is plugged into`)
  assigned.set(host.name, (assigned.get(host.name) ?? 0) + memoryMiB)
  return host.ref
}

/** Those that disks name, by the names in the file; every host must see each of them. */
async function datastoresOf(
  { level, place }: Level,
  { path, traits }: Machine,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, MoRef>> {
  const wanted = new Set(traits?.disks?.flatMap(({ datastore }) => datastore ?? []))
  if (wanted.size === 0) return new Map()
  const { connection } = level
  const [compute] = await propertiesOf(
    connection,
    [place.compute.ref],
    { [place.compute.ref.type]: ['datastore'] },
    { signal },
  )
  const value = compute?.properties.get('datastore')
  const refs = isList(value) ? value.filter(isRef) : []
  const named = await propertiesOf(connection, refs, { Datastore: ['name'] }, { signal })
  const byName = new Map(named.map(({ ref, properties }) => [String(properties.get('name')), ref]))
  const seen = [...wanted].map((name) => {
    const ref = byName.get(level.stores?.get(name) ?? name)
    if (ref) return [name, ref] as const
    throw fail('vsphere-missing', { what: `datastore for ${path}`, name, names: [...byName.keys()] })
  })
  return new Map(seen)
}
