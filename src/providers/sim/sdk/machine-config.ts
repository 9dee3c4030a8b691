/** A machine's configuration: what a specification makes of what was there. */
import {
  flagAt,
  isList,
  numberAt,
  textAt,
  type VimObject,
  type VimValue,
} from '../../vsphere/soap/vim-value.ts'
import { builtInDevices } from './device-kinds.ts'
import { changedDevices, type DevicePlace } from './devices.ts'
import { checkGuest, checkHardware, newestHardware } from './hardware-versions.ts'
import { listOf } from './properties.ts'
import { dataFields } from './schema.ts'
import { faults } from './sdk-fault.ts'
import { isPlain, mergedDeep, newUuid, type World } from './world.ts'

/** Before any specification was applied. */
export function freshConfig(
  world: World,
  { name, folder }: { readonly name: string; readonly folder: string },
): VimObject {
  const stem =
    folder
      .split('/')
      .at(-1)
      ?.replace(/^\[[^\]]*\]\s*/, '') ?? name
  return {
    changeVersion: world.timestamp(),
    modified: world.timestamp(),
    createDate: world.timestamp(),
    name,
    guestId: 'otherGuest',
    guestFullName: 'otherGuest',
    version: newestHardware(world.api),
    uuid: newUuid(),
    instanceUuid: newUuid(),
    template: false,
    alternateGuestName: '',
    annotation: '',
    files: {
      vmPathName: `${folder}/${stem}.vmx`,
      snapshotDirectory: `${folder}/`,
      suspendDirectory: `${folder}/`,
      logDirectory: `${folder}/`,
    },
    tools: {
      toolsVersion: 0,
      afterPowerOn: true,
      afterResume: true,
      beforeGuestStandby: true,
      beforeGuestShutdown: true,
    },
    flags: {
      disableAcceleration: false,
      enableLogging: true,
      useToe: false,
      diskUuidEnabled: false,
      ...monitor,
    },
    defaultPowerOps: {
      powerOffType: 'soft',
      suspendType: 'hard',
      resetType: 'soft',
      standbyAction: 'checkpoint',
    },
    hardware: { ...freshHardware, device: builtInDevices() },
    cpuAllocation: allocation('normal', 1000),
    memoryAllocation: allocation('normal', 320),
    latencySensitivity: { level: 'normal' },
    ...switchedOff,
    firmware: 'bios',
    maxMksConnections: 40,
    extraConfig: [],
  }
}

const freshHardware = {
  numCPU: 1,
  numCoresPerSocket: 1,
  memoryMB: 32,
  virtualICH7MPresent: false,
  virtualSMCPresent: false,
}

const switchedOff = {
  memoryHotAddEnabled: false,
  cpuHotAddEnabled: false,
  cpuHotRemoveEnabled: false,
  guestAutoLockEnabled: false,
  memoryReservationLockedToMax: false,
  changeTrackingEnabled: false,
  nestedHVEnabled: false,
  vPMCEnabled: false,
}

const monitor = {
  virtualMmuUsage: 'automatic',
  virtualExecUsage: 'hvAuto',
  snapshotPowerOffBehavior: 'powerOff',
}

export const allocation = (level: string, shares: number): VimObject => ({
  reservation: 0,
  expandableReservation: false,
  limit: -1,
  shares: { shares, level },
})

/** Written elsewhere in the configuration than in the specification. */
const special: ReadonlySet<string> = new Set([
  'name',
  'files',
  'changeVersion',
  'hardware',
  'extraConfig',
  'vAppConfig',
])

const sameInBoth: readonly string[] = dataFields('VirtualMachineConfigSpec')
  .map(({ name }) => name)
  .filter(
    (name) =>
      !special.has(name) && dataFields('VirtualMachineConfigInfo').some((field) => field.name === name),
  )

/** Throws faults, and has changed nothing then but files, which the task takes back. */
export function reconfigured(before: VimObject, specification: VimObject, place: DevicePlace): VimObject {
  check(before, specification, place)
  const changes: Record<string, VimValue | undefined> = {}
  for (const name of sameInBoth) changes[name] = specification[name]
  const guestId = textAt(specification, 'guestId')
  const config = mergedDeep(before, {
    ...changes,
    ...(guestId !== undefined && { guestFullName: guestId }),
    defaultPowerOps: specification.powerOpInfo,
  })
  const hardware = config.hardware as VimObject
  return {
    ...config,
    changeVersion: newUuid(),
    modified: place.world.timestamp(),
    hardware: {
      ...mergedDeep(hardware, {
        numCPU: specification.numCPUs,
        numCoresPerSocket: specification.numCoresPerSocket,
        memoryMB: specification.memoryMB,
        virtualICH7MPresent: specification.virtualICH7MPresent,
        virtualSMCPresent: specification.virtualSMCPresent,
        motherboardLayout: specification.motherboardLayout,
        simultaneousThreads: specification.simultaneousThreads,
      }),
      device: changedDevices(listOf(hardware, 'device'), listOf(specification, 'deviceChange'), place),
    },
    extraConfig: changedOptions(listOf(config, 'extraConfig'), listOf(specification, 'extraConfig')),
    ...vAppOf(before, specification),
  }
}

