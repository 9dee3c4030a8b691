/** Changes of a machine's devices, each checked as a real server does before any is made. */
import { numberAt, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import { freeKey, freeUnit, isUnitOf, keyOf, kindOf, labelOf, takes } from './device-kinds.ts'
import { dropDisk, grownDisk, newDisk } from './disk-files.ts'
import { settledNic } from './nic-backing.ts'
import { isDataKind } from './schema.ts'
import { faults } from './sdk-fault.ts'
import { mergedDeep, type SimObject, type World } from './world.ts'

export interface DevicePlace {
  readonly world: World
  readonly host?: SimObject
  /** Folder of the machine: `[nas] web`. */
  readonly folder: string
  readonly isOn: boolean
}

/** All devices afterwards. Throws faults; disks that were made until then are taken away again by the caller. */
export function changedDevices(
  before: readonly VimObject[],
  changes: readonly VimObject[],
  place: DevicePlace,
): readonly VimObject[] {
  let devices = before
  // Keys that are not above zero are names within the request.
  const newKeys = new Map<number, number>()
  for (const [index, change] of changes.entries()) {
    const device = change.device as VimObject
    const operation = textAt(change, 'operation')
    if (operation === 'add') {
      const key = freeKey(device, devices)
      newKeys.set(keyOf(device), key)
      devices = [...devices, added({ ...device, key }, { index, change, devices, newKeys, place })]
    } else if (operation === 'edit' || operation === 'remove') {
      const old = devices.find((one) => keyOf(one) === keyOf(device))
      if (!old || old.$type !== device.$type) throw faults.device(index, 'virtualDeviceSpec.device.key')
      const others = devices.filter((one) => one !== old)
      devices = operation === 'edit' ? [...others, edited(old, device, { index, others, place })] : others
      if (operation === 'remove') removed(old, others, { index, change, place })
    } else {
      throw faults.device(index, 'virtualDeviceSpec.operation')
    }
  }
  return devices
    .map((device) => withChildren(device, devices))
    .sort((one, other) => keyOf(one) - keyOf(other))
}

interface Adding {
  readonly index: number
  readonly change: VimObject
  readonly devices: readonly VimObject[]
  readonly newKeys: ReadonlyMap<number, number>
  readonly place: DevicePlace
}

function added(device: VimObject, { index, change, devices, newKeys, place }: Adding): VimObject {
  const kind = kindOf(device)
  if (!kind) throw faults.device(index, 'virtualDeviceSpec.device')
  const placed = isDataKind(device.$type ?? '', 'VirtualController')
    ? onBus(device, devices, index)
    : onController(device, { index, devices, newKeys })
  if (place.isOn && isCold(placed, devices)) throw faults.powerState('poweredOn', 'poweredOff')
  const settled = settle(placed, { index, change, devices, place })
  const summary = textAt(settled, 'deviceInfo', 'summary') ?? labelOf(settled)
  return { ...settled, deviceInfo: { label: labelOf(settled), summary } }
}

function settle(device: VimObject, { index, change, devices, place }: Omit<Adding, 'newKeys'>): VimObject {
  const { world, host } = place
  if (device.$type === 'VirtualDisk') return newDisk(device, { index, change, place })
  if (isDataKind(device.$type ?? '', 'VirtualEthernetCard')) {
    const nic = settledNic(world, device, { index, ...(host && { host }), others: devices })
    return { ...nic, connectable: connected(device, place.isOn) }
  }
  if (device.$type === 'VirtualCdrom') {
    if (!device.backing) throw faults.device(index, 'virtualDeviceSpec.device.backing')
    return { ...device, connectable: connected(device, place.isOn) }
  }
  return device
}

function connected({ connectable }: VimObject, isOn: boolean): VimObject {
  const wanted = connectable as VimObject | undefined
  const startConnected = wanted?.startConnected !== false
  return {
    startConnected,
    allowGuestControl: wanted?.allowGuestControl !== false,
    connected: isOn && (wanted?.connected === true || startConnected),
    status: 'ok',
  }
}

/** IDE cannot be changed while it runs. */
function isCold(device: VimObject, devices: readonly VimObject[]): boolean {
  const controller = devices.find((one) => keyOf(one) === numberAt(device, 'controllerKey'))
  return controller?.$type === 'VirtualIDEController' || device.$type === 'VirtualSerialPort'
}

function onBus(device: VimObject, devices: readonly VimObject[], index: number): VimObject {
  const kind = kindOf(device)
  const buses = devices.filter((one) => kindOf(one) === kind).map((one) => numberAt(one, 'busNumber'))
  const bus = numberAt(device, 'busNumber') ?? 0
  if (bus < 0 || bus > 3 || buses.includes(bus))
    throw faults.device(index, 'virtualDeviceSpec.device.busNumber')
  return { ...device, controllerKey: 100 }
}

function onController(
  device: VimObject,
  { index, devices, newKeys }: Pick<Adding, 'index' | 'devices' | 'newKeys'>,
): VimObject {
  const isPci = kindOf(device)?.controllers.length === 0
  const wanted = numberAt(device, 'controllerKey') ?? (isPci ? 100 : undefined)
  const key = wanted !== undefined && wanted <= 0 ? newKeys.get(wanted) : wanted
  const controller =
    key === undefined
      ? devices.find((one) => one.$type === 'VirtualSIOController' && takes(one, device))
      : devices.find((one) => keyOf(one) === key)
  if (!controller || !takes(controller, device))
    throw faults.device(index, 'virtualDeviceSpec.device.controllerKey')
  const asked = numberAt(device, 'unitNumber')
  // Adapters and the like get their slot from the server, whatever they ask for.
  const unit = asked === undefined || asked < 0 || isPci ? freeUnit(controller, device, devices) : asked
  const isTaken = devices.some(
    (one) => numberAt(one, 'controllerKey') === keyOf(controller) && numberAt(one, 'unitNumber') === unit,
  )
  if (unit === undefined || isTaken || !isUnitOf(controller, unit)) {
    throw faults.device(index, 'virtualDeviceSpec.device.unitNumber')
  }
  return { ...device, controllerKey: keyOf(controller), unitNumber: unit }
}

interface Editing {
  readonly index: number
  readonly others: readonly VimObject[]
  readonly place: DevicePlace
}

function edited(old: VimObject, wanted: VimObject, { index, others, place }: Editing): VimObject {
  const { world, host } = place
  const device = { ...mergedDeep(old, wanted), deviceInfo: old.deviceInfo }
  if (isDataKind(device.$type ?? '', 'VirtualEthernetCard')) {
    return settledNic(world, device, { index, ...(host && { host }), others })
  }
  if (device.$type === 'VirtualDisk') return grownDisk(old, device, { index, place })
  return device
}

function removed(
  device: VimObject,
  others: readonly VimObject[],
  {
    index,
    change,
    place,
  }: { readonly index: number; readonly change: VimObject; readonly place: DevicePlace },
): void {
  const isUsed = others.some((one) => numberAt(one, 'controllerKey') === keyOf(device))
  const isBuiltIn = keyOf(device) < 1000
  if (isUsed || isBuiltIn) throw faults.device(index, 'virtualDeviceSpec.device.key')
  if (place.isOn && isCold(device, others)) throw faults.powerState('poweredOn', 'poweredOff')
  if (textAt(change, 'fileOperation') === 'destroy') dropDisk(place.world, device)
}

function withChildren(device: VimObject, devices: readonly VimObject[]): VimObject {
  if (!isDataKind(device.$type ?? '', 'VirtualController')) return device
  const children = devices.filter((one) => numberAt(one, 'controllerKey') === keyOf(device)).map(keyOf)
  return { ...device, device: children }
}
