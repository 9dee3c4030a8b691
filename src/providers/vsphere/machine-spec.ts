/** A machine of the lab in the words of the API: a pure function, so that a plan can show what would be sent. */
import type { Machine } from '#lab'
import type { BootDisk } from './boot-disk.ts'
import { driveSpecs } from './drives.ts'
import { fail } from './errors.ts'
import type { HardwareChoice, ImageSource, VsphereLevel } from './level.ts'
import {
  type Buses,
  diskSpecs,
  flashSettings,
  isFromScratch,
  nicSpecs,
  type Plugged,
} from './machine-devices.ts'
import { machineNameOf } from './names.ts'
import { compareApi } from './soap/table.ts'
import type { MoRef, VimObject } from './soap/vim-value.ts'

/** Settings by which a machine is known to be of a lab. */
export const mark = {
  lab: 'nestlab.lab',
  owner: 'nestlab.owner',
  machine: 'nestlab.machine',
  /** Path of the hypervisor it is inside of: hosts that join a vCenter bring their machines along. */
  inside: 'nestlab.inside',
  digest: 'nestlab.digest',
  /** Digest of its power schedule. */
  schedule: 'nestlab.schedule',
  /** `created`, `started` or `stopped`: what was asked for last. */
  asked: 'nestlab.asked',
} as const

export interface SpecOrder {
  readonly level: VsphereLevel
  readonly machine: Machine
  readonly hardware: HardwareChoice
  readonly source: ImageSource
  readonly digest: string
  readonly settings: string
  readonly plugged: readonly Plugged[]
  readonly datastore: string
  readonly datastores: ReadonlyMap<string, MoRef>
  /** Is there already. */
  readonly bootDisk?: BootDisk | undefined
  /** Of what it is made from; absent where it has no controllers yet. */
  readonly buses?: Buses | undefined
  /** Devices of the nested host by the ISO files that are passed on to it. */
  readonly drives?: ReadonlyMap<string, string> | undefined
  readonly hasFolders: boolean
}

/** The first API that has `nestedHVEnabled`, and the first hardware version that officially hands it on. */
const nestedApi = '5.1'
const nestedVersion = 9

export function machineSpecOf(order: SpecOrder): VimObject {
  const { level, machine, hardware, source, hasFolders } = order
  const { api } = level.connection
  refuseUnfit(machine, hardware)
  const version = machine.traits?.hardware?.version ?? hardware.version
  const isNew = compareApi(api, nestedApi) >= 0 && version >= nestedVersion
  const { coresPerSocket, firmware } = machine.traits?.hardware ?? {}
  return {
    name: machineNameOf(level.lab, machine.name, hasFolders),
    ...(isFromScratch(source) && { version: `vmx-${String(version).padStart(2, '0')}` }),
    uuid: machine.uuid,
    guestId: machine.traits?.hardware?.guestId ?? hardware.guestId,
    annotation: `${machine.path} of Nestlab lab ${level.lab}`,
    ...(isFromScratch(source) && { files: { vmPathName: `[${order.datastore}]` } }),
    flags: flagsOf(machine, api),
    numCPUs: machine.cpus,
    ...(coresPerSocket !== undefined && { numCoresPerSocket: coresPerSocket }),
    memoryMB: machine.memoryMiB,
    deviceChange: [...driveSpecs(order), ...diskSpecs(order), ...nicSpecs(machine, order.plugged)],
    extraConfig: Object.entries(extraOf(order, isNew)).map(([key, value]) => ({ key, value })),
    ...(firmware !== undefined && { firmware }),
    ...(isNew && exposes(machine) && { nestedHVEnabled: true }),
  }
}

function exposes(machine: Machine): boolean {
  return machine.traits?.hardware?.exposeVirtualization ?? machine.hypervisor !== undefined
}

const execution = {
  hardware: { virtualExecUsage: 'hvOn', virtualMmuUsage: 'on' },
  automatic: { virtualExecUsage: 'hvAuto', virtualMmuUsage: 'automatic' },
  software: { virtualExecUsage: 'hvOff', virtualMmuUsage: 'off' },
} as const

function flagsOf(machine: Machine, api: string): VimObject {
  const { execution: mode, vbs } = machine.traits?.hardware ?? {}
  const chosen = mode ?? (machine.hypervisor ? 'hardware' : undefined)
  if (vbs && compareApi(api, '6.7') < 0) refuse(machine, 'virtualization-based security needs vSphere 6.7')
  return { diskUuidEnabled: true, ...(chosen && execution[chosen]), ...(vbs && { vbsEnabled: true }) }
}

