/** A lock between processes that the kernel gives back when its holder dies, however it dies. */
import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fail } from './errors.ts'

const retryMs = 10

/**
 * Runs `work` while no other process does so for the same file. The file itself is not touched: the lock is a
 * bound socket name in Linux's abstract namespace, which leaves nothing behind.
 */
export async function withLock<Answer>(
  file: string,
  work: () => Promise<Answer>,
  limitMs = 30_000,
): Promise<Answer> {
  const server = await bindName(await nameFor(file), file, limitMs)
  try {
    return await work()
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

async function nameFor(file: string): Promise<string> {
  // The real path, so that two ways to the same folder meet in one lock; hashed, since names end at 107 bytes.
  const real = join(await realpath(dirname(file)), basename(file))
  return `\0nestlab-${createHash('sha256').update(real).digest('hex')}`
}

async function bindName(name: string, file: string, limitMs: number): Promise<Server> {
  const tries = Math.ceil(limitMs / retryMs)
  for (let tried = 0; tried < tries; tried += 1) {
    const server = await bound(name)
    if (server) return server
    await delay(retryMs)
  }
  throw fail('simulation-locked', { file })
}

function bound(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((stranger) => stranger.destroy())
    server.once('listening', () => resolve(server))
    server.once('error', (problem: NodeJS.ErrnoException) =>
      problem.code === 'EADDRINUSE' ? resolve(undefined) : reject(problem),
    )
    server.listen({ path: name })
  })
}
