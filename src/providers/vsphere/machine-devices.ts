/** Controllers, disks, drives and NICs of a machine in the words of the API. */
import type { DiskKind, Machine, NicModel } from '#lab'
import type { BootDisk } from './boot-disk.ts'
import { fail } from './errors.ts'
import type { HardwareChoice, ImageSource, VsphereLevel } from './level.ts'
import { type MoRef, numberAt, typeOfObject, type VimObject, type VimValue } from './soap/vim-value.ts'

/** Where a NIC is plugged in on the server. */
export type Plugged =
  | { readonly kind: 'standard'; readonly network: string }
  | { readonly kind: 'distributed'; readonly switchUuid: string; readonly portgroupKey: string }

const nicTypes: Readonly<Partial<Record<NicModel, string>>> = {
  vmxnet3: 'VirtualVmxnet3',
  vmxnet2: 'VirtualVmxnet2',
  e1000: 'VirtualE1000',
  e1000e: 'VirtualE1000e',
  pcnet32: 'VirtualPCNet32',
}

/** Keys of devices that are being added are negative and only tell them apart. */
const keys = { scsi: -1000, sata: -1100, nvme: -1200, disk: -2000, nic: -4000 } as const
const kibPerMib = 1024
/** The seventh unit of a SCSI bus is its controller. */
const ownUnit = 7

export function nicSpecs(machine: Machine, plugged: readonly Plugged[]): readonly VimObject[] {
  return machine.nics.map(({ name, mac }, index) => {
    const model = machine.traits?.nicModels?.[index] ?? 'vmxnet3'
    const $type = nicTypes[model]
    const plug = plugged[index]
    if ($type === undefined || !plug) {
      throw fail('vsphere-cannot', { what: `${name} of ${machine.path}`, reason: `it is a ${model}` })
    }
    return adding({
      $type,
      key: keys.nic - index,
      backing: backingOf(plug),
      connectable: { startConnected: true, allowGuestControl: true, connected: true },
      addressType: 'manual',
      macAddress: mac,
      wakeOnLanEnabled: false,
    })
  })
}

function backingOf(plug: Plugged): VimObject {
  if (plug.kind === 'standard') {
    return { $type: 'VirtualEthernetCardNetworkBackingInfo', deviceName: plug.network }
  }
  const { switchUuid, portgroupKey } = plug
  return {
    $type: 'VirtualEthernetCardDistributedVirtualPortBackingInfo',
    port: { switchUuid, portgroupKey },
  }
}

interface WantedDisk {
  readonly sizeMiB: number
  /** Name of a datastore of the site; absent: where the machine is. */
  readonly datastore?: string | undefined
  readonly kind?: DiskKind | undefined
  readonly isThin: boolean
}

export interface DiskOrder {
  readonly machine: Machine
  readonly hardware: HardwareChoice
  readonly source: ImageSource
  /** By their names in the file; every one that a disk names is there. */
  readonly datastores: ReadonlyMap<string, MoRef>
  /** Names on the server, of those that are the lab's own. */
  readonly level: Pick<VsphereLevel, 'stores'>
  /** Is there already, and what the machine starts from. */
  readonly bootDisk?: BootDisk | undefined
  /** Absent: of a machine that has none yet. */
  readonly buses?: Buses | undefined
}

/** Numbers of the buses that new controllers get. */
export type Buses = Readonly<Record<'scsi' | 'sata' | 'nvme', number>>

/** The first that no controller of a machine has. */
export function freeBuses(devices: readonly VimValue[]): Buses {
  const after = (types: RegExp) => {
    const numbers = devices.flatMap((one) =>
      types.test(typeOfObject(one) ?? '') ? (numberAt(one, 'busNumber') ?? []) : [],
    )
    return Math.max(-1, ...numbers) + 1
  }
  return {
    scsi: after(/^(ParaVirtualSCSI|VirtualLsiLogic(SAS)?|VirtualBusLogic)Controller$/),
    sata: after(/^Virtual(AHCI|SATA)Controller$/),
    nvme: after(/^VirtualNVMEController$/),
  }
}

/** Whether all that the machine is made of is said in the call that makes it. */
export function isFromScratch({ kind }: ImageSource): boolean {
  return kind === 'iso' || kind === 'empty' || kind === 'disk'
}

