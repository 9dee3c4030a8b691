/** Disks and drives of a host, as its storage system shows them. */
import { textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import type { SdkDisk, SdkDrive } from './options.ts'
import { faults } from './sdk-fault.ts'
import type { SimObject, World } from './world.ts'

const mebibyte = 1024 * 1024
const blockBytes = 512
/** Where the first partition begins. */
export const firstSector = 2048

export interface HostDisk extends SdkDisk {
  readonly devicePath: string
  readonly uuid: string
  readonly sectors: number
}

const disksByHost = new WeakMap<SimObject, readonly HostDisk[]>()
const drivesByHost = new WeakMap<SimObject, readonly SdkDrive[]>()

export function giveDisks(
  host: SimObject,
  { disks, drives }: { readonly disks: readonly SdkDisk[]; readonly drives: readonly SdkDrive[] },
): void {
  const own = disks.map((disk) => ({
    ...disk,
    devicePath: `/vmfs/devices/disks/${disk.name}`,
    uuid: `02${Buffer.from(`${host.ref.value} ${disk.name}`).toString('hex')}`,
    sectors: (disk.sizeMiB * mebibyte) / blockBytes,
  }))
  disksByHost.set(host, own)
  drivesByHost.set(host, drives)
}

export function disksOfHost(host: SimObject): readonly HostDisk[] {
  return disksByHost.get(host) ?? []
}

/** Throws `NotFound`. */
export function needDisk(host: SimObject, devicePath: string): HostDisk {
  const found = disksOfHost(host).find((disk) => disk.devicePath === devicePath)
  if (found) return found
  throw faults.notFound(devicePath)
}

/** The VMFS datastore on it. */
export function storeOn(world: World, host: SimObject, { name }: HostDisk): SimObject | undefined {
  return host
    .refs('datastore')
    .flatMap((ref) => world.find(ref) ?? [])
    .find((one) => extentsOf(one).includes(name))
}

function extentsOf(datastore: SimObject): readonly string[] {
  const { vmfs } = datastore.object('info')
  const extents = (vmfs as VimObject | undefined)?.extent as readonly VimObject[] | undefined
  return (extents ?? []).flatMap((one) => textAt(one, 'diskName') ?? [])
}

export function isPartitioned(world: World, host: SimObject, disk: HostDisk): boolean {
  return disk.isWritten === true || storeOn(world, host, disk) !== undefined
}

export function scsiDisk({ name, uuid, devicePath, sectors }: HostDisk): VimObject {
  return {
    $type: 'HostScsiDisk',
    deviceName: devicePath,
    deviceType: 'disk',
    key: `key-vim.host.ScsiDisk-${uuid}`,
    uuid,
    canonicalName: name,
    displayName: `Local VMware Disk (${name})`,
    lunType: 'disk',
    vendor: 'VMware',
    model: 'Virtual disk',
    revision: '2.0',
    operationalState: ['ok'],
    capacity: { blockSize: blockBytes, block: sectors },
    devicePath,
    ssd: false,
  }
}

/** What the storage system of a host tells. */
export function storageOf(host: SimObject): VimObject {
  const drives = (drivesByHost.get(host) ?? []).map(({ name, model }): VimObject => {
    const deviceName = `/vmfs/devices/cdrom/${name}`
    return {
      $type: 'ScsiLun',
      deviceName,
      deviceType: 'cdrom',
      key: `key-vim.host.ScsiLun-${name}`,
      uuid: `0005${Buffer.from(name).toString('hex')}`,
      canonicalName: name,
      lunType: 'cdrom',
      vendor: 'NECVMWar',
      model,
      revision: '1.00',
      operationalState: ['ok'],
    }
  })
  return { scsiLun: [...drives, ...disksOfHost(host).map(scsiDisk)], softwareInternetScsiEnabled: false }
}

/** Device names of its drives, which machines can use. */
export function driveNames(host: SimObject): readonly string[] {
  return (drivesByHost.get(host) ?? []).map(({ name }) => `/vmfs/devices/cdrom/${name}`)
}
