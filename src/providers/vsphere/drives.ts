/**
 * Drives for CDs: the installer of a machine, and ISO files of the site that are passed on. They lie in drives of a
 * nested host at level 0, and its machines use those drives as devices of their host, so nothing is copied.
 */
import type { Machine } from '#lab'
import { fail } from './errors.ts'
import { readStorage } from './host-storage.ts'
import type { ImageSource, VsphereLevel } from './level.ts'
import { propertiesOf } from './soap/properties.ts'
import { listAt, textAt, type VimObject } from './soap/vim-value.ts'
import type { Level } from './switches.ts'

/** Drives that are being added have keys that only tell them apart. */
const firstKey = -3000
/** The first of the two IDE controllers that every machine has: the only place where installers of every age look. */
const installerPlace = { controllerKey: 200, unitNumber: 0 }

/** Places of what is passed on, and by which model a nested host sees each: of IDE only the place tells drives apart. */
const places = [
  { controllerKey: 201, unitNumber: 0, model: 'VMware IDE CDR10' },
  { controllerKey: 201, unitNumber: 1, model: 'VMware IDE CDR11' },
  { controllerKey: 200, unitNumber: 1, model: 'VMware IDE CDR01' },
] as const

export interface DriveOrder {
  readonly level: Pick<VsphereLevel, 'passedOn' | 'stores'>
  readonly machine: Machine
  readonly source: ImageSource
  /** Devices of the host by the ISO file that lies in them; only inside a nested host. */
  readonly drives?: ReadonlyMap<string, string> | undefined
}

export function driveSpecs({ level, machine, source, drives }: DriveOrder): readonly VimObject[] {
  const passed = level.passedOn?.(machine) ?? []
  if (passed.length > places.length) {
    const reason = `it has ${places.length} drives to pass ISO files on, and machines inside it need ${passed.length}`
    throw fail('vsphere-cannot', { what: `Machine ${machine.path}`, reason })
  }
  const installer = source.kind === 'iso' ? [{ path: source.path, ...installerPlace }] : []
  const further = passed.flatMap((path, index) => {
    const place = places[index]
    return place ? [{ path, controllerKey: place.controllerKey, unitNumber: place.unitNumber }] : []
  })
  return [...installer, ...further].map(({ path, controllerKey, unitNumber }, index) => ({
    operation: 'add',
    device: {
      $type: 'VirtualCdrom',
      key: firstKey - index,
      backing: backingOf(level, path, drives?.get(path)),
      connectable: { startConnected: true, allowGuestControl: true, connected: true },
      controllerKey,
      unitNumber,
    },
  }))
}

/** Datastores of the lab have other names on the server than in its file. */
function backingOf({ stores }: DriveOrder['level'], path: string, deviceName: string | undefined): VimObject {
  if (deviceName !== undefined) return { $type: 'VirtualCdromAtapiBackingInfo', deviceName }
  const fileName = path.replace(/^\[([^\]]+)\]/, (whole, name: string) =>
    stores?.has(name) ? `[${stores.get(name)}]` : whole,
  )
  return { $type: 'VirtualCdromIsoBackingInfo', fileName }
}

/** Which drive of the nested host has what the machine needs. Undefined where no ISO is passed on. */
export async function drivesFor(
  { level, place }: Level,
  { machine, source }: Pick<DriveOrder, 'machine' | 'source'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string> | undefined> {
  const { hypervisor, connection } = level
  const own = source.kind === 'iso' && source.isPassedOn ? [source.path] : []
  const wanted = [...new Set([...own, ...(level.passedOn?.(machine) ?? [])])]
  const [host] = place.hosts
  if (!hypervisor || !host || wanted.length === 0) return undefined
  const around = level.passedOn?.(hypervisor) ?? []
  const { storage } = await readStorage(connection, host, signal)
  const paths = { HostStorageSystem: ['storageDeviceInfo'] }
  const [found] = await propertiesOf(connection, [storage], paths, { signal })
  const luns = listAt(found?.properties.get('storageDeviceInfo'), 'scsiLun')
  return new Map(
    wanted.map((path) => {
      const model = places[around.indexOf(path)]?.model
      const lun = luns.find(
        (one) => textAt(one, 'model')?.trim() === model && textAt(one, 'lunType') === 'cdrom',
      )
      const deviceName = textAt(lun, 'deviceName')
      if (deviceName !== undefined) return [path, deviceName] as const
      const reason = `${hypervisor.path} has no drive with ${path}: it was made before that was asked for, and has to be made anew`
      throw fail('vsphere-cannot', { what: `Machine ${machine.path}`, reason })
    }),
  )
}
