/** Switches and port groups of a level before they have their names: one draft for what the hosts share. */
import type { SurveyedDistributed, SurveyedDistributedGroup } from '../probe/distributed.ts'
import type { SurveyedHost, SurveyedPolicy, SurveyedStandard } from '../probe/hosts.ts'
import type { SeenLevel } from './levels.ts'
import { keyOf, networksOf } from './networks.ts'
import { quoted } from './yaml-text.ts'

export interface SwitchDraft {
  readonly real: string
  readonly kind: 'standard' | 'distributed'
  readonly mtu?: number
  readonly version?: string
  readonly hosts: readonly SurveyedHost[]
  /** Devices of the host that has the most of them. */
  readonly uplinks: readonly string[]
  readonly groups: readonly GroupDraft[]
  readonly comments: readonly string[]
  /** On all its hosts promiscuous ports take frames from their own uplink only. */
  readonly checksReversePath: boolean
}

export interface GroupDraft {
  readonly real: string
  readonly vlan: number | string
  /** Absent: not told. */
  readonly policy?: SurveyedPolicy
  readonly learning?: SurveyedDistributedGroup['learning']
  readonly isEphemeral?: boolean
  /** Where not all hosts of the switch have it. */
  readonly hosts?: readonly SurveyedHost[]
  readonly comments: readonly string[]
  /** What NICs are plugged into, as `keyOf` says it. */
  readonly keys: readonly string[]
}

export function draftSwitches(level: SeenLevel): readonly SwitchDraft[] {
  const drafts = [...standardDrafts(level), ...distributedDrafts(level)]
  const known = new Set(drafts.flatMap(({ groups }) => groups.flatMap(({ keys }) => keys)))
  const unseen = networksOf(level).filter(({ key }) => !known.has(key))
  if (unseen.length === 0) return drafts
  const groups = unseen.map(({ key, real, text }) => ({ real, vlan: 0, comments: [text], keys: [key] }))
  const comments = ['What machines are plugged into and could not be seen.']
  const nothing = { hosts: level.hosts, uplinks: [], checksReversePath: false }
  return [...drafts, { real: 'unseen', kind: 'standard', ...nothing, groups, comments }]
}

interface Part {
  readonly host: SurveyedHost
  readonly one: SurveyedStandard
}

/**
 * Switches of one name are one network where they have uplinks to join them, in one data centre. Where their MTU
 * differs, or they have no uplinks, each is one of its own.
 */
function standardDrafts({ hosts, inventory }: SeenLevel): readonly SwitchDraft[] {
  const parts = hosts.flatMap((host) => (host.standard ?? []).map((one): Part => ({ host, one })))
  const alike = Map.groupBy(parts, ({ host, one }) => {
    const alone = one.uplinks.length === 0 ? host.ref.value : ''
    return JSON.stringify([one.name, one.mtu, inventory.places.datacenter(host.parent), alone])
  })
  const sorted = [...alike.values()].sort((left, right) => right.length - left.length)
  const times = Map.groupBy(sorted, ([first]) => first?.one.name)
  return sorted.flatMap((members) => {
    const [first] = members
    if (!first) return []
    const { name, mtu } = first.one
    const isSplit = (times.get(name)?.length ?? 0) > 1
    const why = 'is not the same on all hosts: without uplinks, with another MTU, or in another data centre'
    return {
      real: name,
      kind: 'standard',
      ...(mtu !== undefined && { mtu }),
      hosts: members.map(({ host }) => host),
      uplinks: members
        .map(({ one }) => one.uplinks)
        .reduce((most, one) => (one.length > most.length ? one : most)),
      groups: standardGroups(members),
      comments: isSplit ? [`${quoted(name)} ${why}.`] : [],
      checksReversePath: members.every(({ host }) => inventory.reversePath.has(host.ref.value)),
    }
  })
}

