/** One simulated ping: who has the address, one echo there and one back, counted at every port on the way. */
import { isInNetworkOf, type Nic } from '#lab'
import { arpFrame, broadcast, echoFrame, packetBytes } from './frames.ts'
import { isUp, machineIn, type Place } from './life.ts'
import { withNeighbour } from './neighbours.ts'
import { Network, type NicPlace, type PortEvent, type Reached } from './network.ts'
import { levelOf, type Park, type PortCounters, type SimSwitch, withLevel } from './park.ts'

export interface PingWish {
  readonly address: string
  readonly payloadBytes: number
}

export interface PingAnswer {
  /** Absent when no answer came. */
  readonly roundTripMs?: number
  /** Why it could not be sent at all, in the kernel's words. */
  readonly problem?: string
}

/** A packet's time through one switch and the guests beside it, about what emulated guests take. */
const hopMs = 0.31

/** The answer, and the park with the counters it moved. */
export function pinged(
  park: Park,
  from: Place,
  wish: PingWish & { readonly nowMs: number },
): { readonly park: Park; readonly answer: PingAnswer } {
  const machine = machineIn(park, from)
  const { address, payloadBytes } = wish
  if (machine.hardware.nics.some((nic) => nic.address?.ip === address) || /^127\./.test(address)) {
    return { park, answer: { roundTripMs: 0.05 } }
  }
  const nic = machine.hardware.nics.find((each) => each.address && isInNetworkOf(each.address, address))
  if (!nic || !isUp(machine, wish.nowMs)) return { park, answer: { problem: 'Network is unreachable' } }
  if (packetBytes(payloadBytes) > mtuOf(park, from.owner, nic)) {
    // A real guest cuts the packet up; what a lab wants to see here is that it does not fit.
    return { park, answer: { problem: 'Message too large' } }
  }
  const network = new Network(park, wish.nowMs)
  const { there, hops } = exchange(network, { owner: from.owner, machine, nic }, wish)
  const counted = withNeighbour(network.events.reduce(count, park), from, {
    ip: address,
    nic: nic.name,
    mac: there?.nic.mac,
  })
  return { park: counted, answer: hops === undefined ? {} : { roundTripMs: hops * hopMs } }
}

interface Exchange {
  /** Who answered for the address. */
  readonly there?: NicPlace
  /** Number of switches passed there and back, absent when a frame was lost. */
  readonly hops?: number
}

function exchange(network: Network, here: NicPlace, { address, payloadBytes }: PingWish): Exchange {
  const asking = network.send(here, arpFrame({ from: here.nic.mac, to: broadcast }))
  const there = asking.find(({ nic }) => nic.address?.ip === address)
  if (!there) return {}
  const back = { from: there.nic.mac, to: here.nic.mac }
  if (!arrives(network.send(there, arpFrame(back)), here)) return {}
  const echo = network.send(here, echoFrame({ from: back.to, to: back.from }, payloadBytes))
  if (!arrives(echo, there)) return { there }
  const reply = arrives(network.send(there, echoFrame(back, payloadBytes)), here)
  return reply ? { there, hops: there.hops + reply.hops } : { there }
}

function arrives(reached: readonly Reached[], at: NicPlace): Reached | undefined {
  return reached.find(
    ({ machine, nic }) => machine.hardware.path === at.machine.hardware.path && nic.name === at.nic.name,
  )
}

function mtuOf(park: Park, owner: string, nic: Nic): number {
  const found = levelOf(park, owner).switches.find(({ wanted }) => wanted.name === nic.switchName)
  return found?.wanted.mtu ?? 0
}

function count(park: Park, event: PortEvent): Park {
  const level = levelOf(park, event.owner)
  const switches = level.switches.map((each) =>
    each.wanted.name === event.switchName ? { ...each, counters: counted(each, event) } : each,
  )
  return withLevel(park, { ...level, switches })
}

function counted({ counters }: SimSwitch, { port, portgroup, what }: PortEvent): readonly PortCounters[] {
  const at = counters.findIndex((each) => each.port === port)
  const before = counters[at] ?? { port, portgroup, received: 0, sent: 0, dropped: {} }
  const after =
    typeof what === 'string' ? { ...before, [what]: before[what] + 1 } : withDrop(before, what.dropped)
  return at < 0 ? [...counters, after] : counters.with(at, after)
}

function withDrop(before: PortCounters, reason: string): PortCounters {
  return { ...before, dropped: { ...before.dropped, [reason]: (before.dropped[reason] ?? 0) + 1 } }
}
