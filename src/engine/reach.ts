/** Ways into the levels of a lab: each hypervisor is entered once per command, and everything inside goes through it. */
import { Failure } from '#failure'
import type { LabKeys } from '#guests'
import type { Machine, ResolvedLab } from '#lab'
import type { Access, Provider } from '#providers'
import { firstWord } from './answering.ts'
import { isRefusedLogin } from './changed-host.ts'
import type { Carrier, Inside, Surroundings } from './contract.ts'
import { fail } from './errors.ts'
import { indexLab, type LabIndex } from './lab-index.ts'
import { nameOf, ownerOf, upwards } from './select.ts'

/** How long closing a connection may keep a command from ending. */
const closeLimitMs = 1000

/** Time a machine of level 1 that is thought to be up gets to say its first word, and to finish the handshake. */
const quickWordMs = 5000
const quickEntryMs = 10_000

/** Each further level doubles it: emulated, a handshake takes 0.3 s in the first and more than 15 s in the third. */
export const entryLimitMs = (level: number): number => quickEntryMs * 2 ** (level - 1)
const wordLimitMs = (level: number): number => quickWordMs * 2 ** (level - 1)
/** An emulated OpenSSH works for most of a second on each connection: eight at once and none hears its first word. */
const quickPaceMs = 700

/** A connection that broke says nothing about what was to be done over it. */
export function isBrokenWay(error: unknown): boolean {
  return error instanceof Failure && (error.code === 'host-lost' || error.code === 'hypervisor-lost')
}

interface Opened {
  /** Absent for a hypervisor that is driven by its own interface. */
  readonly host?: Inside
  readonly provider: Promise<Provider>
}

export class Reach {
  readonly lab: ResolvedLab
  readonly index: LabIndex
  readonly #surroundings: Surroundings
  readonly #keys: LabKeys | undefined
  readonly #signal: AbortSignal
  readonly #opened = new Map<string, Promise<Opened>>()
  /** Hypervisors that refused the password, until they were made or started anew. */
  readonly #refused = new Map<string, Failure>()
  readonly #carrier: Carrier
  /** By which name hypervisors know the lab: the one it had when they came up. */
  readonly #insideName: string
  #site: Promise<Provider> | undefined

  /** Without keys only L0 can be reached. `signal` ends every way at once. */
  constructor(
    surroundings: Surroundings,
    of: {
      readonly lab: ResolvedLab
      readonly keys: LabKeys | undefined
      readonly carrier?: Carrier | undefined
      readonly insideName?: string | undefined
    },
    signal: AbortSignal,
  ) {
    this.#surroundings = surroundings
    this.lab = of.lab
    this.index = indexLab(of.lab)
    this.#keys = of.keys
    this.#carrier = of.carrier ?? 'process'
    this.#insideName = of.insideName ?? of.lab.name
    this.#signal = signal
  }

  /** The provider of a level, by the path of the hypervisor around it. */
  level(owner: string): Promise<Provider> {
    if (owner !== '') return this.#open(owner).then((opened) => opened.provider)
    this.#site ??= this.#surroundings.openSite(this.lab, this.#signal, this.#carrier)
    return this.#site
  }

  /** Why what is inside is left alone; undefined where it is looked after, or there is nothing. */
  leavesInside(machine: Machine): string | undefined {
    return machine.hypervisor && this.#surroundings.leavesInside?.(machine, this.lab)
  }

  /** Takes over a connection to a hypervisor that has just proven to be up. */
  adopt(path: string, host: Inside): void {
    this.forget(path)
    this.#opened.set(path, Promise.resolve(this.#inside(path, host)))
  }

  /** Forgets all that is known of a machine, and of everything inside it, when it was stopped or made anew. */
  forget(path: string): void {
    this.#refused.delete(path)
    this.leave(path)
  }

  /** Forgets the ways into a machine, and into everything inside it. */
  leave(path: string): void {
    for (const [owner, opened] of this.#opened) {
      if (owner !== path && !owner.startsWith(`${path}/`)) continue
      this.#opened.delete(owner)
      void opened.then(closeBoth, () => undefined)
    }
  }

