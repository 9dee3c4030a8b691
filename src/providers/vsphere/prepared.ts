/** Machines of the site that others prepared for being copied: found, judged, and copied without being changed. */
import type { Machine } from '#lab'
import { fail } from './errors.ts'
import type { TemplateSource } from './level.ts'
import { type Buses, freeBuses } from './machine-devices.ts'
import { settingsOf } from './record.ts'
import { allBelow, propertiesOf } from './soap/properties.ts'
import {
  at,
  isList,
  isRef,
  listAt,
  type MoRef,
  numberAt,
  refAt,
  textAt,
  typeOfObject,
  type VimObject,
  type VimValue,
} from './soap/vim-value.ts'
import type { Level } from './switches.ts'

export interface Prepared {
  readonly ref: MoRef
  readonly devices: readonly VimValue[]
  /** Names of its further settings, which a copy inherits. */
  readonly settings: readonly string[]
  /** What a linked copy lies on. */
  readonly snapshot?: { readonly ref: MoRef; readonly name: string }
}

interface Wish {
  readonly machine: Machine
  readonly source: TemplateSource
}

const paths = {
  VirtualMachine: ['name', 'config.hardware.device', 'config.extraConfig', 'runtime', 'snapshot'],
}

/** Reads only. Fails with `vsphere-missing`, `vsphere-not-prepared`, `vsphere-no-snapshot`. */
export async function preparedFor(on: Level, wish: Wish, signal: AbortSignal): Promise<Prepared> {
  const { level, place } = on
  if (!place.isVCenter) refuse(wish, 'an ESXi host alone copies no machines; only vCenter does')
  const ref = await found(on, wish, signal)
  const [read] = await propertiesOf(level.connection, [ref], paths, { signal })
  const get = (path: string) => read?.properties.get(path)
  const isOn = textAt(get('runtime'), 'powerState') !== 'poweredOff'
  const snapshot = wish.source.linked ? snapshotOf(get('snapshot'), wish) : undefined
  // The identity that was taken from a host comes back as soon as it runs.
  if (wish.machine.hypervisor?.product === 'esxi' && (snapshot ? snapshot.isOn : isOn))
    refuse(wish, snapshot ? `its snapshot ${snapshot.name} was taken while it was on` : 'it is on')
  const then = snapshot && (await configOf(on, snapshot.ref, signal))
  const devices = listOf(then ? at(then, 'hardware', 'device') : get('config.hardware.device'))
  refuseLargerDisk(wish, devices)
  const settings = [...settingsOf(then ? at(then, 'extraConfig') : get('config.extraConfig')).keys()]
  return { ref, devices, settings, ...(snapshot && { snapshot }) }
}

/** Where it goes, and what becomes of its NICs, its identity and its settings. */
export function cloneSpecOf(prepared: Prepared, config: VimObject, location: VimObject): VimObject {
  const { snapshot } = prepared
  return {
    location: { ...location, ...(snapshot && { diskMoveType: 'createNewChildDiskBacking' }) },
    template: false,
    config: asCopy(prepared, config),
    powerOn: false,
    ...(snapshot && { snapshot: snapshot.ref }),
  }
}

/** The numbers of buses that a copy has free. */
export function busesOf({ devices }: Prepared): Buses {
  return freeBuses(devices)
}

/** NICs of the original would be in networks of somebody else, and marks of ours would make it a machine of another lab. */
export function asCopy(
  { devices, settings }: Pick<Prepared, 'devices' | 'settings'>,
  { name: _, ...config }: VimObject,
): VimObject {
  const removals = devices.filter(isNic).flatMap((device) => {
    const key = numberAt(device, 'key')
    return key === undefined
      ? []
      : [{ operation: 'remove', device: { $type: typeOfObject(device) ?? '', key } }]
  })
  const own = listAt(config, 'extraConfig')
  const given = new Set(own.map((one) => textAt(one, 'key')))
  // An empty value takes a setting away.
  const forgotten = settings.filter((key) => /^(nestlab\.|ethernet\d+\.filter)/.test(key) && !given.has(key))
  return {
    ...config,
    deviceChange: [...removals, ...listAt(config, 'deviceChange')],
    extraConfig: [...forgotten.map((key) => ({ key, value: '' })), ...own],
  }
}

