/** Follows a frame and its answer through all levels of a lab, on the file alone. */
import type { ResolvedLab } from '#lab'
import { blameFor } from './blame.ts'
import type { Cause, Conditions, Leg, LegName, Probe, Trace } from './contract.ts'
import { contains, type Ends, endsFor, plugsOf } from './ends.ts'
import { causeOf, machineCause } from './explain.ts'
import { arpReply, arpRequest, connect, echo, isGroup, macText, type Speaker, tagOf } from './frames.ts'
import { type Net, netOf, type Plug } from './net.ts'
import { nicKeys } from './places.ts'
import { arrivedRoute, routeTo } from './route.ts'
import { type Arrival, arrivals, type Memory, newMemory, type Trip, travel, type Walk } from './walk.ts'

/**
 * Fails with `trace-unknown-machine` or `trace-unknown-nic`. Several addresses of a machine are tried in the order
 * of the file until one is reached; of none, the first one's way is told.
 */
export function trace(lab: ResolvedLab, probe: Probe, conditions?: Conditions): Trace {
  const net = netOf(lab, conditions)
  if (probe.what.kind === 'frame') return traceFrame(net, probe, probe.what.bytes)
  const { pairs, cause } = endsFor(net, probe.from, probe.to)
  let first: Trace | undefined
  for (const ends of pairs) {
    const one = tracePair(net, probe, ends)
    if (one.reached) return one
    first ??= one
  }
  return first ?? { probe, reached: false, legs: [], ...(cause && { cause }) }
}

interface Stage {
  readonly name: LegName
  readonly start: Plug
  readonly goal: Plug
  readonly frame: Uint8Array
}

function tracePair(net: Net, probe: Probe, ends: Ends): Trace {
  const early = beforehand(ends)
  if (early === 'itself') return { probe, reached: true, legs: [] }
  if (early) return { probe, reached: false, legs: [], cause: early }
  const memory = newMemory()
  const legs: Leg[] = []
  for (const stage of stagesOf(probe, ends)) {
    const { leg, cause } = run(net, stage, memory)
    legs.push(leg)
    if (cause) return { probe, reached: false, legs, cause }
  }
  return { probe, reached: true, legs }
}

/** What can be told without a frame. */
function beforehand({ from, to }: Ends): Cause | 'itself' | undefined {
  if (from.machine === to.machine) return 'itself'
  const at = [...nicKeys(to.machine.path, to.nic.name), 'address']
  const setting = `${to.id} address: ${to.nic.address?.ip}/${to.nic.address?.prefixLength}`
  if (from.machine.nics.some(({ address }) => address?.ip === to.nic.address?.ip)) {
    return machineCause('DUPLICATE_ADDRESS', to.id, {
      setting: `${setting}, as ${from.machine.path} has`,
      at,
    })
  }
  if (to.nic.address && contains(to.nic.address, from.nic.address)) return undefined
  return machineCause('NO_WAY_BACK', to.id, { setting, at })
}

function stagesOf({ what, payloadBytes }: Probe, { from, to }: Ends): readonly Stage[] {
  const [asking, asked] = [speakerOf(from), speakerOf(to)]
  const there = { start: from, goal: to }
  const back = { start: to, goal: from }
  const asks: readonly Stage[] = [
    { name: 'arp request', ...there, frame: arpRequest(asking, asked) },
    { name: 'arp reply', ...back, frame: arpReply(asked, asking) },
  ]
  if (what.kind === 'arp') return asks
  const frame = (start: Plug, goal: Plug, isReply: boolean): Uint8Array => {
    const [sender, receiver] = [speakerOf(start), speakerOf(goal)]
    const most = start.spot.at.state.spec.mtu
    if (what.kind === 'icmp')
      return echo(sender, receiver, { isReply, payloadBytes: payloadBytes ?? 56, most })
    const port = what.kind === 'tcp' ? what.port : 0
    const ports: [number, number] = isReply ? [port, ephemeralPort] : [ephemeralPort, port]
    return connect(sender, receiver, { isReply, ports, payloadBytes: payloadBytes ?? 0, most })
  }
  return [
    ...asks,
    { name: 'request', ...there, frame: frame(from, to, false) },
    { name: 'reply', ...back, frame: frame(to, from, true) },
  ]
}

const ephemeralPort = 49_152

function speakerOf({ mac, nic }: Plug): Speaker {
  return { mac, address: nic.address ?? { ip: '0.0.0.0', prefixLength: 32 } }
}

