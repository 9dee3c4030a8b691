/** What a set of changes lets happen beside what it is for: who may listen, who may pretend, who now reaches whom. */
import { type LabSwitch, type Level, type Machine, machinesOf, type PortGroup, type ResolvedLab } from '#lab'
import type { Leg, Probe } from './contract.ts'
import { trace } from './trace.ts'

export interface Opening {
  /** NICs whose port group now lets them have frames that are not theirs. */
  readonly listeners: number
  /** NICs that may now send with any source MAC. */
  readonly senders: number
  /** The port groups with those listeners, as `vSwitch0/trunk`. */
  readonly heardIn: readonly string[]
  /** Copies of one frame that go to NICs it is not for. */
  readonly copies: number
  /** Frames that leave ports for one frame that is sent: what it costs the hypervisors. */
  readonly deliveries: number
  /** Further pairs of machines that now reach each other. Absent: too many to try. */
  readonly pairs?: number
  /** The first of them. */
  readonly pairNames: readonly string[]
}

interface Compared {
  readonly before: ResolvedLab
  readonly after: ResolvedLab
  readonly probe: Probe
}

export function openingOf(compared: Compared, hasTime: () => boolean): Opening {
  const { before, after, probe } = compared
  const groups = changedGroups(before, after)
  const heard = groups.filter(({ old, now }) => !hears(old) && hears(now))
  const forged = groups.filter(
    ({ old, now }) => old.security.forgedTransmits === 'reject' && now.security.forgedTransmits === 'accept',
  )
  const request = mostCopied(trace(after, probe).legs)
  const pairs = newPairs(compared, hasTime)
  return {
    listeners: sum(heard),
    senders: sum(forged),
    heardIn: heard.map(({ name }) => name),
    copies: request?.copies ?? 0,
    deliveries: request?.cost.deliveries ?? 0,
    ...(pairs && { pairs: pairs.length }),
    pairNames: (pairs ?? []).slice(0, mostNames),
  }
}

const mostNames = 8

/** Of unicast frames: ARP asks everybody anyway. */
function mostCopied(legs: readonly Leg[]): Leg | undefined {
  const unicast = legs.filter(({ name }) => name !== 'arp request')
  return unicast.reduce<Leg | undefined>(
    (most, leg) => (most && most.copies >= leg.copies ? most : leg),
    undefined,
  )
}

interface ChangedGroup {
  readonly name: string
  readonly nics: number
  readonly old: PortGroup
  readonly now: PortGroup
}

function sum(groups: readonly ChangedGroup[]): number {
  return groups.reduce((nics, group) => nics + group.nics, 0)
}

function hears({ security }: PortGroup): boolean {
  return security.promiscuous === 'accept'
}

function changedGroups(before: ResolvedLab, after: ResolvedLab): readonly ChangedGroup[] {
  const old = new Map([...levelsOf(before.top)].map((level) => [level.owner, level]))
  return [...levelsOf(after.top)].flatMap((level) => {
    const was = old.get(level.owner)
    return was ? level.switches.flatMap((labSwitch) => changedOf(labSwitch, level, was)) : []
  })
}

function changedOf({ name, portgroups }: LabSwitch, level: Level, was: Level): readonly ChangedGroup[] {
  const before = was.switches.find((one) => one.name === name)
  return portgroups.flatMap((now) => {
    const old = before?.portgroups.find((one) => one.name === now.name)
    if (!old || JSON.stringify(old) === JSON.stringify(now)) return []
    const nics = level.machines
      .flatMap((machine) => machine.nics)
      .filter(({ portgroup }) => portgroup === now.name)
    const place = [level.owner, name, now.name].filter((part) => part !== '').join('/')
    return [{ name: place, nics: nics.length, old, now }]
  })
}

function* levelsOf(level: Level): Generator<Level> {
  yield level
  for (const { hypervisor } of level.machines) if (hypervisor) yield* levelsOf(hypervisor.inside)
}

/** Machines looked at for pairs; more would take longer than anybody waits. */
const mostMachines = 24

function newPairs({ before, after, probe }: Compared, hasTime: () => boolean): readonly string[] | undefined {
  const machines = [...machinesOf(after.top)].filter(speaks)
  if (machines.length > mostMachines) return undefined
  const asked = new Set([`${probe.from} ${probe.to}`, `${probe.to} ${probe.from}`])
  const found: string[] = []
  for (const [index, from] of machines.entries()) {
    for (const to of machines.slice(index + 1)) {
      if (!hasTime()) return undefined
      const pair = { from: from.path, to: to.path, what: { kind: 'icmp' } } as const
      if (asked.has(`${from.path} ${to.path}`) || !trace(after, pair).reached) continue
      if (!trace(before, pair).reached) found.push(`${from.path} ↔ ${to.path}`)
    }
  }
  return found
}

function speaks({ nics }: Machine): boolean {
  return nics.some(({ address }) => address !== undefined)
}
