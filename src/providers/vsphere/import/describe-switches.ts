/** The switches of one level as the lab file has them, and which port group a NIC is in. */
import type { SurveyedHost } from '../probe/hosts.ts'
import type { SeenNetwork } from './devices.ts'
import type { SeenLevel } from './levels.ts'
import { groupName, Names, switchName, uplinkName } from './names.ts'
import { keyOf } from './networks.ts'
import { draftSwitches, type GroupDraft, type SwitchDraft } from './switch-drafts.ts'
import { Block, type Flow, type Leaf, quoted } from './yaml-text.ts'

export interface WrittenGroup {
  readonly name: string
  readonly switchName: string
  readonly vlan: number | string
  readonly hasUplinks: boolean
}

export interface WrittenSwitches {
  readonly block: Block
  groupOf(network: SeenNetwork | undefined, host: string): WrittenGroup | undefined
  /** NICs of the hypervisor that are uplinks. */
  readonly uplinks: ReadonlySet<string>
}

/** `nicOf`: which NIC of its machine is which of the host; absent at level 0. */
export function describeSwitches(level: SeenLevel, nicOf?: ReadonlyMap<string, string>): WrittenSwitches {
  const drafts = draftSwitches(level)
  const names = level.names.claimAll(
    drafts.map(({ real }) => real),
    switchName,
  )
  const all = drafts.flatMap(({ groups }) => groups)
  const groupNames = new Names().claimAll(
    all.map(({ real }) => real),
    groupName,
  )
  const nameOfGroup = new Map(all.map((group, index) => [group, groupNames[index] ?? '']))
  const uplinkNames = new Names()
  const written = new Map<string, WrittenGroup>()
  const used = new Set<string>()
  const block = new Block()
  for (const [index, draft] of drafts.entries()) {
    const name = names[index] ?? ''
    const uplinks = nicOf ? insideUplinks(draft, nicOf) : outsideUplinks(draft, uplinkNames)
    for (const uplink of uplinks.names) used.add(uplink)
    const place = { level, name, uplinks, nameOfGroup }
    block.add(name, switchBlock(draft, place), [
      ...(name === draft.real ? [] : [`${quoted(draft.real)} on the server.`]),
      ...draft.comments,
      ...uplinks.comments,
    ])
    for (const group of draft.groups) {
      const { vlan, keys } = group
      const found = { name: nameOfGroup.get(group) ?? '', switchName: name, vlan }
      for (const key of keys) written.set(key, { ...found, hasUplinks: uplinks.names.length > 0 })
    }
  }
  return { block, uplinks: used, groupOf: (network, host) => written.get(keyOf(network, host)) }
}

interface Uplinks {
  readonly names: readonly string[]
  readonly comments: readonly string[]
}

function insideUplinks({ uplinks }: SwitchDraft, nicOf: ReadonlyMap<string, string>): Uplinks {
  const missing = uplinks.filter((device) => !nicOf.has(device))
  const text = `Its uplinks ${missing.join(', ')} could not be found among the NICs of the machine.`
  return {
    names: uplinks.flatMap((device) => nicOf.get(device) ?? []),
    comments: missing.length > 0 ? [text] : [],
  }
}

/** A lab file names each NIC of level 0 once, while each host has a vmnic0 of its own. */
function outsideUplinks({ uplinks }: SwitchDraft, taken: Names): Uplinks {
  const names = uplinks.map((device) => taken.claim(device, uplinkName))
  const changed = uplinks.flatMap((device, index) =>
    device === names[index] ? [] : [`${names[index]} is ${quoted(device)}`],
  )
  return {
    names,
    comments: changed.length > 0 ? [`${changed.join(', ')}, which elsewhere belongs to another switch.`] : [],
  }
}

interface SwitchPlace {
  readonly level: SeenLevel
  readonly uplinks: Uplinks
  readonly nameOfGroup: ReadonlyMap<GroupDraft, string>
}

const mtus = { least: 1280, most: 9216 }

function switchBlock(draft: SwitchDraft, { level, uplinks, nameOfGroup }: SwitchPlace): Block {
  const { kind, mtu = 0, version, hosts, groups } = draft
  const portgroups = new Block()
  for (const group of groups) {
    const name = nameOfGroup.get(group) ?? ''
    portgroups.add(name, groupFlow(draft, group, level), [
      ...(name === group.real ? [] : [`${quoted(group.real)} on the server.`]),
      ...group.comments,
      ...(group.policy || draft.real === 'unseen'
        ? []
        : ['Its policies were not told; they are written as open.']),
    ])
  }
  return new Block()
    .add('kind', kind)
    .add('version', version)
    .add('mtu', mtu >= mtus.least && mtu <= mtus.most ? mtu : undefined)
    .add('uplinks', uplinks.names.length > 0 ? uplinks.names : undefined)
    .add('reversePathCheck', draft.checksReversePath && uplinks.names.length > 1 ? true : undefined)
    .add('hosts', hostsOf(hosts, level, level.hosts))
    .add('portgroups', portgroups.entries.length > 0 ? portgroups : undefined)
}

/** Only where not all have it; inside there is one host. */
function hostsOf(
  hosts: readonly SurveyedHost[],
  { hostNames }: SeenLevel,
  all: readonly SurveyedHost[],
): readonly string[] | undefined {
  if (hostNames.size === 0 || hosts.length === all.length) return undefined
  return hosts.flatMap(({ ref }) => hostNames.get(ref.value) ?? [])
}

const word = (allowed: boolean) => (allowed ? 'accept' : 'reject')

function groupFlow({ kind, hosts }: SwitchDraft, group: GroupDraft, level: SeenLevel): Flow {
  const open = { promiscuous: true, forgedTransmits: true, macChanges: true }
  const { promiscuous, forgedTransmits, macChanges } = group.policy ?? open
  return {
    vlan: typeof group.vlan === 'string' || (group.vlan >= 0 && group.vlan <= 4095) ? group.vlan : undefined,
    security: {
      promiscuous: word(promiscuous),
      forgedTransmits: word(forgedTransmits),
      macChanges: word(macChanges),
    },
    macLearning: kind === 'distributed' ? learningOf(group) : undefined,
    binding: group.isEphemeral ? 'ephemeral' : undefined,
    hosts: group.hosts && hostsOf(group.hosts, level, hosts),
  }
}

function learningOf({ learning }: GroupDraft): Leaf | undefined {
  if (!learning) return undefined
  const { limit, limitPolicy, flooding } = learning
  return {
    limit: limit !== undefined && limit >= 1 && limit <= 4096 ? limit : undefined,
    limitPolicy:
      limitPolicy === undefined ? undefined : limitPolicy.toLowerCase() === 'drop' ? 'drop' : 'allow',
    flooding,
  }
}
