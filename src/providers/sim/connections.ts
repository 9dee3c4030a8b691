/** Connections into simulated machines end when the machine does, as those to real ones do. */
import type { Duplex } from 'node:stream'

const lookEveryMs = 50

/**
 * Closes `stream` soon after `alive` says no. The timer also keeps the process going while the connection is
 * open, which a real socket would do.
 */
export function endWith(stream: Duplex, alive: () => Promise<boolean>): Duplex {
  const timer = setInterval(() => {
    alive().then(
      (still) => still || stream.destroy(),
      () => stream.destroy(),
    )
  }, lookEveryMs)
  stream.once('close', () => clearInterval(timer))
  return stream
}
