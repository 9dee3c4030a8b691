/** What a guest has to be told when it goes on from an instant in the past. */
import { randomBytes } from 'node:crypto'
import type { Host } from '#host'

const limitMs = 20_000
/** More than a kernel keeps of its own randomness. */
const seedBytes = 64

/** A command for a guest's shell, and what it reads from its standard input. */
export interface Settling {
  readonly script: string
  readonly stdin: Uint8Array
}

/** Its clock stands still at that instant, and each copy would draw the same random numbers. */
export function settling(nowMs: number): Settling {
  const script = `date -u -s @${Math.round(nowMs / 1000)} >/dev/null 2>&1; cat >/dev/urandom`
  return { script, stdin: randomBytes(seedBytes) }
}

/** Guests that have no shell are left as they are. */
export async function settleGuest(inside: Host, nowMs: number, signal: AbortSignal): Promise<void> {
  const { script, stdin } = settling(nowMs)
  await inside.run(['sh', '-c', script], { stdin, limitMs, signal }).catch(() => undefined)
}
