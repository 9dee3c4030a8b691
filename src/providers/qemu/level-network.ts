/** The ports of a QEMU level: checks who is meant, keeps what was asked for, and hands the rest to the plane. */
import type { Duplex } from 'node:stream'
import type { Host } from '#host'
import type { LevelPaths } from '#store'
import type { ImpairedPort, LevelNetwork, LinkConditions, PortCapture, SwitchMacs } from '../network.ts'
import { failQemu } from './errors.ts'
import { readImpairments, writeImpairments } from './impairments.ts'
import type { PortTools, Wiring } from './plane.ts'

export interface QemuPorts {
  readonly host: Host
  readonly paths: LevelPaths
  readonly tools: PortTools
  wiring(signal: AbortSignal): Promise<Wiring>
  /** One after the other with everything else that changes the wiring. */
  inLine<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result>
  /** Numbers from 0 up to 1. */
  readonly random: () => number
}

/** Short enough to be typed again. */
const seeds = 1_000_000

export class QemuLevelNetwork implements LevelNetwork {
  readonly #level: QemuPorts

  constructor(level: QemuPorts) {
    this.#level = level
  }

  impairments(): Promise<readonly ImpairedPort[]> {
    return readImpairments(this.#level.host, this.#level.paths)
  }

  impair(
    ports: readonly string[],
    conditions: LinkConditions | undefined,
    signal: AbortSignal,
  ): Promise<readonly ImpairedPort[]> {
    const { host, paths, tools } = this.#level
    return this.#level.inLine(signal, async () => {
      const wiring = await this.#wiringOf(ports, signal)
      const before = await this.impairments()
      const wanted = conditions && this.#seeded(conditions)
      const others = before.filter(({ port }) => !ports.includes(port))
      const all = wanted ? [...others, ...ports.map((port) => ({ port, conditions: wanted }))] : others
      // First, so that another command that changes the wiring meanwhile finds them too.
      await writeImpairments(host, paths, all)
      try {
        await tools.impair({ all, changed: ports }, wiring, signal)
      } catch (error) {
        await writeImpairments(host, paths, before)
        throw error
      }
      return all
    })
  }

  async capture(request: PortCapture, signal: AbortSignal): Promise<Duplex> {
    const wiring = await this.#wiringOf(request.ports ?? [], signal)
    return await this.#level.tools.capture(request, wiring, signal)
  }

  async macs(signal: AbortSignal): Promise<readonly SwitchMacs[]> {
    return await this.#level.tools.macs(await this.#level.wiring(signal), signal)
  }

  /** Fails with `machine-unknown` when a port's machine does not exist yet. */
  async #wiringOf(ports: readonly string[], signal: AbortSignal): Promise<Wiring> {
    const wiring = await this.#level.wiring(signal)
    const names = new Set(wiring.machines.map(({ machine }) => machine.name))
    for (const port of ports) {
      const machine = port.slice(0, port.lastIndexOf(':'))
      if (!names.has(machine)) throw failQemu('machine-unknown', { machine })
    }
    return wiring
  }

  #seeded(conditions: LinkConditions): LinkConditions {
    if (!this.#level.tools.seeds) {
      if (conditions.seed === undefined) return conditions
      throw failQemu('no-seed', { host: this.#level.host.name })
    }
    return { ...conditions, seed: conditions.seed ?? Math.floor(this.#level.random() * seeds) }
  }
}
