/** One port of a running switch: what it is by the configuration, and what carries its frames. */
import { type SwitchPort, type SwitchSpec, type UplinkPort, uplinkPortOf } from '../spec.ts'
import type { LivePortStats } from './client.ts'
import type { LiveConfig, LivePortConfig } from './config.ts'
import { Counters } from './counters.ts'
import { Inlet, type Place } from './inlet.ts'
import { Line, type LineEvent } from './line.ts'
import { Outlet } from './outlet.ts'

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

export type OnPortEvent = (key: string, event: LineEvent) => void

export class LivePort {
  readonly counters = new Counters()
  readonly outlet: Outlet
  readonly inlet: Inlet
  readonly #line: Line | undefined
  #plug: Plug
  /** Undefined until QEMU has said something. */
  #seen: SeenNic | undefined

  constructor(plug: Plug, place: Place, onEvent: OnPortEvent) {
    this.#plug = plug
    this.outlet = new Outlet(this.counters)
    this.inlet = new Inlet(place, this.counters)
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
    const { received, receivedBytes, sent, sentBytes, lost, malformed } = this.counters
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
      malformed,
      ...('portgroup' in as && {
        effectiveMac: this.#seen?.mac ?? as.initialMac,
        guestPromiscuous: this.#seen?.promiscuous ?? 'unknown',
        multicast: this.#seen?.multicast ?? 'all',
      }),
    }
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
