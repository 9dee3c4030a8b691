/** Network cards, disks and devices of the host, as a machine has them. */
import { known } from '../probe/reading.ts'
import {
  at,
  flagAt,
  isRef,
  listAt,
  type MoRef,
  numberAt,
  refAt,
  textAt,
  typeOfObject,
  type VimValue,
} from '../soap/vim-value.ts'

/** What a NIC is plugged into; absent: into nothing. */
export type SeenNetwork =
  | { readonly kind: 'standard'; readonly name: string }
  | { readonly kind: 'distributed'; readonly groupKey: string }
  | { readonly kind: 'opaque'; readonly id: string }

export interface SeenNic {
  readonly key: number
  readonly model?: 'vmxnet3' | 'vmxnet2' | 'e1000' | 'e1000e' | 'pcnet32' | 'sriov'
  /** Lower case with colons. */
  readonly mac?: string
  readonly network?: SeenNetwork
}

export interface SeenDisk {
  readonly sizeMiB: number
  readonly datastore?: MoRef
  /** Absent: the server does not tell. */
  readonly thin?: boolean
  readonly isNvme: boolean
  /** A disk of the storage itself, handed on as a whole. */
  readonly isRaw: boolean
}

const models: Readonly<Record<string, NonNullable<SeenNic['model']>>> = {
  VirtualVmxnet3: 'vmxnet3',
  VirtualVmxnet3Vrdma: 'vmxnet3',
  VirtualVmxnet2: 'vmxnet2',
  VirtualE1000: 'e1000',
  VirtualE1000e: 'e1000e',
  VirtualPCNet32: 'pcnet32',
  VirtualSriovEthernetCard: 'sriov',
}

/** In the order in which the machine counts them. */
export function nicsOf(hardware: VimValue | undefined): readonly SeenNic[] {
  return listAt(hardware, 'device')
    .filter((device) => at(device, 'macAddress') !== undefined || models[typeOfObject(device) ?? ''])
    .map((device) => ({
      key: numberAt(device, 'key') ?? 0,
      ...known({
        model: models[typeOfObject(device) ?? ''],
        mac: textAt(device, 'macAddress')?.toLowerCase(),
        network: networkOf(at(device, 'backing')),
      }),
    }))
    .sort((left, right) => left.key - right.key)
}

function networkOf(backing: VimValue | undefined): SeenNetwork | undefined {
  const groupKey = textAt(backing, 'port', 'portgroupKey')
  if (groupKey !== undefined) return { kind: 'distributed', groupKey }
  const opaque = textAt(backing, 'opaqueNetworkId')
  if (opaque !== undefined) return { kind: 'opaque', id: opaque }
  const name = textAt(backing, 'deviceName')
  return name === undefined || name === '' ? undefined : { kind: 'standard', name }
}

export function disksOf(hardware: VimValue | undefined): readonly SeenDisk[] {
  const devices = listAt(hardware, 'device')
  const nvme = new Set(
    devices.flatMap((one) => (typeOfObject(one) === 'VirtualNVMEController' ? [numberAt(one, 'key')] : [])),
  )
  return devices.filter((device) => typeOfObject(device) === 'VirtualDisk').map((disk) => diskOf(disk, nvme))
}

function diskOf(disk: VimValue, nvme: ReadonlySet<number | undefined>): SeenDisk {
  const bytes = numberAt(disk, 'capacityInBytes') ?? (numberAt(disk, 'capacityInKB') ?? 0) * 1024
  const backing = at(disk, 'backing')
  const type = typeOfObject(backing) ?? ''
  // This form grows by itself and says so by being that form.
  const thin = type.startsWith('VirtualDiskSeSparse') ? true : flagAt(backing, 'thinProvisioned')
  return {
    sizeMiB: Math.max(1, Math.round(bytes / 1024 / 1024)),
    ...known({ datastore: refAt(backing, 'datastore'), thin }),
    isNvme: nvme.has(numberAt(disk, 'controllerKey')),
    isRaw: type.includes('RawDisk'),
  }
}

/** Names of PCI devices and parts of graphics cards that the machine has for itself. */
export function passthroughOf(hardware: VimValue | undefined): readonly string[] {
  return listAt(hardware, 'device')
    .filter((device) => typeOfObject(device) === 'VirtualPCIPassthrough')
    .map((device) => {
      const backing = at(device, 'backing')
      const name = textAt(backing, 'vgpu') ?? textAt(backing, 'deviceName') ?? textAt(backing, 'id')
      return name || (textAt(device, 'deviceInfo', 'label') ?? 'PCI device')
    })
}

/** What its tools say about the addresses of each NIC, by the key of the NIC. */
export interface GuestAddress {
  readonly ip: string
  readonly prefixLength?: number
}

export function addressesOf(net: readonly VimValue[]): ReadonlyMap<number, readonly GuestAddress[]> {
  return new Map(
    net.map((nic) => {
      const detailed = listAt(nic, 'ipConfig', 'ipAddress').flatMap((one) => {
        const ip = textAt(one, 'ipAddress')
        return ip === undefined ? [] : { ip, ...known({ prefixLength: numberAt(one, 'prefixLength') }) }
      })
      const plain = listAt(nic, 'ipAddress').flatMap((ip) => (typeof ip === 'string' ? { ip } : []))
      return [numberAt(nic, 'deviceConfigId') ?? -1, detailed.length > 0 ? detailed : plain] as const
    }),
  )
}

/** The same object of the server. */
export function isSame(left: MoRef | undefined, right: MoRef | undefined): boolean {
  return left !== undefined && isRef(right) && left.value === right.value
}
