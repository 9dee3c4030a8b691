/** Which disk of a nested host becomes a datastore: an empty one that the lab file gave it, and never another. */
import type { Machine } from '#lab'
import type { WantedDatastore } from '../provider.ts'
import { fail } from './errors.ts'
import type { StorageHost } from './host-storage.ts'
import type { Connection } from './soap/connection.ts'
import { propertiesOf } from './soap/properties.ts'
import {
  at,
  isList,
  isRef,
  listAt,
  numberAt,
  textAt,
  typeOfObject,
  type VimObject,
  type VimValue,
} from './soap/vim-value.ts'

const mebibyte = 1024 * 1024

type LocalDatastore = Extract<WantedDatastore, { kind: 'local' }>

export interface DataDisk {
  readonly devicePath: string
  readonly canonicalName: string
  readonly sizeMiB: number
}

/**
 * Empty disks as large as one that the file gives the host for data. Those of vSAN are left out, with what is as large
 * as they are: nobody could tell them apart.
 */
export async function emptyDataDisks(
  connection: Connection,
  { datastores, storage }: StorageHost,
  hypervisor: Machine,
  signal: AbortSignal,
): Promise<readonly DataDisk[]> {
  const sizes = dataSizes(hypervisor)
  const answer = await connection.call('QueryAvailableDisksForVmfs', datastores, {}, { signal })
  const disks = (isList(answer) ? answer : []).flatMap(readDisk).filter(({ sizeMiB }) => sizes.has(sizeMiB))
  if (disks.length === 0) return []
  const devicePath = disks.map((disk) => disk.devicePath)
  const partitions = await connection.call('RetrieveDiskPartitionInfo', storage, { devicePath }, { signal })
  const written = new Set(
    (isList(partitions) ? partitions : [])
      .filter((one) => listAt(one, 'spec', 'partition').length > 0)
      .map((one) => textAt(one, 'deviceName')),
  )
  return disks.filter((disk) => !written.has(disk.devicePath) && !written.has(disk.canonicalName))
}

/** Whether the disk of that name is as large as one that the file gives the host for data. */
export async function isDataDisk(
  connection: Connection,
  { storage }: StorageHost,
  { hypervisor, canonicalName }: { readonly hypervisor: Machine; readonly canonicalName: string },
  signal: AbortSignal,
): Promise<boolean> {
  const paths = { HostStorageSystem: ['storageDeviceInfo'] }
  const [found] = await propertiesOf(connection, [storage], paths, { signal })
  const luns = listAt(found?.properties.get('storageDeviceInfo'), 'scsiLun').flatMap(readDisk)
  const disk = luns.find((one) => one.canonicalName === canonicalName)
  return disk !== undefined && dataSizes(hypervisor).has(disk.sizeMiB)
}

/** MiB of the disks for data. */
function dataSizes({ traits }: Machine): ReadonlySet<number> {
  const disks = traits?.disks ?? []
  const ofVsan = new Set(disks.filter(({ use }) => use !== undefined).map(({ sizeMiB }) => sizeMiB))
  return new Set(disks.map(({ sizeMiB }) => sizeMiB).filter((sizeMiB) => !ofVsan.has(sizeMiB)))
}

function readDisk(value: VimValue): readonly DataDisk[] {
  const devicePath = textAt(value, 'devicePath')
  const blocks = numberAt(value, 'capacity', 'block')
  const blockBytes = numberAt(value, 'capacity', 'blockSize')
  if (devicePath === undefined || blocks === undefined || blockBytes === undefined) return []
  const canonicalName = textAt(value, 'canonicalName') ?? ''
  return [{ devicePath, canonicalName, sizeMiB: Math.floor((blocks * blockBytes) / mebibyte) }]
}

/** The smallest that is large enough; the first of those, as the host names them. */
export function chosenDisk(
  { name, sizeMiB = 0 }: LocalDatastore,
  disks: readonly DataDisk[],
  hypervisor: Machine,
): DataDisk {
  const [best] = disks
    .filter((disk) => disk.sizeMiB >= sizeMiB)
    .toSorted((a, b) => a.sizeMiB - b.sizeMiB || a.canonicalName.localeCompare(b.canonicalName))
  if (best) return best
  const reason = `${hypervisor.path} has no empty disk of at least ${Math.max(sizeMiB, 1)} MiB that the lab file gives it`
  throw fail('vsphere-cannot', { what: `Datastore ${name}`, reason })
}

/** What the server offers for the whole disk, under the name of the datastore. */
export async function vmfsSpecFor(
  connection: Connection,
  { datastores }: StorageHost,
  { devicePath, called }: { readonly devicePath: string; readonly called: string },
  signal: AbortSignal,
): Promise<VimObject> {
  const answer = await connection.call(
    'QueryVmfsDatastoreCreateOptions',
    datastores,
    { devicePath },
    { signal },
  )
  const offers = isList(answer) ? answer : []
  const whole =
    offers.find((one) => typeOfObject(at(one, 'info')) === 'VmfsDatastoreAllExtentOption') ?? offers[0]
  const spec = objectAt(whole, 'spec')
  const vmfs = objectAt(spec, 'vmfs')
  if (!spec || !vmfs)
    throw fail('vsphere-answer-unreadable', {
      reason: `there is no way to make a datastore on ${devicePath}`,
    })
  return { ...spec, $type: 'VmfsDatastoreCreateSpec', vmfs: { ...vmfs, volumeName: called } }
}

function objectAt(value: VimValue | undefined, field: string): VimObject | undefined {
  const found = at(value, field)
  return typeof found === 'object' && !isList(found) && !isRef(found) ? found : undefined
}
