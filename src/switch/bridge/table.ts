/**
 * The nftables rules of a bridge. The bridge learns nothing and floods every frame within its VLAN; each port then
 * lets out only what the switch would have sent there. That is exact, where a static forwarding table with mirroring
 * would make duplicates. Every statement can be repeated: adding what exists changes nothing.
 */
import { type DropReason, dropReasons } from '../reasons.ts'
import { arrivingRules } from './arriving.ts'
import { dropLogWords } from './drop-log.ts'
import { filterSet, learnedSet, learners, learningSets, sharedLearning } from './learning.ts'
import { leavingRules } from './leaving.ts'
import type { Planned, PlannedPort } from './plan.ts'

/** Everything, in one transaction: what one port may send depends on who else is there. */
export function tableStatements(planned: Planned): string[] {
  const { table: t, ports } = planned
  const { seek, forget } = sharedLearning(planned)
  const learn = learners(planned).length > 0
  return [
    `add table bridge ${t}`,
    `add map bridge ${t} arriving { type ifname : verdict; }`,
    `add map bridge ${t} leaving { type ifname : verdict; }`,
    // What is no port any more may be one of another bridge, which these hooks see as well.
    `flush map bridge ${t} arriving`,
    `flush map bridge ${t} leaving`,
    `add chain bridge ${t} ingress { type filter hook prerouting priority -200; }`,
    `add chain bridge ${t} egress { type filter hook forward priority 0; }`,
    ...filledSet(t, { name: 'addresses', type: 'ether_addr', elements: macsOf(ports, false) }),
    ...filledSet(t, { name: 'taken', type: 'ether_addr', elements: macsOf(ports, true) }),
    ...[...new Set(ports.map(({ group }) => group))].flatMap((group) => groupSets(planned, group)),
    ...learningSets(planned),
    ...filledChain(t, 'ingress', ['iifname vmap @arriving']),
    ...filledChain(t, 'egress', ['oifname vmap @leaving']),
    ...(learn ? [...filledChain(t, 'seek', seek), ...filledChain(t, 'forget', forget)] : []),
    ...ports.flatMap((one) => portStatements(planned, one)),
  ]
}

function macsOf(ports: readonly PlannedPort[], blocked: boolean): string[] {
  return ports.flatMap(({ owns, mac, port }) => (owns && mac && port.blocked === blocked ? [mac] : []))
}

function groupSets({ table, ports, spec }: Planned, group: number): string[] {
  if (group < 0) return []
  const members = ports.filter((one) => one.group === group)
  const devices = members.map(({ device }) => `"${device}"`)
  return [
    ...filledSet(table, { name: `macs_${group}`, type: 'ether_addr', elements: macsOf(members, false) }),
    ...filledSet(table, { name: `blocked_${group}`, type: 'ether_addr', elements: macsOf(members, true) }),
    ...(spec.promiscuousScope === 'portgroup'
      ? filledSet(table, { name: `members_${group}`, type: 'ifname', elements: devices })
      : []),
  ]
}

function portStatements(planned: Planned, one: PlannedPort): string[] {
  const { table: t, logGroup } = planned
  const used = new Set<DropReason>()
  const counted = (reason: DropReason): string => {
    used.add(reason)
    const told = logGroup === undefined ? '' : dropLogWords(logGroup, reason, one.device)
    return `${told}counter name "${counterName(one.device, reason)}" drop`
  }
  const { enter, group } = arrivingRules(planned, one, counted)
  const leave = leavingRules(planned, one, counted)
  const { arriving, leaving, toGroup } = chainsOf(one.device)
  return [
    ...[...used].map((reason) => `add counter bridge ${t} ${counterName(one.device, reason)}`),
    ...filledChain(t, toGroup, group),
    ...filledChain(t, arriving, enter),
    ...filledChain(t, leaving, leave),
    `add element bridge ${t} arriving { "${one.device}" : jump ${arriving} }`,
    `add element bridge ${t} leaving { "${one.device}" : jump ${leaving} }`,
  ]
}

/** Takes away what is a port's own, after the others have been told. Added before deleted: nothing there is fine. */
export function withoutPort(table: string, one: PlannedPort): string[] {
  const t = `bridge ${table}`
  const { arriving, leaving, toGroup } = chainsOf(one.device)
  const chains = [arriving, leaving, toGroup]
  return [
    ...chains.map((chain) => `add chain ${t} ${chain}`),
    `add element ${t} arriving { "${one.device}" : jump ${arriving} }`,
    `add element ${t} leaving { "${one.device}" : jump ${leaving} }`,
    `delete element ${t} arriving { "${one.device}" }`,
    `delete element ${t} leaving { "${one.device}" }`,
    ...chains.map((chain) => `flush chain ${t} ${chain}`),
    ...chains.map((chain) => `delete chain ${t} ${chain}`),
    ...dropReasons.flatMap((reason) => {
      const name = counterName(one.device, reason)
      return [`add counter ${t} ${name}`, `delete counter ${t} ${name}`]
    }),
    ...setsOf(one).flatMap(([name, type]) => [`add set ${t} ${name} { ${type} }`, `delete set ${t} ${name}`]),
  ]
}

function setsOf(one: PlannedPort): (readonly [name: string, type: string])[] {
  const { learning } = one.port
  if (!learning) return []
  const { limit } = learning
  if (learning.by === 'switch')
    return [[learnedSet(one), `type ether_addr . mark; flags dynamic,timeout; size ${limit};`]]
  const filter = (size: number) => `type ether_addr; flags dynamic; size ${size};`
  const nearly = [`nearly_${filterSet(one)}`, filter(limit - 1)] as const
  return [[filterSet(one), filter(limit)], ...(limit > 1 ? [nearly] : [])]
}

interface Filled {
  readonly name: string
  readonly type: string
  readonly elements: readonly string[]
}

function filledSet(table: string, { name, type, elements }: Filled): string[] {
  const t = `bridge ${table}`
  return [
    `add set ${t} ${name} { type ${type}; }`,
    `flush set ${t} ${name}`,
    ...(elements.length > 0 ? [`add element ${t} ${name} { ${elements.join(', ')} }`] : []),
  ]
}

function filledChain(table: string, chain: string, rules: readonly string[]): string[] {
  const c = `bridge ${table} ${chain}`
  return [`add chain ${c}`, `flush chain ${c}`, ...rules.map((rule) => `add rule ${c} ${rule}`)]
}

/** Prefixed, since a link may be called like a word of nftables. */
function chainsOf(device: string) {
  return { arriving: `from_${device}`, leaving: `to_${device}`, toGroup: `group_${device}` }
}

function counterName(device: string, reason: DropReason): string {
  return `drop_${device}_${reason}`
}
