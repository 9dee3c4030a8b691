/** The serial console of a running simulated machine: boot lines as they come, then a shell without a login. */
import type { Duplex } from 'node:stream'
import { printedBy } from './console-text.ts'
import { talk } from './conversation.ts'
import { isUp } from './life.ts'
import type { SimMachine } from './park.ts'
import type { SimGuest } from './sim-guest.ts'
import { wire } from './wire.ts'

export interface Watched {
  readonly machine: SimMachine
  readonly nowMs: number
  /** It, or a machine around it, is paused. */
  readonly stands: boolean
}

const lookEveryMs = 20

/** `look` gives undefined once the machine does not run any more; the console then closes. */
export function openConsole(guest: SimGuest, look: () => Promise<Watched | undefined>): Duplex {
  const [near, far] = wire()
  void follow(far, guest, look)
  return near
}

async function follow(far: Duplex, guest: SimGuest, look: () => Promise<Watched | undefined>): Promise<void> {
  let printed: { run: number; length: number } | undefined
  let talking = false
  while (!far.destroyed) {
    const seen = await look().catch(() => undefined)
    if (!seen) break
    const text = printedBy(seen.machine.hardware, seen.nowMs - seen.machine.bootedAtMs)
    // What was printed before this console was opened is the tail's business.
    if (printed?.run !== seen.machine.run)
      printed = { run: seen.machine.run, length: printed ? 0 : text.length }
    if (text.length > printed.length) far.write(text.slice(printed.length))
    printed.length = text.length
    if (!talking && isUp(seen.machine, seen.nowMs)) {
      talking = true
      void converse(far, guest)
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
  far.destroy()
}

/** A serial line has no end of its own: after `exit` the next shell greets. */
async function converse(far: Duplex, guest: SimGuest): Promise<void> {
  while (!far.destroyed && !far.readableEnded) await talk(far, guest)
}
