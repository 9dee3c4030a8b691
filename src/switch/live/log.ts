/** The process's own log: dated lines on stderr, in a file that begins anew before it grows large. */
import { fstatSync, ftruncateSync, writeSync } from 'node:fs'

const stderr = 2
const longestFileBytes = 1_048_576

/** Never throws: a full disk must not stop frames. */
export function log(text: string): void {
  try {
    const file = fstatSync(stderr)
    if (file.isFile() && file.size > longestFileBytes) ftruncateSync(stderr, 0)
    writeSync(stderr, `${new Date().toISOString()} ${text}\n`)
  } catch {
    // Nobody is left to tell.
  }
}

/** Logs the first event of each kind and port, and then each time the number of them has doubled. */
export function seldom(write: (text: string) => void): (port: string, event: string) => void {
  const seen = new Map<string, number>()
  return (port, event) => {
    const key = `${port} ${event}`
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    if (Number.isInteger(Math.log2(count))) write(count === 1 ? key : `${key} (${count} times)`)
  }
}
