/** Rules about switches and filters that learn MACs instead of showing everything. */
import { compareVersions } from '#facts'
import type { MacLearning, PortGroup } from '#lab'
import { articles } from '../articles.ts'
import type { Hit, Rule } from '../rule.ts'
import type { Carrier, PlacedSwitch, Scene } from '../scene.ts'
import { crossingsOf, hypervisors, takenCrossings } from './crossings.ts'
import { fabricOf, type Passage } from './fabric.ts'
import { firstLearningHost, firstLearningSwitch, isEsxiFrom, mayLearn, ownersOf } from './learning-hosts.ts'
import { pages } from './pages.ts'
import { groupText, listed, switchText } from './wording.ts'

export const learningAvailable: Rule = {
  id: 'network/learning-available',
  severity: 'advice',
  title: 'A distributed switch that can learn MACs does so instead of showing everything to everybody.',
  why: 'Since ESXi 6.7 and version 6.6.0 of the distributed switch, a port group learns which MACs are behind a port. Hypervisors then get the frames of their own machines only, and promiscuous mode can stay rejected.',
  covers: ['R071'],
  sources: [articles.S4, pages.learning, pages.learningInstead],
  versions: 'ESXi 6.7 and later with distributed switch 6.6.0 and later',
  *find(scene) {
    for (const { group, on, at, carriers } of takenCrossings(scene)) {
      if (group.security.promiscuous === 'reject' || on.labSwitch.kind !== 'distributed') continue
      const shows = `${groupText(group, on)} shows everything to ${hypervisors(carriers)}`
      if (group.macLearning?.by === 'switch') {
        yield {
          at: [...at, 'security', 'promiscuous'],
          text: `${shows}, though it learns MACs already.`,
          remedy: 'Set `security: { promiscuous: reject }`.',
        }
      } else if (canLearn(scene, on)) {
        yield {
          at: [...at, 'macLearning'],
          text: `${shows}, though the switch can learn MACs.`,
          remedy: 'Set `macLearning: true` and `security: { promiscuous: reject, forgedTransmits: accept }`.',
        }
      }
    }
  },
}

function canLearn(scene: Scene, on: PlacedSwitch): boolean {
  const owners = ownersOf(scene, on)
  const known = owners.length > 0 && owners.every((owner) => isEsxiFrom(owner, firstLearningHost))
  return known && mayLearn(scene, on)
}

export const learningSwitchVersion: Rule = {
  id: 'network/learning-switch-version',
  severity: 'error',
  title: 'A distributed switch that is to learn MACs has version 6.6.0 or later.',
  why: 'Learning belongs to the version of the switch, not only to that of the hosts. An older switch on new hosts ignores the wish, and answers to nested machines are lost as before.',
  covers: ['R071', 'R082'],
  sources: [pages.learning, pages.learningInstead],
  versions: 'distributed switches before 6.6.0',
  *find(scene) {
    for (const on of scene.switches) {
      const { kind, version, portgroups } = on.labSwitch
      if (kind !== 'distributed' || version === undefined) continue
      if (compareVersions(version, firstLearningSwitch) >= 0) continue
      const learning = portgroups.filter(({ macLearning }) => macLearning?.by === 'switch')
      if (learning.length === 0) continue
      yield {
        at: [...on.at, 'version'],
        text: `${switchText(on)} has version ${version}, which cannot learn MACs for ${listed(learning.map(({ name }) => name))}.`,
        remedy: `Upgrade the switch to ${firstLearningSwitch}, or accept promiscuous mode instead of \`macLearning\`.`,
      }
    }
  },
}

type Switched = Extract<MacLearning, { readonly by: 'switch' }>

export const learningLimit: Rule = {
  id: 'network/learning-limit',
  severity: 'error',
  title: 'A port may learn as many MACs as there are machines behind it.',
  why: 'The limit counts every MAC behind one port, in all its VLANs together. Frames of one MAC more are dropped, or forwarded without being learned, so that the answers are flooded to all or lost.',
  covers: ['R071'],
  sources: [pages.learning],
  *find(scene) {
    const { passages } = fabricOf(scene)
    for (const { group, on, at, carriers } of crossingsOf(scene)) {
      const { macLearning } = group
      // Of Hyper-V no limit is known.
      if (macLearning?.by !== 'switch' || on.labSwitch.kind === 'hyperv') continue
      const [fullest, macs] = fullestOf(carriers, passages)
      if (!fullest || macs <= macLearning.limit) continue
      yield limitHit({ group, on, at }, macLearning, { carrier: fullest, macs })
    }
  },
}

