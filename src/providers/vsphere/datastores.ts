/**
 * Datastores of a lab inside a nested host: a VMFS on an empty disk of its own, or a mount of what a NAS of the lab
 * serves. What is there already under another name, or on another disk, is never touched.
 */
import type { Machine } from '#lab'
import type { SeenDatastore, WantedDatastore } from '../provider.ts'
import { chosenDisk, emptyDataDisks, isDataDisk, vmfsSpecFor } from './data-disks.ts'
import { fail } from './errors.ts'
import {
  type HostDatastore,
  mountId,
  namesOf,
  readDatastores,
  readStorage,
  type StorageHost,
} from './host-storage.ts'
import { datastoreNameOf, recordNameOf } from './names.ts'
import type { DatastoreRecord } from './record.ts'
import type { VimObject } from './soap/vim-value.ts'
import type { Level } from './switches.ts'

export async function inspectDatastores(on: Level, signal: AbortSignal): Promise<readonly SeenDatastore[]> {
  const records = [...(await on.record.datastores(signal))].filter(([, { isKept }]) => !isKept)
  if (records.length === 0) return []
  const all = await readDatastores(on.level.connection, await storageOf(on, signal), signal)
  return records.map(([name, record]) => {
    const found = all.find((one) => isOurs(one, record, calledOn(on, name, record.kind)))
    return { name, digest: record.digest, alive: found?.isAccessible === true }
  })
}

/**
 * `open` looks at the host anew: the first datastore of a host is also where the notes of the lab go, so only that one
 * cannot be noted before it is there.
 */
export async function putDatastore(
  open: () => Promise<Level>,
  { wanted, digest }: { readonly wanted: WantedDatastore; readonly digest: string },
  signal: AbortSignal,
): Promise<void> {
  const on = await open()
  const { record, place } = on
  const { name, kind } = wanted
  const hypervisor = hypervisorOf(on, name)
  const host = await storageOf(on, signal)
  const noted = (await record.datastores(signal)).get(name)
  if (noted && noted.kind !== kind) await dropDatastore(on, name, signal)
  const before = noted?.kind === kind ? noted : undefined
  const called = calledOn(on, name, kind)
  const there = (await readDatastores(on.level.connection, host, signal)).find((one) => one.name === called)
  if (there && !(await isKnown(on, there, { host, noted: before, wanted, hypervisor }, signal)))
    throw fail('vsphere-name-taken', { method: `Datastore ${name} on ${host.name}`, name: called })
  const unfinished: DatastoreRecord = { kind, digest: '', id: before?.id ?? '' }
  if (place.hasDatastore) await record.noteDatastore(name, unfinished, signal)
  const id = await madeOn(on, host, { wanted, there, called, hypervisor }, signal)
  const after = await open()
  await after.record.noteDatastore(name, { kind, digest, id }, signal)
}

/** Without any notes of the lab it is of the lab when it is just what would be made: `up` was cut off before it noted. */
async function isKnown(
  { level, record }: Level,
  there: HostDatastore,
  about: {
    readonly host: StorageHost
    readonly noted: DatastoreRecord | undefined
    readonly wanted: WantedDatastore
    readonly hypervisor: Machine
  },
  signal: AbortSignal,
): Promise<boolean> {
  const { host, noted, wanted, hypervisor } = about
  if (noted) return noted.id === '' || noted.id === there.id
  if (await record.exists(signal)) return false
  if (wanted.kind === 'nfs') return there.id === mountId(wanted.address, wanted.folder)
  const [canonicalName] = there.disks
  if (canonicalName === undefined || there.disks.length > 1) return false
  return await isDataDisk(level.connection, host, { hypervisor, canonicalName }, signal)
}

interface Making {
  readonly wanted: WantedDatastore
  readonly there: HostDatastore | undefined
  readonly called: string
  readonly hypervisor: Machine
}

/** Its id. */
async function madeOn(
  { level: { connection } }: Level,
  host: StorageHost,
  { wanted, there, called, hypervisor }: Making,
  signal: AbortSignal,
): Promise<string> {
  if (wanted.kind === 'local') {
    if (!there) {
      const disk = chosenDisk(wanted, await emptyDataDisks(connection, host, hypervisor, signal), hypervisor)
      const { devicePath } = disk
      const spec = await vmfsSpecFor(connection, host, { devicePath, called }, signal)
      await connection.call('CreateVmfsDatastore', host.datastores, { spec }, { signal })
    }
  } else if (!there?.isAccessible || there.id !== mountId(wanted.address, wanted.folder)) {
    if (there) await unmount(connection, host, there, signal)
    await connection.call(
      'CreateNasDatastore',
      host.datastores,
      { spec: nasSpecOf(wanted, called) },
      { signal },
    )
  } else return there.id
  const made = (await readDatastores(connection, host, signal)).find((one) => one.name === called)
  if (made) return made.id
  throw fail('vsphere-gone', { method: 'Making a datastore', object: `datastore ${called}` })
}

export function nasSpecOf(
  { address, folder }: Extract<WantedDatastore, { kind: 'nfs' }>,
  called: string,
): VimObject {
  return { remoteHost: address, remotePath: folder, localPath: called, accessMode: 'readWrite', type: 'NFS' }
}

async function unmount(
  connection: Level['level']['connection'],
  host: StorageHost,
  { ref, name, machines }: HostDatastore,
  signal: AbortSignal,
): Promise<void> {
  if (machines.length > 0) {
    const names = await namesOf(connection, machines, signal)
    throw fail('vsphere-foreign-inside', { place: `Datastore ${name} on ${host.name}`, names })
  }
  await connection.call('RemoveDatastore', host.datastores, { datastore: ref }, { signal })
}

/** One that holds machines is refused by name; with nothing but the notes of the lab it stays until its host goes. */
export async function dropDatastore(on: Level, name: string, signal: AbortSignal): Promise<void> {
  const { level, record } = on
  const noted = (await record.datastores(signal)).get(name)
  if (!noted) return
  const host = await storageOf(on, signal)
  const called = calledOn(on, name, noted.kind)
  const all = await readDatastores(level.connection, host, signal)
  const found = all.find((one) => isOurs(one, noted, called))
  const names = found ? await namesOf(level.connection, found.machines, signal) : []
  if (names.length === 1 && names[0] === recordNameOf(level.lab)) {
    await record.noteDatastore(name, { ...noted, isKept: true }, signal)
    return
  }
  if (found) await unmount(level.connection, host, found, signal)
  await record.forgetDatastore(name, signal)
}

/** One of the name that is another one by now was made by somebody else. */
function isOurs({ name, id }: HostDatastore, noted: DatastoreRecord, called: string): boolean {
  return name === called && (noted.id === '' || noted.id === id)
}

export function calledOn({ level }: Level, name: string, kind: WantedDatastore['kind']): string {
  return datastoreNameOf(level.lab, name, kind === 'local' ? level.hypervisor?.name : undefined)
}

export function hypervisorOf({ level }: Level, name: string): Machine {
  if (level.hypervisor) return level.hypervisor
  const reason = 'datastores are made inside nested hosts only'
  throw fail('vsphere-cannot', { what: `Datastore ${name}`, reason })
}

export async function storageOf({ level, place }: Level, signal: AbortSignal): Promise<StorageHost> {
  const [host] = place.hosts
  if (host) return await readStorage(level.connection, host, signal)
  throw fail('vsphere-maintenance', { method: 'Looking for disks', message: 'there is no host' })
}
