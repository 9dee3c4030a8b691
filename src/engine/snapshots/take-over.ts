/** Gives a lab that came from elsewhere keys of its own: those it was handed over with must let nobody in any more. */
import { Failure } from '#failure'
import type { LabKeys } from '#guests'
import type { Level, Machine, ResolvedLab } from '#lab'
import type { Inside, RunOptions, Surroundings } from '../contract.ts'
import { fail } from '../errors.ts'
import { Reach } from '../reach.ts'
import { nameOf, ownerOf } from '../select.ts'

export interface TakingOver {
  readonly lab: ResolvedLab
  readonly insideName: string
  /** All guests have these; whoever made the blueprint knows them. */
  readonly handOver: LabKeys
  /** Made here, and known to nobody else. */
  readonly fresh: LabKeys
}

const tryLimitMs = 60_000
const tryEveryMs = 250
/** What is worth another attempt: a guest that is slow, or whose SSH server is just being started. */
const passing: readonly string[] = ['not-answering', 'host-silent', 'host-lost', 'hypervisor-lost']

/** Every running guest at every level is entered and changed, and then proven. Fails with `still-open`. */
export async function takeOver(surroundings: Surroundings, of: TakingOver, run: RunOptions): Promise<void> {
  const { lab, fresh } = of
  run.onEvent({ kind: 'note', path: '', text: 'gives all machines new keys' })
  const changed = await within(surroundings, { ...of, keys: of.handOver }, run, async (reach) => {
    const change = new Change(surroundings, { ...of, reach }, run.signal)
    await change.level(lab.top)
    return change.changed
  })
  const open = await within(surroundings, { ...of, keys: fresh }, run, async (reach) => {
    const tried = await Promise.all(
      changed.map(async (path) => ({ path, isOpen: await isOpen(surroundings, { reach, of, path }, run) })),
    )
    return tried.filter(({ isOpen }) => isOpen).map(({ path }) => path)
  })
  if (open.length > 0) throw fail('still-open', { lab: lab.name, paths: open })
}

async function within<Result>(
  surroundings: Surroundings,
  of: { readonly lab: ResolvedLab; readonly keys: LabKeys; readonly insideName: string },
  { signal }: RunOptions,
  work: (reach: Reach) => Promise<Result>,
): Promise<Result> {
  const reach = new Reach(surroundings, of, signal)
  try {
    return await work(reach)
  } finally {
    await reach.close()
  }
}

class Change {
  readonly changed: string[] = []
  readonly #surroundings: Surroundings
  readonly #of: TakingOver & { readonly reach: Reach }
  readonly #signal: AbortSignal

  constructor(surroundings: Surroundings, of: TakingOver & { readonly reach: Reach }, signal: AbortSignal) {
    this.#surroundings = surroundings
    this.#of = of
    this.#signal = signal
  }

  async level({ owner, machines }: Level): Promise<void> {
    const { reach } = this.#of
    const inventory = await (await reach.level(owner)).inspect(this.#signal)
    const running = new Set(
      inventory.machines.filter(({ state }) => state === 'running').map(({ name }) => name),
    )
    await Promise.all(machines.filter(({ name }) => running.has(name)).map((one) => this.#machine(one)))
  }

  /** What is inside comes first: it is reached through connections that end with the change. */
  async #machine(machine: Machine): Promise<void> {
    const { reach } = this.#of
    const { path, hypervisor } = machine
    const host = await patiently(this.#surroundings, this.#signal, () => reach.enter(path, this.#signal))
    if (hypervisor && reach.leavesInside(machine) === undefined) {
      reach.adopt(path, host)
      await this.level(hypervisor.inside)
    }
    await this.#rekey(host, machine)
    this.changed.push(path)
    if (!hypervisor) await host.close().catch(() => undefined)
  }

  async #rekey(host: Inside, machine: Machine): Promise<void> {
    const { reach, fresh, lab } = this.#of
    const { guests } = this.#surroundings
    await guests.rekey(host, fresh, this.#signal)
    // A machine of L0 was made with settings of this lab; one inside has those of whoever handed it over.
    if (machine.level === 1) return
    const level = await reach.level(ownerOf(machine.path))
    const { settings } = await guests.boot(lab, machine, fresh)
    await level.putSettings?.(nameOf(machine.path), settings, this.#signal)
  }
}

interface Trying {
  readonly reach: Reach
  readonly of: TakingOver
  readonly path: string
}

/** Enters with the new keys, which proves the guest, and then tries the old one at the guest that was just proven. */
async function isOpen(
  surroundings: Surroundings,
  { reach, of, path }: Trying,
  { signal }: RunOptions,
): Promise<boolean> {
  const { clientPrivate, clientPublic } = of.handOver
  const old = { ...of.fresh, clientPrivate, clientPublic }
  return await patiently(surroundings, signal, async () => {
    await (await reach.enter(path, signal)).close()
    const access = await reach.access(path)
    try {
      const host = await surroundings.guests.enter(path, (one) => access.control(one), old, signal)
      await host.close()
      return true
    } catch (error) {
      if (error instanceof Failure && error.code === 'login-refused') return false
      throw error
    }
  })
}

async function patiently<Result>(
  { clock }: Surroundings,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  const untilMs = clock.nowMs() + tryLimitMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const isPassing = error instanceof Failure && passing.includes(error.code)
      if (!isPassing || clock.nowMs() >= untilMs) throw error
      await clock.sleep(tryEveryMs, signal)
    }
  }
}