function run(net: Net, { name, ...stage }: Stage, memory: Memory): { leg: Leg; cause?: Cause } {
  const trip = travel(net, stage, memory)
  const { arrived } = trip
  const cause = arrived ? refusedByGuest(arrived, trip) : undefined
  if (arrived) {
    const told = cause ?? (name === 'arp request' ? secondAnswer(net, trip) : undefined)
    return { leg: legOf(name, trip, arrivedRoute(trip), !told), ...(told && { cause: told }) }
  }
  const blame = blameFor(net, trip)
  const inOverlay = blame.trip === trip ? [] : approach(trip, blame.trip)
  const hops = [...inOverlay, ...routeTo(blame.visit, undefined, blame.trip.overlay)]
  return { leg: legOf(name, trip, hops, false), cause: causeOf(blame) }
}

/** The way to where the overlay took the frame that was lost in it. */
function approach(trip: Trip, lost: Trip): Leg['hops'] {
  for (const step of trip.walk.tunnels) {
    if (!step.through) continue
    const { walk } = step.through
    if (step.through !== lost && !walk.tunnels.some(({ through }) => through === lost)) continue
    return routeTo(step.visit, step.delivery, trip.overlay)
  }
  return []
}

function legOf(name: LegName, trip: Trip, hops: Leg['hops'], reached: boolean): Leg {
  const { start, goal, walk } = trip
  return {
    name,
    from: start.id,
    to: goal.id,
    reached,
    hops,
    copies: copiesOf(trip),
    cost: { decisions: decisionsOf(walk), deliveries: walk.deliveries },
    ...(walk.loop !== undefined && { loop: walk.loop }),
  }
}

function decisionsOf({ visits, tunnels }: Walk): number {
  return tunnels.reduce((sum, { through }) => sum + (through ? decisionsOf(through.walk) : 0), visits.length)
}

/** NICs of hypervisors on the way to the goal are no listeners. */
function copiesOf({ walk, arrived }: Trip): number {
  let onTheWay = arrived ? 1 : 0
  for (let step = arrived?.visit.before; step; step = step.visit.before) {
    if (step.visit.spot.at.behind[step.delivery.port]?.kind === 'inside') onTheWay += 1
  }
  return walk.handed - onTheWay
}

function refusedByGuest({ frame, visit, delivery }: Arrival, trip: Trip): Cause | undefined {
  const spot = { at: visit.spot.at, port: delivery.port }
  const blame = { spot, visit, trip }
  if (!isGroup(frame) && macText(frame, 0) !== trip.goal.mac)
    return causeOf({ ...blame, reason: 'NOT_ADDRESSED' })
  // A NIC that carries a switch hands tags on to it.
  if (tagOf(frame) === undefined || spot.at.behind[spot.port]?.kind === 'inside') return undefined
  return causeOf({ ...blame, reason: 'TAGGED_TO_GUEST' })
}

function secondAnswer(net: Net, { walk, goal }: Trip): Cause | undefined {
  const ip = goal.nic.address?.ip
  if (ip === undefined || !net.sharedIps.has(ip)) return undefined
  const rival = rivalOf(walk, goal, ip)
  if (!rival) return undefined
  const { id, machine, nic } = rival
  const at = [...nicKeys(machine.path, nic.name), 'address']
  return machineCause('DUPLICATE_ADDRESS', id, {
    setting: `${id} address: ${ip}/${nic.address?.prefixLength}`,
    at,
  })
}

/** Another machine's NIC with the address that hears the question. */
function rivalOf(walk: Walk, goal: Plug, ip: string): Plug | undefined {
  for (const { plug, frame } of arrivals(walk)) {
    const hasIt = plug.machine !== goal.machine && plug.nic.address?.ip === ip
    if (hasIt && tagOf(frame) === undefined) return plug
  }
  return undefined
}

/** A frame as it is, from the NIC that has its source MAC (else the first one) to any NIC of the other machine. */
function traceFrame(net: Net, probe: Probe, bytes: Uint8Array): Trace {
  const [senders, receivers] = [plugsOf(net, probe.from), plugsOf(net, probe.to)]
  const start = senders.find(({ mac }) => mac === macText(bytes, 6)) ?? senders[0]
  const goal = receivers.find(({ mac }) => mac === macText(bytes, 0))
  if (!start || receivers.length === 0) {
    const { cause } = endsFor(net, start ? probe.to : probe.from, start ? probe.to : probe.from)
    return { probe, reached: false, legs: [], ...(cause && { cause }) }
  }
  const goals = goal ? [goal] : receivers
  let first: Trace | undefined
  for (const one of goals) {
    const { leg, cause } = run(net, { name: 'frame', start, goal: one, frame: bytes }, newMemory())
    const told = { probe, reached: leg.reached, legs: [leg], ...(cause && { cause }) }
    if (told.reached) return told
    first ??= told
  }
  return first ?? { probe, reached: false, legs: [] }
}
