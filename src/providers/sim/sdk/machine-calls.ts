/** Machines: made, changed, moved, marked and taken away. */
import { type MoRef, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, Methods, TaskMethods } from './call.ts'
import { filesOf, located, pathText, takeSpace } from './datastore.ts'
import type { DevicePlace } from './devices.ts'
import { dropDisk } from './disk-files.ts'
import { checkSibling, removeEntity, storedName } from './entity.ts'
import { checkHardware, hardwareNumber, newestHardware } from './hardware-versions.ts'
import { freshConfig, reconfigured } from './machine-config.ts'
import { folderOf, hostOf, makeMachine, powerOf } from './machine-object.ts'
import { devicesOf } from './nic-backing.ts'
import { placed } from './placement.ts'
import { refOf } from './properties.ts'
import { faults } from './sdk-fault.ts'
import { isPlain, merged, type SimObject, type World } from './world.ts'

export const machineTasks: TaskMethods = {
  CreateVM_Task: { check: checkFolder, run: createMachine },
  RegisterVM_Task: { check: checkFolder, run: registerMachine },
  ReconfigVM_Task: {
    run: ({ world, target, parameters }) => {
      const specification = parameters.spec as VimObject
      const name = textAt(specification, 'name')
      if (name !== undefined) rename(world, target, name)
      target.set('config', reconfigured(target.object('config'), specification, placeOf(world, target)))
      return undefined
    },
  },
  RelocateVM_Task: { run: relocate },
  UpgradeVM_Task: {
    run: ({ world, target, parameters }) => {
      if (powerOf(target) !== 'poweredOff') throw faults.powerState(powerOf(target), 'poweredOff')
      const version = textAt(parameters, 'version') ?? newestHardware(world.api)
      checkHardware(version, world.api)
      const config = target.object('config')
      const isNewer = hardwareNumber(version) > hardwareNumber(textAt(config, 'version') ?? '')
      if (!isNewer) throw faults.notSupported('The machine has this hardware version already.')
      target.set('config', merged(config, { version }))
      return undefined
    },
  },
}

export const machineCalls: Methods = {
  MarkAsTemplate: ({ world, target }) => {
    if (!world.isVCenter) throw faults.notSupported()
    if (powerOf(target) !== 'poweredOff') throw faults.powerState(powerOf(target), 'poweredOff')
    leavePool(world, target)
    target.set('config', merged(target.object('config'), { template: true }))
    return undefined
  },
  MarkAsVirtualMachine: ({ world, target, parameters }) => {
    if (target.object('config').template !== true) throw faults.notSupported()
    const pool = world.need(parameters.pool as MoRef)
    const host = placed(world, pool, refOf(parameters, 'host') ?? hostOf(world, target).ref)
    enterPool(target, pool)
    target.set('runtime', merged(target.object('runtime'), { host: host.ref }))
    target.set('config', merged(target.object('config'), { template: false }))
    return undefined
  },
  UnregisterVM: ({ world, target }) => {
    if (powerOf(target) === 'poweredOn') throw faults.powerState('poweredOn', 'poweredOff')
    leaveInventory(world, target)
    return undefined
  },
}

function checkFolder({ target }: CallContext): void {
  const types = target.get('childType')
  if (!Array.isArray(types) || !types.includes('VirtualMachine')) throw faults.notSupported()
}

function createMachine({ world, target, parameters }: CallContext): MoRef {
  const specification = parameters.config as VimObject
  const name = storedName(textAt(specification, 'name') ?? '')
  checkSibling(world, target, name)
  const pool = world.need(parameters.pool as MoRef)
  const host = placed(world, pool, refOf(parameters, 'host'))
  const folder = newFolder(world, { path: textAt(specification, 'files', 'vmPathName'), name, host })
  const place = { world, host, folder, isOn: false }
  const config = reconfigured(freshConfig(world, { name, folder }), specification, place)
  return makeMachine(world, { config, parent: target.ref, host: host.ref, pool: pool.ref }).ref
}

/** Makes the machine's own folder, and the file that describes it. */
export function newFolder(
  world: World,
  {
    path,
    name,
    host,
  }: { readonly path: string | undefined; readonly name: string; readonly host: SimObject },
): string {
  if (path === undefined) throw faults.argument('configSpec.files.vmPathName')
  const at = located(world, path)
  if (!host.refs('datastore').some(({ value }) => value === at.datastore.ref.value)) {
    throw faults.argument('configSpec.files.vmPathName')
  }
  const folder = at.path.endsWith('.vmx') ? at.path.split('/').slice(0, -1).join('/') : at.path
  const own = folder === '' ? at.files.freeName(name) : folder
  at.files.files.set(own, { isFolder: true, bytes: 0 })
  const stem = own.split('/').at(-1) ?? name
  if (at.files.files.has(`${own}/${stem}.vmx`))
    throw faults.fileExists(pathText(at.datastore, `${own}/${stem}.vmx`))
  takeSpace(at.datastore, `${own}/${stem}.vmx`, 4096)
  return pathText(at.datastore, own)
}

