/** A datastore: its files, its space, and what it says about itself. */
import type { MoRef, VimObject } from '../../vsphere/soap/vim-value.ts'
import { makeEntity } from './entity.ts'
import { faults, SdkFault } from './sdk-fault.ts'
import type { SimObject, World } from './world.ts'

const mebibyte = 1024 * 1024

export interface StoredFile {
  readonly isFolder: boolean
  readonly bytes: number
  /** What was uploaded; absent for files that only exist. */
  readonly content?: Buffer
}

/** Files by their paths without the name of the datastore: `iso/esxi.iso`. */
export class DatastoreFiles {
  readonly files = new Map<string, StoredFile>()
  /** Used by others than our files. */
  otherBytes: number
  readonly capacityBytes: number

  constructor(capacityMiB: number, freeMiB: number) {
    this.capacityBytes = capacityMiB * mebibyte
    this.otherBytes = (capacityMiB - freeMiB) * mebibyte
  }

  get freeBytes(): number {
    const own = [...this.files.values()].reduce((sum, { bytes }) => sum + bytes, 0)
    return Math.max(0, this.capacityBytes - this.otherBytes - own)
  }

  hasFolder(path: string): boolean {
    return path === '' || this.files.get(path)?.isFolder === true
  }

  /** A name like the wanted one that nothing has yet. */
  freeName(path: string): string {
    const [, stem = path, end = ''] = /^(.*?)(\.[a-z]+)?$/.exec(path) ?? []
    let free = path
    for (let count = 1; this.files.has(free); count += 1) free = `${stem}_${count}${end}`
    return free
  }

  /** With everything in it. */
  remove(path: string): void {
    for (const one of [...this.files.keys()]) {
      if (one === path || one.startsWith(`${path}/`)) this.files.delete(one)
    }
  }
}

const filesByStore = new WeakMap<SimObject, DatastoreFiles>()

export function filesOf(datastore: SimObject): DatastoreFiles {
  const files = filesByStore.get(datastore)
  if (!files) throw faults.state()
  return files
}

export interface DatastoreOrder {
  readonly id: string
  readonly name: string
  readonly parent: MoRef
  readonly capacityMiB: number
  readonly freeMiB: number
  readonly type: 'VMFS' | 'NFS'
  readonly nas?: { readonly host: string; readonly path: string }
  /** The disk of its host that a VMFS lies on. */
  readonly disk?: string
}

export function makeDatastore(world: World, order: DatastoreOrder): SimObject {
  const { id, name, parent, type, nas, disk } = order
  const datastore = makeEntity(world, { type: 'Datastore', id, name, parent })
  const files = new DatastoreFiles(order.capacityMiB, order.freeMiB)
  filesByStore.set(datastore, files)
  const url = `ds:///vmfs/volumes/${id}/`
  datastore.set('host', [])
  const browser = world.make(
    'HostDatastoreBrowser',
    world.isVCenter ? `datastoreBrowser-${id}` : `ha-datastorebrowser-${id}`,
  )
  browser.set('datastore', [datastore.ref])
  browser.set('supportedType', [])
  datastore.set('browser', browser.ref)
  datastore.view('vm', () => usersOf(world, datastore).map(({ ref }) => ref))
  datastore.view('summary', () => ({
    datastore: datastore.ref,
    name: datastore.name,
    url,
    capacity: files.capacityBytes,
    freeSpace: files.freeBytes,
    uncommitted: 0,
    accessible: true,
    multipleHostAccess: datastore.get('host') !== undefined && listLength(datastore) > 1,
    type,
    maintenanceMode: 'normal',
  }))
  datastore.view('info', () => info(datastore, { url, files, nas, disk }, type))
  datastore.set('capability', {
    directoryHierarchySupported: true,
    rawDiskMappingsSupported: type === 'VMFS',
    perFileThinProvisioningSupported: true,
    storageIORMSupported: false,
    nativeSnapshotSupported: false,
  })
  return datastore
}

function listLength(datastore: SimObject): number {
  const mounts = datastore.get('host')
  return Array.isArray(mounts) ? mounts.length : 0
}

function info(
  datastore: SimObject,
  {
    url,
    files,
    nas,
    disk,
  }: {
    readonly url: string
    readonly files: DatastoreFiles
    readonly nas: DatastoreOrder['nas']
    readonly disk: string | undefined
  },
  type: 'VMFS' | 'NFS',
): VimObject {
  const base = {
    name: datastore.name,
    url,
    freeSpace: files.freeBytes,
    maxFileSize: 64 * 1024 ** 4,
    maxVirtualDiskCapacity: 62 * 1024 ** 4,
    maxMemoryFileSize: 64 * 1024 ** 4,
  }
  const volume = { type, name: datastore.name, capacity: files.capacityBytes }
  if (nas) {
    const mount = { $type: 'HostNasVolume', ...volume, remoteHost: nas.host, remotePath: nas.path }
    return { $type: 'NasDatastoreInfo', ...base, nas: mount }
  }
  const vmfs = {
    blockSizeMb: 1,
    maxBlocks: 63963136,
    majorVersion: 6,
    version: '6.82',
    uuid: datastore.ref.value,
  }
  return {
    $type: 'VmfsDatastoreInfo',
    ...base,
    maxPhysicalRDMFileSize: 64 * 1024 ** 4,
    maxVirtualRDMFileSize: 62 * 1024 ** 4,
    vmfs: {
      $type: 'HostVmfsVolume',
      ...volume,
      ...vmfs,
      extent: disk === undefined ? [] : [{ diskName: disk, partition: 1 }],
      vmfsUpgradable: false,
      local: disk !== undefined,
    },
  }
}

/** Machines with a file there. */
export function usersOf(world: World, datastore: SimObject): readonly SimObject[] {
  return world
    .all('VirtualMachine')
    .filter((machine) => machine.refs('datastore').some(({ value }) => value === datastore.ref.value))
}

/** Splits `[nas] iso/esxi.iso`. Throws `InvalidDatastorePath` where there is no such datastore. */
export function located(
  world: World,
  text: string,
): { readonly datastore: SimObject; readonly path: string; readonly files: DatastoreFiles } {
  const [, name, path = ''] = /^\[([^\]]+)\]\s*(.*)$/.exec(text) ?? []
  const datastore = world.all('Datastore').find((one) => one.name === name)
  if (!datastore) {
    throw new SdkFault('InvalidDatastorePath', `Invalid datastore path '${text}'.`, { datastorePath: text })
  }
  return { datastore, path: path.replace(/\/+$/, ''), files: filesOf(datastore) }
}

export const pathText = (datastore: SimObject, path: string) => `[${datastore.name}] ${path}`

/** Throws `NoDiskSpace`. */
export function takeSpace(datastore: SimObject, path: string, bytes: number): void {
  const files = filesOf(datastore)
  if (bytes > files.freeBytes) throw faults.noSpace(datastore.name, pathText(datastore, path))
  files.files.set(path, { isFolder: false, bytes })
}

/** Carries something out; what it throws takes back what it did to files. */
export function withFilesKept<Value>(world: World, run: () => Value): Value {
  const before = world.all('Datastore').map((one) => [filesOf(one), new Map(filesOf(one).files)] as const)
  try {
    return run()
  } catch (error) {
    for (const [{ files }, old] of before) {
      files.clear()
      for (const [path, file] of old) files.set(path, file)
    }
    throw error
  }
}
