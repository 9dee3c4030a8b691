/** Snapshots: the configuration and power state of a machine at one moment, and the way back to it. */
import { flagAt, type MoRef, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, Methods, TaskMethods } from './call.ts'
import { onTop } from './disk-files.ts'
import { type PowerState, powerOf, setPower } from './machine-object.ts'
import { devicesOf } from './nic-backing.ts'
import { checkWilling } from './placement.ts'
import { faults } from './sdk-fault.ts'
import { merged, type SimObject, type World } from './world.ts'

export const snapshotTasks: TaskMethods = {
  CreateSnapshot_Task: { run: takeSnapshot },
  RevertToSnapshot_Task: { run: (context) => revert(context, context.target) },
  RevertToCurrentSnapshot_Task: {
    run: (context) => {
      const current = context.world.find(
        context.target.object('snapshot').currentSnapshot as MoRef | undefined,
      )
      if (!current) throw faults.notFound('the machine has no snapshot')
      return revert(context, current)
    },
  },
  RemoveSnapshot_Task: {
    run: ({ world, target, parameters }) => {
      const machine = machineOf(world, target)
      removeSnapshot(world, target, flagAt(parameters, 'removeChildren') === true)
      tellTree(world, machine)
      return undefined
    },
  },
  RemoveAllSnapshots_Task: {
    run: ({ world, target }) => {
      for (const root of target.refs('rootSnapshot')) removeSnapshot(world, world.need(root), true)
      tellTree(world, target)
      return undefined
    },
  },
}

export const snapshotCalls: Methods = {
  RenameSnapshot: ({ world, target, parameters }) => {
    const name = textAt(parameters, 'name')
    if (name === '') throw faults.badName('')
    if (name !== undefined) target.set('#name', name)
    const description = textAt(parameters, 'description')
    if (description !== undefined) target.set('#description', description)
    tellTree(world, machineOf(world, target))
    return undefined
  },
}

// Properties that begin with # are ours and in no answer.

function takeSnapshot({ world, target, parameters }: CallContext): MoRef {
  const name = textAt(parameters, 'name') ?? ''
  if (name === '') throw faults.badName('')
  if (target.object('config').template === true) throw faults.notSupported()
  const power = powerOf(target)
  const hasMemory = parameters.memory === true && power === 'poweredOn'
  const snapshot = world.make('VirtualMachineSnapshot', world.nextId('snapshot-'))
  const parent = target.object('snapshot').currentSnapshot as MoRef | undefined
  snapshot.set('vm', target.ref)
  snapshot.set('config', target.object('config'))
  snapshot.set('childSnapshot', [])
  snapshot.set('#name', name)
  snapshot.set('#description', textAt(parameters, 'description') ?? '')
  snapshot.set('#time', world.timestamp())
  snapshot.set('#id', world.all('VirtualMachineSnapshot').length)
  snapshot.set('#power', hasMemory || power === 'suspended' ? power : 'poweredOff')
  snapshot.set('#parent', parent)
  snapshot.set('#quiesced', parameters.quiesce === true && !hasMemory && power === 'poweredOn')
  if (parent) world.need(parent).addRef('childSnapshot', snapshot.ref)
  else target.addRef('rootSnapshot', snapshot.ref)
  writeOnTop(world, target)
  tellTree(world, target, snapshot.ref)
  return snapshot.ref
}

/** What is written from now on goes to new files, so that those of the snapshot stay as they are. */
function writeOnTop(world: World, machine: SimObject): void {
  const config = machine.object('config')
  const hardware = config.hardware as VimObject
  machine.set(
    'config',
    merged(config, { hardware: merged(hardware, { device: onTop(world, devicesOf(machine)) }) }),
  )
}

function revert({ world, parameters }: CallContext, snapshot: SimObject): undefined {
  const machine = machineOf(world, snapshot)
  const state = snapshot.get('#power') as PowerState
  const isKeptOff = flagAt(parameters, 'suppressPowerOn') === true
  const power = state === 'poweredOn' && isKeptOff ? 'poweredOff' : state
  if (power === 'poweredOn') checkWilling(world.need(machine.object('runtime').host as MoRef))
  const { changeVersion: _old, ...config } = snapshot.object('config')
  machine.set('config', { ...config, changeVersion: world.nextId('change-') })
  writeOnTop(world, machine)
  setPower(world, machine, power)
  tellTree(world, machine, snapshot.ref)
  return undefined
}

function removeSnapshot(world: World, snapshot: SimObject, withChildren: boolean): void {
  const machine = machineOf(world, snapshot)
  const parent = snapshot.ref1('#parent')
  const above = parent && world.find(parent)
  const children = snapshot.refs('childSnapshot')
  if (withChildren) for (const child of children) removeSnapshot(world, world.need(child), true)
  const current = machine.object('snapshot').currentSnapshot as MoRef | undefined
  if (current?.value === snapshot.ref.value) tellTree(world, machine, parent ?? null)
  above?.dropRef('childSnapshot', snapshot.ref)
  machine.dropRef('rootSnapshot', snapshot.ref)
  for (const child of withChildren ? [] : children) {
    world.need(child).set('#parent', parent)
    if (above) above.addRef('childSnapshot', child)
    else machine.addRef('rootSnapshot', child)
  }
  world.remove(snapshot.ref)
}

function machineOf(world: World, snapshot: SimObject): SimObject {
  return world.need(snapshot.ref1('vm') ?? snapshot.ref)
}

/** Writes the tree anew, with another current snapshot where one is given; `null` is none. */
function tellTree(world: World, machine: SimObject, current?: MoRef | null): void {
  const before = machine.object('snapshot').currentSnapshot
  const now = current === undefined ? before : (current ?? undefined)
  const roots = machine.refs('rootSnapshot')
  const isHere = now !== undefined && world.find(now as MoRef) !== undefined
  const tree = {
    ...(isHere && { currentSnapshot: now }),
    rootSnapshotList: roots.map((root) => branch(world, world.need(root))),
  }
  machine.set('snapshot', roots.length === 0 ? undefined : tree)
}

function branch(world: World, snapshot: SimObject): VimObject {
  return {
    snapshot: snapshot.ref,
    vm: snapshot.ref1('vm'),
    name: textAt({ name: snapshot.get('#name') }, 'name') ?? '',
    description: textAt({ text: snapshot.get('#description') }, 'text') ?? '',
    id: snapshot.get('#id') ?? 0,
    createTime: snapshot.get('#time') ?? world.timestamp(),
    state: snapshot.get('#power') ?? 'poweredOff',
    quiesced: snapshot.get('#quiesced') ?? false,
    childSnapshotList: snapshot.refs('childSnapshot').map((child) => branch(world, world.need(child))),
    replaySupported: false,
  }
}
