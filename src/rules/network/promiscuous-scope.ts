/** Rule about promiscuous ports that see their own port group only. */
import type { Rule } from '../rule.ts'
import { type Crossing, forges, hypervisors, senders, takenCrossings } from './crossings.ts'
import type { Passage } from './fabric.ts'
import { pages } from './pages.ts'
import { groupText, listed } from './wording.ts'

export const promiscuousScope: Rule = {
  id: 'network/promiscuous-scope',
  severity: 'error',
  title:
    'A promiscuous port group that sees itself only has everybody in it whom its nested machines are to reach.',
  why: 'Manuals say that a promiscuous port sees its VLANs on the whole switch, the present support article says its port group only. Where the narrower one holds, answers from other port groups of the same VLAN are lost.',
  covers: ['R061'],
  sources: [pages.promiscuousScope, pages.standardPolicies],
  *find(scene) {
    for (const crossing of takenCrossings(scene)) {
      const { group, on, passages } = crossing
      const narrow = on.labSwitch.promiscuousScope === 'portgroup' && group.macLearning?.by !== 'switch'
      if (!narrow || !forges(group) || group.security.promiscuous === 'reject') continue
      const lanes = lanesOf(crossing)
      const hidden = passages.filter((passage) => hidesFrom(passage, lanes))
      if (hidden.length === 0) continue
      const severity = hidden.some((passage) => hidesFrom(passage, lanes) === 'always') ? 'error' : 'warning'
      yield {
        at: [...on.at, 'promiscuousScope'],
        severity,
        text: `Answers to ${senders(hidden)} from ${listed([...lanes.values()].flatMap(({ names }) => names))} are lost, since ports of ${groupText(group, on)} see frames of their own port group only.`,
        remedy: `Plug ${hypervisors(crossing.carriers)} into a port group that all of them are in, or set \`promiscuousScope: vlan\` if the switch does so.`,
      }
    }
  },
}

/** Who is in a VLAN and network outside a port group. */
interface Others {
  /** Entries, two of each at most: those that never come through the port group, and those that do by one of their uplinks. */
  readonly never: string[]
  readonly partly: string[]
  /** Of the other port groups. */
  readonly names: readonly string[]
}

function lanesOf({ group, passages }: Crossing): ReadonlyMap<string, Others> {
  const lanes = new Map<string, Others>()
  for (const { to, station, vlan } of passages) {
    const lane = `${vlan} ${station.net}`
    if (vlan === undefined || lanes.has(lane)) continue
    const never: string[] = []
    const partly: string[] = []
    const names = new Set<string>()
    for (const arrival of to.arrivals(vlan, station.net)) {
      const others = [...arrival.groups].filter((one) => one !== group)
      const entries = arrival.groups.has(group) ? partly : never
      if (others.length > 0 && entries.length < 2) entries.push(arrival.station.entry)
      for (const { name } of others) names.add(name)
    }
    lanes.set(lane, { never, partly, names: [...names] })
  }
  return lanes
}

function hidesFrom({ carrier, from, to, station, vlan }: Passage, lanes: ReadonlyMap<string, Others>) {
  const { never = [], partly = [] } = lanes.get(`${vlan} ${station.net}`) ?? {}
  const isOther = (entry: string) => entry !== from.key
  const onlyHere = from.waysOf(station.vlan).every((way) => way.carrier?.group === carrier.group)
  // What goes out by one of several uplinks may come back by another, and is shown then.
  const echoes = (to.placed?.labSwitch.uplinks.length ?? 0) > 1
  if (never.some(isOther)) return onlyHere && !echoes ? 'always' : 'sometimes'
  return partly.some(isOther) ? 'sometimes' : undefined
}
