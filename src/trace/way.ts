/** Which way leads to a NIC: how far each switch is from it, and by which ports it comes nearer. */
import { type Behind, type Net, overlayKey, type Plug, type SwitchNode } from './net.ts'

export interface Way {
  /** Switches left to pass; undefined where no way leads to the goal. */
  distance(at: SwitchNode): number | undefined
  /** Ports of that switch by which the frame comes nearer, or the goal's own. */
  next(at: SwitchNode): readonly number[]
}

export function wayTo(net: Net, goal: Plug): Way {
  const distances = new Map<SwitchNode, number>([[goal.spot.at, 0]])
  // The map grows while it is worked off.
  for (const [at, distance] of distances) {
    for (const there of neighbours(net, at)) if (!distances.has(there)) distances.set(there, distance + 1)
  }
  return {
    distance: (at) => distances.get(at),
    next(at) {
      const distance = distances.get(at)
      if (distance === undefined) return []
      if (distance === 0) return [goal.spot.port]
      const nearer = (behind: Behind) =>
        switchesBehind(net, behind).some((there) => distances.get(there) === distance - 1)
      return at.behind.flatMap((behind, port) => (nearer(behind) ? [port] : []))
    },
  }
}

/** Every switch that frames could get to from this one if all settings allowed it. */
export function joinedTo(net: Net, at: SwitchNode): ReadonlySet<SwitchNode> {
  const joined = new Set([at])
  for (const one of joined) for (const there of neighbours(net, one)) joined.add(there)
  return joined
}

function neighbours(net: Net, at: SwitchNode): readonly SwitchNode[] {
  return at.behind.flatMap((behind) => switchesBehind(net, behind))
}

function switchesBehind(net: Net, behind: Behind): readonly SwitchNode[] {
  if (behind.kind === 'inside') return behind.spots.map(({ at }) => at)
  if (behind.kind === 'outside') return [behind.spot.at]
  if (behind.kind !== 'overlay') return []
  const { peers, vni } = behind.uplink
  return peers.flatMap(({ machine }) => net.overlays.get(overlayKey(machine, vni))?.at ?? [])
}
