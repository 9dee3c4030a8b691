/** The rules by which a port lets frames in: they refuse, learn, and note in the mark what the other ports must know. */
import { emptyMacTable } from '../learned.ts'
import { macNumber } from '../mac.ts'
import { flood, type Reached, returned, type Sent, unicast } from '../reach.ts'
import type { DropReason } from '../reasons.ts'
import { departureRules, learners, learningRules, ownLearned, returnRules } from './learning.ts'
import {
  adding,
  arrivalMark,
  both,
  cameBack,
  closed,
  fromUplink,
  groupMark,
  has,
  knownHere,
  knownOutside,
  vlanMark,
  wayBits,
  wayMark,
} from './mark.ts'
import type { Planned, PlannedPort } from './plan.ts'
import { inClasses, spanText, type VlanClass } from './vlan-classes.ts'
import { insideVlan } from './vlans.ts'

export const isGroup = 'ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00'
const isSingle = 'ether daddr & 01:00:00:00:00:00 == 00:00:00:00:00:00'

/** The end of a rule that drops a frame and counts it. */
export type Counted = (reason: DropReason) => string

/** The chain a frame enters by, and the one that it goes to when it is for a group. */
export function arrivingRules(
  planned: Planned,
  one: PlannedPort,
  counted: Counted,
): { readonly enter: string[]; readonly group: string[] } {
  if (one.port.blocked) return { enter: [counted('PORT_BLOCKED')], group: [] }
  const { state } = planned
  const groupReach = (vlan: number) => flood(state, sent(one, vlan, broadcast))
  const unknownReach = (vlan: number) => unicast(state, sent(one, vlan, stranger), emptyMacTable)
  return {
    enter: [
      ...tagRules(one, counted),
      ...(one.port.checksSource ? [`ether saddr != ${one.mac} ${counted('FORGED_TRANSMIT')}`] : []),
      ...(one.port.uplink ? outsideRules(planned, one, counted) : gateRules(planned, one)),
      ...learningRules(planned, one, counted),
      `${isGroup} goto group_${one.device}`,
      ...ownRules(one, counted),
      ...knownRules(planned, one, 'macs'),
      ...seekRules(planned),
      ...knownRules(planned, one, 'blocked'),
      ...outsideKnownRules(planned, one, counted),
      ...fateRules(planned, one, { reach: unknownReach, counted, single: true }),
    ],
    group: fateRules(planned, one, { reach: groupReach, counted }),
  }
}

/** Which VLAN the frame is in; nftables sees its tag in the header, wherever the kernel keeps it. */
function tagRules({ port }: PlannedPort, counted: Counted): string[] {
  const native = port.nativeVlan
  if (native !== undefined)
    return [
      // A bridge would accept a tag of the port's own VLAN.
      `ether type 8021q vlan id != 0 ${counted('VLAN_TAGGED_ON_ACCESS')}`,
      `meta mark set ${vlanMark(native)}`,
    ]
  const spans = carriedSpans(port.carries)
  if (spans.length === 0) return [counted('VLAN_NOT_ALLOWED')]
  return [
    `ether type 8021q vlan id != { ${spans.join(', ')} } ${counted('VLAN_NOT_ALLOWED')}`,
    ...(port.carries[0] === 1 ? [] : [`ether type != 8021q ${counted('VLAN_NOT_ALLOWED')}`]),
    'meta mark set 0',
    'ether type 8021q meta mark set vlan id',
  ]
}

/** Without the one that untagged frames travel in. */
function carriedSpans(carries: Uint8Array): string[] {
  const spans: string[] = []
  for (let from = 0; from < insideVlan; from++) {
    if (carries[from] !== 1) continue
    let to = from
    while (to + 1 < insideVlan && carries[to + 1] === 1) to++
    spans.push(spanText(from, to))
    from = to
  }
  return spans
}

function gateRules({ spec }: Planned, { port: { learning } }: PlannedPort): string[] {
  const open = learning?.by === 'switch' && learning.flooding
  return spec.floodingGate === 'both' && !open ? [adding(closed)] : []
}

/** By which uplink it came decides which ports take it. What comes back teaches nothing. */
function outsideRules(planned: Planned, one: PlannedPort, counted: Counted): string[] {
  const { classes, state } = planned
  const arrivals = Map.groupBy(carriedClasses(planned, one), ({ sample }) => {
    const { uplinks } = state.lane(sample)
    return arrivalMark(uplinks.indexOf(one.port), uplinks.length)
  })
  const marks = [...arrivals].flatMap(([mark, those]) =>
    inClasses(one.port, those, classes).map((when) => `${when}${adding(both(fromUplink, mark))}`),
  )
  return [
    ...marks,
    ...(hasMacs(planned) ? [`ether saddr @addresses ${adding(cameBack)}`] : []),
    ...returnRules(planned, (local) => otherUplink(planned, local)),
    ...backRules(planned, one, counted),
    ...departureRules(planned, one),
  ]
}

function hasMacs({ ports }: Planned): boolean {
  return ports.some(({ port, owns }) => owns && !port.blocked)
}

/** Matches frames that came in by another uplink than the port's own; empty when there is none. */
export function otherUplink({ classes, state }: Planned, { port }: PlannedPort): string {
  const counts = new Set(classes.map(({ sample }) => state.lane(sample).uplinks.length))
  if (Math.max(0, ...counts) < 2) return ''
  const own = [...counts]
    .filter((count) => count > 0)
    .map((count) => both(fromUplink, arrivalMark(port.index % count, count)))
  return `meta mark & ${both(fromUplink, wayBits)} != { ${own.join(', ')} }`
}

