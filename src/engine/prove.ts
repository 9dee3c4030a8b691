/** Waits until a guest has proven to be up: as soon as it is, no longer than its limit, no further than its death. */
import type { Duplex } from 'node:stream'
import { Failure } from '#failure'
import type { Asking, GuestReport, Guests } from '#guests'
import type { Machine } from '#lab'
import type { Access } from '#providers'
import { firstWord } from './answering.ts'
import { lastLines } from './console-text.ts'
import type { Clock, Inside } from './contract.ts'
import { fail } from './errors.ts'
import type { LevelWatch } from './level-watch.ts'
import { isBrokenWay, type Reach } from './reach.ts'
import { upwards } from './select.ts'

const consoleBytes = 8192
/** Between two questions to a guest that answers but is not up for its purpose yet. */
const askAgainMs = 100
/**
 * One that is up hears the first attempt, however slowly: each further one is more for it to do, and where it had to
 * translate all its code anew first, it never came to the first.
 */
const awakePaceMs = 4000

export interface Proven {
  readonly report: GuestReport
  /** Still open: a hypervisor's is kept as the way in. */
  readonly host: Inside
}

export class Prover {
  readonly #reach: Reach
  readonly #watch: LevelWatch
  readonly #guests: Guests
  readonly #clock: Clock

  constructor(reach: Reach, watch: LevelWatch, of: { readonly guests: Guests; readonly clock: Clock }) {
    this.#reach = reach
    this.#watch = watch
    this.#guests = of.guests
    this.#clock = of.clock
  }

  /**
   * Fails with `guest-silent` or `machine-died`, the last lines of the console among the text. `hasSlept`: it goes on
   * from an instant in the past, so it is up already and has to be told the time.
   */
  async prove(machine: Machine, signal: AbortSignal, hasSlept = false): Promise<Proven> {
    const beganMs = this.#clock.nowMs()
    const access = await this.#accessTo(machine.path, signal)
    const attempt: Attempt = { machine, access, hasSlept, last: '' }
    const tail = async () =>
      lastLines(await this.#reach.consoleTail(machine.path, consoleBytes).catch(() => ''))
    const died = async (path: string) =>
      fail('machine-died', { path, afterMs: this.#clock.nowMs() - beganMs, console: await tail() })
    const over = new AbortController()
    const within = AbortSignal.any([signal, over.signal])
    try {
      return await Promise.race([
        this.#whenUp(attempt, within),
        this.#watch.untilGone(machine.path, died, within),
        this.#tooLate(attempt, tail, within),
      ])
    } finally {
      over.abort()
    }
  }

  /** A machine that ended before anybody could ask for it has no console to quote. */
  async #accessTo(path: string, signal: AbortSignal): Promise<Access> {
    try {
      return await this.#reach.access(path)
    } catch (error) {
      const seen = await this.#watch.machine(path, signal).catch(() => undefined)
      if (!seen || seen.state === 'running') throw error
      throw fail('machine-died', { path, afterMs: 0, console: undefined }, error)
    }
  }

  async #whenUp(attempt: Attempt, signal: AbortSignal): Promise<Proven> {
    const { machine, access } = attempt
    const guest = await this.#guests.guestOf(machine)
    for (;;) {
      const word = await this.#firstWord(attempt, attempt.hasSlept ? awakePaceMs : guest.knockEveryMs, signal)
      try {
        attempt.last = 'it answered, but let nobody in'
        const host = await this.#reach.handshake(machine.path, access, word, signal)
        const asking = () => guest.prove(machine, host, this.#asking(attempt, signal))
        const report = await this.#asked(attempt, host, asking, signal)
        if (report) return { report, host }
      } catch (error) {
        signal.throwIfAborted()
        // Another machine than the one that was started: waiting makes it no better, and nothing may be told to it.
        if (error instanceof Failure && error.code === 'host-key-wrong') throw error
        attempt.last = reasonOf(error)
        await this.#clock.sleep(askAgainMs, signal)
      }
    }
  }

  /** Rejects at once when the way to the machine's level breaks, since no attempt over it can succeed any more. */
  async #firstWord(attempt: Attempt, paceMs: number | undefined, signal: AbortSignal): Promise<Duplex> {
    const broken = Promise.withResolvers<never>()
    attempt.last = 'it did not answer'
    const missed = (why: unknown) => {
      attempt.last = `it did not answer: ${reasonOf(why)}`
      if (isBrokenWay(why)) broken.reject(why)
    }
    const patience = { clock: this.#clock, signal, missed, ...(paceMs === undefined ? {} : { paceMs }) }
    const word = firstWord((one) => attempt.access.control(one), patience)
    return await Promise.race([word, broken.promise])
  }

  #asking({ hasSlept }: Attempt, signal: AbortSignal): Asking {
    return hasSlept ? { signal, nowMs: this.#clock.nowMs() } : { signal }
  }

  /** Asks until the guest is up for its purpose; gives up on the connection after a few refusals. */
  async #asked(
    attempt: Attempt,
    host: Inside,
    ask: () => Promise<GuestReport>,
    signal: AbortSignal,
  ): Promise<GuestReport | undefined> {
    for (let times = 0; times < 20; times += 1) {
      try {
        return await ask()
      } catch (error) {
        if (signal.aborted) break
        attempt.last = reasonOf(error)
        await this.#clock.sleep(askAgainMs, signal).catch(() => undefined)
      }
    }
    void host.close().catch(() => undefined)
    signal.throwIfAborted()
    return undefined
  }

  /** Who made the machine is asked only when the shorter limit is over: most machines are up by then. */
  async #tooLate(attempt: Attempt, tail: () => Promise<string>, signal: AbortSignal): Promise<never> {
    const { machine } = attempt
    const { kvm, tcg } = (await this.#guests.guestOf(machine)).bootLimitMs
    await this.#clock.sleep(kvm * machine.level, signal)
    const emulated = await this.#isEmulated(machine.path, signal)
    if (emulated) await this.#clock.sleep((tcg - kvm) * machine.level, signal)
    const limitMs = (emulated ? tcg : kvm) * machine.level
    throw fail('guest-silent', {
      path: machine.path,
      limitMs,
      last: attempt.last,
      console: await tail(),
    })
  }

  /** Hardware virtualization counts only if every machine around this one has it too. */
  async #isEmulated(path: string, signal: AbortSignal): Promise<boolean> {
    const looks = upwards(path).map((one) => this.#watch.machine(one, signal).catch(() => undefined))
    const seen = await Promise.all(looks)
    return seen.some((one) => one?.accelerator !== 'kvm' && one?.accelerator !== 'simulated')
  }
}

interface Attempt {
  readonly machine: Machine
  readonly access: Access
  readonly hasSlept: boolean
  /** What the last try ended with, for the message. */
  last: string
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
}
