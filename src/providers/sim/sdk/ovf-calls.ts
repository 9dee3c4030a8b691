/** What the server makes of the descriptor of a package: a specification, and the files that it wants for it. */
import { isList, type MoRef, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, Methods } from './call.ts'
import { elementsNamed, type OvfElement, readElements, textOfChild } from './ovf-elements.ts'
import { localized, SdkFault } from './sdk-fault.ts'
import type { World } from './world.ts'

export const ovfCalls: Methods = {
  CreateImportSpec: (context) => {
    try {
      return importSpec(context)
    } catch (error) {
      // What is wrong with a package is told in the answer, not as a fault.
      const reason = error instanceof Error ? error.message : String(error)
      return { error: [localized(new SdkFault('GenericVmConfigFault', reason, { reason }))] }
    }
  },
}

const resourceType = { cpu: 3, memory: 4, scsi: 6, nic: 10, disk: 17, serial: 21 }

interface Item {
  readonly id: string
  readonly type: number
  readonly element: OvfElement
}

function importSpec({ world, parameters }: CallContext): VimObject {
  const root = readElements(textAt(parameters, 'ovfDescriptor') ?? '')
  const systems = elementsNamed(root, 'VirtualSystem')
  const [system] = systems
  if (!system || systems.length > 1) throw new Error('one machine was expected')
  const wanted = parameters.cisp as VimObject
  const store = world.need(parameters.datastore as MoRef).name
  const items = elementsNamed(system, 'Item').map((element) => ({
    id: textOfChild(element, 'InstanceID'),
    type: Number(textOfChild(element, 'ResourceType')),
    element,
  }))
  const quantity = (type: number) => {
    const found = items.find((item) => item.type === type)
    return found ? Number(textOfChild(found.element, 'VirtualQuantity')) : undefined
  }
  const disks = disksOf(root, items)
  const vAppConfig = propertiesOf(system, wanted)
  const configSpec = {
    name: textAt(wanted, 'entityName') ?? '',
    files: { vmPathName: `[${store}]` },
    guestId: elementsNamed(system, 'OperatingSystemSection')[0]?.attributes.get('osType') ?? 'otherGuest',
    version: textOfChild(elementsNamed(system, 'System')[0] ?? system, 'VirtualSystemType'),
    numCPUs: quantity(resourceType.cpu) ?? 1,
    memoryMB: quantity(resourceType.memory) ?? 4,
    deviceChange: [
      ...devicesOf(world, items, wanted),
      ...disks.map(({ device }) => adding(device, 'create')),
    ],
    extraConfig: elementsNamed(system, 'ExtraConfig').map(({ attributes }) => ({
      key: attributes.get('key') ?? '',
      value: attributes.get('value') ?? '',
    })),
    // A lone host keeps no properties.
    ...(world.isVCenter && { vAppConfig }),
  }
  return {
    importSpec: { $type: 'VirtualMachineImportSpec', configSpec },
    fileItem: disks.flatMap(({ file, deviceId }) =>
      file === undefined
        ? []
        : [{ deviceId, path: file.attributes.get('href') ?? '', cimType: resourceType.disk, create: false }],
    ),
  }
}

const adding = (device: VimObject, fileOperation?: string): VimObject => ({
  operation: 'add',
  ...(fileOperation !== undefined && { fileOperation }),
  device,
})

/** Keys are names within the specification. */
const keyOf = ({ id }: Item) => -Number(id) - 100

