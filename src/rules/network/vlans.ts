/** Rule about VLAN tags: whether they pass from the innermost switch to the outermost one. */
import { formatVlan } from '#lab'
import { articles } from '../articles.ts'
import type { Hit, Rule, Severity } from '../rule.ts'
import type { Scene } from '../scene.ts'
import { type Crossing, crossingsOf, hasSoundWay, hypervisors, senders } from './crossings.ts'
import type { Passage } from './fabric.ts'
import type { Segment } from './segment.ts'
import { vlanRemedy } from './vlan-remedies.ts'
import { groupText, vlansText } from './wording.ts'

export const vlanTrunk: Rule = {
  id: 'network/vlan-trunk',
  severity: 'error',
  title: 'Every port group on the way out takes the VLANs that are used inside.',
  why: 'A switch inside a hypervisor tags the frames of its port groups, and only a trunk (VLAN 4095, or a range with that VLAN) takes tagged frames from a NIC. An access port group drops them silently, even when it has the same VLAN, and so does a trunk without that VLAN.',
  covers: ['R066', 'R076'],
  sources: [articles.S0, articles.S1],
  *find(scene) {
    for (const crossing of crossingsOf(scene)) {
      const refused = crossing.passages.filter(({ vlan }) => vlan === undefined)
      const weighed = refused.map((passage) => ({ passage, severity: weigh(passage) }))
      const meant = weighed.filter(({ severity }) => severity !== undefined)
      if (meant.length === 0) continue
      const severity = meant.some((one) => one.severity === 'error') ? 'error' : 'warning'
      const passages = meant.map(({ passage }) => passage)
      yield { ...refusedHit(scene, crossing, passages), severity }
    }
  },
}

/** A VLAN may well be meant to end inside, so somebody has to be there outside who is meant. */
function weigh({ from, to, station }: Passage): Severity | undefined {
  const { vlan, net } = station
  const meeting = to.meeting(vlan, net, from.key)
  const near = to.ofNetwork(net, from.key) !== undefined
  const sure = meeting === 'lab' || (near && vlan === 0)
  if (sure) return hasSoundWay(from, vlan) ? 'warning' : 'error'
  return meeting || near || nothingLeaves(from) ? 'warning' : undefined
}

const known = new WeakMap<Segment, boolean>()

/** The uplinks are there for nothing. */
function nothingLeaves(segment: Segment): boolean {
  const answer =
    known.get(segment) ??
    segment.stations.every(({ vlan }) => segment.waysOf(vlan).every(({ enter }) => enter(vlan) === undefined))
  known.set(segment, answer)
  return answer
}

function refusedHit(scene: Scene, crossing: Crossing, meant: readonly Passage[]): Hit {
  const { group, on, at } = crossing
  const carriers = [...new Set(meant.map(({ carrier }) => carrier))]
  const takes =
    group.vlan.mode === 'trunk'
      ? `carries the VLANs ${formatVlan(group.vlan)} only`
      : `takes frames without a tag only (${group.vlan.mode === 'access' ? `it is VLAN ${group.vlan.id} itself` : 'it has no VLAN'})`
  const vlans = new Set(meant.map(({ station }) => station.vlan))
  const tags = vlans.size === 1 && vlans.has(0) ? 'without a VLAN' : `with ${vlansText(vlans)}`
  return {
    at: [...at, 'vlan'],
    text: `${groupText(group, on)} ${takes}, but frames of ${senders(meant)} come through ${hypervisors(carriers)} ${tags}.`,
    remedy: vlanRemedy(scene, crossing, meant),
  }
}
