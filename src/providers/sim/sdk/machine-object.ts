/** A machine as an object of the inventory: what it is made of, and what follows from that. */
import { isList, type MoRef, numberAt, textAt, type VimObject } from '../../vsphere/soap/vim-value.ts'
import { located } from './datastore.ts'
import { makeEntity } from './entity.ts'
import { devicesOf, networkIdOf } from './nic-backing.ts'
import { isDataKind } from './schema.ts'
import type { SimObject, World } from './world.ts'

export interface MachineOrder {
  readonly config: VimObject
  readonly parent: MoRef
  readonly host: MoRef
  /** Absent for templates. */
  readonly pool?: MoRef
}

export type PowerState = 'poweredOn' | 'poweredOff' | 'suspended'

export function makeMachine(world: World, { config, parent, host, pool }: MachineOrder): SimObject {
  const id = world.nextId(world.isVCenter ? 'vm-' : '')
  const machine = makeEntity(world, { type: 'VirtualMachine', id, name: '', parent })
  machine.set('config', config)
  machine.view('name', () => machine.object('config').name)
  machine.set('resourcePool', pool)
  machine.set('rootSnapshot', [])
  machine.set('guestHeartbeatStatus', 'gray')
  machine.set('runtime', freshRuntime(host))
  machine.view('guest', () => guestOf(machine, hasTools(world, machine)))
  machine.view('summary', () => summaryOf(machine, hasTools(world, machine)))
  machine.view('network', () => networksOf(world, machine))
  machine.view('datastore', () => datastoresOf(world, machine))
  machine.view('layoutEx', () => layoutOf(world, machine))
  machine.view('storage', () => ({ timestamp: modifiedAt(machine), perDatastoreUsage: [] }))
  machine.view('environmentBrowser', () =>
    world.find(world.find(host)?.ref1('parent'))?.ref1('environmentBrowser'),
  )
  machine.set('capability', { nestedHVSupported: true, vPMCSupported: true })
  world.find(parent)?.addRef('childEntity', machine.ref)
  if (pool) world.find(pool)?.addRef('vm', machine.ref)
  return machine
}

function freshRuntime(host: MoRef): VimObject {
  return {
    host,
    connectionState: 'connected',
    powerState: 'poweredOff',
    faultToleranceState: 'notConfigured',
    toolsInstallerMounted: false,
    numMksConnections: 0,
    recordReplayState: 'inactive',
    onlineStandby: false,
    consolidationNeeded: false,
  }
}

export function powerOf(machine: SimObject): PowerState {
  return textAt(machine.get('runtime'), 'powerState') as PowerState
}

export function setPower(world: World, machine: SimObject, powerState: PowerState): void {
  const { bootTime: _bootTime, suspendTime: _suspendTime, ...runtime } = machine.object('runtime')
  const times = {
    poweredOn: { bootTime: world.timestamp() },
    suspended: { suspendTime: world.timestamp() },
    poweredOff: {},
  }
  machine.set('runtime', { ...runtime, ...times[powerState], powerState })
}

export function hostOf(world: World, machine: SimObject): SimObject {
  return world.need(machine.object('runtime').host as MoRef)
}

/** `[nas] web` of `[nas] web/web.vmx`. */
export function folderOf(machine: SimObject): string {
  const path = textAt(machine.get('config'), 'files', 'vmPathName') ?? ''
  return path.slice(0, path.lastIndexOf('/'))
}

/** In every guest unless the test says otherwise: what is inside is not simulated. */
export function hasTools(world: World, machine: SimObject): boolean {
  return !world.withoutTools.has(machine.name)
}

function guestOf(machine: SimObject, hasOwnTools: boolean): VimObject {
  const isOn = powerOf(machine) === 'poweredOn'
  const runsTools = isOn && hasOwnTools
  return {
    toolsStatus: runsTools ? 'toolsOk' : hasOwnTools ? 'toolsNotRunning' : 'toolsNotInstalled',
    toolsVersionStatus: 'guestToolsUnmanaged',
    toolsVersionStatus2: 'guestToolsUnmanaged',
    toolsRunningStatus: runsTools ? 'guestToolsRunning' : 'guestToolsNotRunning',
    guestState: runsTools ? 'running' : 'notRunning',
    ...(runsTools && { hostName: machine.name, ipAddress: addressOf(machine) }),
    net: runsTools ? netOf(machine) : [],
    guestOperationsReady: runsTools,
    interactiveGuestOperationsReady: false,
    guestStateChangeSupported: runsTools,
  }
}

