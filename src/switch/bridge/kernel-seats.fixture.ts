/** For tests: which link of a kernel serves as which port of a case, and the plans that come of it. */
import type { Case } from '../cases/case.fixture.ts'
import type { VnicPort } from '../spec.ts'
import type { KernelPlace } from './kernel-bench.fixture.ts'
import type { BridgePlan, BridgePort } from './plan.ts'

export interface Seated {
  readonly one: Case
  /** For each port the link that serves as it; absent where the links as they are plugged do not serve. */
  readonly seats: readonly number[] | undefined
}

const plainMtu = 1500

export function seatsOf({ on, ports }: Case, { plugged }: KernelPlace): readonly number[] | undefined {
  if (!plugged || on.mtu !== plainMtu) return undefined
  const wanted = ports.map(({ port }) =>
    port.kind === 'vnic'
      ? on.portgroups.find(({ name }) => name === port.portgroup)?.vlan
      : (port.vlan ?? 'shared'),
  )
  // An uplink of its own VLAN takes that away from the shared ones.
  if (wanted.includes('shared') && ports.some(({ port }) => port.kind === 'uplink' && port.vlan))
    return undefined
  const taken = new Set<number>()
  for (const vlan of wanted) {
    const seat = plugged.findIndex((is, at) => !taken.has(at) && JSON.stringify(is) === JSON.stringify(vlan))
    if (seat < 0) return undefined
    taken.add(seat)
  }
  return [...taken]
}

export function basePlan({ plugged = [], links }: KernelPlace): BridgePlan {
  const security = { promiscuous: 'reject', forgedTransmits: 'reject', macChanges: 'reject' } as const
  const seats = plugged.map((vlan, at) => ({ vlan, name: `seat${at}`, device: links[at]?.device ?? '' }))
  const own = seats.flatMap(({ vlan, ...seat }) => (vlan === 'shared' ? [] : [{ ...seat, vlan }]))
  return {
    spec: {
      name: 'vSwitch0',
      kind: 'standard',
      mtu: plainMtu,
      uplinks: [],
      portgroups: own.map(({ name, vlan }) => ({ name, vlan, security })),
    },
    uplinks: seats.flatMap(({ vlan, device }) => (vlan === 'shared' ? [{ device }] : [])),
    ports: own.map(({ name, device }, at) => ({
      portgroup: name,
      tapDevice: device,
      mac: `02:00:00:00:01:${at.toString(16).padStart(2, '0')}`,
    })),
  }
}

export function planOf({ on, ports }: Case, devices: readonly string[]): BridgePlan {
  return {
    spec: on,
    ports: ports.flatMap(({ port }, index) =>
      port.kind === 'vnic' ? [bridgePortOf(port, devices[index] ?? '')] : [],
    ),
    uplinks: ports.flatMap(({ port }, index) =>
      port.kind === 'uplink' ? [{ device: devices[index] ?? '', ...(port.vlan && { vlan: port.vlan }) }] : [],
    ),
  }
}

function bridgePortOf(port: VnicPort, tapDevice: string): BridgePort {
  return {
    portgroup: port.portgroup,
    tapDevice,
    mac: port.initialMac,
    guest: {
      effectiveMac: port.effectiveMac,
      promiscuous: port.guestPromiscuous !== false,
      multicast: port.multicast ?? 'all',
    },
  }
}
