/** The inventory that a server begins with. */
import type { MoRef, VimObject } from '../../vsphere/soap/vim-value.ts'
import { aboutServer } from './about.ts'
import { makeCluster, makeHost } from './compute.ts'
import type { SdkControls } from './controls.ts'
import { makeDatastore } from './datastore.ts'
import { mount } from './datastore-calls.ts'
import { makeFolder } from './entity.ts'
import { newFolder } from './machine-calls.ts'
import { freshConfig } from './machine-config.ts'
import { makeMachine } from './machine-object.ts'
import type { SdkDatastore, SdkInventory, SdkOptions } from './options.ts'
import { makeDatacenter } from './tree.ts'
import type { SimObject, World } from './world.ts'

const oneDatastore: readonly SdkDatastore[] = [
  { name: 'datastore1', capacityMiB: 2_097_152, freeMiB: 1_572_864 },
]

export function fill(world: World, options: SdkOptions, controls: SdkControls): void {
  makeServices(world, controls)
  const { inventory = {} } = options
  const root = makeFolder(world, {
    id: world.rootFolder.value,
    name: world.isVCenter ? 'Datacenters' : 'ha-folder-root',
    childType: world.isVCenter ? ['Folder', 'Datacenter'] : ['Datacenter'],
  })
  const name = world.isVCenter ? (inventory.datacenter ?? 'DC0') : 'ha-datacenter'
  const datacenter = makeDatacenter(world, { name, parent: root })
  const hosts = world.isVCenter
    ? fillVCenter(world, datacenter, inventory)
    : [oneHost(world, datacenter, inventory)]
  const folder = need(world, datacenter, 'datastoreFolder')
  for (const order of inventory.datastores ?? oneDatastore) {
    const id = world.nextId('datastore-')
    const datastore = makeDatastore(world, { ...order, id, parent: folder.ref, type: 'VMFS' })
    folder.addRef('childEntity', datastore.ref)
    for (const host of hosts) mount(datastore, host)
  }
  for (const host of hosts) fillMachines(world, { datacenter, host, count: inventory.machinesPerHost ?? 0 })
}

function need(world: World, object: SimObject, property: string): SimObject {
  return world.need(object.ref1(property) ?? object.ref)
}

function fillVCenter(world: World, datacenter: SimObject, inventory: SdkInventory): readonly SimObject[] {
  const hostFolder = need(world, datacenter, 'hostFolder')
  const networkFolder = need(world, datacenter, 'networkFolder')
  const clustered = (inventory.clusters ?? ['cluster1']).flatMap((cluster, index) => {
    const compute = makeCluster(world, {
      name: cluster,
      parent: hostFolder,
      specification: { drsConfig: { enabled: true } },
    })
    return Array.from({ length: inventory.hostsPerCluster ?? 2 }, (_, number) =>
      makeHost(world, {
        name: `esx-${index + 1}-${number + 1}.lab.example`,
        compute,
        networkFolder,
        inventory,
      }),
    )
  })
  const lone = Array.from({ length: inventory.loneHosts ?? 0 }, (_, number) => {
    const name = `esx-lone-${number + 1}.lab.example`
    return makeHost(world, {
      name,
      compute: makeCluster(world, { name, parent: hostFolder }),
      networkFolder,
      inventory,
    })
  })
  return [...clustered, ...lone]
}

function oneHost(world: World, datacenter: SimObject, inventory: SdkInventory): SimObject {
  const { hostName: name = 'localhost.localdomain' } = inventory
  const compute = makeCluster(world, { name, parent: need(world, datacenter, 'hostFolder') })
  return makeHost(world, {
    name,
    compute,
    networkFolder: need(world, datacenter, 'networkFolder'),
    inventory,
  })
}

interface Machines {
  readonly datacenter: SimObject
  readonly host: SimObject
  readonly count: number
}

function fillMachines(world: World, { datacenter, host, count }: Machines): void {
  const parent = need(world, datacenter, 'vmFolder')
  const pool = need(world, need(world, host, 'parent'), 'resourcePool')
  const store = host.refs('datastore').flatMap((ref) => world.find(ref) ?? [])[0]
  for (let number = 1; number <= count && store; number += 1) {
    const name = `${host.name.split('.')[0]}-vm-${number}`
    const folder = newFolder(world, { path: `[${store.name}]`, name, host })
    makeMachine(world, {
      config: freshConfig(world, { name, folder }),
      parent: parent.ref,
      host: host.ref,
      pool: pool.ref,
    })
  }
}

/** Those of vCenter and of a host alone, with the names that each gives them. */
const services: readonly (readonly [property: string, type: string, own: string | undefined])[] = [
  ['propertyCollector', 'PropertyCollector', 'ha-property-collector'],
  ['viewManager', 'ViewManager', 'ViewManager'],
  ['setting', 'OptionManager', 'HostAgentSettings'],
  ['sessionManager', 'SessionManager', 'ha-sessionmgr'],
  ['authorizationManager', 'AuthorizationManager', 'ha-authmgr'],
  ['licenseManager', 'LicenseManager', 'ha-license-manager'],
  ['searchIndex', 'SearchIndex', 'ha-searchindex'],
  ['fileManager', 'FileManager', 'ha-nfc-file-manager'],
  ['ovfManager', 'OvfManager', 'ha-ovf-manager'],
  ['virtualDiskManager', 'VirtualDiskManager', 'ha-vdiskmanager'],
  ['customFieldsManager', 'CustomFieldsManager', undefined],
  ['scheduledTaskManager', 'ScheduledTaskManager', undefined],
  ['eventManager', 'EventManager', 'ha-eventmgr'],
  ['taskManager', 'TaskManager', 'ha-taskmgr'],
]

function makeServices(world: World, controls: SdkControls): void {
  const refs: Record<string, MoRef> = {}
  for (const [property, type, own] of services) {
    if (!world.isVCenter && own === undefined) continue
    const named = type === 'PropertyCollector' ? 'propertyCollector' : type
    refs[property] = world.make(type, world.isVCenter ? named : (own ?? type)).ref
  }
  world.content = { rootFolder: world.rootFolder, ...refs, about: aboutServer(world) }
  const service = world.make('ServiceInstance', 'ServiceInstance')
  service.view('content', () => world.content)
  service.view('serverClock', () => world.timestamp())
  const settings = world.need(refs.setting as MoRef)
  settings.set('setting', [])
  world.find(refs.customFieldsManager)?.set('field', [])
  const licences = world.need(refs.licenseManager as MoRef)
  licences.view('licenses', () => [licenceOf(controls)])
}

function licenceOf({ licence }: SdkControls): VimObject {
  const editions = {
    evaluation: ['eval', 'Evaluation Mode'],
    paid: ['esx.enterprisePlus.cpuPackage', 'VMware vSphere Enterprise Plus'],
    free: ['esxBasic.cpuPackage', 'VMware vSphere Hypervisor'],
  } as const
  const [editionKey, name] = editions[licence]
  return { licenseKey: '00000-00000-00000-00000-00000', editionKey, name, total: 0, costUnit: 'cpuPackage' }
}
