/** What a set of changes lets happen beside what it is for: who may listen, who may pretend, who now reaches whom. */
import { formatVlan, type Level, type Machine, machinesOf, type PortGroup, type ResolvedLab } from '#lab'
import type { Leg, Probe } from './contract.ts'
import { trace } from './trace.ts'

export interface Opening {
  /** NICs whose port group now lets them have frames that are not theirs. */
  readonly listeners: number
  /** The port groups with those listeners, as `vSwitch0/trunk`. */
  readonly heardIn: readonly string[]
  /** NICs that may now send with any source MAC. */
  readonly senders: number
  /** NICs whose port group now carries VLANs that theirs did not. */
  readonly furtherVlans: number
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
  const nics = changedNics(before, after)
  const heard = nics.filter(({ old, now }) => !hears(old) && hears(now))
  const request = mostCopied(trace(after, probe).legs)
  const pairs = newPairs(compared, hasTime)
  return {
    listeners: heard.length,
    heardIn: [...new Set(heard.map(({ place }) => place))],
    senders: nics.filter(({ old, now }) => !pretends(old) && pretends(now)).length,
    furtherVlans: nics.filter(({ old, now }) => carriesMore(now, old)).length,
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

/** A NIC whose port group, or what is in it, has changed. */
interface ChangedNic {
  /** Its port group now, as `kvm-1/br0/web`. */
  readonly place: string
  readonly old: PortGroup
  readonly now: PortGroup
}

function hears({ security }: PortGroup): boolean {
  return security.promiscuous === 'accept'
}

function pretends({ security }: PortGroup): boolean {
  return security.forgedTransmits === 'accept'
}

function carries({ vlan }: PortGroup, id: number): boolean {
  if (vlan.mode !== 'trunk') return id === (vlan.mode === 'access' ? vlan.id : 0)
  return vlan.ranges.some(({ from, to }) => from <= id && id <= to)
}

/** The ends of what a port group carries are enough to see whether another one carries something more. */
function carriesMore(now: PortGroup, old: PortGroup): boolean {
  if (formatVlan(now.vlan) === formatVlan(old.vlan)) return false
  if (now.vlan.mode !== 'trunk') return !carries(old, now.vlan.mode === 'access' ? now.vlan.id : 0)
  return now.vlan.ranges.some(({ from, to }) => {
    for (let id = from; id <= to; id += 1) if (!carries(old, id)) return true
    return false
  })
}

function changedNics(before: ResolvedLab, after: ResolvedLab): readonly ChangedNic[] {
  const old = new Map([...levelsOf(before.top)].map((level) => [level.owner, level]))
  return [...levelsOf(after.top)].flatMap((level) => {
    const was = old.get(level.owner)
    return was ? changedIn(was, level) : []
  })
}

function changedIn(was: Level, level: Level): readonly ChangedNic[] {
  const [before, after] = [groupsOf(was), groupsOf(level)]
  return level.machines.flatMap(({ nics }, index) =>
    nics.flatMap((nic, at) => {
      const old = before.get(was.machines[index]?.nics[at]?.portgroup ?? '')
      const now = after.get(nic.portgroup)
      if (!old || !now || JSON.stringify(old) === JSON.stringify(now)) return []
      return [
        { place: [level.owner, nic.switchName, now.name].filter((part) => part !== '').join('/'), old, now },
      ]
    }),
  )
}

function groupsOf({ switches }: Level): ReadonlyMap<string, PortGroup> {
  return new Map(switches.flatMap(({ portgroups }) => portgroups.map((group) => [group.name, group])))
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
