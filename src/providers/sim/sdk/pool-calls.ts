/** Resource pools and vApps. */
import { type MoRef, numberAt, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, Methods } from './call.ts'
import { checkSibling, childrenOf, makeEntity, storedName } from './entity.ts'
import { destroyMachine, enterPool } from './machine-calls.ts'
import { vAppInfo } from './machine-config.ts'
import { refOf } from './properties.ts'
import { faults } from './sdk-fault.ts'
import { mergedDeep, newUuid, type SimObject, type World } from './world.ts'

export const poolCalls: Methods = {
  CreateResourcePool: (context) => {
    const pool = newPool(context, 'ResourcePool', context.parameters.spec as VimObject)
    return pool.ref
  },
  CreateVApp: (context) => {
    const { world, parameters } = context
    if (!world.isVCenter) throw faults.notSupported()
    const folder = refOf(parameters, 'vmFolder')
    if (!folder) throw faults.argument('vmFolder')
    const parentFolder = world.need(folder)
    const vApp = newPool(context, 'VirtualApp', parameters.resSpec as VimObject)
    const config = vAppInfo(
      { annotation: '', entityConfig: [], instanceUuid: newUuid() },
      parameters.configSpec as VimObject,
    )
    vApp.set('parentFolder', parentFolder.ref)
    vApp.set('vAppConfig', config)
    vApp.set('childLink', [])
    return vApp.ref
  },
  UpdateConfig: ({ world, target, parameters }) => {
    const name = textAt(parameters, 'name')
    const config = parameters.config as VimObject | undefined
    if (config) {
      checkAllocation(config)
      target.set('config', mergedDeep(target.object('config'), config))
    }
    if (name !== undefined) {
      const stored = storedName(name, target.ref)
      const parent = world.find(target.ref1('parent'))
      if (parent) checkSibling(world, parent, stored, target.ref)
      target.set('name', stored)
    }
    return undefined
  },
  DestroyChildren: ({ world, target }) => {
    for (const child of target.refs('resourcePool')) destroyPool(world, world.need(child))
    return undefined
  },
}

function newPool(
  { world, target, parameters }: CallContext,
  type: string,
  specification: VimObject,
): SimObject {
  if (target.ref.type === 'VirtualApp' && type === 'ResourcePool') throw faults.notSupported()
  checkAllocation(specification)
  const name = storedName(textAt(parameters, 'name') ?? '')
  checkSibling(world, target, name)
  const pool = makePool(world, {
    type,
    name,
    parent: target.ref,
    owner: target.ref1('owner') ?? target.ref,
    specification,
  })
  target.addRef('resourcePool', pool.ref)
  return pool
}

export interface PoolOrder {
  readonly type: string
  readonly name: string
  readonly parent: MoRef
  readonly owner: MoRef
  readonly specification: VimObject
  readonly id?: string
}

export function makePool(
  world: World,
  { type, name, parent, owner, specification, id }: PoolOrder,
): SimObject {
  const prefix = type === 'VirtualApp' ? 'resgroup-v' : 'resgroup-'
  const pool = makeEntity(world, { type, id: id ?? world.nextId(prefix), name, parent })
  pool.set('owner', owner)
  pool.set('resourcePool', [])
  pool.set('vm', [])
  pool.set('config', {
    ...specification,
    entity: pool.ref,
    changeVersion: newUuid(),
    lastModified: world.timestamp(),
  })
  pool.view('childConfiguration', () => [])
  pool.view('runtime', () => runtimeOf(world, pool))
  pool.view('summary', () => ({
    $type: type === 'VirtualApp' ? 'VirtualAppSummary' : 'ResourcePoolSummary',
    name: pool.name,
    config: pool.object('config'),
    runtime: runtimeOf(world, pool),
    ...(type === 'VirtualApp' && { vAppState: 'stopped', suspended: false, installBootRequired: false }),
  }))
  return pool
}

function runtimeOf(world: World, pool: SimObject): VimObject {
  const owner = world.find(pool.ref1('owner'))
  const memory = numberAt(owner?.get('summary'), 'totalMemory') ?? 0
  const cpu = numberAt(owner?.get('summary'), 'totalCpu') ?? 0
  const usage = (most: number) => ({
    reservationUsed: 0,
    reservationUsedForVm: 0,
    unreservedForPool: most,
    unreservedForVm: most,
    overallUsage: 0,
    maxUsage: most,
  })
  return { memory: usage(memory), cpu: usage(cpu), overallStatus: 'green' }
}

/** Throws `InvalidArgument`: a pool has to be told everything. */
function checkAllocation(specification: VimObject): void {
  for (const name of ['cpuAllocation', 'memoryAllocation']) {
    for (const field of ['reservation', 'expandableReservation', 'limit', 'shares']) {
      const value = (specification[name] as VimObject | undefined)?.[field]
      if (value === undefined) throw faults.argument(`spec.${name}.${field}`)
    }
  }
}

/** Machines of a pool go to the one above, those of a vApp with it. */
export function destroyPool(world: World, pool: SimObject): void {
  const parent = world.find(pool.ref1('parent'))
  if (!parent || parent.ref.type === 'ComputeResource' || parent.ref.type === 'ClusterComputeResource') {
    throw faults.notSupported()
  }
  for (const child of childrenOf(world, pool)) {
    const isMachine = child.ref.type === 'VirtualMachine'
    if (pool.ref.type === 'VirtualApp' && isMachine) destroyMachine(world, child)
    else if (pool.ref.type === 'VirtualApp') destroyPool(world, child)
    else if (isMachine) enterPool(child, parent)
    else {
      checkSibling(world, parent, child.name)
      child.set('parent', parent.ref)
      parent.addRef('resourcePool', child.ref)
    }
  }
  parent.dropRef('resourcePool', pool.ref)
  world.remove(pool.ref)
}
