/** What a process that serves an uplink says: dated lines on stderr, seldom the same twice. */
import { fstatSync, ftruncateSync, writeSync } from 'node:fs'

const stderr = 2
const longestFileBytes = 1_048_576
const mostKinds = 1000

/** Never throws: a full disk must not stop frames. */
export function log(text: string): void {
  try {
    const file = fstatSync(stderr)
    if (file.isFile() && file.size > longestFileBytes) ftruncateSync(stderr, 0)
    // What others sent may be part of the text: it shall not move a terminal's cursor.
    writeSync(stderr, `${new Date().toISOString()} ${text.replaceAll(/[^\x20-\x7e]/g, '?')}\n`)
  } catch {
    // Nobody is left to tell.
  }
}

/** Says the first event of each kind, and then each time the number of them has doubled. */
export function seldom(write: (text: string) => void): (event: string, example?: string) => void {
  const seen = new Map<string, number>()
  return (event, example) => {
    if (seen.size > mostKinds) seen.clear()
    const count = (seen.get(event) ?? 0) + 1
    seen.set(event, count)
    if (!Number.isInteger(Math.log2(count))) return
    const text = example === undefined ? event : `${event} (${example})`
    write(count === 1 ? text : `${text}, ${count} times by now`)
  }
}