/** Of the range that is reserved for measurements, so nobody has it. */
function addressOf({ ref }: SimObject): string {
  const number = Number(/\d+/.exec(ref.value)?.[0] ?? 0)
  return `198.18.${Math.floor(number / 254) % 256}.${(number % 254) + 1}`
}

function netOf(machine: SimObject): readonly VimObject[] {
  return devicesOf(machine)
    .filter(({ $type = '' }) => isDataKind($type, 'VirtualEthernetCard'))
    .map((nic) => ({
      $type: 'GuestNicInfo',
      network: textAt(nic, 'backing', 'deviceName') ?? '',
      macAddress: textAt(nic, 'macAddress') ?? '',
      connected: true,
      deviceConfigId: numberAt(nic, 'key') ?? 0,
      ipAddress: [addressOf(machine)],
    }))
}

function networksOf(world: World, machine: SimObject): readonly MoRef[] {
  const ids = new Set(devicesOf(machine).flatMap((nic) => networkIdOf(world, nic) ?? []))
  return [...ids].flatMap((value) => world.find({ type: 'Network', value })?.ref ?? [])
}

function datastoresOf(world: World, machine: SimObject): readonly MoRef[] {
  const files = textAt(machine.get('config'), 'files', 'vmPathName') ?? ''
  const disks = devicesOf(machine).flatMap((device) =>
    device.$type === 'VirtualDisk' ? (textAt(device, 'backing', 'fileName') ?? []) : [],
  )
  const names = new Set([files, ...disks].map((path) => /^\[([^\]]*)\]/.exec(path)?.[1]))
  return world
    .all('Datastore')
    .filter(({ name }) => names.has(name))
    .map(({ ref }) => ref)
}

/** Does not move by itself, so that nobody is told of a change where there was none. */
function modifiedAt(machine: SimObject): string {
  return textAt(machine.get('config'), 'modified') ?? ''
}

function layoutOf(world: World, machine: SimObject): VimObject {
  const { path, files, datastore } = located(world, folderOf(machine))
  const own = [...files.files].filter(([name, { isFolder }]) => name.startsWith(`${path}/`) && !isFolder)
  return {
    timestamp: modifiedAt(machine),
    file: own.map(([name, { bytes }], key) => ({
      key,
      name: `[${datastore.name}] ${name}`,
      type: name.endsWith('.vmdk') ? 'diskDescriptor' : 'config',
      size: bytes,
      uniqueSize: bytes,
      accessible: true,
    })),
  }
}

function summaryOf(machine: SimObject, hasOwnTools: boolean): VimObject {
  const config = machine.object('config')
  const guest = guestOf(machine, hasOwnTools)
  const devices = devicesOf(machine)
  const isOn = powerOf(machine) === 'poweredOn'
  const memory = numberAt(config, 'hardware', 'memoryMB') ?? 0
  const { toolsStatus, toolsRunningStatus, toolsVersionStatus2, hostName, ipAddress } = guest
  return {
    vm: machine.ref,
    runtime: machine.object('runtime'),
    guest: { toolsStatus, toolsRunningStatus, toolsVersionStatus2, hostName, ipAddress },
    config: {
      name: machine.name,
      template: config.template,
      vmPathName: textAt(config, 'files', 'vmPathName') ?? '',
      memorySizeMB: memory,
      numCpu: numberAt(config, 'hardware', 'numCPU') ?? 0,
      cpuReservation: numberAt(config, 'cpuAllocation', 'reservation') ?? 0,
      memoryReservation: numberAt(config, 'memoryAllocation', 'reservation') ?? 0,
      numEthernetCards: devices.filter(({ $type = '' }) => isDataKind($type, 'VirtualEthernetCard')).length,
      numVirtualDisks: devices.filter(({ $type }) => $type === 'VirtualDisk').length,
      uuid: config.uuid,
      instanceUuid: config.instanceUuid,
      guestId: config.guestId,
      guestFullName: config.guestFullName,
      annotation: config.annotation,
      hwVersion: config.version,
    },
    storage: { committed: 0, uncommitted: 0, unshared: 0, timestamp: modifiedAt(machine) },
    quickStats: {
      overallCpuUsage: 0,
      guestMemoryUsage: 0,
      hostMemoryUsage: isOn ? memory : 0,
      guestHeartbeatStatus: 'gray',
      uptimeSeconds: 0,
    },
    overallStatus: 'green',
    customValue: isList(machine.get('customValue')) ? machine.get('customValue') : [],
  }
}