/** What has no field of its own. What the file says comes first, so that it overwrites nothing of ours. */
function extraOf(order: SpecOrder, isNew: boolean): Readonly<Record<string, string>> {
  const { level, machine, digest, settings } = order
  return {
    ...checkedSettings(machine),
    ...flashSettings(order),
    ...level.guestInfoOf(machine, settings),
    // Older hosts take only MACs of VMware's own range, unless told not to look.
    ...Object.fromEntries(machine.nics.map((_, at) => [`ethernet${at}.checkMACAddress`, 'FALSE'])),
    ...learningFilters(order),
    ...(!isNew && exposes(machine) && oldNesting(level.connection.api)),
    ...Object.fromEntries(marksOf(level, machine)),
    [mark.digest]: digest,
  }
}

/** Whose it is; without the digest, which says that it is whole. */
export function marksOf(level: VsphereLevel, machine: Machine): readonly (readonly [string, string])[] {
  const { lab, owner, hypervisor } = level
  return [
    [mark.lab, lab],
    ...(owner === undefined ? [] : [[mark.owner, owner] as const]),
    [mark.machine, machine.name],
    ...(hypervisor ? [[mark.inside, hypervisor.path] as const] : []),
    [mark.asked, 'created'],
  ]
}

/** In 5.0 the host allows it; from 5.1 on each machine asks for it. */
function oldNesting(api: string): Readonly<Record<string, string>> {
  return compareApi(api, nestedApi) < 0 ? { 'vhv.allow': 'TRUE' } : { 'vhv.enable': 'TRUE' }
}

/** The fling is told in the settings of each machine at which NICs it is to learn. */
function learningFilters({ machine, level }: SpecOrder): Readonly<Record<string, string>> {
  const filtered = machine.nics.flatMap(({ switchName, portgroup }, at) =>
    level.filters?.has(`${switchName}/${portgroup}`) ? [at] : [],
  )
  return Object.fromEntries(
    filtered.flatMap((at) => [
      [`ethernet${at}.filter4.name`, 'dvfilter-maclearn'],
      [`ethernet${at}.filter4.onFailure`, 'failOpen'],
    ]),
  )
}

/** A lab file may come from somebody else: it may set what a guest sees, not files or devices of the host. */
const harmless: readonly RegExp[] = [
  /^guestinfo\.[\w.-]+$/,
  /^vhv\.(allow|enable)$/,
  /^hypervisor\.cpuid\.v0$/,
  /^monitor(_control)?\.[\w.]+$/,
  /^sched\.(cpu|mem)\.[\w.:-]+$/,
  /^(numa|cpuid|featMask|svga)\.[\w.:-]+$/,
  /^ethernet\d\.(filter\d\.(name|onFailure)|pnicFeatures|ctxPerDev|coalescingScheme)$/,
  /^scsi\d:\d+\.virtualSSD$/,
  /^(disk\.EnableUUID|keyboard\.typematicMinDelay|bios\.bootDelay|latency\.enforceCpuMin)$/,
]

/** Whether a setting reaches no further than its machine. */
export function isHarmless(name: string): boolean {
  return harmless.some((pattern) => pattern.test(name))
}

function checkedSettings(machine: Machine): Readonly<Record<string, string>> {
  const settings = machine.traits?.hardware?.settings ?? {}
  for (const [name, value] of Object.entries(settings)) {
    if (!isHarmless(name)) refuse(machine, `the setting ${name} could reach beyond the machine`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (/[\u0000-\u001f"]/.test(value))
      refuse(machine, `the value of ${name} holds a quote or control character`)
  }
  return settings
}

function refuseUnfit(machine: Machine, hardware: HardwareChoice): void {
  const asked = machine.traits?.hardware?.version
  if (asked !== undefined && asked > hardware.newest)
    refuse(
      machine,
      `its hardware version ${asked} is newer than ${hardware.newest}, the newest its hosts run`,
    )
  if (machine.cpus > hardware.maxCpus)
    refuse(
      machine,
      `a machine has at most ${hardware.maxCpus} CPUs with hardware version ${hardware.version}`,
    )
  const { maxMemoryMiB } = hardware
  if (maxMemoryMiB !== undefined && machine.memoryMiB > maxMemoryMiB)
    refuse(machine, `a machine has at most ${maxMemoryMiB} MiB with hardware version ${hardware.version}`)
  const { bits } = machine.traits?.hardware ?? {}
  if (bits === 32 && machine.hypervisor) refuse(machine, 'hypervisors have 64 bits')
}

function refuse(machine: Machine, reason: string): never {
  throw fail('vsphere-cannot', { what: `Machine ${machine.path}`, reason })
}
