/**
 * MAC learning in nftables: a set for each port that learns, which the rules themselves fill. A full set refuses one
 * element more, and the rule that would add it is left there: that is the limit.
 */
import { classicalLearning } from '../state.ts'
import {
  adding,
  both,
  cameBack,
  groupMark,
  has,
  knownHere,
  knownLearned,
  knownOutside,
  vlanBits,
} from './mark.ts'
import type { Planned, PlannedPort } from './plan.ts'

const source = `ether saddr . meta mark & ${vlanBits}`
const destination = `ether daddr . meta mark & ${vlanBits}`
const notOurs = 'ether saddr != @addresses'

/** Sets keep their size for good, so it is part of the name: a changed limit makes a new set. */
export function learnedSet({ device, port }: PlannedPort): string {
  return `learned_${limitOf(port.learning)}_${device}`
}

export function filterSet({ device, port }: PlannedPort): string {
  return `filter_${limitOf(port.learning)}_${device}`
}

type Learning = PlannedPort['port']['learning']

function limitOf(learning: Learning): number {
  return (learning ?? classicalLearning).limit
}

export function learns({ port }: PlannedPort): boolean {
  return port.learning?.by === 'switch'
}

export function learners({ ports }: Planned): readonly PlannedPort[] {
  return ports.filter(learns)
}

export function learningSets(planned: Planned): string[] {
  const { table: t } = planned
  const learned = learners(planned).map(
    (one) =>
      `add set bridge ${t} ${learnedSet(one)} { type ether_addr . mark; flags dynamic,timeout; size ${limitOf(one.port.learning)}; }`,
  )
  const filters = planned.ports.filter(({ port }) => port.learning?.by === 'dvfilter')
  const full =
    filters.length > 0 ? [`add set bridge ${t} full { type ifname; flags dynamic; size 65535; }`] : []
  return [
    ...learned,
    ...full,
    ...filters.flatMap((one) => [
      `add set bridge ${t} ${filterSet(one)} { type ether_addr; flags dynamic; size ${limitOf(one.port.learning)}; }`,
      ...(limitOf(one.port.learning) > 1
        ? [
            `add set bridge ${t} nearly_${filterSet(one)} { type ether_addr; flags dynamic; size ${limitOf(one.port.learning) - 1}; }`,
          ]
        : []),
    ]),
  ]
}

/** Chains that all ports share: whether a destination was learned, and the end of what was learned elsewhere. */
export function sharedLearning(planned: Planned): { readonly seek: string[]; readonly forget: string[] } {
  const ports = learners(planned)
  return {
    seek: ports.map((one) => {
      const mark = one.port.uplink ? knownOutside : both(knownHere, knownLearned, groupMark(one.group))
      return `${destination} @${learnedSet(one)} ${adding(mark)} return`
    }),
    forget: ports.map((one) => `iifname != "${one.device}" delete @${learnedSet(one)} { ${source} }`),
  }
}

/** Rules of a port that learns, for frames whose VLAN is in the mark. */
export function learningRules(
  { spec }: Planned,
  one: PlannedPort,
  counted: (reason: 'LEARN_LIMIT') => string,
): string[] {
  const { learning } = one.port
  if (!learning) return []
  // What is dropped for its length teaches nothing; what the kernel will cut into shorter ones comes after those that do.
  const short = `meta length <= ${spec.mtu}`
  if (learning.by === 'dvfilter') return filterRules(one).map((rule) => `${short} ${rule}`)
  const set = learnedSet(one)
  const unknown = `${short} ${notOurs} ${source} != @${set}`
  const put = `update @${set} { ${source}${age(learning.ageingS)} }`
  return [
    // Known behind this port: its age begins anew.
    `${notOurs} ${source} @${set} ${put}`,
    `${unknown} ${put} jump forget`,
    ...(learning.limitPolicy === 'drop' ? [`${unknown} ${counted('LEARN_LIMIT')}`] : []),
  ]
}

/** A filter with as many MACs as it may have lets everything pass, so its port is noted once it is full. */
function filterRules(one: PlannedPort): string[] {
  const set = filterSet(one)
  const another = `ether saddr != ${one.mac} ether saddr != @${set}`
  const note = 'add @full { iifname }'
  if (limitOf(one.port.learning) < 2) return [`${another} add @${set} { ether saddr } ${note}`]
  return [
    `${another} add @nearly_${set} { ether saddr } add @${set} { ether saddr }`,
    `${another} add @${set} { ether saddr } ${note}`,
  ]
}

function age(seconds: number): string {
  return seconds > 0 ? ` timeout ${seconds}s` : ''
}

/**
 * Rules of an uplink. Nobody outside sends a frame back by the uplink it left by: what was learned here and comes in by
 * another one has come back, and by its own has left.
 */
export function returnRules(planned: Planned, ownWays: (one: PlannedPort) => string): string[] {
  const local = learners(planned).filter(({ port }) => !port.uplink)
  return local.flatMap((one) => {
    const ways = ownWays(one)
    return ways === '' ? [] : [`${source} @${learnedSet(one)} ${ways} ${adding(cameBack)}`]
  })
}

export function departureRules(planned: Planned, uplink: PlannedPort): string[] {
  if (learns(uplink) || learners(planned).length === 0) return []
  return ['jump forget']
}

/** Frames for a MAC that is behind the very port they come from. */
export function ownLearned(one: PlannedPort): string[] {
  return learns(one) ? [`ether daddr != @addresses ${destination} @${learnedSet(one)}`] : []
}

export function learnedHere(one: PlannedPort): string {
  return `${has(knownLearned)} ${destination} @${learnedSet(one)} accept`
}
