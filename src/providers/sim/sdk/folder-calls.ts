/** Folders, data centres and clusters: made, named, moved, and taken away with what is in them. */
import { type MoRef, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, Methods, TaskMethods } from './call.ts'
import { makeCluster } from './compute.ts'
import { unmount } from './datastore-calls.ts'
import { destroyDistributed, destroyGroup } from './distributed-object.ts'
import { checkSibling, childrenOf, datacenterOf, makeFolder, removeEntity, storedName } from './entity.ts'
import { networkOfSystem } from './host-network.ts'
import { destroyMachine, forgetMachine, moveTo, rename } from './machine-calls.ts'
import { destroyPool } from './pool-calls.ts'
import { isObjectKind } from './schema.ts'
import { faults, SdkFault } from './sdk-fault.ts'
import { makeDatacenter } from './tree.ts'
import { isSame, type SimObject, type World } from './world.ts'

export const folderCalls: Methods = {
  CreateFolder: (context) => {
    const { world, target } = context
    const name = newName(context)
    const childType = target.get('childType') as readonly string[]
    const type = childType.find((one) => one !== 'Folder')
    if (type === undefined || !childType.includes('Folder')) throw faults.notSupported()
    const id = world.nextId(`group-${letterOf[type] ?? 'd'}`)
    const folder = makeFolder(world, { id, name, parent: target.ref, childType })
    target.addRef('childEntity', folder.ref)
    return folder.ref
  },
  CreateDatacenter: (context) => {
    if (!holds(context.target, 'Datacenter')) throw faults.notSupported()
    return makeDatacenter(context.world, { name: newName(context), parent: context.target }).ref
  },
  CreateClusterEx: (context) => {
    const { world, target, parameters } = context
    if (!holds(target, 'ComputeResource')) throw faults.notSupported()
    const name = newName(context)
    return makeCluster(world, { name, parent: target, specification: parameters.spec as VimObject }).ref
  },
}

const letterOf: Readonly<Record<string, string>> = {
  VirtualMachine: 'v',
  ComputeResource: 'h',
  Datastore: 's',
  Network: 'n',
  Datacenter: 'd',
}

function holds(folder: SimObject, type: string): boolean {
  return (folder.get('childType') as readonly string[]).includes(type)
}

function newName({ world, target, parameters }: CallContext): string {
  if (!world.isVCenter) throw faults.notSupported()
  const name = storedName(textAt(parameters, 'name') ?? '')
  checkSibling(world, target, name)
  return name
}

export const folderTasks: TaskMethods = {
  Destroy_Task: {
    check: ({ controls, target }) => {
      const kind = Object.keys(deletePrivilege).find((type) => isObjectKind(target.ref.type, type))
      const privilege = kind === undefined ? undefined : deletePrivilege[kind]
      if (privilege !== undefined && controls.isDenied(privilege, target.ref)) {
        throw faults.noPermission(target.ref, privilege)
      }
    },
    run: ({ world, target }) => {
      // It may have gone while the task waited.
      destroy(world, world.need(target.ref))
      return undefined
    },
  },
  Rename_Task: {
    run: ({ world, target, parameters }) => {
      rename(world, target, textAt(parameters, 'newName') ?? '')
      return undefined
    },
  },
  MoveIntoFolder_Task: {
    run: ({ world, target, parameters }) => {
      for (const ref of parameters.list as readonly MoRef[]) move(world, world.need(ref), target)
      return undefined
    },
  },
}

const deletePrivilege: Readonly<Record<string, string>> = {
  VirtualMachine: 'VirtualMachine.Inventory.Delete',
  Folder: 'Folder.Delete',
  ResourcePool: 'Resource.DeletePool',
  DistributedVirtualSwitch: 'DVSwitch.Delete',
  DistributedVirtualPortgroup: 'DVPortgroup.Delete',
  Datacenter: 'Datacenter.Delete',
  ComputeResource: 'Host.Inventory.DeleteCluster',
}

function move(world: World, entity: SimObject, folder: SimObject): void {
  const types = folder.get('childType') as readonly string[]
  const isAllowed = types.some((type) => isObjectKind(entity.ref.type, type))
  for (let one: SimObject | undefined = folder; one; one = world.find(one.ref1('parent'))) {
    if (isSame(one.ref, entity.ref)) throw invalidFolder(folder)
  }
  if (!isAllowed) throw invalidFolder(folder)
  moveTo(world, entity, folder)
}

const invalidFolder = (folder: SimObject) =>
  new SdkFault('InvalidFolder', 'The operation is not supported on this folder.', { target: folder.ref })

/** What is in it goes first; the first thing that may not go stops it. */
function destroy(world: World, entity: SimObject): void {
  const { type } = entity.ref
  if (type === 'VirtualMachine') destroyMachine(world, entity)
  else if (isObjectKind(type, 'ResourcePool')) destroyPool(world, entity)
  else if (isObjectKind(type, 'DistributedVirtualSwitch')) destroyDistributed(world, entity)
  else if (type === 'DistributedVirtualPortgroup') destroyGroup(world, entity)
  else if (type === 'ClusterComputeResource') destroyCluster(world, entity)
  else if (type === 'HostSystem') destroyHost(world, entity)
  else if (type === 'ComputeResource') destroyLoneHost(world, entity)
  else if (type === 'Folder' || type === 'Datacenter') {
    if (isFixed(world, entity)) throw faults.notSupported()
    for (const child of childrenOf(world, entity)) if (!isGoingWith(entity, child)) destroy(world, child)
    for (const child of childrenOf(world, entity)) world.remove(child.ref)
    removeEntity(world, entity)
  } else {
    throw faults.notSupported()
  }
}

/** The root, and the four folders that every data centre has. */
function isFixed(world: World, entity: SimObject): boolean {
  const parent = world.find(entity.ref1('parent'))
  return entity.ref.type === 'Folder' && parent?.ref.type !== 'Folder'
}

/** The four folders go with their data centre; what is in them is asked first. */
function isGoingWith(entity: SimObject, child: SimObject): boolean {
  if (entity.ref.type !== 'Datacenter') return false
  const children = child.refs('childEntity')
  if (children.length > 0) throw faults.inUse(entity.name)
  return true
}

/** Only one that is out of service goes; its machines leave the inventory with it and go on. */
function destroyHost(world: World, host: SimObject): void {
  const { connectionState, inMaintenanceMode } = host.object('runtime')
  if (!world.isVCenter) throw faults.notSupported()
  if (connectionState === 'connected' && inMaintenanceMode !== true) throw faults.state()
  for (const ref of host.refs('vm')) forgetMachine(world, world.need(ref))
  for (const datastore of world.all('Datastore')) unmount(world, datastore, host)
  const network = networkOfSystem(world.need(host.object('configManager').networkSystem as MoRef))
  network?.groups.clear()
  network?.tellNetworks(world.need(datacenterOf(world, host).ref1('networkFolder') as MoRef))
  for (const system of Object.values(host.object('configManager'))) world.remove(system as MoRef)
  world.find(host.ref1('parent'))?.dropRef('host', host.ref)
  world.remove(host.ref)
}

function destroyLoneHost(world: World, compute: SimObject): void {
  for (const ref of compute.refs('host')) destroyHost(world, world.need(ref))
  destroyCluster(world, compute)
}

function destroyCluster(world: World, cluster: SimObject): void {
  if (cluster.refs('host').length > 0) throw faults.inUse(cluster.name)
  const pool = world.find(cluster.ref1('resourcePool'))
  if (pool) world.remove(pool.ref)
  removeEntity(world, cluster)
}
