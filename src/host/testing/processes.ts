/** Looking at processes and waiting for conditions, for tests. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

const GIVE_UP_MS = 20_000
const LOOK_EVERY_MS = 20

/** False for a zombie too: it is dead for everyone but its parent. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  const giveUpAt = Date.now() + GIVE_UP_MS
  while (!condition()) {
    if (Date.now() > giveUpAt) assert.fail(`waited in vain: ${what}`)
    await setTimeout(LOOK_EVERY_MS)
  }
}
