/** What a guest has to be told when it goes on from an instant in the past. */
import { randomBytes } from 'node:crypto'
import type { Inside } from '../contract.ts'

const limitMs = 20_000
/** More than a kernel keeps of its own randomness. */
const seedBytes = 64

/**
 * Its clock stands still at that instant, and each copy would draw the same random numbers. Guests that have no shell
 * are left as they are.
 */
export async function settleGuest(host: Inside, nowMs: number, signal: AbortSignal): Promise<void> {
  const script = `date -u -s @${Math.round(nowMs / 1000)} >/dev/null 2>&1; cat >/dev/urandom`
  await host
    .run(['sh', '-c', script], { stdin: randomBytes(seedBytes), limitMs, signal })
    .catch(() => undefined)
}
