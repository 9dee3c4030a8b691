/** What all things in the inventory have: a name, a parent, a place among their siblings. */
import type { MoRef } from '../../vsphere/soap/vim-value.ts'
import { isObjectKind } from './schema.ts'
import { faults } from './sdk-fault.ts'
import { isSame, type SimObject, type World } from './world.ts'

const longestName = 80

export interface EntityOrder {
  readonly type: string
  readonly id: string
  readonly name: string
  readonly parent?: MoRef
}

/** A new entity; whoever makes it lists it among the children of its parent. */
export function makeEntity(world: World, { type, id, name, parent }: EntityOrder): SimObject {
  const entity = world.make(type, id)
  entity.set('name', name)
  entity.set('parent', parent)
  entity.set('overallStatus', 'green')
  entity.set('configStatus', 'green')
  entity.set('alarmActionsEnabled', true)
  entity.set('effectiveRole', [-1])
  for (const list of ['customValue', 'value', 'tag', 'permission', 'configIssue', 'disabledMethod'])
    entity.set(list, [])
  entity.set('triggeredAlarmState', [])
  entity.set('declaredAlarmState', [])
  entity.view('recentTask', () =>
    world
      .all('Task')
      .filter((task) => {
        const { entity: about } = task.object('info')
        return typeof about === 'object' && isSame(about as MoRef, entity.ref)
      })
      .slice(-5)
      .map(({ ref }) => ref),
  )
  entity.view('availableField', () =>
    world.find({ type: 'CustomFieldsManager', value: 'CustomFieldsManager' })?.get('field'),
  )
  return entity
}

export function makeFolder(
  world: World,
  { childType, ...order }: Omit<EntityOrder, 'type'> & { readonly childType: readonly string[] },
): SimObject {
  const folder = makeEntity(world, { ...order, type: 'Folder' })
  folder.set('childType', childType)
  folder.set('childEntity', [])
  return folder
}

/** As the server keeps it: vCenter writes slashes, backslashes and percent signs as codes. Throws `InvalidName`. */
export function storedName(name: string, entity?: MoRef): string {
  const stored = name
    .replace(/%(?!2f|5c|25)/gi, '%25')
    .replace(/\//g, '%2f')
    .replace(/\\/g, '%5c')
  if (name.trim() === '' || stored.length > longestName) throw faults.badName(name, entity)
  return stored
}

/** Children of a folder, a data centre, a pool, a compute resource. */
export function childrenOf(world: World, object: SimObject): readonly SimObject[] {
  const lists = Object.entries(below).flatMap(([type, properties]) =>
    isObjectKind(object.ref.type, type) ? properties : [],
  )
  return lists
    .flatMap((property) => {
      const one = object.ref1(property)
      return one ? [one] : object.refs(property)
    })
    .flatMap((ref) => world.find(ref) ?? [])
}

const below: Readonly<Record<string, readonly string[]>> = {
  Folder: ['childEntity'],
  Datacenter: ['vmFolder', 'hostFolder', 'datastoreFolder', 'networkFolder'],
  ComputeResource: ['host', 'resourcePool'],
  ResourcePool: ['resourcePool', 'vm'],
}

/** Throws `DuplicateName` when a sibling has the name. */
export function checkSibling(world: World, parent: SimObject, name: string, except?: MoRef): void {
  const taken = childrenOf(world, parent).find(
    (child) => child.name === name && !(except && isSame(child.ref, except)),
  )
  if (taken) throw faults.duplicate(name, taken.ref)
}

/** Takes an entity out of its parent and out of the world. */
export function removeEntity(world: World, entity: SimObject): void {
  world.find(entity.ref1('parent'))?.dropRef('childEntity', entity.ref)
  // What was planned for it goes with it.
  for (const one of world.all('ScheduledTask'))
    if (one.ref1('#entity')?.value === entity.ref.value) world.remove(one.ref)
  world.remove(entity.ref)
}

export function datacenterOf(world: World, object: SimObject): SimObject {
  const found = world.above(object, 'Datacenter') ?? world.all('Datacenter')[0]
  if (found) return found
  throw faults.state()
}
