/** Follows one frame through every switch that gets a copy of it. */
import type { OverlayUplink, TunnelEnd } from '#lab'
import { type Decision, type Delivery, decide, LearnedMacs, retagged } from '#switch'
import { arpReply, arpRequest, type Encapsulated, isGroup, macText, type Speaker, vxlan } from './frames.ts'
import { type Net, overlayKey, type Plug, plugId, type Spot, type SwitchNode } from './net.ts'

/** The frame at one switch. */
export interface Visit {
  readonly spot: Spot
  readonly frame: Uint8Array
  readonly decision: Decision
  /** Absent at the first switch. */
  readonly before?: Step
}

/** From one switch to the next; `through`: inside an overlay. */
export interface Step {
  readonly visit: Visit
  readonly delivery: Delivery
  readonly through?: Trip
}

/** A copy that was handed to a NIC. */
export interface Arrival {
  readonly visit: Visit
  readonly delivery: Delivery
  readonly plug: Plug
  readonly frame: Uint8Array
}

export interface Walk {
  readonly visits: readonly Visit[]
  /** How often a NIC was handed a copy. */
  readonly handed: number
  /** Where overlays took the frame, and what became of it there. */
  readonly tunnels: readonly Step[]
  readonly deliveries: number
  /** At the goal. */
  readonly arrived?: Arrival
  /** Where it came back to, or why it was followed no further. */
  readonly loop?: string
}

/** A walk that is meant to reach one NIC. */
export interface Trip {
  readonly start: Plug
  readonly goal: Plug
  readonly walk: Walk
  readonly arrived?: Arrival
  /** Name of the overlay that it serves. */
  readonly overlay?: string
}

/** What switches and overlays remember from one frame to the next. */
export interface Memory {
  readonly tables: Map<SwitchNode, LearnedMacs>
  /** The hypervisor behind which an overlay has seen a MAC. */
  readonly behind: Map<string, string>
  /** Pairs of overlay ends that know each other's MAC. */
  readonly met: Set<string>
}

export function newMemory(): Memory {
  return { tables: new Map(), behind: new Map(), met: new Set() }
}

/** No lab that is not a circle comes near these. */
const mostDeliveries = 1_000_000
const longestWay = 64
const deepestOverlay = 4

interface Walking {
  readonly net: Net
  readonly memory: Memory
  /** Overlays that the frame is inside of. */
  readonly depth: number
  readonly queue: { readonly spot: Spot; readonly frame: Uint8Array; readonly before?: Step }[]
  readonly goal: Plug | undefined
  readonly visits: Visit[]
  readonly tunnels: Step[]
  handed: number
  deliveries: number
  arrived?: Arrival
  loop?: string
}

interface Start {
  readonly spot: Spot
  readonly frame: Uint8Array
  readonly goal?: Plug
  readonly depth?: number
}

export function walk(net: Net, { goal, depth = 0, ...start }: Start, memory: Memory): Walk {
  const walking: Walking = {
    net,
    memory,
    depth,
    queue: [start],
    goal,
    visits: [],
    handed: 0,
    tunnels: [],
    deliveries: 0,
  }
  // The queue grows while it is worked off.
  for (const { spot, frame, before } of walking.queue) {
    const decision = askSwitch(spot, frame, memory)
    const visit = { spot, frame, decision, ...(before && { before }) }
    walking.visits.push(visit)
    walking.deliveries += decision.deliveries.length
    if (walking.deliveries > mostDeliveries) {
      walking.loop ??= `more than ${mostDeliveries.toLocaleString('en')} copies`
      break
    }
    deliver(walking, visit)
  }
  return walking
}

/** Sends a frame from a NIC that is meant for another one. */
export function travel(
  net: Net,
  { start, goal, frame, depth = 0 }: { start: Plug; goal: Plug; frame: Uint8Array; depth?: number },
  memory: Memory,
): Trip {
  const walked = walk(net, { spot: start.spot, frame, goal, depth }, memory)
  const { arrived } = walked
  return { start, goal, walk: walked, ...(arrived && { arrived }) }
}

function askSwitch({ at, port }: Spot, frame: Uint8Array, { tables }: Memory): Decision {
  let table = tables.get(at)
  if (!table) {
    table = new LearnedMacs()
    tables.set(at, table)
  }
  const decision = decide(at.state, port, frame, table)
  // All legs together take less time than any table needs to forget.
  if (decision.lesson) table.take(decision.lesson, 0)
  return decision
}

