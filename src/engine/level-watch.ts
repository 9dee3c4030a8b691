/** Looks at levels while machines boot: one look serves all who wait there, and a slow level is looked at less often. */
import type { Inventory, SeenMachine } from '#providers'
import type { Clock } from './contract.ts'
import type { Reach } from './reach.ts'
import { nameOf, ownerOf, upwards } from './select.ts'

interface Look {
  readonly inventory: Promise<Inventory>
  readonly atMs: number
}

export class LevelWatch {
  readonly #reach: Reach
  readonly #clock: Clock
  readonly #looks = new Map<string, Look>()

  constructor(reach: Reach, clock: Clock) {
    this.#reach = reach
    this.#clock = clock
  }

  /** How long a look stays good. Each level further in costs an order of magnitude more to ask. */
  ageMs(path: string): number {
    return path.includes('/') ? 3000 : 1000
  }

  /** What is known about a machine, at most `ageMs` old; undefined when it is not there. */
  async machine(path: string, signal: AbortSignal): Promise<SeenMachine | undefined> {
    const inventory = await this.#look(path, signal)
    return inventory.machines.find((one) => one.name === nameOf(path))
  }

  /**
   * Rejects with what `died` gives once the machine, or one around it, no longer runs; or with the signal's reason.
   * A level that cannot be asked proves nothing.
   */
  async untilGone(path: string, died: (gone: string) => Promise<Error>, signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#clock.sleep(this.ageMs(path), signal)
      for (const one of upwards(path)) {
        const seen = await this.machine(one, signal).catch(() => ({ state: 'running' }))
        if (seen?.state !== 'running') throw await died(one)
      }
    }
  }

  #look(path: string, signal: AbortSignal): Promise<Inventory> {
    const owner = ownerOf(path)
    const last = this.#looks.get(owner)
    if (last && this.#clock.nowMs() - last.atMs < this.ageMs(path)) return last.inventory
    const inventory = this.#reach.level(owner).then((level) => level.inspect(signal))
    this.#looks.set(owner, { inventory, atMs: this.#clock.nowMs() })
    return inventory
  }
}
