/** Copies of machines: whole ones, and linked ones whose disks lie on those of a snapshot. */
import { flagAt, type MoRef, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import type { CallContext, TaskMethods } from './call.ts'
import { keyOf } from './device-kinds.ts'
import { copied, onTop } from './disk-files.ts'
import { checkSibling, storedName } from './entity.ts'
import { newFolder } from './machine-calls.ts'
import { reconfigured } from './machine-config.ts'
import { folderOf, hostOf, makeMachine, setPower } from './machine-object.ts'
import { settledNic } from './nic-backing.ts'
import { checkMemory, checkWilling, placed } from './placement.ts'
import { listOf, refOf } from './properties.ts'
import { isDataKind } from './schema.ts'
import { faults } from './sdk-fault.ts'
import { merged, newUuid, type SimObject, type World } from './world.ts'

export const cloneTasks: TaskMethods = {
  CloneVM_Task: {
    check: ({ world, controls, target, parameters }) => {
      // A host alone cannot: copying is vCenter's.
      if (!world.isVCenter) throw faults.notSupported()
      const privilege = target.object('config').template === true ? 'DeployTemplate' : 'Clone'
      const needed = `VirtualMachine.Provisioning.${privilege}`
      if (controls.isDenied(needed, target.ref)) throw faults.noPermission(target.ref, needed)
      world.need(parameters.folder as MoRef)
    },
    run: cloneMachine,
  },
}

function cloneMachine({ world, target, parameters }: CallContext): MoRef {
  const specification = parameters.spec as VimObject
  const location = specification.location as VimObject
  const parent = world.need(parameters.folder as MoRef)
  const name = storedName(textAt(parameters, 'name') ?? '')
  checkSibling(world, parent, name)
  const pool = poolFor(world, target, location, flagAt(specification, 'template') === true)
  const host = pool ? placed(world, pool, hostFor(world, target, pool, location)) : hostOf(world, target)
  const source = sourceOf(world, target, specification)
  const folder = newFolder(world, { path: storeFor(world, target, location), name, host })
  const config = ownConfig(world, source, { name, folder, isLinked: isLinked(location, specification) })
  const place = { world, host, folder, isOn: false }
  const moved = reconfigured(config, { deviceChange: listOf(location, 'deviceChange') }, place)
  const wanted = specification.config as VimObject | undefined
  const settled = wanted ? reconfigured(moved, { ...wanted, name: undefined }, place) : moved
  const isTemplate = flagAt(specification, 'template') === true
  const machine = makeMachine(world, {
    config: merged(settled, { template: isTemplate }),
    parent: parent.ref,
    host: host.ref,
    ...(pool && { pool: pool.ref }),
  })
  if (specification.powerOn === true) {
    checkWilling(host)
    checkMemory(world, host, machine)
    setPower(world, machine, 'poweredOn')
  }
  return machine.ref
}

function poolFor(
  world: World,
  source: SimObject,
  location: VimObject,
  isTemplate: boolean,
): SimObject | undefined {
  if (isTemplate) return undefined
  const ref = refOf(location, 'pool') ?? source.ref1('resourcePool')
  // A template is in no pool, so its copy has to be told one.
  if (!ref) throw faults.argument('spec.location.pool')
  return world.need(ref)
}

function hostFor(world: World, source: SimObject, pool: SimObject, location: VimObject): MoRef | undefined {
  const asked = refOf(location, 'host')
  if (asked) return asked
  const own = hostOf(world, source)
  const owner = world.find(pool.ref1('owner'))
  return owner?.refs('host').some(({ value }) => value === own.ref.value) ? own.ref : undefined
}

function storeFor(world: World, source: SimObject, location: VimObject): string {
  const ref = refOf(location, 'datastore')
  return ref ? `[${world.need(ref).name}]` : (/^\[[^\]]*\]/.exec(folderOf(source))?.[0] ?? '')
}

function isLinked(location: VimObject, specification: VimObject): boolean {
  const move = textAt(location, 'diskMoveType')
  const known = [
    'moveAllDiskBackingsAndAllowSharing',
    'moveAllDiskBackingsAndDisallowSharing',
    'moveChildMostDiskBacking',
    'createNewChildDiskBacking',
    'moveAllDiskBackingsAndConsolidate',
  ]
  if (move !== undefined && !known.includes(move)) throw faults.argument('spec.location.diskMoveType')
  if (move !== 'createNewChildDiskBacking') return false
  // Disks that are still written to cannot have others on top.
  if (!refOf(specification, 'snapshot')) throw faults.argument('spec.snapshot')
  return true
}

/** The configuration now, or that of a snapshot of this machine. */
function sourceOf(world: World, machine: SimObject, specification: VimObject): VimObject {
  const ref = refOf(specification, 'snapshot')
  if (!ref) return machine.object('config')
  const snapshot = world.need(ref)
  if (snapshot.ref1('vm')?.value !== machine.ref.value) throw faults.argument('spec.snapshot')
  return snapshot.object('config')
}

interface Copy {
  readonly name: string
  readonly folder: string
  readonly isLinked: boolean
}

/** Everything of the source but what makes it itself: its names, its identities, its files. */
function ownConfig(world: World, source: VimObject, { name, folder, isLinked: linked }: Copy): VimObject {
  const hardware = source.hardware as VimObject
  const before = listOf(hardware, 'device')
  const devices = linked ? onTop(world, before, folder) : copied(world, before, folder)
  const stem =
    folder
      .split('/')
      .at(-1)
      ?.replace(/^\[[^\]]*\]\s*/, '') ?? name
  return {
    ...source,
    name,
    uuid: newUuid(),
    instanceUuid: newUuid(),
    changeVersion: newUuid(),
    createDate: world.timestamp(),
    modified: world.timestamp(),
    template: false,
    files: {
      vmPathName: `${folder}/${stem}.vmx`,
      snapshotDirectory: `${folder}/`,
      suspendDirectory: `${folder}/`,
      logDirectory: `${folder}/`,
    },
    hardware: { ...hardware, device: devices.map((device) => withOwnAddress(world, device, devices)) },
  }
}

/** Addresses that somebody wrote by hand are copied, too: two machines then have the same. */
function withOwnAddress(world: World, device: VimObject, devices: readonly VimObject[]): VimObject {
  if (!isDataKind(device.$type ?? '', 'VirtualEthernetCard') || device.addressType === 'manual') return device
  const { macAddress: _macAddress, ...nic } = device
  const port = textAt(nic, 'backing', 'port', 'portKey')
  const backing = nic.backing as VimObject
  const { portKey: _portKey, ...unplugged } = (backing.port as VimObject | undefined) ?? {}
  const fresh = port === undefined ? nic : { ...nic, backing: { ...backing, port: unplugged } }
  return settledNic(world, fresh, { index: keyOf(device), others: devices })
}
