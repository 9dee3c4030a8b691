/** Rules about machines that are cut off from their own network: in a VLAN where nobody is, or on a switch with no uplink. */
import { articles } from '../articles.ts'
import type { Hit, Rule } from '../rule.ts'
import type { PlacedSwitch, Scene } from '../scene.ts'
import { fabricOf } from './fabric.ts'
import { sparesOf } from './plugged.ts'
import { type Segment, type Station, unknownNet } from './segment.ts'
import { inVlan, listed, switchText } from './wording.ts'

export const vlanApart: Rule = {
  id: 'network/vlan-apart',
  severity: 'warning',
  title: 'A machine is in a VLAN in which somebody of its network is.',
  why: 'Two port groups join only where they have the same VLAN on the wire. A machine that is alone in its VLAN while the rest of its IP network is in another one reaches nobody, and every setting on the way looks right.',
  covers: ['R076', 'R086'],
  sources: [articles.S0, articles.S1],
  *find(scene) {
    const apart = declaredApart(scene)
    const told = new Set<string>()
    // Of two that miss each other the inner one is told: its VLAN was chosen last.
    for (const [on, segment] of [...fabricOf(scene).segments].reverse()) {
      const lonely = new Map<string, Pair[]>()
      for (const station of segment.stations) {
        const { path } = station.placed.machine
        if (station.placed.level !== on.level || apart.has(path)) continue
        const other = missed(segment, station)
        if (!other || apart.has(other.placed.machine.path) || told.has(other.placed.machine.path)) continue
        told.add(path)
        const pairs = lonely.get(station.nic.portgroup) ?? []
        lonely.set(station.nic.portgroup, pairs)
        pairs.push({ station, other })
      }
      for (const [group, pairs] of lonely) yield* apartHit(on, group, pairs)
    }
  },
}

interface Pair {
  readonly station: Station
  /** Somebody of the same network in another VLAN. */
  readonly other: Station
}

/** The file says that they are not to reach each other. */
function declaredApart({ lab }: Scene): ReadonlySet<string> {
  const ends = (lab.expect ?? []).flatMap((one) => (one.kind === 'isolated' ? [one.from, one.to] : []))
  return new Set(ends)
}

/** Somebody of its network who is in reach but for the VLAN, where nobody is whom it does reach. */
function missed(segment: Segment, { vlan, net, entry }: Station): Station | undefined {
  if (net === unknownNet || segment.meeting(vlan, net, entry) || refusedOutside(segment, vlan))
    return undefined
  return segment.ofNetwork(net, entry)
}

const refused = new WeakMap<Segment, Map<number, boolean>>()

/** Then the port group on the way is what is wrong. */
function refusedOutside(segment: Segment, vlan: number): boolean {
  const vlans = refused.get(segment) ?? new Map<number, boolean>()
  refused.set(segment, vlans)
  const known = vlans.get(vlan)
  if (known !== undefined) return known
  const ways = segment.waysOf(vlan)
  const everywhere = ways.every(({ to, enter }) => {
    const outside = enter(vlan)
    return outside === undefined || refusedOutside(to, outside)
  })
  vlans.set(vlan, ways.length > 0 && everywhere)
  return ways.length > 0 && everywhere
}

function* apartHit(on: PlacedSwitch, group: string, pairs: readonly Pair[]): Generator<Hit> {
  const [first] = pairs
  if (!first) return
  const { station, other } = first
  const names = listed(pairs.map((pair) => pair.station.placed.machine.path))
  const meet = pairs.length === 1 ? 'meets nobody of its network' : 'meet nobody of their networks'
  yield {
    at: [...on.at, 'portgroups', group, 'vlan'],
    text: `${names} ${meet} ${inVlan(station.vlan)} (${group} on ${switchText(on)}), while ${other.placed.machine.path} is ${inVlan(other.vlan)}.`,
    remedy: `Give ${group} on ${switchText(on)} the VLAN of ${other.placed.machine.path}, or the machines in it another network.`,
  }
}

export const island: Rule = {
  id: 'network/island',
  severity: 'warning',
  title: 'A switch inside has an uplink when its machines share a network with those outside.',
  why: 'Without an uplink the machines of an inner switch reach one another and nobody else. A NIC of the hypervisor that serves nothing, and addresses of the same network outside, say that more was meant.',
  covers: ['R057', 'R060'],
  sources: [articles.S0, articles.S1],
  *find(scene) {
    const { segments, segmentOf } = fabricOf(scene)
    for (const [on, segment] of segments) {
      if (!on.owner || on.labSwitch.uplinks.length > 0) continue
      const nets = new Map(segment.stations.map((station) => [station.net, station]))
      for (const nic of sparesOf(scene, on.owner)) {
        const outside = segmentOf(on.owner, nic)
        const pair = [...nets].flatMap(([net, station]) => {
          const other = outside?.ofNetwork(net, '')
          return other ? [{ station, other }] : []
        })[0]
        if (!pair) continue
        const { station, other } = pair
        yield {
          at: [...on.at, 'uplinks'],
          text: `${switchText(on)} has no uplink, though ${station.placed.machine.path} and ${other.placed.machine.path} outside are in one network and ${nic.name} of ${on.owner.machine.path} serves nothing.`,
          remedy: `Set \`uplinks: [${nic.name}]\`.`,
        }
        break
      }
    }
  },
}
