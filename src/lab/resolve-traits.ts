/** What a lab file declares for those who judge it, with sizes read and empty places left out. */
import type { Datastore, LabClass, MachineTraits, PowerSchedule, Suppression } from './model-traits.ts'
import { accepted, type Path } from './problem.ts'
import { addPending, type Resolution } from './resolution.ts'
import type { MachineInput } from './schema-machine.ts'
import type { ClassInput, DatastoreInput, SuppressionInput } from './schema-sections.ts'
import { readDiskSize } from './sizes.ts'
import { isIp } from './uplink-text.ts'

/** Undefined when nothing is declared. */
export function traitsOf(input: MachineInput): MachineTraits | undefined {
  const {
    role,
    manages,
    os,
    hardware,
    bootDisk,
    bootMedia,
    logs,
    disks,
    iso,
    tools,
    powerSchedule,
    licence,
    dns,
  } = input
  const nicModels = input.nics?.map(({ model }) => model)
  const traits = present<MachineTraits>({
    role,
    manages,
    os,
    hardware: hardware && present(hardware),
    bootDiskMiB: sizeMiB(bootDisk),
    bootMedia,
    logs,
    disks: disks?.map(({ size, ...disk }) => present({ sizeMiB: sizeMiB(size) ?? 0, ...disk })),
    nicModels: nicModels?.some((model) => model !== undefined) ? nicModels : undefined,
    iso,
    tools,
    clone: cloneOf(input),
    powerSchedule: powerSchedule && present(powerSchedule),
    licence: licence && present(licence),
    dns,
  })
  return Object.keys(traits).length > 0 ? traits : undefined
}

function cloneOf({ clone }: MachineInput): MachineTraits['clone'] {
  if (!clone) return undefined
  const { of, linked, snapshot, followsMac = false, newUuid = false, resignature = false } = clone
  return present({ of, linked, snapshot, followsMac, newUuid, resignature })
}

type Pending = readonly (readonly [key: string, text: string])[]

/** Keys that would have to change how a machine runs, and that no site but vSphere puts into effect: `up` refuses them. */
const withoutEffect: Pending = [
  ['disks', 'Further disks cannot be attached yet.'],
  ['hardware', 'Virtual hardware cannot be chosen yet; only checks and sizes look at it.'],
  ['bootDisk', 'The size of the boot disk cannot be chosen yet; only checks and sizes look at it.'],
  ['powerSchedule', 'Machines are switched on and off by the clock only on a vCenter.'],
  ['clone', 'Machines cannot be copied yet; only checks look at it.'],
  ['iso', 'Installers cannot be attached yet; only checks look at them.'],
]

/** The drives of a host at level 0 are not ours to give. */
const physicalDrive =
  'The drive of a physical host cannot be given to a machine; one of a nested host can, with an ISO of the site in it.'

/** The same for keys that have no effect anywhere. */
const neverInEffect: Pending = [
  ['bootMedia', 'The boot medium cannot be chosen yet; only checks look at it.'],
  ['dns', 'Name servers cannot be set yet; only checks look at them.'],
]

/** Virtual hardware that vSphere does not have, or that cannot be handed to a machine there yet. */
const noneOfVsphere: Pending = [
  ['configVersion', 'Configuration versions are those of Hyper-V; vSphere has hardware versions.'],
  ['cpuModel', 'vSphere shows the CPU of the host; a model cannot be chosen.'],
  ['passthrough', 'Devices of the host cannot be handed to a machine yet.'],
  ['dynamicMemory', 'Dynamic memory is a setting of Hyper-V.'],
  [
    'processorCompatibility',
    'Processor compatibility is a setting of Hyper-V; vSphere has EVC, of clusters.',
  ],
  ['automaticStop', 'What becomes of machines when their host stops is a setting of the host.'],
]

export interface TraitsPlace {
  readonly path: Path
  readonly machinePath: string
  readonly resolution: Resolution
  /** Whether vSphere runs the machine: at level 0 of such a site, or a nested ESXi on it. */
  readonly isOnVsphere: boolean
}

export function pendingTraits(input: MachineInput, at: TraitsPlace): void {
  const { path, machinePath, resolution, isOnVsphere } = at
  const add = (further: Path, text: string) =>
    addPending(resolution, [...path, ...further], { text, machines: [machinePath] })
  const whole = isOnVsphere ? neverInEffect : [...withoutEffect, ...neverInEffect]
  const keys = new Set(Object.keys(present(input)))
  for (const [key, text] of whole) if (keys.has(key)) add([key], text)
  const hardware = new Set(Object.keys(present(input.hardware ?? {})))
  for (const [key, text] of isOnVsphere ? noneOfVsphere : []) {
    if (hardware.has(key)) add(['hardware', key], text)
  }
  if (isOnVsphere && input.iso === 'host-device' && !machinePath.includes('/')) add(['iso'], physicalDrive)
  for (const [index, { model }] of (input.nics ?? []).entries()) {
    const text = nicModelText(model, isOnVsphere)
    if (text !== undefined) add(['nics', index, 'model'], text)
  }
  for (const [index, address] of (input.dns ?? []).entries())
    checkIp(address, [...path, 'dns', index], resolution)
}

function nicModelText(model: string | undefined, isOnVsphere: boolean): string | undefined {
  if (model === undefined) return undefined
  if (!isOnVsphere) return 'The model of a NIC cannot be chosen yet; only checks look at it.'
  if (model === 'virtio') return 'vSphere has no virtio NICs.'
  return model === 'sriov' ? 'Functions of a physical NIC cannot be handed to a machine yet.' : undefined
}

export function checkIp(text: string, path: Path, { findings }: Resolution): void {
  if (isIp(text)) return
  findings.push({ path, text: 'This is no IPv4 address.', remedy: 'Write it like `10.0.0.2`.' })
}

export function datastoreOf(
  name: string,
  { size, cache, ...input }: DatastoreInput,
  members: readonly string[] | undefined,
): Datastore {
  return present<Datastore>({ name, ...input, members, sizeMiB: sizeMiB(size), cacheMiB: sizeMiB(cache) })
}

export function classOf(input: ClassInput): LabClass {
  const { power, ...others } = input
  return present<LabClass>({ ...others, power: power && present<PowerSchedule>(power) })
}

export function suppressionsOf(input: readonly SuppressionInput[]): readonly Suppression[] {
  return input.map((one) => present<Suppression>(one))
}

function sizeMiB(text: string | undefined): number | undefined {
  return text === undefined ? undefined : accepted(readDiskSize(text))
}

/** Without the keys that have no value, so that a lab is the same one after it has been written and read again. */
export function present<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Value
}
