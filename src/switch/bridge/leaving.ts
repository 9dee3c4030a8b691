/** The rules by which a port lets frames out: of all that the bridge floods, what the switch would have sent there. */
import { macText } from '../mac.ts'
import { type Counted, isGroup, otherUplink } from './arriving.ts'
import { filterSet, learnedHere, learns } from './learning.ts'
import {
  cameBack,
  fromUplink,
  groupBits,
  groupMark,
  has,
  knownHere,
  knownLearned,
  lacks,
  mostGroups,
  notFlooded,
  wayBits,
  wayMark,
} from './mark.ts'
import type { Planned, PlannedPort } from './plan.ts'

export function leavingRules(planned: Planned, one: PlannedPort, counted: Counted): string[] {
  if (one.port.uplink) return uplinkRules(one)
  if (one.port.blocked) return blockedRules(one, counted)
  const all = one.port.promiscuous && !planned.spec.reversePathCheck
  const other = otherUplink(planned, one)
  return [
    ...backRules(planned, one, all),
    ...(one.owns ? [`ether daddr ${one.mac} accept`] : []),
    ...(learns(one) ? [learnedHere(one)] : []),
    // What others flood comes in by every uplink; a port takes it from its own.
    ...(all || other === '' ? [] : [`${has(fromUplink)} ${other} drop`]),
    ...groupRules(one),
    ...floodRules(one),
    ...watchRules(planned, one),
    'drop',
  ]
}

function backRules({ ports }: Planned, one: PlannedPort, sees: boolean): string[] {
  if (!ports.some(({ port }) => port.uplink)) return []
  if (!sees) return [`${has(cameBack)} drop`]
  const passes = [`${isGroup} accept`, ...filtered(one)]
  return [...passes.map((pass) => `${has(cameBack)} ${pass}`), `${has(cameBack)} drop`]
}

function uplinkRules(one: PlannedPort): string[] {
  return [
    `${has(fromUplink)} drop`,
    `meta mark & ${wayBits} != ${wayMark(one.uplinkNumber)} drop`,
    `${has(knownHere)} drop`,
    'accept',
  ]
}

/** The drop stands where the setting is. */
function blockedRules(one: PlannedPort, counted: Counted): string[] {
  return [
    // Somebody else may have been learned to have the MAC that it took.
    ...(one.owns ? [`${lacks(knownLearned)} ether daddr ${one.mac} ${counted('PORT_BLOCKED')}`] : []),
    ...(one.port.multicast === 'all'
      ? [`${isGroup} ${counted('PORT_BLOCKED')}`]
      : [`ether daddr ${listened(one.port.multicast)} ${counted('PORT_BLOCKED')}`]),
    'drop',
  ]
}

function groupRules({ port }: PlannedPort): string[] {
  if (port.promiscuous || port.multicast === 'all') return [`${isGroup} accept`]
  return [`ether daddr ${listened(port.multicast)} accept`, `${isGroup} drop`]
}

function listened(groups: ReadonlySet<number>): string {
  return `{ ${[...groups, 2 ** 48 - 1].map(macText).join(', ')} }`
}

function floodRules({ port }: PlannedPort): string[] {
  if (port.learning?.by !== 'switch' || !port.learning.flooding) return []
  return [`${lacks(notFlooded)} accept`]
}

function watchRules({ spec }: Planned, one: PlannedPort): string[] {
  if (!one.port.promiscuous) return []
  const passes = filtered(one)
  if (spec.promiscuousScope !== 'portgroup' || one.group >= mostGroups) return passes
  const scopes = [
    `${has(fromUplink)} ${lacks(knownHere)} `,
    `iifname @members_${one.group} `,
    `meta mark & ${groupBits} == ${groupMark(one.group)} `,
  ]
  return scopes.flatMap((scope) => passes.map((pass) => `${scope}${pass}`))
}

/** What a promiscuous port is shown of frames for others. */
function filtered(one: PlannedPort): string[] {
  if (one.port.learning?.by !== 'dvfilter') return ['accept']
  return [`ether daddr @${filterSet(one)} accept`, 'oifname @full accept']
}
