/** Where machines go on a simulated server, and how they are made and read there. */
import type { Connection } from '../../src/providers/vsphere/soap/connection.ts'
import { allBelow, propertiesOf } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import {
  isRef,
  type MoRef,
  type VimObject,
  type VimValue,
} from '../../src/providers/vsphere/soap/vim-value.ts'

export interface TestPlace {
  readonly folder: MoRef
  readonly networkFolder: MoRef
  readonly pool: MoRef
  readonly hosts: readonly MoRef[]
  /** Network systems of the hosts. */
  readonly networks: readonly MoRef[]
  readonly datastore: MoRef
  /** `[datastore1]` */
  readonly store: string
}

export async function placeOn(connection: Connection): Promise<TestPlace> {
  const all = await allBelow(connection, connection.service('rootFolder'), {
    Datacenter: ['vmFolder', 'networkFolder'],
    ComputeResource: ['resourcePool', 'host'],
    HostSystem: ['configManager.networkSystem'],
    Datastore: ['name'],
  })
  const one = (type: string, property: string): MoRef => {
    const value = all.find(({ ref }) => ref.type.endsWith(type))?.properties.get(property)
    if (value !== undefined && isRef(value)) return value
    throw new Error(`there is no ${type} with ${property}`)
  }
  const hosts = all.filter(({ ref }) => ref.type === 'HostSystem')
  const datastore = all.find(({ ref }) => ref.type === 'Datastore')
  if (!datastore) throw new Error('there is no datastore')
  return {
    folder: one('Datacenter', 'vmFolder'),
    networkFolder: one('Datacenter', 'networkFolder'),
    pool: one('ComputeResource', 'resourcePool'),
    hosts: hosts.map(({ ref }) => ref),
    networks: hosts.flatMap(({ properties }) => {
      const system = properties.get('configManager.networkSystem')
      return system !== undefined && isRef(system) ? [system] : []
    }),
    datastore: datastore.ref,
    store: `[${String(datastore.properties.get('name'))}]`,
  }
}

/** On the first host, so that it is the same everywhere. */
export async function createMachine(
  connection: Connection,
  { folder, pool, hosts, store }: TestPlace,
  config: VimObject,
): Promise<MoRef> {
  const whole = {
    guestId: 'otherGuest64',
    numCPUs: 1,
    memoryMB: 128,
    files: { vmPathName: store },
    ...config,
  }
  const [host] = hosts
  const made = await runTask(connection, 'CreateVM_Task', folder, {
    config: whole,
    pool,
    ...(host && { host }),
  })
  if (made !== undefined && isRef(made)) return made
  throw new Error('there is no machine')
}

export interface ReadMachine {
  readonly name: VimValue | undefined
  readonly config: VimValue | undefined
  readonly runtime: VimValue | undefined
  readonly snapshot: VimValue | undefined
  readonly devices: readonly VimObject[]
}

export async function readMachine(connection: Connection, machine: MoRef): Promise<ReadMachine> {
  const paths = ['name', 'config', 'runtime', 'snapshot', 'config.hardware.device']
  const [read] = await propertiesOf(connection, [machine], { VirtualMachine: paths })
  const get = (path: string) => read?.properties.get(path)
  return {
    name: get('name'),
    config: get('config'),
    runtime: get('runtime'),
    snapshot: get('snapshot'),
    devices: (get('config.hardware.device') ?? []) as readonly VimObject[],
  }
}

export const change = (operation: string, device: VimObject, fileOperation?: string): VimObject => ({
  operation,
  device,
  ...(fileOperation !== undefined && { fileOperation }),
})

export const scsi = { $type: 'ParaVirtualSCSIController', key: -1, busNumber: 0, sharedBus: 'noSharing' }

export function disk(capacityMiB: number, more: VimObject = {}): VimObject {
  const backing = {
    $type: 'VirtualDiskFlatVer2BackingInfo',
    fileName: '',
    diskMode: 'persistent',
    thinProvisioned: true,
  }
  return {
    $type: 'VirtualDisk',
    key: -10,
    controllerKey: -1,
    unitNumber: 0,
    capacityInKB: capacityMiB * 1024,
    backing: { ...backing, ...more },
  }
}

export function adapter(portgroup: string, more: VimObject = {}): VimObject {
  const backing = { $type: 'VirtualEthernetCardNetworkBackingInfo', deviceName: portgroup }
  return { $type: 'VirtualVmxnet3', key: -20, backing, ...more }
}
