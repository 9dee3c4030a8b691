/** Looks at a whole lab: the inventory of every level that can be entered, and what each running guest says. */
import type { GuestReport, Guests } from '#guests'
import type { Level, Machine } from '#lab'
import type { Inventory } from '#providers'
import { isChangedHost } from './changed-host.ts'
import type { Clock, Inside } from './contract.ts'
import { asFailure } from './errors.ts'
import type { Observation, SeenLevel } from './observation.ts'
import { reportOf } from './prove-by-site.ts'
import { entryLimitMs, limited, type Reach } from './reach.ts'
import { ownerOf } from './select.ts'

export interface Looking {
  readonly reach: Reach
  readonly guests: Guests
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Machines that proved to be up a moment ago are not asked again while they run. */
  readonly reports?: ReadonlyMap<string, GuestReport>
  /** Levels inside hypervisors that were looked at a moment ago, by the path of the hypervisor. */
  readonly inventories?: ReadonlyMap<string, Inventory>
  /** Told of each guest that is entered, while the way into it is open. */
  readonly entered?: (host: Inside) => Promise<void>
}

/** Rejects only when L0 cannot be asked. Everything further in is looked at side by side, each with a short limit. */
export async function lookAt(looking: Looking): Promise<Observation> {
  const look = new Look(looking)
  const { reach, signal } = looking
  const inventory = await (await reach.level('')).inspect(signal)
  await look.level(reach.lab.top, inventory)
  return look
}

class Look implements Observation {
  readonly levels = new Map<string, SeenLevel>()
  readonly reports = new Map<string, GuestReport>()
  readonly #looking: Looking

  constructor(looking: Looking) {
    this.#looking = looking
  }

  async level(level: Level, inventory: Inventory): Promise<void> {
    this.levels.set(level.owner, { kind: 'seen', inventory })
    const states = new Map(inventory.machines.map(({ name, state }) => [name, state]))
    await Promise.all(
      level.machines.map((machine) => {
        const state = states.get(machine.name)
        if (state === 'running') return this.#running(machine)
        return state === 'paused' ? this.#standing(machine) : this.#absent(machine)
      }),
    )
  }

  #standing({ path, hypervisor }: Machine): void {
    if (hypervisor) this.levels.set(path, { kind: 'closed', why: `${path} is paused` })
  }

  #absent(machine: Machine): void {
    if (machine.hypervisor) this.levels.set(machine.path, { kind: 'absent' })
  }

  async #running(machine: Machine): Promise<void> {
    const { path, hypervisor } = machine
    try {
      const known = this.#looking.reports?.get(path)
      if (known) this.reports.set(path, known)
      else await this.#ask(machine)
      if (!hypervisor) return
      const alone = this.#looking.reach.leavesInside(machine)
      if (alone !== undefined) {
        this.levels.set(path, { kind: 'closed', why: alone })
        return
      }
      await this.level(hypervisor.inside, await this.#inventory(path))
    } catch (error) {
      this.#looking.signal.throwIfAborted()
      const why = asFailure(error, `look into ${path}`).message
      if (!hypervisor) return
      this.levels.set(path, { kind: 'closed', why, ...(isChangedHost(error) && { failure: error }) })
    }
  }

  async #inventory(path: string): Promise<Inventory> {
    const { reach, inventories, signal } = this.#looking
    return inventories?.get(path) ?? (await (await reach.level(path)).inspect(signal))
  }

  async #ask(machine: Machine): Promise<void> {
    const { reach, guests, clock, signal } = this.#looking
    const site = await reach.level(ownerOf(machine.path))
    if (site.guest) {
      const seen = await site.guest(machine, signal)
      if (!seen) throw new Error('its site does not count it as up yet')
      this.reports.set(machine.path, reportOf(machine, seen))
      return
    }
    const guest = await guests.guestOf(machine)
    const host = await reach.enter(machine.path, signal)
    const bounds = { clock, limitMs: entryLimitMs(machine.level), signal }
    try {
      const ask = (limit: AbortSignal) => guest.prove(machine, host, { signal: limit })
      const report = await limited(bounds, ask, () => new Error('its guest did not say how it is'))
      this.reports.set(machine.path, report)
      await this.#looking.entered?.(host)
    } catch (error) {
      void host.close().catch(() => undefined)
      throw error
    }
    if (machine.hypervisor) reach.adopt(machine.path, host)
    else void host.close().catch(() => undefined)
  }
}