function deliver(walking: Walking, visit: Visit): void {
  const { spot, frame, decision } = visit
  let last: { readonly tag: string; readonly frame: Uint8Array } | undefined
  for (const delivery of decision.deliveries) {
    if (last?.tag !== delivery.tag) {
      last = { tag: delivery.tag, frame: outFrame(frame, delivery, decision.vlan) }
    }
    const behind = spot.at.behind[delivery.port]
    if (behind?.kind === 'machine' || behind?.kind === 'inside') {
      walking.handed += 1
      if (behind.plug === walking.goal)
        walking.arrived ??= { visit, delivery, plug: behind.plug, frame: last.frame }
    }
    if (behind?.kind === 'inside') {
      for (const into of behind.spots) enter(walking, into, last.frame, { visit, delivery })
    } else if (behind?.kind === 'outside') enter(walking, behind.spot, last.frame, { visit, delivery })
    else if (behind?.kind === 'overlay') through(walking, behind.uplink, last.frame, { visit, delivery })
  }
}

/** Every NIC that was handed a copy. */
export function* arrivals({ visits }: Walk): Generator<Arrival> {
  for (const visit of visits) {
    const { spot, frame, decision } = visit
    for (const delivery of decision.deliveries) {
      const behind = spot.at.behind[delivery.port]
      if (!behind || !('plug' in behind)) continue
      yield { visit, delivery, plug: behind.plug, frame: outFrame(frame, delivery, decision.vlan) }
    }
  }
}

export function outFrame(frame: Uint8Array, { tag }: Delivery, vlan: number): Uint8Array {
  return tag === 'pass' ? frame : retagged(frame, tag, vlan)
}

function enter(walking: Walking, spot: Spot, frame: Uint8Array, before: Step): void {
  let length = 0
  for (let step: Step | undefined = before; step; step = step.visit.before) {
    const { visit } = step
    length += 1
    const again = visit.spot.at === spot.at && visit.spot.port === spot.port && equal(visit.frame, frame)
    if (!again && length < longestWay) continue
    walking.loop ??= spot.at.state.spec.name
    return
  }
  walking.queue.push({ spot, frame, before })
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return left === right || (left.length === right.length && left.every((byte, at) => byte === right[at]))
}

/** Into an overlay: to the end behind which the MAC was seen, or to all of them. */
function through(walking: Walking, uplink: OverlayUplink, frame: Uint8Array, step: Step): void {
  const { net, memory, depth } = walking
  const { vni, local, peers, udpPort, learning } = uplink
  const seen = isGroup(frame)
    ? undefined
    : memory.behind.get(`${overlayKey(local.machine, vni)} ${macText(frame, 0)}`)
  for (const peer of seen === undefined ? peers : peers.filter(({ machine }) => machine === seen)) {
    const ends = endsOf(net, local, peer)
    const out = net.overlays.get(overlayKey(peer.machine, vni))
    if (!ends || !out || depth >= deepestOverlay) continue
    const trip = {
      ...tunnel(net, { ...ends, vni, udpPort, frame, depth: depth + 1 }, memory),
      overlay: uplink.name,
    }
    walking.deliveries += trip.walk.deliveries
    const taken = { ...step, through: trip }
    walking.tunnels.push(taken)
    if (!trip.arrived) continue
    if (learning) memory.behind.set(`${overlayKey(peer.machine, vni)} ${macText(frame, 6)}`, local.machine)
    enter(walking, out, frame, taken)
  }
}

interface Ends {
  readonly start: Plug
  readonly goal: Plug
  readonly here: Speaker
  readonly there: Speaker
}

function endsOf(net: Net, local: TunnelEnd, peer: TunnelEnd): Ends | undefined {
  const start = net.plugs.get(plugId(local.machine, local.nic))
  const goal = net.plugs.get(plugId(peer.machine, peer.nic))
  return start && goal && { start, goal, here: speakerOf(start, local), there: speakerOf(goal, peer) }
}

function speakerOf({ mac, nic }: Plug, { ip }: TunnelEnd): Speaker {
  return { mac, address: { ip, prefixLength: nic.address?.prefixLength ?? 32 } }
}

/** The frame inside UDP from one end to the other; before the first one the ends ask for each other's MAC. */
function tunnel(
  net: Net,
  { start, goal, here, there, depth, ...inner }: Ends & Encapsulated & { depth: number },
  memory: Memory,
): Trip {
  const pair = [start.id, goal.id].sort().join(' ')
  if (!memory.met.has(pair)) {
    const asked = travel(net, { start, goal, frame: arpRequest(here, there), depth }, memory)
    if (!asked.arrived) return asked
    const answered = travel(net, { start: goal, goal: start, frame: arpReply(there, here), depth }, memory)
    if (!answered.arrived) return answered
    memory.met.add(pair)
  }
  return travel(net, { start, goal, frame: vxlan(here, there, inner), depth }, memory)
}