/** What the outside sends back is for promiscuous ports only, if for anybody. */
function backRules(planned: Planned, one: PlannedPort, counted: Counted): string[] {
  if (!hasMacs(planned) && learners(planned).length === 0) return []
  const nobody = (destination: number) =>
    fateRules(planned, one, {
      reach: (vlan) => returned(planned.state, sent(one, vlan, destination), emptyMacTable),
      counted,
    })
  return [
    ...nobody(broadcast).map((rule) => `${has(cameBack)} ${isGroup} ${rule}`),
    ...nobody(stranger).map((rule) => `${has(cameBack)} ${isSingle} ${rule}`),
    `${has(cameBack)} accept`,
  ]
}

/** As on a standard switch, nobody is shown what a port sends to itself. */
function ownRules(one: PlannedPort, counted: Counted): string[] {
  return [
    ...(one.owns ? [`ether daddr ${one.mac} ${counted('OWN_ADDRESS')}`] : []),
    ...ownLearned(one).map((when) => `${when} ${counted('OWN_ADDRESS')}`),
  ]
}

/**
 * For a MAC of this switch in the same VLAN: neither uplinks nor learners need it. Where the guest was blocked for taking
 * the MAC, somebody else may have been learned to have it, so those come last.
 */
function knownRules(planned: Planned, one: PlannedPort, which: 'macs' | 'blocked'): string[] {
  const { ports, classes } = planned
  const owners = ports.filter(({ owns, port }) => owns && port.blocked === (which === 'blocked'))
  return [...Map.groupBy(owners, ({ group }) => group)].flatMap(([group, [owner]]) => {
    const shared = classes.filter(({ sample }) => owner?.port.carries[sample] === 1)
    const mark = both(knownHere, groupMark(group))
    return inClasses(one.port, shared, classes).map(
      (when) => `${when}ether daddr @${which}_${group} ${adding(mark)} accept`,
    )
  })
}

function seekRules(planned: Planned): string[] {
  if (learners(planned).length === 0) return []
  return ['ether daddr != @addresses jump seek', `${has(knownHere)} accept`]
}

/** What came in by one uplink for a MAC that was seen at another. */
function outsideKnownRules(planned: Planned, one: PlannedPort, counted: Counted): string[] {
  const { state, ports } = planned
  const other = ports.find(({ port }) => port.uplink && port.learning && port !== one.port)
  if (!one.port.uplink || !other) return []
  const seenThere = { ...emptyMacTable, portOf: () => other.port.index }
  const reach = (vlan: number) => unicast(state, sent(one, vlan, stranger), seenThere)
  return fateRules(planned, one, { reach, counted }).map((rule) => `${has(knownOutside)} ${rule}`)
}

interface Fate {
  /** What the decision says of a frame in that VLAN. */
  readonly reach: (vlan: number) => Reached
  readonly counted: Counted
  /** For one MAC, which may be known to be in another VLAN, or outside. */
  readonly single?: boolean
}

/** By which uplink it leaves; or that nobody is there to get it, and why. */
function fateRules(planned: Planned, one: PlannedPort, { reach, counted, single }: Fate): string[] {
  const fates = Map.groupBy(carriedClasses(planned, one), ({ sample }) => fateOf(planned, one, reach(sample)))
  return [...fates].flatMap(([fate, those]) => {
    if (fate === undefined) return []
    const conditions = inClasses(one.port, those, planned.classes)
    if (typeof fate === 'number') return conditions.map((when) => `${when}${adding(wayMark(fate))}`)
    const special = single ? specialReasons(planned) : []
    return conditions.flatMap((when) => [
      ...special.map(([which, reason]) => `${when}${which} ${counted(reason)}`),
      `${when}${counted(fate)}`,
    ])
  })
}

/** The number of its uplink, or why nobody gets it; undefined where somebody here may. */
function fateOf(
  { ports }: Planned,
  one: PlannedPort,
  { to, drops }: Reached,
): number | DropReason | undefined {
  const way = ports.find(({ port }) => port.uplink && to.includes(port))
  if (way) return way.uplinkNumber
  if (to.length > 0) return undefined
  const reason = drops.find(({ port }) => port === one.port.index)?.reason
  // Whether a filter lets it pass is seen at the filter.
  return reason === 'NOT_LEARNED' ? undefined : reason
}

function specialReasons(planned: Planned): (readonly [when: string, reason: DropReason])[] {
  const blocked = planned.ports.some(({ owns, port }) => owns && port.blocked)
  return [
    ['ether daddr @addresses', 'OTHER_VLAN'],
    ...(blocked ? [['ether daddr @taken', 'OTHER_VLAN'] as const] : []),
  ]
}

function carriedClasses({ classes }: Planned, { port }: PlannedPort): VlanClass[] {
  return classes.filter(({ sample }) => port.carries[sample] === 1)
}

const broadcast = 2 ** 48 - 1
/** MACs that no machine has: they only ask the decision what becomes of unknown ones. */
const stranger = macNumber('02:ff:ff:ff:ff:fe')
const otherStranger = macNumber('02:ff:ff:ff:ff:fd')

function sent({ port }: PlannedPort, vlan: number, destination: number): Sent {
  return { from: port, vlan, destination, source: port.mac ?? otherStranger }
}