function fullestOf(
  carriers: readonly Carrier[],
  passages: ReadonlyMap<Carrier, readonly Passage[]>,
): readonly [Carrier | undefined, number] {
  const counted = carriers.map((carrier): [Carrier, number] => {
    const through = (passages.get(carrier) ?? []).filter(({ vlan }) => vlan !== undefined)
    return [carrier, new Set(through.map(({ station }) => station.nic.mac)).size]
  })
  return counted.reduce<readonly [Carrier | undefined, number]>(
    (most, one) => (one[1] > most[1] ? one : most),
    [undefined, 0],
  )
}

function limitHit(
  { group, on, at }: { group: PortGroup; on: PlacedSwitch; at: Hit['at'] },
  { limit, limitPolicy, flooding }: Switched,
  { carrier, macs }: { carrier: Carrier; macs: number },
): Hit {
  const floods = limitPolicy === 'allow' && flooding
  const then =
    limitPolicy === 'drop'
      ? 'frames of the others are dropped'
      : flooding
        ? 'frames to the others are flooded'
        : 'answers to the others are lost'
  // With several uplinks only some of the machines leave by this one.
  const divided = carrier.inner.some(({ labSwitch }) => labSwitch.uplinks.length > 1)
  const place = [...at, 'macLearning', 'limit']
  const room = on.labSwitch.kind === 'distributed' ? 4096 : 32_768
  return {
    at: place,
    severity: floods || divided ? 'warning' : 'error',
    text: `${groupText(group, on)} learns ${limit} ${limit === 1 ? 'MAC' : 'MACs'} behind a port, but up to ${macs} come through ${carrier.nic.name} of ${carrier.placed.machine.path}, and ${then}.`,
    remedy:
      macs <= room
        ? `Set \`limit: ${macs}\` or more.`
        : `Spread the machines over several NICs: a port learns ${room} MACs at most.`,
    ...(macs <= room && { edits: [{ at: place, value: macs }] }),
  }
}

export const dvfilterNeverAges: Rule = {
  id: 'network/dvfilter-never-ages',
  severity: 'warning',
  title: 'The filter that learns MACs is not used where MACs come and go.',
  why: 'The dvfilter for ESXi 5 and 6 forgets nothing until its table is full, and then lets everything pass. Virtual routers and firewalls show many changing MACs, so it fills up and MACs that have moved away are still let through.',
  covers: ['R074'],
  sources: [articles.S0, pages.fling],
  versions: 'ESXi 5 and 6 with the dvfilter fling',
  *find(scene) {
    for (const { group, on, at, carriers } of crossingsOf(scene)) {
      if (group.macLearning?.by !== 'dvfilter') continue
      const moving = carriers
        .flatMap(({ behind }) => behind)
        .filter(({ machine }) => ['router', 'firewall', 'nsx-edge'].includes(machine.traits?.role ?? ''))
      if (moving.length === 0) continue
      yield {
        at: [...at, 'macLearning'],
        text: `The dvfilter of ${groupText(group, on)} never forgets a MAC, though MACs behind it change (${listed(moving.map(({ machine }) => machine.path))}).`,
        remedy: 'Leave the filter out, or use a distributed switch that learns (ESXi 6.7).',
      }
    }
  },
}

export const nexus1000v: Rule = {
  id: 'network/nexus-1000v',
  severity: 'advice',
  title: 'A vSphere of today has no switch of another maker.',
  why: 'VMware ended switches of other makers, the Cisco Nexus 1000V among them, with vSphere 6.5 Update 1. Later hosts have no interface for them, and their own distributed switch learns MACs since 6.7.',
  covers: ['R075'],
  sources: [articles.S0, pages.thirdParty, pages.thirdPartyDate],
  versions: 'ESXi 6.5 and later',
  *find(scene) {
    for (const on of scene.switches) {
      if (on.labSwitch.kind !== 'learning') continue
      const newest = ownersOf(scene, on).find((owner) => isEsxiFrom(owner, '6.5'))
      if (!newest) continue
      const gone = isEsxiFrom(newest, firstLearningHost)
      yield {
        at: [...on.at, 'kind'],
        ...(gone && { severity: 'warning' }),
        text: `${switchText(on)} is a switch like the Nexus 1000V, which ESXi ${newest.version} ${gone ? 'has no interface for' : 'is the last one to have'}.`,
        remedy: gone
          ? 'Use `kind: distributed` with `macLearning: true`.'
          : 'Plan the move to `kind: distributed` before the next upgrade.',
      }
    }
  },
}
