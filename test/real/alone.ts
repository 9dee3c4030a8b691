/**
 * Importing this waits until no other test file with several real machines runs, and keeps others waiting until this
 * one ends. Files with one machine of one processor do without it.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const lookAgainMs = 100
/** Linux's abstract names leave no file behind: the lock goes with the process, however it ends. */
const name = `\0nestlab-tests ${fileURLToPath(new URL('../..', import.meta.url))}`

while (!(await taken())) await pause(lookAgainMs)

/** Emulated machines need both processors of a small machine; two such tests at once would starve each other. */
async function taken(): Promise<boolean> {
  const server = createServer()
  server.listen(name)
  try {
    await once(server, 'listening')
    server.unref()
    return true
  } catch {
    return false
  }
}
