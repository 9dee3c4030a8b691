/** Rules about what promiscuous mode costs: copies, and who else may listen. */
import type { PortGroup } from '#lab'
import { articles } from '../articles.ts'
import type { Rule } from '../rule.ts'
import type { PlacedSwitch, Scene } from '../scene.ts'
import { hypervisors } from './crossings.ts'
import { mayLearn } from './learning-hosts.ts'
import { pages } from './pages.ts'
import { bystandersOf, type Plugged, pluggedInto } from './plugged.ts'
import { groupText, listed, switchText } from './wording.ts'

const { S0, S1, S4 } = articles

interface Open {
  readonly group: PortGroup
  readonly on: PlacedSwitch
  readonly plugged: Plugged
}

/** Promiscuous port groups with hypervisors in them, which do listen. */
function* listening(scene: Scene): Generator<Open> {
  for (const on of scene.switches) {
    for (const group of on.labSwitch.portgroups) {
      const plugged = pluggedInto(scene, group)
      if (group.security.promiscuous === 'accept' && plugged.carriers.length > 0) yield { group, on, plugged }
    }
  }
}

export const promiscuousDuplicates: Rule = {
  id: 'network/promiscuous-duplicates',
  severity: 'warning',
  title: 'A switch with promiscuous ports and several uplinks checks by which uplink a frame came.',
  why: 'What the physical network floods comes in by every uplink, and a promiscuous port takes it from each of them. Nested machines then get frames twice and see their own ones come back, which upsets bridges and address checks.',
  covers: ['R061', 'R069'],
  sources: [pages.duplicates],
  *find(scene) {
    for (const { group, on } of onePerSwitch(listening(scene))) {
      const { labSwitch } = on
      if (!['standard', 'distributed'].includes(labSwitch.kind) || labSwitch.reversePathCheck) continue
      const nics = labSwitch.uplinks.flatMap((uplink) => (uplink.kind === 'nic' ? [uplink.name] : []))
      if (nics.length < 2 || !leadToOne(on, nics)) continue
      const at = [...on.at, 'reversePathCheck']
      yield {
        at,
        text: `${switchText(on)} has the uplinks ${listed(nics)}, and promiscuous ports of ${group.name} get what is flooded by each of them.`,
        remedy: 'Set `reversePathCheck: true` (Net.ReversePathFwdCheckPromisc=1 on the host).',
        edits: [{ at, value: true }],
      }
    }
  },
}

function* onePerSwitch(open: Iterable<Open>): Generator<Open> {
  const seen = new Set<PlacedSwitch>()
  for (const one of open) {
    if (!seen.has(one.on)) yield one
    seen.add(one.on)
  }
}

/** At level 0 the uplinks of a switch are one network; inside, the file says where they lead. */
function leadToOne({ owner }: PlacedSwitch, nics: readonly string[]): boolean {
  if (!owner) return true
  const outside = owner.machine.nics.filter(({ name }) => nics.includes(name))
  return new Set(outside.map(({ switchName }) => switchName)).size < nics.length
}

export const promiscuousBystanders: Rule = {
  id: 'network/promiscuous-bystanders',
  severity: 'warning',
  title: 'Only hypervisors are plugged into a promiscuous port group.',
  why: 'Promiscuous mode turns the port group into a hub: whoever is in it may read what is meant for others. Each frame is also copied to every port that listens, which costs CPU from a few Mbit/s on.',
  covers: ['R068', 'R069', 'R070'],
  sources: [S1, S4, pages.copies],
  *find(scene) {
    for (const { group, on, plugged } of listening(scene)) {
      const others = bystandersOf(scene, group).filter(({ placed }) => !needsIt(placed.machine.traits?.role))
      if (others.length === 0) continue
      const names = listed(others.map(({ placed }) => placed.machine.path))
      const { carriers } = plugged
      const ports = carriers.length === 1 ? 'one port' : `${carriers.length} ports`
      yield {
        at: [...on.at, 'portgroups', group.name, 'security', 'promiscuous'],
        text: `${groupText(group, on)} copies all frames to ${ports} of ${hypervisors(carriers)}, and ${names} may listen there too.`,
        remedy: `Plug ${names} into another port group of the same VLAN.`,
      }
    }
  },
}

/** These listen, or take over addresses of one another. */
function needsIt(role: string | undefined): boolean {
  return role !== undefined && ['monitor', 'router', 'firewall', 'nsx-edge'].includes(role)
}

const learnsAlready = 'Reject promiscuous mode, since the port group learns MACs.'
const learnInstead = 'Use `macLearning: true` instead of promiscuous mode.'
const spread =
  'Spread them over several VLANs, or use a distributed switch with `macLearning: true` (ESXi 6.7).'

/** Chosen here: the copies of eight ports were measured to take five sixths of a switch's throughput. */
const manyPorts = 10

export const promiscuousLoad: Rule = {
  id: 'network/promiscuous-load',
  severity: 'advice',
  title: 'Few hypervisors share a promiscuous port group.',
  why: 'A frame to one nested machine is copied to every promiscuous port of its VLAN, and each hypervisor has to look at it and drop it. The load grows with the square of the hosts, since each adds both frames and copies.',
  covers: ['R069'],
  sources: [S0, S4, pages.copies],
  *find(scene) {
    for (const { group, on, plugged } of listening(scene)) {
      const { macLearning } = group
      if (macLearning?.by === 'dvfilter' || plugged.carriers.length < manyPorts) continue
      yield {
        at: [...on.at, 'portgroups', group.name, 'security', 'promiscuous'],
        text: `Each frame in ${groupText(group, on)} is copied to ${plugged.carriers.length} promiscuous ports of hypervisors.`,
        remedy: macLearning ? learnsAlready : mayLearn(scene, on) ? learnInstead : spread,
      }
    }
  },
}
