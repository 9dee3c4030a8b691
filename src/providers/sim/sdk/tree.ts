/** The skeleton of the inventory: data centres with their four folders. */
import { makeEntity, makeFolder } from './entity.ts'
import type { SimObject, World } from './world.ts'

export interface DatacenterOrder {
  readonly name: string
  readonly parent: SimObject
}

const folders = [
  {
    property: 'vmFolder',
    letter: 'v',
    own: 'ha-folder-vm',
    name: 'vm',
    type: 'VirtualMachine',
    more: ['VirtualApp'],
  },
  {
    property: 'hostFolder',
    letter: 'h',
    own: 'ha-folder-host',
    name: 'host',
    type: 'ComputeResource',
    more: [],
  },
  {
    property: 'datastoreFolder',
    letter: 's',
    own: 'ha-folder-datastore',
    name: 'datastore',
    type: 'Datastore',
    more: ['StoragePod'],
  },
  {
    property: 'networkFolder',
    letter: 'n',
    own: 'ha-folder-network',
    name: 'network',
    type: 'Network',
    more: ['DistributedVirtualSwitch'],
  },
]

export function makeDatacenter(world: World, { name, parent }: DatacenterOrder): SimObject {
  const { isVCenter } = world
  const id = isVCenter ? world.nextId('datacenter-') : 'ha-datacenter'
  const datacenter = makeEntity(world, { type: 'Datacenter', id, name, parent: parent.ref })
  for (const { property, letter, own, name: folderName, type, more } of folders) {
    const folder = makeFolder(world, {
      id: isVCenter ? world.nextId(`group-${letter}`) : own,
      name: folderName,
      parent: datacenter.ref,
      // A host alone has no folders in its folders.
      childType: isVCenter ? ['Folder', type, ...more] : [type],
    })
    datacenter.set(property, folder.ref)
  }
  for (const type of ['Datastore', 'Network']) {
    datacenter.view(type.toLowerCase(), () =>
      world
        .all(type)
        .filter((one) => world.above(one, 'Datacenter') === datacenter)
        .map(({ ref }) => ref),
    )
  }
  datacenter.set('configuration', { defaultHardwareVersionKey: '' })
  parent.addRef('childEntity', datacenter.ref)
  return datacenter
}
