/** The connections to one server: the first one, and further ones when commands would have to wait. */
import { unlessEnded } from './ending.ts'
import { fail } from './errors.ts'
import { LINES_AT_MOST } from './limits.ts'
import type { SshLine } from './ssh-line.ts'
import { makeStock } from './stock.ts'

/** A command's place on a line. */
export interface Place {
  readonly line: SshLine
  /** Gives the place back; to be called when the command's channel has closed. Calling it twice counts once. */
  leave(): void
}

/** Makes a further line to the same server. */
export type Dial = (signal: AbortSignal) => Promise<SshLine>

export class SshLines {
  readonly name: string
  /** For forwarded connections, which need no place. */
  readonly first: SshLine
  /** A line lies in it once for each command that may still run through it. */
  readonly #stock = makeStock<SshLine>()
  readonly #lines = new Set<SshLine>()
  readonly #over = new AbortController()
  #dial: Dial | undefined
  #dialling = 0
  #sessions = 0

  /** Without `dial` there is only the first line. When one line is lost, all are. */
  constructor(first: SshLine, dial: Dial | undefined) {
    this.name = first.name
    this.first = first
    this.#dial = dial
    this.#register(first)
    this.#lend(first, first.commandsAtOnce)
  }

  /** A place for a command that ends soon; waits when all are taken. */
  async take(signal: AbortSignal): Promise<Place> {
    this.#grow()
    const line = await this.#stock.take(signal)
    return placeOn(line, () => this.#stock.put(line))
  }

  /** A place for a session of unknown length: it does not count among those that commands share. */
  async takeForSession(signal: AbortSignal): Promise<Place> {
    this.#sessions += 1
    try {
      const line = await this.#lineForSession(signal)
      return placeOn(line, () => {
        this.#sessions -= 1
        this.#stock.put(line)
      })
    } catch (error) {
      this.#sessions -= 1
      throw error
    }
  }

  /** A place to end a command of `line` from: another line if one is free, else the same. Never waits. */
  takeToEnd(line: SshLine): Place {
    const other = this.#stock.takeNow((free) => free !== line)
    return other ? placeOn(other, () => this.#stock.put(other)) : placeOn(line, () => {})
  }

  async close(): Promise<void> {
    const closing = [...this.#lines].map((line) => line.close())
    this.#over.abort(fail('host-lost', { host: this.name, reason: 'it was closed' }))
    await Promise.all(closing)
  }

  #register(line: SshLine): void {
    this.#lines.add(line)
    line.onLost((reason) => {
      this.#over.abort(reason)
      this.#stock.shut(reason)
      for (const other of this.#lines) other.lose(reason)
    })
  }

  #lend(line: SshLine, places: number): void {
    for (let place = 0; place < places; place += 1) this.#stock.put(line)
  }

  async #dialFurther(dial: Dial): Promise<SshLine> {
    this.#dialling += 1
    try {
      const line = await dial(this.#over.signal)
      this.#register(line)
      return line
    } finally {
      this.#dialling -= 1
    }
  }

  /** Nobody waits for the new line in particular: who comes first gets the first place that is free. */
  #grow(): void {
    const lines = this.#lines.size + this.#dialling
    if (!this.#dial || !this.#stock.isEmpty || lines >= LINES_AT_MOST + this.#sessions) return
    this.#dialFurther(this.#dial).then(
      (line) => this.#lend(line, line.commandsAtOnce),
      () => {
        // Those there are must do: the server may bound its connections.
        this.#dial = undefined
      },
    )
  }

  #lineForSession(signal: AbortSignal): Promise<SshLine> {
    const free = this.#stock.takeNow(() => true)
    if (free) return Promise.resolve(free)
    if (!this.#dial) return this.#stock.take(signal)
    // Not through the stock, where those in line would be served first.
    const dialled = this.#dialFurther(this.#dial)
    dialled.then(
      (line) => this.#lend(line, line.commandsAtOnce - 1),
      () => {},
    )
    return unlessEnded(signal, dialled).catch((error: unknown) => {
      dialled.then(
        (line) => this.#stock.put(line),
        () => {},
      )
      throw error
    })
  }
}

function placeOn(line: SshLine, onLeave: () => void): Place {
  let left = false
  const leave = () => {
    if (left) return
    left = true
    onLeave()
  }
  return { line, leave }
}
