/** Switches of one level, whatever their kind: noted before they are made, forgotten after they have gone. */
import type { LabSwitch } from '#lab'
import type { SeenSwitch } from '../provider.ts'
import {
  type DistributedSwitch,
  putDistributed,
  readDistributedSwitches,
  refuseForeignDistributed,
  removeDistributed,
} from './distributed.ts'
import { distributedGroupSpecOf } from './distributed-specs.ts'
import { fail } from './errors.ts'
import {
  type HostNetwork,
  isOnEveryHost,
  nicsFor,
  putOnHost,
  readHostNetworks,
  refuseForeign,
  removeFromHost,
} from './host-network.ts'
import type { VsphereLevel } from './level.ts'
import { networkNameOf, serverSwitchOf } from './names.ts'
import type { Place } from './place.ts'
import { flagsOf, portgroupSpecOf, refuseUnfit } from './policies.ts'
import { type LabRecord, recordedSwitch, type SwitchRecord } from './record.ts'
import { flagAt, listAt } from './soap/vim-value.ts'
import { hasSwitch, partsOf, recordedHosts } from './switch-hosts.ts'

export interface Level {
  readonly level: VsphereLevel
  readonly place: Place
  readonly record: LabRecord
  /** Work that must not overlap, by what it is about. */
  readonly inTurn: <T>(about: 'switches' | 'containers' | 'images', work: () => Promise<T>) => Promise<T>
}

export async function inspectSwitches(
  { level, place, record }: Level,
  signal: AbortSignal,
): Promise<readonly SeenSwitch[]> {
  const records = await record.switches(signal)
  if (records.size === 0) return []
  const kinds = new Set([...records.values()].map(({ kind }) => kind))
  const networks = kinds.has('standard') ? await readHostNetworks(level, place, signal) : []
  const distributed = kinds.has('distributed') ? await readDistributedSwitches(level, place, signal) : []
  return [...records].map(([name, one]) => ({
    name,
    digest: one.digest,
    alive:
      one.kind === 'standard'
        ? isOnEveryHost(level.lab, name, one, networks)
        : isWhole(level.lab, name, one, { distributed, place }),
  }))
}

function isWhole(
  lab: string,
  name: string,
  record: SwitchRecord,
  { distributed, place }: { readonly distributed: readonly DistributedSwitch[]; readonly place: Place },
): boolean {
  const found = distributed.find((one) => one.name === serverSwitchOf(lab, recordedSwitch(name, record)))
  const groups = new Set(found?.groups.map((group) => group.name))
  return (
    found !== undefined &&
    place.hosts.every(({ ref, name }) => !hasSwitch(record, name) || found.members.has(ref.value)) &&
    record.portgroups.every((group) => groups.has(networkNameOf(lab, group)))
  )
}

export async function putSwitch(
  on: Level,
  { one, digest }: { readonly one: LabSwitch; readonly digest: string },
  signal: AbortSignal,
): Promise<void> {
  const { level, place, record } = on
  refuseWords(level, place, one)
  const kind = one.kind === 'distributed' ? 'distributed' : 'standard'
  const before = (await record.switches(signal)).get(one.name)
  const isExisting = one.existing === true
  const isSame = before?.kind === kind && before.isExisting === isExisting
  if (before && !isSame) await dropSwitch(on, one.name, signal)
  const old = before && isSame ? before.portgroups : []
  const all = await readHostNetworks(level, place, signal)
  const partOf = partsOf(one, place)
  const networks = all.filter(({ host }) => partOf(host))
  const noted = isSame ? before : undefined
  for (const network of networks) refuseForeign(level.lab, partOf(network.host) ?? one, noted, [network])
  if (place.isVCenter)
    refuseForeignDistributed(level.lab, one, noted, await readDistributedSwitches(level, place, signal))
  for (const network of networks) nicsFor(one.uplinks, network, level.hypervisor)
  const wanted = one.portgroups.map(({ name }) => name)
  const isIsolated = kind === 'standard' && !hasUplinks(one, networks)
  const hosts = recordedHosts(one, place)
  const note = { kind, isIsolated, isExisting, ...(hosts && { hosts }) } as const
  await record.noteSwitch(
    one.name,
    { ...note, digest: '', portgroups: [...new Set([...wanted, ...old])] },
    signal,
  )
  if (kind === 'distributed') await putDistributed(level, { place, one, old, networks, signal })
  else {
    await Promise.all(
      all.map(async (network) => {
        const part = partOf(network.host)
        if (part) await putOnHost(level, network, { one: part, old, signal })
        // It was there while the file still named this host, or none.
        else if (noted) await removeFromHost(level, network, { name: one.name, record: noted, signal })
      }),
    )
  }
  await record.noteSwitch(one.name, { ...note, digest, portgroups: wanted }, signal)
}

/** The uplinks of a switch that is there are those that it has. */
function hasUplinks(one: LabSwitch, networks: readonly HostNetwork[]): boolean {
  if (!one.existing) return one.uplinks.length > 0
  return networks.every(
    ({ switches }) => listAt(switches.get(one.name), 'spec', 'bridge', 'nicDevice').length > 0,
  )
}

/**
 * What the port groups of the lab would open on a switch that others use, a sentence each: their ports hear or say
 * what the switch itself lets nobody.
 */
export async function openedBy(
  { level, place }: Level,
  one: LabSwitch,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (!one.existing) return []
  const partOf = partsOf(one, place)
  const all = one.kind === 'distributed' ? [] : await readHostNetworks(level, place, signal)
  const networks = all.filter(({ host }) => partOf(host))
  const closed = (flag: keyof ReturnType<typeof flagsOf>) =>
    networks.length === 0 ||
    networks.some(
      ({ switches }) => flagAt(switches.get(one.name), 'spec', 'policy', 'security', flag) !== true,
    )
  return one.portgroups.flatMap((group) => {
    const flags = flagsOf(group.security)
    const opened = (Object.keys(flagWords) as (keyof typeof flagWords)[]).filter(
      (flag) => flags[flag] && closed(flag),
    )
    if (opened.length === 0) return []
    const words = opened.map((flag) => flagWords[flag]).join(', ')
    return [`Port group ${group.name} on switch ${one.name}, which others use, would accept ${words}.`]
  })
}

const flagWords = {
  allowPromiscuous: 'promiscuous mode',
  macChanges: 'MAC address changes',
  forgedTransmits: 'forged transmits',
} as const

/** Everything that cannot be said is refused before anything is made. */
function refuseWords(level: VsphereLevel, place: Place, one: LabSwitch): void {
  refuseUnfit(one)
  if (one.kind !== 'distributed') {
    for (const group of one.portgroups) portgroupSpecOf(level.lab, one, group)
    return
  }
  if (!place.isVCenter) {
    const reason = 'distributed switches belong to a vCenter, and this is a lone host'
    throw fail('vsphere-cannot', { what: `Switch ${one.name}`, reason })
  }
  for (const group of one.portgroups)
    distributedGroupSpecOf(level.lab, { one, group, api: level.connection.api })
}

export async function dropSwitch({ level, place, record }: Level, name: string, signal: AbortSignal) {
  const noted = (await record.switches(signal)).get(name)
  if (!noted) return
  if (noted.kind === 'distributed') await removeDistributed(level, { place, name, record: noted, signal })
  else {
    const networks = await readHostNetworks(level, place, signal)
    await Promise.all(
      networks.map((network) => removeFromHost(level, network, { name, record: noted, signal })),
    )
  }
  await record.forgetSwitch(name, signal)
}
