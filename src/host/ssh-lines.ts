/** The connections to one server: the first one, and further ones when commands would have to wait. */
import { fail } from './errors.ts'
import { LINES_AT_MOST } from './limits.ts'
import type { SshLine } from './ssh-line.ts'
import { makeStock } from './stock.ts'

/** A command's place on a line. */
export interface Place {
  readonly line: SshLine
  /** Gives the place back; to be called when the command's channel has closed. */
  leave(): void
}

export interface SshLines {
  readonly name: string
  /** For forwarded connections, which need no place. */
  readonly first: SshLine
  /** `lasting`: a session of unknown length, which shall not take a place from commands. */
  take(signal: AbortSignal, use?: 'lasting'): Promise<Place>
  /** A place to end a command of `line` from: another line if one is free, else the same. Never waits. */
  takeToEnd(line: SshLine): Place
  close(): Promise<void>
}

/** `dial` makes a further line; without it there is only the first. When one line is lost, all are. */
export function makeLines(
  first: SshLine,
  dial: ((signal: AbortSignal) => Promise<SshLine>) | undefined,
): SshLines {
  const stock = makeStock<SshLine>()
  const lines = new Set<SshLine>()
  const over = new AbortController()
  let dialling = 0
  let lasting = 0
  let mayDial = dial !== undefined

  function add(line: SshLine): void {
    lines.add(line)
    line.onLost((reason) => {
      over.abort(reason)
      stock.shut(reason)
      for (const other of lines) other.lose(reason)
    })
    for (let place = 0; place < line.commandsAtOnce; place += 1) stock.put(line)
  }
  add(first)

  function grow(): void {
    if (!dial || !mayDial || !stock.isEmpty || lines.size + dialling >= LINES_AT_MOST + lasting) return
    dialling += 1
    dial(over.signal)
      .then(add, () => {
        // Those there are must do: the server may bound its connections.
        mayDial = false
      })
      .finally(() => {
        dialling -= 1
      })
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

  return {
    name: first.name,
    first,
    async take(signal, use) {
      const weight = use === 'lasting' ? 1 : 0
      lasting += weight
      grow()
      try {
        const line = await stock.take(signal)
        return placeOn(line, () => {
          lasting -= weight
          stock.put(line)
        })
      } catch (error) {
        lasting -= weight
        throw error
      }
    },
    takeToEnd(line) {
      const other = stock.takeNow((free) => free !== line)
      return other ? placeOn(other, () => stock.put(other)) : placeOn(line, () => {})
    },
    async close() {
      const closing = [...lines].map((line) => line.close())
      over.abort(fail('host-lost', { host: first.name, reason: 'it was closed' }))
      await Promise.all(closing)
    },
  }
}
