/** Disks of machines: the files behind them, the space they take, and chains of parents. */
import { isRef, numberAt, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import { located, pathText, takeSpace } from './datastore.ts'
import type { DevicePlace } from './devices.ts'
import { faults } from './sdk-fault.ts'
import { newUuid, type World } from './world.ts'

const modes = [
  'persistent',
  'independent_persistent',
  'independent_nonpersistent',
  'nonpersistent',
  'undoable',
  'append',
]
/** What a file takes that has no data yet. */
const emptyBytes = 1024 * 1024

interface Ordered {
  readonly index: number
  readonly change: VimObject
  readonly place: DevicePlace
}

/** Makes the file, or takes one that is there. */
export function newDisk(disk: VimObject, { index, change, place }: Ordered): VimObject {
  const backing = disk.backing as VimObject | undefined
  if (backing?.$type !== 'VirtualDiskFlatVer2BackingInfo')
    throw faults.device(index, 'virtualDeviceSpec.device.backing')
  if (!modes.includes(textAt(backing, 'diskMode') ?? '')) {
    throw faults.device(index, 'virtualDeviceSpec.device.backing.diskMode')
  }
  const isNew = textAt(change, 'fileOperation') === 'create'
  const { fileName, datastore } = isNew
    ? newFile(disk, backing, { index, place })
    : oldFile(backing, index, place)
  const bytes = bytesOf(disk)
  return {
    ...disk,
    capacityInKB: Math.round(bytes / 1024),
    capacityInBytes: bytes,
    backing: { ...backing, fileName, datastore, uuid: textAt(backing, 'uuid') ?? newUuid() },
  }
}

function bytesOf(disk: VimObject): number {
  return numberAt(disk, 'capacityInBytes') ?? (numberAt(disk, 'capacityInKB') ?? 0) * 1024
}

function newFile(disk: VimObject, backing: VimObject, { index, place }: Omit<Ordered, 'change'>) {
  const { world, folder } = place
  if (bytesOf(disk) <= 0) throw faults.device(index, 'virtualDeviceSpec.device.capacityInKB')
  const asked = textAt(backing, 'fileName') ?? ''
  const wanted = asked === '' && backing.datastore !== undefined ? pathOn(world, backing, folder) : asked
  const at = located(world, wanted === '' ? folder : wanted)
  const isWhole = at.path.endsWith('.vmdk')
  if (isWhole && at.files.files.has(at.path)) throw faults.fileExists(wanted)
  const own = located(world, folder).path
  const path = isWhole ? at.path : at.files.freeName(`${own}/${own.split('/').at(-1)}.vmdk`)
  const parent = path.split('/').slice(0, -1).join('/')
  if (isWhole && !at.files.hasFolder(parent)) throw faults.noFile(pathText(at.datastore, parent))
  at.files.files.set(parent, { isFolder: true, bytes: 0 })
  takeSpace(at.datastore, path, backing.thinProvisioned === true ? emptyBytes : bytesOf(disk))
  return { fileName: pathText(at.datastore, path), datastore: at.datastore.ref }
}

function pathOn(world: World, backing: VimObject, folder: string): string {
  const { datastore } = backing
  if (datastore === undefined || !isRef(datastore)) return folder
  return `[${world.need(datastore).name}]`
}

function oldFile(backing: VimObject, index: number, { world }: DevicePlace) {
  const fileName = textAt(backing, 'fileName') ?? ''
  if (fileName === '') throw faults.device(index, 'virtualDeviceSpec.device.backing.fileName')
  const { datastore, path, files } = located(world, fileName)
  if (!files.files.has(path)) throw faults.noFile(fileName)
  return { fileName, datastore: datastore.ref }
}

/** Disks grow and do not shrink. */
export function grownDisk(
  old: VimObject,
  disk: VimObject,
  { index, place }: Omit<Ordered, 'change'>,
): VimObject {
  const asked = {
    capacityInKB: numberAt(disk, 'capacityInKB'),
    capacityInBytes: numberAt(disk, 'capacityInBytes'),
  }
  // Whoever knows the older of the two fields only changes that one.
  const bytes =
    asked.capacityInKB === numberAt(old, 'capacityInKB') ? bytesOf(disk) : (asked.capacityInKB ?? 0) * 1024
  if (bytes < bytesOf(old)) throw faults.device(index, 'virtualDeviceSpec.device.capacityInKB')
  const fileName = textAt(disk, 'backing', 'fileName') ?? ''
  const { datastore, path, files } = located(place.world, fileName)
  const thin = (disk.backing as VimObject).thinProvisioned === true
  if (!thin && bytes > bytesOf(old)) {
    if (bytes - bytesOf(old) > files.freeBytes) throw faults.noSpace(datastore.name, fileName)
    files.files.set(path, { isFolder: false, bytes })
  }
  return { ...disk, capacityInKB: Math.round(bytes / 1024), capacityInBytes: bytes }
}

export function dropDisk(world: World, device: VimObject): void {
  const fileName = textAt(device, 'backing', 'fileName')
  if (device.$type !== 'VirtualDisk' || fileName === undefined) return
  const { path, files } = located(world, fileName)
  files.remove(path)
}

/** The same disks with a new file each on top, which keeps what is written from now on. */
export function onTop(world: World, devices: readonly VimObject[], folder?: string): readonly VimObject[] {
  return devices.map((device) => {
    const backing = device.backing as VimObject | undefined
    if (device.$type !== 'VirtualDisk' || !backing) return device
    const below = located(world, textAt(backing, 'fileName') ?? '')
    const target = folder === undefined ? undefined : located(world, folder)
    const { datastore, files } = target ?? below
    const stem = target
      ? `${target.path}/${target.path.split('/').at(-1)}`
      : below.path.replace(/(-\d{6})?\.vmdk$/, '')
    let path = target ? files.freeName(`${stem}.vmdk`) : ''
    for (let count = 1; path === '' || files.files.has(path); count += 1) {
      path = `${stem}-${String(count).padStart(6, '0')}.vmdk`
    }
    takeSpace(datastore, path, emptyBytes)
    const { changeId: _changeId, ...rest } = backing
    return {
      ...device,
      backing: {
        ...rest,
        fileName: pathText(datastore, path),
        datastore: datastore.ref,
        uuid: newUuid(),
        parent: backing,
      },
    }
  })
}

/** The same disks in files of their own, without parents. */
export function copied(world: World, devices: readonly VimObject[], folder: string): readonly VimObject[] {
  return devices.map((device) => {
    const backing = device.backing as VimObject | undefined
    if (device.$type !== 'VirtualDisk' || !backing) return device
    const { datastore, path: own, files } = located(world, folder)
    const path = files.freeName(`${own}/${own.split('/').at(-1)}.vmdk`)
    takeSpace(datastore, path, backing.thinProvisioned === true ? emptyBytes : bytesOf(device))
    const { parent: _parent, ...rest } = backing
    return {
      ...device,
      backing: { ...rest, fileName: pathText(datastore, path), datastore: datastore.ref, uuid: newUuid() },
    }
  })
}