function devicesOf(world: World, items: readonly Item[], wanted: VimObject): readonly VimObject[] {
  const controllers = items
    .filter(({ type }) => type === resourceType.scsi)
    .map((item) => ({
      $type: 'ParaVirtualSCSIController',
      key: keyOf(item),
      busNumber: Number(textOfChild(item.element, 'Address')),
      sharedBus: 'noSharing',
    }))
  const mapping = isList(wanted.networkMapping) ? (wanted.networkMapping as readonly VimObject[]) : []
  const nics = items
    .filter(({ type }) => type === resourceType.nic)
    .map((item) => {
      const name = textOfChild(item.element, 'Connection')
      const found = mapping.find((one) => one.name === name)
      if (!found) throw new Error(`the network ${name} is mapped to none`)
      const deviceName = world.need(found.network as MoRef).name
      const backing = { $type: 'VirtualEthernetCardNetworkBackingInfo', deviceName }
      return { $type: 'VirtualVmxnet3', key: keyOf(item), backing }
    })
  const ports = items
    .filter(({ type }) => type === resourceType.serial)
    .map((item) => ({
      $type: 'VirtualSerialPort',
      key: keyOf(item),
      yieldOnPoll: true,
      backing: {
        $type: 'VirtualSerialPortFileBackingInfo',
        fileName: textOfChild(item.element, 'HostResource'),
      },
    }))
  return [...controllers, ...nics, ...ports].map((device) => adding(device))
}

function disksOf(root: OvfElement, items: readonly Item[]) {
  const files = elementsNamed(root, 'File')
  const described = elementsNamed(root, 'Disk')
  return items
    .filter(({ type }) => type === resourceType.disk)
    .map((item) => {
      const id = textOfChild(item.element, 'HostResource').replace(/^.*\//, '')
      const disk = described.find(({ attributes }) => attributes.get('diskId') === id)
      const parent = items.find((one) => one.id === textOfChild(item.element, 'Parent'))
      if (!disk || !parent) throw new Error(`there is no disk ${id}, or nothing that it is attached to`)
      const unit = Number(textOfChild(item.element, 'AddressOnParent'))
      const bus = textOfChild(parent.element, 'Address')
      const backing = {
        $type: 'VirtualDiskFlatVer2BackingInfo',
        fileName: '',
        diskMode: 'persistent',
        thinProvisioned: true,
      }
      return {
        file: files.find(({ attributes }) => attributes.get('id') === disk.attributes.get('fileRef')),
        deviceId: deviceIdOf(bus, unit),
        device: {
          $type: 'VirtualDisk',
          key: keyOf(item),
          backing,
          controllerKey: keyOf(parent),
          unitNumber: unit,
          capacityInKB: Number(disk.attributes.get('capacity')) * 1024,
        },
      }
    })
}

/** What ties a file to the disk that it is for. */
export const deviceIdOf = (bus: number | string, unit: number | string) =>
  `/vm/ParaVirtualSCSIController${bus}:${unit}`

function propertiesOf(system: OvfElement, wanted: VimObject): VimObject {
  const described = elementsNamed(system, 'ProductSection').flatMap((section) =>
    section.children.filter(({ name }) => name === 'Property'),
  )
  const mapped = new Map(
    (isList(wanted.propertyMapping) ? (wanted.propertyMapping as readonly VimObject[]) : []).map((one) => [
      textAt(one, 'key') ?? '',
      textAt(one, 'value') ?? '',
    ]),
  )
  for (const key of mapped.keys()) {
    const found = described.find(({ attributes }) => attributes.get('key') === key)
    if (found?.attributes.get('userConfigurable') !== 'true') throw new Error(`${key} cannot be set`)
  }
  const property = described.map(({ attributes }, key) => {
    const id = attributes.get('key') ?? ''
    const value = mapped.get(id)
    const info = {
      key,
      id,
      type: attributes.get('type') ?? 'string',
      userConfigurable: attributes.get('userConfigurable') === 'true',
      defaultValue: attributes.get('value') ?? '',
      ...(value !== undefined && { value }),
    }
    return { operation: 'add', info }
  })
  const transports = elementsNamed(system, 'VirtualHardwareSection')[0]?.attributes.get('transport') ?? ''
  return { property, ovfEnvironmentTransport: transports.split(' ').filter(Boolean) }
}
