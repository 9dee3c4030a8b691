/** Which process is the switch of a lab: one at most, and recognisable without mistaking another for it. */
import { createHash } from 'node:crypto'
import { readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { basename, dirname, join } from 'node:path'

/** A process id is used again one day; together with the start time it is not. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from the machine's boot to the process's start (/proc/PID/stat, field 22). */
  readonly startTicks: number
}

/** Undefined when there is no such process. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command's name is in parentheses and may itself contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, startTicks] = [fields[0], Number(fields[19])]
    if (state === 'Z' || state === 'X' || !Number.isSafeInteger(startTicks)) return undefined
    return { pid, startTicks }
  } catch {
    return undefined
  }
}

export function writeIdentity(file: string, identity: ProcessIdentity): void {
  const beside = `${file}.new`
  writeFileSync(beside, `${JSON.stringify(identity)}\n`, { mode: 0o600 })
  renameSync(beside, file)
}

/** The process that wrote the file if it still runs; undefined as well when the file is missing or damaged. */
export function livingProcess(file: string): ProcessIdentity | undefined {
  try {
    const written = JSON.parse(readFileSync(file, 'utf8')) as Partial<ProcessIdentity>
    const found = typeof written.pid === 'number' && written.pid > 1 ? identify(written.pid) : undefined
    return found && found.startTicks === written.startTicks ? found : undefined
  } catch {
    return undefined
  }
}

/** Removes the file if it is this process's own. */
export function removeOwnIdentity(file: string): void {
  if (livingProcess(file)?.pid === process.pid) rmSync(file, { force: true })
}

/**
 * Holds the one lock of a control socket, an abstract socket name: the kernel gives it back when the process ends,
 * however that happens. Undefined when another process holds it.
 */
export function holdLock(controlSocket: string): Promise<Server | undefined> {
  const place = join(realpathSync(dirname(controlSocket)), basename(controlSocket))
  const name = createHash('sha256').update(place).digest('hex')
  const server = createServer((socket) => socket.destroy())
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(`\0nestlab-switch-${name}`, () => resolve(server.unref()))
  })
}
