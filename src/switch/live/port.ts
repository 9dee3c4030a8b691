/** One port of a running switch: what it is by the configuration, and what carries its frames. */
import { type SwitchPort, type SwitchSpec, type UplinkPort, uplinkPortOf } from '../spec.ts'
import type { LivePortStats } from './client.ts'
import type { LiveConfig, LivePortConfig } from './config.ts'
import { Counters, reasonIndex } from './counters.ts'
import { Inlet, type Place } from './inlet.ts'
import { Line, type LineEvent } from './line.ts'
import { Outlet } from './outlet.ts'
import type { ReadBuffers } from './read-buffers.ts'

/** What QEMU says about a NIC. */
export interface SeenNic {
  readonly mac: string
  /** `unknown`: QEMU cannot say it of this kind of NIC. */
  readonly promiscuous: boolean | 'unknown'
  /** The group MACs the guest listens to. */
  readonly multicast: readonly string[] | 'all'
}

/** A port as configured. */
export interface Plug {
  /** Unique in the process. */
  readonly key: string
  readonly switchName: string
  /** Absent: an uplink that nothing serves. */
  readonly socket?: string
  readonly as: LivePortConfig | UplinkPort
}

/** The ports of a switch in the order in which they are on it: NICs first. */
export function plugsOf(spec: SwitchSpec, { ports, uplinks }: LiveConfig): Plug[] {
  const nics = ports.filter(({ switchName }) => switchName === spec.name)
  const served = new Map(
    uplinks
      .filter(({ switchName }) => switchName === spec.name)
      .map(({ uplink, socket }) => [uplink, socket]),
  )
  return [
    ...nics.map((nic) => ({ key: nic.id, switchName: spec.name, socket: nic.socket, as: nic })),
    ...spec.uplinks.map(uplinkPortOf).map((port): Plug => {
      const socket = served.get(port.id)
      // No NIC has such an id: those name a machine first.
      return { key: `${spec.name}/ ${port.id}`, switchName: spec.name, ...(socket && { socket }), as: port }
    }),
  ]
}

/** `runt` and `giant`: the first frame of that kind. */
export type PortEvent = LineEvent | 'runt' | 'giant'

/** `port` is its id. */
export type OnPortEvent = (port: string, event: PortEvent) => void

const runt = reasonIndex('RUNT')

export interface PortParts {
  readonly buffers: ReadBuffers
  readonly onEvent: OnPortEvent
}

export class LivePort {
  readonly counters = new Counters()
  readonly outlet: Outlet
  readonly inlet: Inlet
  readonly #line: Line | undefined
  readonly #told = new Set<PortEvent>()
  #plug: Plug
  /** Undefined until QEMU has said something. */
  #seen: SeenNic | undefined

  constructor(plug: Plug, place: Place, { buffers, onEvent }: PortParts) {
    this.#plug = plug
    this.outlet = new Outlet(this.counters, buffers)
    this.inlet = new Inlet(place, this.counters, buffers)
    const { outlet, inlet, counters } = this
    if (plug.socket === undefined) return
    this.#line = new Line({
      path: plug.socket,
      inlet,
      outlet,
      counters,
      onEvent: (event) => onEvent(plug.key, event),
    })
  }

  get plug(): Plug {
    return this.#plug
  }

  /** True when the port can be kept, connection and all; false when another one must take its place. */
  follows(plug: Plug): boolean {
    const before = this.#plug
    if (before.socket !== plug.socket) return false
    if (macOf(before) !== macOf(plug)) this.#seen = undefined
    this.#plug = plug
    return true
  }

  /** False when that is what was known. */
  see(seen: SeenNic | undefined): boolean {
    if (JSON.stringify(seen) === JSON.stringify(this.#seen)) return false
    this.#seen = seen
    return true
  }

  /** The port as it is on its switch now. */
  switchPort(): SwitchPort {
    return switchPortOf(this.#plug, this.#seen)
  }

  stats(): LivePortStats {
    const { received, receivedBytes, sent, sentBytes, lost, giants, malformed } = this.counters
    const { as, switchName } = this.#plug
    return {
      switchName,
      portgroup: 'portgroup' in as ? as.portgroup : '',
      port: as.id,
      connected: this.outlet.connected,
      received,
      receivedBytes,
      sent,
      sentBytes,
      dropped: this.counters.droppedByReason(),
      lost,
      runts: this.counters.dropped[runt] ?? 0,
      giants,
      malformed,
      ...('portgroup' in as && {
        effectiveMac: this.#seen?.mac ?? as.initialMac,
        guestPromiscuous: this.#seen?.promiscuous ?? 'unknown',
        multicast: this.#seen?.multicast ?? 'all',
      }),
    }
  }

  /** What is wrong with the frames of the machine, each thing once. */
  complaints(): readonly PortEvent[] {
    const counts = { runt: this.counters.dropped[runt] ?? 0, giant: this.counters.giants }
    const found = (['runt', 'giant'] as const).filter((what) => counts[what] > 0 && !this.#told.has(what))
    for (const what of found) this.#told.add(what)
    return found
  }

  close(): void {
    this.#line?.close()
  }
}

/** A NIC of which QEMU has not told anything is as the lab gave it. */
export function switchPortOf({ as }: Plug, seen?: SeenNic): SwitchPort {
  if (!('portgroup' in as)) return as
  return {
    kind: 'vnic',
    id: as.id,
    portgroup: as.portgroup,
    initialMac: as.initialMac,
    effectiveMac: seen?.mac ?? as.initialMac,
    guestPromiscuous: seen?.promiscuous ?? 'unknown',
    ...(seen && { multicast: seen.multicast }),
  }
}

function macOf({ as }: Plug): string | undefined {
  return 'portgroup' in as ? as.initialMac : undefined
}