export function isNic(device: VimValue | undefined): boolean {
  return /^Virtual(E1000e?|Vmxnet\d?|Vmxnet3Vrdma|PCNet32|SriovEthernetCard)$/.test(
    typeOfObject(device) ?? '',
  )
}

async function found({ level: { connection } }: Level, wish: Wish, signal: AbortSignal): Promise<MoRef> {
  const { name } = wish.source
  if (name.includes('/')) {
    const search = connection.service('searchIndex')
    const ref = await connection.call('FindByInventoryPath', search, { inventoryPath: name }, { signal })
    if (isRef(ref) && ref.type === 'VirtualMachine') return ref
    throw fail('vsphere-missing', { what: 'machine to copy', name, names: [] })
  }
  const root = connection.service('rootFolder')
  const all = await allBelow(connection, root, { VirtualMachine: ['name'] }, { signal })
  const [first, ...others] = all.filter(({ properties }) => properties.get('name') === name)
  if (!first) throw fail('vsphere-missing', { what: 'machine to copy', name, names: [] })
  if (others.length > 0)
    refuse(wish, `there are ${others.length + 1} machines of that name; say its path, such as DC0/vm/${name}`)
  return first.ref
}

interface Snapshot {
  readonly ref: MoRef
  readonly name: string
  readonly isOn: boolean
}

/** The one that is named, or the current one. */
function snapshotOf(info: VimValue | undefined, { machine, source }: Wish): Snapshot {
  const wanted = source.linked?.snapshot
  const all = branches(listAt(info, 'rootSnapshotList'))
  const current = refAt(info, 'currentSnapshot')?.value
  const fits = all.filter((one) => (wanted === undefined ? one.ref.value === current : one.name === wanted))
  const [first, ...others] = fits
  if (!first) {
    const names = all.map(({ name }) => name)
    throw fail('vsphere-no-snapshot', { machine: machine.path, source: source.name, snapshot: wanted, names })
  }
  if (others.length > 0) refuse({ machine, source }, `it has ${fits.length} snapshots ${wanted}`)
  return first
}

function branches(list: readonly VimValue[]): readonly Snapshot[] {
  return list.flatMap((one) => {
    const ref = refAt(one, 'snapshot')
    const own = { name: textAt(one, 'name') ?? '', isOn: textAt(one, 'state') === 'poweredOn' }
    return [...(ref ? [{ ref, ...own }] : []), ...branches(listAt(one, 'childSnapshotList'))]
  })
}

/** Of the machine as the snapshot has kept it; its devices may be others than those of today. */
async function configOf({ level }: Level, ref: MoRef, signal: AbortSignal): Promise<VimValue | undefined> {
  const [read] = await propertiesOf(
    level.connection,
    [ref],
    { VirtualMachineSnapshot: ['config'] },
    { signal },
  )
  return read?.properties.get('config')
}

function refuseLargerDisk(wish: Wish, devices: readonly VimValue[]): void {
  const wanted = wish.machine.traits?.bootDiskMiB
  const kib = devices.flatMap((device) => numberAt(device, 'capacityInKB') ?? [])[0]
  if (wanted === undefined || kib === undefined || wanted * 1024 <= kib) return
  refuse(wish, `its first disk has ${Math.floor(kib / 1024)} MiB, and ${wanted} MiB are wanted`)
}

function listOf(value: VimValue | undefined): readonly VimValue[] {
  return isList(value) ? value : listAt(value, 'VirtualDevice')
}

function refuse({ machine, source }: Wish, reason: string): never {
  throw fail('vsphere-not-prepared', { machine: machine.path, source: source.name, reason })
}