  /** What is known of the ways to a level now; `forgetBroken` takes it to tell a broken way from a later one. */
  waysTo(owner: string): ReadonlyMap<string, unknown> {
    const paths = owner === '' ? [] : upwards(owner)
    return new Map(paths.map((path) => [path, this.#opened.get(path)]))
  }

  /** Forgets those of the ways that nobody has opened anew meanwhile. */
  forgetBroken(ways: ReadonlyMap<string, unknown>): void {
    for (const [path, way] of ways) if (this.#opened.get(path) === way) this.leave(path)
  }

  async access(path: string): Promise<Access> {
    const provider = await this.level(ownerOf(path))
    return await provider.access(nameOf(path))
  }

  async consoleTail(path: string, maxBytes: number): Promise<string> {
    const provider = await this.level(ownerOf(path))
    return await provider.consoleTail(nameOf(path), maxBytes)
  }

  /** A new connection to the inside of a machine that is thought to be up. Fails with `not-answering`. */
  async enter(path: string, signal: AbortSignal): Promise<Inside> {
    const access = await this.access(path)
    const depth = path.split('/').length
    const word = await this.#within(wordLimitMs(depth), path, signal, (limited) =>
      firstWord((one) => access.control(one), {
        clock: this.#surroundings.clock,
        signal: limited,
        paceMs: quickPaceMs,
      }),
    )
    return await this.#within(entryLimitMs(depth), path, signal, (limited) =>
      this.handshake(path, access, word, limited),
    )
  }

  /** SSH over a connection that has answered; a second connection is made only if the guest asks for one. */
  async handshake(
    path: string,
    access: Access,
    word: Awaited<ReturnType<Access['control']>>,
    signal: AbortSignal,
  ): Promise<Inside> {
    if (!this.#keys) throw fail('keys-missing', { lab: this.lab.name })
    let used = false
    const control = (one?: AbortSignal) => {
      if (used) return access.control(one)
      used = true
      return Promise.resolve(word)
    }
    try {
      return await this.#surroundings.guests.enter(path, control, this.#keys, signal)
    } catch (error) {
      word.destroy()
      throw error
    }
  }

  async close(): Promise<void> {
    const innermostFirst = [...this.#opened].sort(([a], [b]) => b.length - a.length)
    this.#opened.clear()
    const all = Promise.all(innermostFirst.map(([, opened]) => opened.then(closeBoth, () => undefined)))
    // A wait that nobody ends keeps the command from ending.
    const over = new AbortController()
    const limit = this.#surroundings.clock.sleep(closeLimitMs, over.signal).catch(() => undefined)
    await Promise.race([all, limit])
    over.abort()
    await this.#site?.then((site) => site.close()).catch(() => undefined)
  }

  #open(path: string): Promise<Opened> {
    const known = this.#opened.get(path)
    if (known) return known
    const refused = this.#refused.get(path)
    if (refused) return Promise.reject(refused)
    const opened =
      this.#byApi(path) ?? this.enter(path, this.#signal).then((host) => this.#inside(path, host))
    this.#opened.set(path, opened)
    // A way that could not be opened may open later.
    opened.catch((error: unknown) => {
      if (this.#opened.get(path) !== opened) return
      this.#opened.delete(path)
      if (isRefusedLogin(error)) this.#refused.set(path, error)
    })
    return opened
  }

  #byApi(path: string): Promise<Opened> | undefined {
    const machine = this.#placed(path)
    const provider = this.#surroundings.openInsideByApi?.(machine, this.lab, this.#signal)
    return provider?.then((one) => ({ provider: Promise.resolve(one) }))
  }

  #placed(path: string): Machine {
    const placed = this.index.machines.get(path)
    if (placed) return placed.machine
    throw fail('no-such-machine', { lab: this.lab.name, path, paths: [...this.index.machines.keys()] })
  }

  #inside(path: string, host: Inside): Opened {
    const request = { lab: this.#insideName, hypervisor: this.#placed(path), host }
    const provider = this.#surroundings.openInside(request, this.lab)
    provider.catch(() => undefined)
    return { host, provider }
  }

  async #within<T>(
    limitMs: number,
    path: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return await limited({ clock: this.#surroundings.clock, limitMs, signal }, work, () =>
      fail('not-answering', { path, limitMs }),
    )
  }
}

/** Ends `work` after a time, with what `tooLate` gives; also when `work` does not heed its signal. */
export async function limited<T>(
  bounds: { readonly clock: Surroundings['clock']; readonly limitMs: number; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
  tooLate: () => Error,
): Promise<T> {
  const over = new AbortController()
  const signal = AbortSignal.any([bounds.signal, over.signal])
  const alarm = bounds.clock.sleep(bounds.limitMs, signal).then(() => {
    throw tooLate()
  })
  try {
    return await Promise.race([work(signal), alarm])
  } finally {
    over.abort()
    alarm.catch(() => undefined)
  }
}

async function closeBoth(opened: Opened): Promise<void> {
  await opened.provider.then((provider) => provider.close()).catch(() => undefined)
  await opened.host?.close().catch(() => undefined)
}