function check(before: VimObject, specification: VimObject, { world, isOn }: DevicePlace): void {
  const { api } = world
  const changeVersion = textAt(specification, 'changeVersion')
  if (changeVersion !== undefined && changeVersion !== before.changeVersion) throw faults.conflict()
  const guestId = textAt(specification, 'guestId')
  if (guestId !== undefined) checkGuest(guestId, api)
  const version = textAt(specification, 'version')
  if (version !== undefined) checkHardware(version, api)
  const firmware = textAt(specification, 'firmware')
  if (firmware !== undefined && firmware !== 'bios' && firmware !== 'efi')
    throw faults.argument('configSpec.firmware')
  const memory = numberAt(specification, 'memoryMB')
  if (memory !== undefined && (memory < 4 || memory % 4 !== 0)) throw faults.argument('configSpec.memoryMB')
  const cpus = numberAt(specification, 'numCPUs') ?? numberAt(before, 'hardware', 'numCPU') ?? 1
  const cores = numberAt(specification, 'numCoresPerSocket') ?? 1
  if (cpus < 1 || cpus > mostCpus(api)) throw faults.argument('configSpec.numCPUs')
  if (cores < 1 || cpus % cores !== 0) throw faults.argument('configSpec.numCoresPerSocket')
  if (isOn && needsOff(before, specification)) throw faults.powerState('poweredOn', 'poweredOff')
}

function mostCpus(api: string): number {
  const [major = 5, minor = 5] = api.split('.').map(Number)
  if (major >= 7) return 768
  return major === 6 && minor >= 5 ? 128 : major === 6 ? 128 : 64
}

/** Whether something is changed that a running machine cannot take. */
function needsOff(before: VimObject, specification: VimObject): boolean {
  const hardware = before.hardware as VimObject
  const more = (name: string, now: VimValue | undefined, isHot: boolean) => {
    const wanted = numberAt(specification, name)
    return wanted !== undefined && wanted !== now && !(isHot && wanted > Number(now))
  }
  const cold = ['version', 'guestId', 'firmware', 'nestedHVEnabled', 'vPMCEnabled', 'uuid', 'flags']
  return (
    more('numCPUs', hardware.numCPU, flagAt(before, 'cpuHotAddEnabled') === true) ||
    more('memoryMB', hardware.memoryMB, flagAt(before, 'memoryHotAddEnabled') === true) ||
    more('numCoresPerSocket', hardware.numCoresPerSocket, false) ||
    cold.some((name) => {
      const wanted = specification[name]
      if (wanted === undefined) return false
      const old = before[name]
      return (
        JSON.stringify(wanted) !== JSON.stringify(isPlain(old) && isPlain(wanted) ? onlyOf(old, wanted) : old)
      )
    })
  )
}

function onlyOf(value: VimObject, wanted: VimObject): VimObject {
  return Object.fromEntries(
    Object.keys(wanted).map((name) => [name, name === '$type' ? wanted.$type : value[name]]),
  )
}

/** An empty value takes an option away. */
function changedOptions(before: readonly VimObject[], changes: readonly VimObject[]): readonly VimObject[] {
  const options = new Map(before.map((option) => [option.key, option]))
  for (const change of changes) {
    if (change.value === undefined || change.value === '') options.delete(change.key)
    else options.set(change.key, { $type: 'OptionValue', key: change.key, value: change.value })
  }
  return [...options.values()]
}

function vAppOf(before: VimObject, specification: VimObject): VimObject {
  if (specification.vAppConfigRemoved === true) return { vAppConfig: undefined } as VimObject
  const changes = specification.vAppConfig
  if (!isPlain(changes)) return {}
  return { vAppConfig: vAppInfo(isPlain(before.vAppConfig) ? before.vAppConfig : {}, changes) }
}

/** Also of a vApp itself. */
export function vAppInfo(before: VimObject, specification: VimObject): VimObject {
  const { product, property, ovfSection, $type: _type, ...rest } = specification
  const lists = { product, property, ovfSection }
  const changed = Object.entries(lists).map(([name, changes]) => [
    name,
    changedItems(listOf(before, name), isList(changes) ? (changes as readonly VimObject[]) : []),
  ])
  return {
    ipAssignment: {
      supportedAllocationScheme: [],
      supportedIpProtocol: ['IPv4'],
      ipAllocationPolicy: 'fixedPolicy',
    },
    installBootRequired: false,
    installBootStopDelay: 0,
    ...mergedDeep(before, rest),
    ...Object.fromEntries(changed),
  }
}

function changedItems(before: readonly VimObject[], changes: readonly VimObject[]): readonly VimObject[] {
  const items = new Map(before.map((item) => [item.key, item]))
  for (const { operation, removeKey, info } of changes) {
    if (operation === 'remove') {
      if (!items.delete(removeKey)) throw faults.argument('vAppConfig.removeKey')
      continue
    }
    if (!isPlain(info)) throw faults.argument('vAppConfig.info')
    const old = items.get(info.key)
    if ((operation === 'add') === (old !== undefined)) throw faults.argument('vAppConfig.info.key')
    items.set(info.key, mergedDeep(old ?? {}, info))
  }
  return [...items.values()]
}
