/** All switches of one process with their ports, and their replacement while frames flow. */
import type { LearnedMacs } from '../learned.ts'
import type { SwitchSpec } from '../spec.ts'
import { compileSwitch, type SwitchState } from '../state.ts'
import type { Board, Clock, Exit } from './board.ts'
import type { CaptureSession } from './capture/session.ts'
import type { LivePortStats, LiveSwitchMacs } from './client.ts'
import type { LiveConfig } from './config.ts'
import { Fittings } from './fittings.ts'
import { macsOf } from './macs.ts'
import { LivePort, type OnPortEvent, type Plug, plugsOf, type SeenNic, switchPortOf } from './port.ts'
import { ReadBuffers } from './read-buffers.ts'

export class Plane {
  readonly #log: OnPortEvent
  readonly #now: () => number
  readonly #clock: Clock
  readonly #fittings = new Fittings()
  readonly #buffers = new ReadBuffers()
  #config: LiveConfig
  #ports = new Map<string, LivePort>()
  #boards = new Map<string, Board>()

  /** `now` gives seconds of a clock that never runs backwards. */
  constructor(config: LiveConfig, log: OnPortEvent, now: () => number) {
    this.#log = log
    this.#now = now
    this.#clock = { nowS: now() }
    this.#config = { ...config, switches: [], ports: [], uplinks: [] }
    this.apply(config)
  }

  /**
   * Puts a whole configuration in force between two reads. Ports with the same id and socket stay connected, and
   * what was learned behind them stays known.
   */
  apply(config: LiveConfig): void {
    const plugs = config.switches.flatMap((spec) => plugsOf(spec, config))
    const kept = new Map<string, LivePort>()
    for (const plug of plugs) {
      const old = this.#ports.get(plug.key)
      if (old?.follows(plug)) kept.set(plug.key, old)
    }
    for (const [key, port] of this.#ports) {
      if (kept.get(key) === port) continue
      port.close()
      this.#fittings.unplug(port)
    }
    const before = this.#boards
    this.#config = config
    this.#ports = kept
    this.#boards = new Map()
    for (const spec of config.switches) this.#put(spec, before.get(spec.name))
  }

  /** Undefined: QEMU can no longer be asked, so that the NIC counts as it was given. */
  see(id: string, seen: SeenNic | undefined): void {
    const port = this.#ports.get(id)
    if (!port?.see(seen)) return
    const spec = this.#config.switches.find(({ name }) => name === port.plug.switchName)
    if (spec) this.#put(spec, this.#boards.get(spec.name))
  }

  stats(): LivePortStats[] {
    return [...this.#ports.values()].map((port) => port.stats())
  }

  macs(): LiveSwitchMacs[] {
    return [...this.#boards.values()].map(macsOf)
  }

  /** Shows frames to a capture until `uncapture`. */
  capture(session: CaptureSession): void {
    this.#fittings.add(session)
    this.#putAll()
  }

  uncapture(session: CaptureSession): void {
    this.#fittings.remove(session)
    this.#putAll()
  }

  close(): void {
    this.#fittings.close()
    for (const port of this.#ports.values()) port.close()
    this.#ports.clear()
  }

  #putAll(): void {
    for (const spec of this.#config.switches) this.#put(spec, this.#boards.get(spec.name))
  }

  /** Makes a switch's new board, and ports for what has none yet. */
  #put(spec: SwitchSpec, before: Board | undefined): void {
    const plugs = plugsOf(spec, this.#config)
    const ports = plugs.map((plug) => this.#ports.get(plug.key)?.switchPort() ?? switchPortOf(plug))
    const state = compileSwitch(spec, ports)
    const exits: Exit[] = []
    const macs = before && learnedOn(before, state)
    const board = this.#fittings.board(state, exits, { ...(macs && { macs }), clock: this.#clock })
    for (const [index, plug] of plugs.entries()) {
      const port = this.#ports.get(plug.key) ?? this.#open(plug, board, index)
      exits.push(this.#fittings.plug(port, { board, index }))
    }
    this.#boards.set(spec.name, board)
  }

  #open(plug: Plug, board: Board, index: number): LivePort {
    const port = new LivePort(plug, { board, index }, { buffers: this.#buffers, onEvent: this.#log })
    this.#ports.set(plug.key, port)
    return port
  }

  /** Looks at the clock. How often it is called is how exactly ages of MACs are known. */
  tick(): void {
    this.#clock.nowS = this.#now()
    for (const board of this.#boards.values()) board.age()
    for (const port of this.#ports.values())
      for (const event of port.complaints()) this.#log(port.plug.key, event)
  }
}

/** What `before` has learned behind ports that are there still and learn as they did. */
function learnedOn({ macs, state }: Board, now: SwitchState): LearnedMacs {
  const ports = new Map(now.ports.map((port) => [port.id, port]))
  return macs.moved((index) => {
    const before = state.ports[index]
    const port = ports.get(before?.id ?? '')
    return port?.learning && port.learning.by === before?.learning?.by ? port.index : undefined
  })
}
