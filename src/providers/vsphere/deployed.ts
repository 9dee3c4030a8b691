/** Makes what was imported or deployed into the machine that the lab file describes, in one call. */
import type { Machine } from '#lab'
import { fail } from './errors.ts'
import type { OvfContent } from './level.ts'
import type { Buses } from './machine-devices.ts'
import { freeBuses } from './machine-devices.ts'
import { asCopy } from './prepared.ts'
import { settingsOf } from './record.ts'
import { propertiesOf } from './soap/properties.ts'
import { runTask } from './soap/task.ts'
import {
  isList,
  listAt,
  type MoRef,
  numberAt,
  textAt,
  typeOfObject,
  type VimObject,
  type VimValue,
} from './soap/vim-value.ts'
import type { Level } from './switches.ts'

export interface Deployed {
  readonly ref: MoRef
  readonly machine: Machine
  /** Settings that the guest is told besides those of the file. */
  readonly properties: Readonly<Record<string, string>>
  /** What the machine is to be, once it is known which buses it has. */
  specOf(buses: Buses): VimObject
}

export async function settleDeployed(
  { level: { connection } }: Level,
  { ref, machine, properties, specOf }: Deployed,
  signal: AbortSignal,
): Promise<void> {
  const paths = { VirtualMachine: ['config.hardware.device', 'config.extraConfig'] }
  const [read] = await propertiesOf(connection, [ref], paths, { signal })
  const value = read?.properties.get('config.hardware.device')
  const devices = isList(value) ? value : listAt(value, 'VirtualDevice')
  const settings = [...settingsOf(read?.properties.get('config.extraConfig')).keys()]
  const spec = withProperties(asCopy({ devices, settings }, specOf(freeBuses(devices))), properties)
  const grown = grownDisk(machine, devices)
  const change = [...grown, ...listAt(spec, 'deviceChange')]
  await runTask(connection, 'ReconfigVM_Task', ref, { spec: { ...spec, deviceChange: change } }, { signal })
}

/** What a lone host is told as settings; vCenter keeps properties as such. */
export function settingsBeside({ place }: Level, { properties }: Pick<OvfContent, 'properties'>) {
  return place.isVCenter ? {} : properties
}

/** What the file says about the same setting counts. */
export function withProperties(spec: VimObject, properties: Readonly<Record<string, string>>): VimObject {
  const own = listAt(spec, 'extraConfig')
  const given = new Set(own.map((one) => textAt(one, 'key')))
  const added = Object.entries(properties).filter(([key]) => !given.has(key) && key.startsWith('guestinfo.'))
  return { ...spec, extraConfig: [...added.map(([key, value]) => ({ key, value })), ...own] }
}

/** The disk it starts from may be made larger; disks do not shrink. */
function grownDisk({ path, traits }: Machine, devices: readonly VimValue[]): readonly VimObject[] {
  const wantedMiB = traits?.bootDiskMiB
  const disk = devices.find((one) => typeOfObject(one) === 'VirtualDisk')
  const kib = numberAt(disk, 'capacityInKB')
  if (wantedMiB === undefined || kib === undefined || wantedMiB * 1024 === kib) return []
  if (wantedMiB * 1024 < kib) {
    const reason = `it comes with a disk of ${Math.ceil(kib / 1024)} MiB, which cannot become one of ${wantedMiB} MiB`
    throw fail('vsphere-cannot', { what: `Machine ${path}`, reason })
  }
  const { capacityInBytes: _, ...rest } = disk as VimObject
  return [{ operation: 'edit', device: { ...rest, capacityInKB: wantedMiB * 1024 } }]
}