/** The disk it starts from comes first, unless it comes with the template. */
export function disksOf({
  machine,
  hardware,
  source,
}: Omit<DiskOrder, 'datastores' | 'level'>): readonly WantedDisk[] {
  const { traits } = machine
  const boot = { sizeMiB: traits?.bootDiskMiB ?? hardware.bootDiskMiB, isThin: true }
  const others = traits?.disks?.map(({ thin = true, ...disk }) => ({ ...disk, isThin: thin })) ?? []
  return isFromScratch(source) ? [boot, ...others] : others
}

export function diskSpecs(order: DiskOrder): readonly VimObject[] {
  const disks = disksOf(order)
  const units = { scsi: 0, sata: 0, nvme: 0 }
  const devices = disks.map((disk, index) => {
    const bus = busOf(disk)
    const unit = units[bus]
    units[bus] += bus === 'scsi' && unit + 1 === ownUnit ? 2 : 1
    const device = diskOf(disk, { index, controllerKey: keys[bus], unit, order })
    return index === 0 && order.bootDisk ? adding(taking(device, order.bootDisk)) : adding(device, 'create')
  })
  return [...controllers(order, units), ...devices]
}

/** Settings that make the guest see flash, by the place of the disk. */
export function flashSettings(
  order: Omit<DiskOrder, 'datastores' | 'level'>,
): Readonly<Record<string, string>> {
  let unit = 0
  const settings: Record<string, string> = {}
  for (const disk of disksOf(order)) {
    if (busOf(disk) !== 'scsi') continue
    if (disk.kind === 'ssd') settings[`scsi${order.buses?.scsi ?? 0}:${unit}.virtualSSD`] = '1'
    unit += unit + 1 === ownUnit ? 2 : 1
  }
  return settings
}

function busOf({ kind }: WantedDisk): 'scsi' | 'sata' | 'nvme' {
  if (kind === 'nvme') return 'nvme'
  return kind === 'sata' ? 'sata' : 'scsi'
}

function controllers(
  { hardware, buses, machine }: DiskOrder,
  units: Readonly<Record<'scsi' | 'sata' | 'nvme', number>>,
): readonly VimObject[] {
  for (const [kind, number] of Object.entries(buses ?? {})) {
    if (number < 4 || units[kind as keyof Buses] === 0) continue
    throw fail('vsphere-cannot', {
      what: `Disks of ${machine.path}`,
      reason: `all ${kind} buses of what it is made from are taken`,
    })
  }
  const scsi = hardware.hasParavirtualScsi ? 'ParaVirtualSCSIController' : 'VirtualLsiLogicController'
  return [
    units.scsi > 0 &&
      adding({ $type: scsi, key: keys.scsi, busNumber: buses?.scsi ?? 0, sharedBus: 'noSharing' }),
    units.sata > 0 && adding({ $type: 'VirtualAHCIController', key: keys.sata, busNumber: buses?.sata ?? 0 }),
    units.nvme > 0 && adding({ $type: 'VirtualNVMEController', key: keys.nvme, busNumber: buses?.nvme ?? 0 }),
  ].filter((one) => one !== false)
}

function diskOf(
  { sizeMiB, datastore, isThin }: WantedDisk,
  place: {
    readonly index: number
    readonly controllerKey: number
    readonly unit: number
    readonly order: DiskOrder
  },
): VimObject {
  const { datastores, level } = place.order
  const ref = datastore === undefined ? undefined : datastores.get(datastore)
  const called = datastore === undefined ? undefined : (level.stores?.get(datastore) ?? datastore)
  return {
    $type: 'VirtualDisk',
    key: keys.disk - place.index,
    backing: {
      $type: 'VirtualDiskFlatVer2BackingInfo',
      fileName: called === undefined ? '' : `[${called}]`,
      ...(ref && { datastore: ref }),
      diskMode: 'persistent',
      thinProvisioned: isThin,
    },
    controllerKey: place.controllerKey,
    unitNumber: place.unit,
    capacityInKB: sizeMiB * kibPerMib,
  }
}

/** The disk as it is there. */
function taking(device: VimObject, { fileName, capacityMiB }: BootDisk): VimObject {
  const backing = {
    $type: 'VirtualDiskFlatVer2BackingInfo',
    fileName,
    diskMode: 'persistent',
    thinProvisioned: true,
  }
  return { ...device, backing, capacityInKB: capacityMiB * kibPerMib }
}

function adding(device: VimObject, fileOperation?: 'create'): VimObject {
  return { operation: 'add', ...(fileOperation && { fileOperation }), device }
}