/** A port group whose VLAN or policies differ between hosts is one for each form of it. */
function standardGroups(members: readonly Part[]): readonly GroupDraft[] {
  const all = members.flatMap(({ host, one }) => one.portgroups.map((group) => ({ host, group })))
  const byName = Map.groupBy(all, ({ group }) => group.name)
  return [...byName].flatMap(([name, same]) => {
    const forms = [...Map.groupBy(same, ({ group }) => JSON.stringify([group.vlan, group.policy])).values()]
    forms.sort((left, right) => right.length - left.length)
    return forms.flatMap((form) => {
      const [first] = form
      if (!first) return []
      const { vlan, policy } = first.group
      const hosts = form.map(({ host }) => host)
      return {
        real: name,
        vlan,
        ...(policy && { policy }),
        ...(hosts.length < members.length && { hosts }),
        comments:
          forms.length > 1 ? [`${quoted(name)} has not the same VLAN and policies on all hosts.`] : [],
        keys: hosts.map((host) => keyOf({ kind: 'standard', name }, host.ref.value)),
      }
    })
  })
}

function distributedDrafts({ hosts, inventory }: SeenLevel): readonly SwitchDraft[] {
  const { survey } = inventory
  const known = survey.distributed.flatMap((one) => {
    const members = hosts.filter(({ ref }) => one.hosts.some(({ value }) => value === ref.value))
    return members.length > 0 ? distributedDraft(one, members, inventory.reversePath) : []
  })
  const uuids = new Set(survey.distributed.map(({ uuid }) => uuid))
  const strange = hosts.flatMap((host) => host.proxies.filter(({ uuid }) => !uuids.has(uuid)))
  const managed = strange.map(({ name, mtu, uplinks }): SwitchDraft => {
    const text = 'A vCenter that was not asked manages it: its port groups and their policies are not known.'
    return {
      ...{ real: name, kind: 'distributed', hosts, uplinks, groups: [], comments: [text] },
      ...(mtu !== undefined && { mtu }),
      checksReversePath: false,
    }
  })
  return [...known, ...managed]
}

function distributedDraft(
  one: SurveyedDistributed,
  hosts: readonly SurveyedHost[],
  reversePath: ReadonlySet<string>,
): SwitchDraft {
  const { name, uuid, version, mtu, portgroups } = one
  const uplinks = hosts
    .map(({ proxies }) => proxies.find((proxy) => proxy.uuid === uuid)?.uplinks ?? [])
    .reduce((most, found) => (found.length > most.length ? found : most))
  return {
    real: name,
    kind: 'distributed',
    ...(mtu !== undefined && { mtu }),
    ...(version !== undefined && { version }),
    hosts,
    uplinks,
    groups: portgroups.filter(({ isUplink }) => !isUplink).map(distributedGroup),
    comments: [],
    checksReversePath: hosts.every(({ ref }) => reversePath.has(ref.value)),
  }
}

function distributedGroup(group: SurveyedDistributedGroup): GroupDraft {
  const { name, key, policy, learning, binding, vlan } = group
  const isPrivate = 'privateVlan' in vlan
  return {
    real: name,
    vlan: vlanText(vlan),
    ...(policy && { policy }),
    ...(learning && { learning }),
    isEphemeral: binding === 'ephemeral',
    comments: isPrivate
      ? [`It is the private VLAN ${vlan.privateVlan}, of which a lab file can say the number only.`]
      : [],
    keys: [keyOf({ kind: 'distributed', groupKey: key }, '')],
  }
}

function vlanText(vlan: SurveyedDistributedGroup['vlan']): number | string {
  if ('id' in vlan) return vlan.id
  if ('privateVlan' in vlan) return vlan.privateVlan
  const { ranges } = vlan
  if (ranges.some(({ from, to }) => from === 0 && to === 4094)) return 4095
  // A single VLAN alone would be an access VLAN.
  const short = ranges.length > 1
  return ranges.map(({ from, to }) => (from === to && short ? `${from}` : `${from}-${to}`)).join(',') || 0
}
