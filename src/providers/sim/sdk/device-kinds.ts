/** Keys, labels and places of virtual devices: which controller takes what, and which numbers are free there. */
import { numberAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import { isDataKind } from './schema.ts'

interface DeviceKind {
  readonly type: string
  /** Key of the first one. */
  readonly key: number
  readonly label: string
  /** Kinds of controllers that take it; none: the PCI bus. */
  readonly controllers: readonly string[]
  /** Units of a controller of this kind; absent: it takes nothing. */
  readonly units?: number
  /** Of the bus, where the first of this kind comes; absent: 0. */
  readonly firstUnit?: number
  /** A unit that the controller has itself. */
  readonly ownUnit?: number
}

const disks = [
  'VirtualSCSIController',
  'VirtualSATAController',
  'VirtualIDEController',
  'VirtualNVMEController',
]

const kinds: readonly DeviceKind[] = [
  { type: 'VirtualIDEController', key: 200, label: 'IDE', controllers: [], units: 2 },
  { type: 'VirtualPS2Controller', key: 300, label: 'PS2 controller', controllers: [] },
  { type: 'VirtualPCIController', key: 100, label: 'PCI controller', controllers: [] },
  { type: 'VirtualSIOController', key: 400, label: 'SIO controller', controllers: [] },
  { type: 'VirtualKeyboard', key: 600, label: 'Keyboard', controllers: ['VirtualPS2Controller'] },
  {
    type: 'VirtualPointingDevice',
    key: 700,
    label: 'Pointing device',
    controllers: ['VirtualPS2Controller'],
  },
  { type: 'VirtualMachineVideoCard', key: 500, label: 'Video card', controllers: [] },
  { type: 'VirtualMachineVMCIDevice', key: 12000, label: 'VMCI device', controllers: [] },
  {
    type: 'VirtualSCSIController',
    key: 1000,
    label: 'SCSI controller',
    controllers: [],
    units: 16,
    ownUnit: 7,
  },
  { type: 'VirtualSATAController', key: 15000, label: 'SATA controller', controllers: [], units: 30 },
  { type: 'VirtualNVMEController', key: 31000, label: 'NVME controller', controllers: [], units: 15 },
  { type: 'VirtualUSBController', key: 7000, label: 'USB controller', controllers: [] },
  { type: 'VirtualUSBXHCIController', key: 14000, label: 'USB xHCI controller', controllers: [] },
  { type: 'VirtualDisk', key: 2000, label: 'Hard disk', controllers: disks },
  {
    type: 'VirtualCdrom',
    key: 3000,
    label: 'CD/DVD drive',
    controllers: ['VirtualIDEController', 'VirtualSATAController'],
  },
  { type: 'VirtualEthernetCard', key: 4000, label: 'Network adapter', controllers: [], firstUnit: 7 },
  { type: 'VirtualSerialPort', key: 9000, label: 'Serial port', controllers: ['VirtualSIOController'] },
  { type: 'VirtualFloppy', key: 8000, label: 'Floppy drive', controllers: ['VirtualSIOController'] },
]

export function kindOf(device: VimObject): DeviceKind | undefined {
  const type = device.$type ?? ''
  return kinds.find((kind) => isDataKind(type, kind.type))
}

export function keyOf(device: VimObject): number {
  return numberAt(device, 'key') ?? 0
}

export function freeKey(device: VimObject, devices: readonly VimObject[]): number {
  const taken = new Set(devices.map(keyOf))
  let key = kindOf(device)?.key ?? 11000
  while (taken.has(key)) key += 1
  return key
}

export function labelOf(device: VimObject): string {
  const kind = kindOf(device)
  const number = keyOf(device) - (kind?.key ?? 0)
  // People count disks and adapters from one, controllers from zero.
  return `${kind?.label ?? 'Device'} ${kind?.units === undefined && number >= 0 ? number + 1 : number}`
}

/** Whether the controller takes such a device. */
export function takes(controller: VimObject, device: VimObject): boolean {
  const wanted = kindOf(device)?.controllers ?? []
  const fits = wanted.length === 0 ? ['VirtualPCIController'] : wanted
  return fits.some((type) => isDataKind(controller.$type ?? '', type))
}

/** For such a device; undefined when all units are taken. */
export function freeUnit(
  controller: VimObject,
  device: VimObject,
  devices: readonly VimObject[],
): number | undefined {
  const kind = kindOf(controller)
  const taken = new Set(
    devices
      .filter((one) => numberAt(one, 'controllerKey') === keyOf(controller))
      .map((one) => numberAt(one, 'unitNumber')),
  )
  for (let unit = kindOf(device)?.firstUnit ?? 0; unit < (kind?.units ?? 64); unit += 1)
    if (unit !== kind?.ownUnit && !taken.has(unit)) return unit
  return undefined
}

export function isUnitOf(controller: VimObject, unit: number): boolean {
  const kind = kindOf(controller)
  return unit >= 0 && unit < (kind?.units ?? 64) && unit !== kind?.ownUnit
}

/** What every machine has. */
export function builtInDevices(): readonly VimObject[] {
  const device = (type: string, key: number, more: VimObject = {}): VimObject => {
    const one = { $type: type, key, ...more }
    return { ...one, deviceInfo: { label: labelOf(one), summary: labelOf(one) } }
  }
  return [
    device('VirtualIDEController', 200, { busNumber: 0 }),
    device('VirtualIDEController', 201, { busNumber: 1 }),
    device('VirtualPS2Controller', 300, { busNumber: 0, device: [600, 700] }),
    device('VirtualPCIController', 100, { busNumber: 0, device: [500, 12000] }),
    device('VirtualSIOController', 400, { busNumber: 0 }),
    device('VirtualKeyboard', 600, { controllerKey: 300, unitNumber: 0 }),
    device('VirtualPointingDevice', 700, { controllerKey: 300, unitNumber: 1 }),
    device('VirtualMachineVideoCard', 500, {
      controllerKey: 100,
      unitNumber: 0,
      videoRamSizeInKB: 4096,
      numDisplays: 1,
    }),
    device('VirtualMachineVMCIDevice', 12000, {
      controllerKey: 100,
      unitNumber: 17,
      id: -1,
      allowUnrestrictedCommunication: false,
    }),
  ]
}
