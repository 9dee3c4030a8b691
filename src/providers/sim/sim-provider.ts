/** The simulated machine park as a provider: one level of it, at L0 or inside a simulated hypervisor. */
import type { LabSwitch } from '#lab'
import type { MachineCopies } from '../copies.ts'
import type { Access, Inventory, MachineOrder, PortStats, Provider } from '../provider.ts'
import { accessTo } from './access.ts'
import { printedBy } from './console-text.ts'
import { fail } from './errors.ts'
import {
  asked,
  created,
  isUp,
  machineIn,
  pathOf,
  poweredOff,
  removed,
  runOf,
  settle,
  started,
} from './life.ts'
import type { LevelOfPark } from './opened-level.ts'
import { levelOf, machineAt, type Park, pausedAt, withLevel } from './park.ts'
import { readMemory, SimCopies } from './sim-copies.ts'
import { resumed, thawed } from './standing.ts'
import { statsOf } from './stats.ts'

export class SimProvider implements Provider {
  readonly name = 'sim'
  readonly copies?: MachineCopies
  private readonly level: LevelOfPark

  constructor(level: LevelOfPark) {
    this.level = level
    // What is inside a hypervisor is kept with it.
    if (level.owner === '') this.copies = new SimCopies(level)
  }

  async inspect(signal: AbortSignal): Promise<Inventory> {
    const { machines, switches } = levelOf(await this.look(signal), this.level.owner)
    return {
      machines: machines.map(({ hardware, state, digest }) => ({
        name: hardware.name,
        state,
        digest,
        accelerator: 'simulated',
      })),
      switches: switches.map(({ wanted, digest }) => ({ name: wanted.name, digest, alive: true })),
    }
  }

  async putSwitch(wanted: LabSwitch, digest: string, signal: AbortSignal): Promise<void> {
    await this.change(signal, (park) => {
      const level = levelOf(park, this.level.owner)
      const there = level.switches.find((each) => each.wanted.name === wanted.name)
      if (there?.digest === digest) return park
      const others = level.switches.filter((each) => each !== there)
      const counters = there?.counters ?? []
      return withLevel(park, { ...level, switches: [...others, { wanted, digest, counters }] })
    })
  }

  async dropSwitch(name: string, signal: AbortSignal): Promise<void> {
    await this.change(signal, (park) => {
      const level = levelOf(park, this.level.owner)
      const switches = level.switches.filter((each) => each.wanted.name !== name)
      return switches.length === level.switches.length ? park : withLevel(park, { ...level, switches })
    })
  }

  async create(order: MachineOrder, signal: AbortSignal): Promise<void> {
    await this.change(signal, (park) => created(park, this.level.owner, order))
  }

  async start(name: string, signal: AbortSignal): Promise<void> {
    const place = this.place(name)
    const { state, beginsAt } = machineIn(await this.look(signal), place)
    const kept = state === 'created' && beginsAt && (await readMemory(pathOf(place), beginsAt))
    await this.change(signal, (park, nowMs) => {
      if (kept) return thawed(park, place, { ...kept, nowMs })
      return started(resumed(park, place, nowMs), place, nowMs)
    })
  }

  async stop(name: string, how: 'button' | 'power', signal: AbortSignal): Promise<void> {
    await this.change(signal, (park, nowMs) =>
      how === 'power'
        ? poweredOff(park, this.place(name), nowMs)
        : asked(park, this.place(name), { nowMs, as: 'stopped' }),
    )
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    let refused = false
    await this.change(signal, (park, nowMs) => {
      const result = removed(park, this.place(name), nowMs)
      refused = result.refused
      return result.park
    })
    if (refused) throw fail('cannot-remove', { machine: pathOf(this.place(name)) })
  }

  async access(name: string): Promise<Access> {
    const place = this.place(name)
    const machine = machineIn(await this.look(), place)
    if (machine.state !== 'running' && machine.state !== 'paused') {
      throw fail('machine-not-running', { machine: pathOf(place), state: machine.state })
    }
    return accessTo(place, this.level)
  }

  async consoleTail(name: string, maxBytes: number): Promise<string> {
    const machine = machineIn(await this.look(), this.place(name))
    if (machine.run === 0) return ''
    const endMs = machine.endedAtMs ?? machine.pausedAtMs ?? this.level.clock.now()
    return printedBy(machine.hardware, endMs - machine.bootedAtMs).slice(-maxBytes)
  }

  async stats(signal: AbortSignal): Promise<readonly PortStats[]> {
    return statsOf(levelOf(await this.look(signal), this.level.owner))
  }

  async clear(signal: AbortSignal): Promise<readonly string[]> {
    signal.throwIfAborted()
    if (this.level.owner !== '') return []
    return this.level.park.removeWhenEmpty()
  }

  async close(): Promise<void> {}

  private place(name: string) {
    return { owner: this.level.owner, name }
  }

  /** The park as it is now, after what was due by itself. */
  private async look(signal?: AbortSignal): Promise<Park> {
    signal?.throwIfAborted()
    const nowMs = this.level.clock.now()
    return this.inside(settle(await this.level.park.read(), nowMs), nowMs)
  }

  private async change(signal: AbortSignal, edit: (park: Park, nowMs: number) => Park): Promise<void> {
    signal.throwIfAborted()
    await this.level.park.change((park) => {
      const nowMs = this.level.clock.now()
      return { park: edit(this.inside(settle(park, nowMs), nowMs), nowMs), answer: undefined }
    })
  }

  /** Passes the park on, unless this level's hypervisor has gone or is another run than the one that was opened. */
  private inside(park: Park, nowMs: number): Park {
    const { owner, hypervisorRun } = this.level
    if (owner === '') return park
    const hypervisor = machineAt(park, owner)
    const stands = pausedAt(park, owner) !== undefined
    if (hypervisor && !stands && isUp(hypervisor, nowMs) && runOf(hypervisor) === hypervisorRun) return park
    throw fail('hypervisor-lost', { hypervisor: owner })
  }
}
