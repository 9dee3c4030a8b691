/** VMFS datastores are made on empty disks of a host, by what the host itself offered, and taken away. */
import { listAt, type MoRef, numberAt, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, Methods } from './call.ts'
import { hostOfSystem } from './compute.ts'
import { makeDatastore, usersOf } from './datastore.ts'
import { mount, unmount } from './datastore-calls.ts'
import { checkSibling, datacenterOf, storedName } from './entity.ts'
import {
  disksOfHost,
  firstSector,
  type HostDisk,
  isPartitioned,
  needDisk,
  scsiDisk,
  storeOn,
} from './host-disks.ts'
import { isNewer } from './schema.ts'
import { faults, SdkFault } from './sdk-fault.ts'
import type { World } from './world.ts'

/** The longest name of a datastore (vSphere Storage, "Create a VMFS Datastore"). */
const longestName = 42
const mebibyteSectors = 2048
/** The type of VMFS partitions, as partedUtil shows it. */
const vmfsGuid = 'AA31E02A400F11DB9590000C2911D1B8'

export const vmfsCalls: Methods = {
  QueryAvailableDisksForVmfs: ({ world, target }) => {
    const host = hostOfSystem(world, target)
    return disksOfHost(host)
      .filter((disk) => !storeOn(world, host, disk))
      .map(scsiDisk)
  },
  RetrieveDiskPartitionInfo: ({ world, target, parameters }) => {
    const host = hostOfSystem(world, target)
    const paths = listAt(parameters, 'devicePath').map(String)
    return paths.map((path) => {
      const disk = needDisk(host, path)
      const partition = isPartitioned(world, host, disk) ? partitionOf(disk) : undefined
      return {
        $type: 'HostDiskPartitionInfo',
        deviceName: path,
        spec: {
          partitionFormat: partition ? 'gpt' : 'unknown',
          ...(partition && { partition: [partition] }),
        },
        layout: { partition: partition ? [blockRange(disk)] : [] },
      }
    })
  },
  QueryVmfsDatastoreCreateOptions: ({ world, target, parameters }) => {
    const host = hostOfSystem(world, target)
    const disk = needDisk(host, textAt(parameters, 'devicePath') ?? '')
    if (storeOn(world, host, disk)) return []
    const majorVersion = numberAt(parameters, 'vmfsMajorVersion') ?? newestVmfs(world)
    if (!knownVmfs(world).includes(majorVersion)) throw faults.argument('vmfsMajorVersion')
    const range = blockRange(disk)
    return [
      {
        $type: 'VmfsDatastoreOption',
        info: {
          $type: 'VmfsDatastoreAllExtentOption',
          layout: { partition: [range] },
          partitionFormatChange: isPartitioned(world, host, disk),
          vmfsExtent: range,
        },
        spec: {
          $type: 'VmfsDatastoreCreateSpec',
          diskUuid: disk.uuid,
          partition: { partitionFormat: 'gpt', totalSectors: disk.sectors, partition: [partitionOf(disk)] },
          vmfs: {
            extent: { diskName: disk.name, partition: 1 },
            blockSizeMb: 1,
            majorVersion,
            volumeName: '',
          },
        },
      },
    ]
  },
  CreateVmfsDatastore: createVmfs,
  DestroyDatastore: ({ world, target }) => {
    if (usersOf(world, target).length > 0) throw faults.inUse(target.name, 'Datastore')
    const hosts = world.all('HostSystem')
    for (const host of hosts) unmount(world, target, host)
    return undefined
  },
}

function createVmfs({ world, target, parameters }: CallContext): MoRef {
  const host = hostOfSystem(world, target)
  const spec = parameters.spec as VimObject
  const disk = disksOfHost(host).find(({ uuid }) => uuid === spec.diskUuid)
  if (!disk) throw faults.argument('spec.diskUuid')
  if (storeOn(world, host, disk)) throw platformFault(`${disk.name} is in use.`)
  const { vmfs, partition } = spec as { vmfs: VimObject; partition: VimObject }
  if (textAt(vmfs, 'extent', 'diskName') !== disk.name) throw faults.argument('spec.vmfs.extent.diskName')
  const number = numberAt(vmfs, 'extent', 'partition')
  const own = listAt(partition, 'partition').find((one) => numberAt(one, 'partition') === number)
  const end = numberAt(own, 'endSector') ?? 0
  if (!own || end >= disk.sectors || (numberAt(own, 'startSector') ?? 0) >= end)
    throw faults.argument('spec.partition')
  if (!knownVmfs(world).includes(numberAt(vmfs, 'majorVersion') ?? 0))
    throw faults.argument('spec.vmfs.majorVersion')
  const name = storedName(textAt(vmfs, 'volumeName') ?? '')
  if (name.length > longestName) throw faults.badName(name)
  const folder = world.need(datacenterOf(world, host).ref1('datastoreFolder') as MoRef)
  checkSibling(world, folder, name)
  const sizeMiB = Math.floor((end - (numberAt(own, 'startSector') ?? firstSector)) / mebibyteSectors)
  const datastore = makeDatastore(world, {
    id: world.nextId('datastore-'),
    name,
    parent: folder.ref,
    capacityMiB: sizeMiB,
    freeMiB: sizeMiB,
    type: 'VMFS',
    disk: disk.name,
  })
  folder.addRef('childEntity', datastore.ref)
  mount(datastore, host)
  return datastore.ref
}

function platformFault(text: string): SdkFault {
  return new SdkFault('PlatformConfigFault', text, { text })
}

function partitionOf({ sectors }: HostDisk): VimObject {
  return {
    partition: 1,
    startSector: firstSector,
    endSector: sectors - 34,
    type: 'vmfs',
    guid: vmfsGuid,
    logical: false,
    attributes: 0,
  }
}

function blockRange({ sectors }: HostDisk): VimObject {
  const sector = (block: number) => ({ blockSize: 512, block })
  return { partition: 1, type: 'vmfs', start: sector(firstSector), end: sector(sectors - 34) }
}

function newestVmfs(world: World): number {
  return Math.max(...knownVmfs(world))
}

/** VMFS 6 came with 6.5, and new VMFS 3 ended with 6.0. */
function knownVmfs({ api }: World): readonly number[] {
  return isNewer('6.5', api) ? [5] : [5, 6]
}
