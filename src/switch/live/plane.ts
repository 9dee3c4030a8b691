/** All switches of one process with their ports, and their replacement while frames flow. */
import type { VnicPort } from '../spec.ts'
import { compileSwitch } from '../state.ts'
import type { LivePortStats } from './client.ts'
import type { LiveConfig, LivePortConfig } from './config.ts'
import { Counters } from './counters.ts'
import type { Board } from './flows.ts'
import { Inlet, type Place } from './inlet.ts'
import { Line, type LineEvent } from './line.ts'
import { Outlet } from './outlet.ts'

/** What QEMU says about a NIC. */
export interface SeenNic {
  readonly mac: string
  readonly promiscuous: boolean
}

interface LivePort {
  config: LivePortConfig
  /** Undefined until QEMU has said something. */
  seen: SeenNic | undefined
  readonly counters: Counters
  readonly outlet: Outlet
  readonly inlet: Inlet
  readonly line: Line
}

/** `port` is its id. */
export type PlaneLog = (port: string, event: LineEvent) => void

export class Plane {
  readonly #log: PlaneLog
  #config: LiveConfig
  #ports = new Map<string, LivePort>()

  constructor(config: LiveConfig, log: PlaneLog) {
    this.#log = log
    this.#config = { ...config, switches: [], ports: [] }
    this.apply(config)
  }

  /** Puts a whole configuration in force between two reads. Ports with the same id and socket stay connected. */
  apply(config: LiveConfig): void {
    const before = this.#ports
    const kept = new Map<string, LivePort>()
    for (const port of config.ports) {
      const old = before.get(port.id)
      if (old?.config.socket !== port.socket) continue
      if (old.config.initialMac !== port.initialMac) old.seen = undefined
      old.config = port
      kept.set(port.id, old)
    }
    for (const [id, port] of before) if (!kept.has(id)) port.line.close()
    this.#config = config
    this.#ports = kept
    this.#compile()
  }

  /** Undefined: QEMU can no longer be asked, so that the NIC counts as it was given. */
  see(id: string, seen: SeenNic | undefined): void {
    const port = this.#ports.get(id)
    if (!port) return
    if (port.seen?.mac === seen?.mac && port.seen?.promiscuous === seen?.promiscuous) return
    port.seen = seen
    this.#compile(port.config.switchName)
  }

  stats(): LivePortStats[] {
    return this.#config.ports.flatMap(({ id }) => {
      const port = this.#ports.get(id)
      return port ? [statsOf(port)] : []
    })
  }

  close(): void {
    for (const port of this.#ports.values()) port.line.close()
    this.#ports.clear()
  }

  /** Makes new boards, of one switch or of all, and ports for what has none yet. */
  #compile(only?: string): void {
    for (const spec of this.#config.switches) {
      if (only !== undefined && spec.name !== only) continue
      const configs = this.#config.ports.filter(({ switchName }) => switchName === spec.name)
      const exits: LivePort[] = []
      const state = compileSwitch(
        spec,
        configs.map((config) => vnicOf(config, this.#ports.get(config.id)?.seen)),
      )
      const board: Board = { state, exits }
      for (const [index, config] of configs.entries()) {
        const port = this.#ports.get(config.id)
        port?.inlet.move({ board, index })
        exits.push(port ?? this.#open(config, { board, index }))
      }
    }
  }

  #open(config: LivePortConfig, place: Place): LivePort {
    const counters = new Counters()
    const outlet = new Outlet(counters)
    const inlet = new Inlet(place, counters)
    const onEvent = (event: LineEvent) => this.#log(config.id, event)
    const line = new Line({ path: config.socket, inlet, outlet, counters, onEvent })
    const port: LivePort = { config, seen: undefined, counters, outlet, inlet, line }
    this.#ports.set(config.id, port)
    return port
  }
}

function vnicOf(config: LivePortConfig, seen: SeenNic | undefined): VnicPort {
  return {
    kind: 'vnic',
    id: config.id,
    portgroup: config.portgroup,
    initialMac: config.initialMac,
    effectiveMac: seen?.mac ?? config.initialMac,
    guestPromiscuous: seen?.promiscuous ?? 'unknown',
  }
}

function statsOf({ config, seen, counters, outlet }: LivePort): LivePortStats {
  const { received, receivedBytes, sent, sentBytes, lost, malformed } = counters
  return {
    switchName: config.switchName,
    portgroup: config.portgroup,
    port: config.id,
    connected: outlet.connected,
    received,
    receivedBytes,
    sent,
    sentBytes,
    dropped: counters.droppedByReason(),
    lost,
    malformed,
    effectiveMac: seen?.mac ?? config.initialMac,
    guestPromiscuous: seen?.promiscuous ?? 'unknown',
  }
}