export function placeOf(world: World, machine: SimObject): DevicePlace {
  const host = hostOf(world, machine)
  return { world, host, folder: folderOf(machine), isOn: powerOf(machine) === 'poweredOn' }
}

export function rename(world: World, entity: SimObject, name: string): void {
  const stored = storedName(name, entity.ref)
  const parent = world.find(entity.ref1('parent'))
  if (parent) checkSibling(world, parent, stored, entity.ref)
  if (entity.ref.type === 'VirtualMachine')
    entity.set('config', merged(entity.object('config'), { name: stored }))
  else entity.set('name', stored)
}

/** A file that describes a machine comes from one that was unregistered. */
function registerMachine({ world, target, parameters }: CallContext): MoRef {
  const path = textAt(parameters, 'path') ?? ''
  const { files, path: own } = located(world, path)
  const remembered = unregistered.get(world)?.get(path)
  if (!files.files.has(own) || !remembered) throw faults.noFile(path)
  const isTaken = world
    .all('VirtualMachine')
    .some((one) => textAt(one.get('config'), 'files', 'vmPathName') === path)
  if (isTaken) throw faults.exists(path)
  const name = storedName(textAt(parameters, 'name') ?? textAt(remembered, 'name') ?? '')
  checkSibling(world, target, name)
  const isTemplate = parameters.asTemplate === true
  const pool = refOf(parameters, 'pool')
  if (!pool && !isTemplate) throw faults.argument('pool')
  const hostRef = refOf(parameters, 'host')
  const host = pool ? placed(world, world.need(pool), hostRef) : hostRef && world.need(hostRef)
  if (!host) throw faults.argument('host')
  const config = merged(remembered, { name, template: isTemplate })
  const pooled = isTemplate ? {} : { ...(pool && { pool }) }
  return makeMachine(world, { config, parent: target.ref, host: host.ref, ...pooled }).ref
}

const unregistered = new WeakMap<World, Map<string, VimObject>>()

function relocate({ world, target, parameters }: CallContext): undefined {
  const specification = parameters.spec as VimObject
  const poolRef = refOf(specification, 'pool') ?? target.ref1('resourcePool')
  const pool = poolRef && world.need(poolRef)
  const hostRef =
    refOf(specification, 'host') ?? (refOf(specification, 'pool') ? undefined : hostOf(world, target).ref)
  if (pool) {
    const host = placed(world, pool, hostRef)
    target.set('runtime', merged(target.object('runtime'), { host: host.ref }))
    enterPool(target, pool)
    leavePool(world, target, pool)
  }
  const folder = refOf(specification, 'folder')
  if (folder) moveTo(world, target, world.need(folder))
  return undefined
}

export function moveTo(world: World, entity: SimObject, folder: SimObject): void {
  checkSibling(world, folder, entity.name, entity.ref)
  world.find(entity.ref1('parent'))?.dropRef('childEntity', entity.ref)
  folder.addRef('childEntity', entity.ref)
  entity.set('parent', folder.ref)
}

export function enterPool(machine: SimObject, pool: SimObject): void {
  pool.addRef('vm', machine.ref)
  machine.set('resourcePool', pool.ref)
}

function leavePool(world: World, machine: SimObject, except?: SimObject): void {
  for (const pool of world.all('ResourcePool')) if (pool !== except) pool.dropRef('vm', machine.ref)
  if (!except) machine.set('resourcePool', undefined)
}

function leaveInventory(world: World, machine: SimObject): void {
  const path = textAt(machine.get('config'), 'files', 'vmPathName') ?? ''
  const known = unregistered.get(world) ?? new Map<string, VimObject>()
  unregistered.set(world, known.set(path, machine.object('config')))
  forgetMachine(world, machine)
}

export function forgetMachine(world: World, machine: SimObject): void {
  leavePool(world, machine)
  for (const snapshot of world.all('VirtualMachineSnapshot')) {
    if (snapshot.ref1('vm')?.value === machine.ref.value) world.remove(snapshot.ref)
  }
  removeEntity(world, machine)
}

/** Also for whoever takes a folder or a vApp away with all that is in it. */
export function destroyMachine(world: World, machine: SimObject): void {
  if (powerOf(machine) === 'poweredOn') throw faults.powerState('poweredOn', 'poweredOff')
  for (const device of devicesOf(machine)) {
    // Files of others stay: those of the machine that it is a linked clone of, and installers.
    if (isPlain(device.backing)) dropDisk(world, device)
  }
  const { datastore, path } = located(world, folderOf(machine))
  filesOf(datastore).remove(path)
  forgetMachine(world, machine)
}
