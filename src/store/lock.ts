/** Lets one command at a time change a lab, and takes over from a command that died. */
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode, failStore, fileFailure } from './errors.ts'
import { labPaths, type Roots } from './paths.ts'
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.ts'

interface Holder extends ProcessIdentity {
  /** What the user typed, for the message to the next one. */
  readonly command: string
}

export interface LabLock extends AsyncDisposable {
  release(): Promise<void>
}

/** Fails with `lab-busy`, naming the holder, when a running process has the lock. Never waits. */
export async function lockLab(roots: Roots, lab: string, command: string): Promise<LabLock> {
  const path = labPaths(roots, lab).lock
  const holder: Holder = { ...(await ownIdentity()), command }
  const own = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    await writeHolder(own, holder)
    await acquire(path, own, lab)
  } catch (error) {
    throw errorCode(error)?.startsWith('E') ? fileFailure('lock the lab', path, error) : error
  } finally {
    await rm(own, { force: true })
  }
  const release = () => rm(path, { force: true })
  return { release, [Symbol.asyncDispose]: release }
}

/** The running command that changes the lab now; undefined when there is none. */
export async function lockHolder(
  roots: Roots,
  lab: string,
): Promise<{ readonly pid: number; readonly command: string } | undefined> {
  const holder = await readHolder(labPaths(roots, lab).lock)
  return holder && (await isRunning(holder)) ? holder : undefined
}

/**
 * The lock is a hard link to a file that already says who holds it, so nobody ever sees a lock without a holder.
 * The lock of a dead process may be removed only by whoever holds `PATH.takeover`, which is a lock of the same kind:
 * otherwise a slow second heir could remove the lock that the first one has just made.
 */
async function acquire(path: string, own: string, lab: string): Promise<void> {
  while (!(await tryLink(own, path))) {
    if (!(await isAbandoned(path, lab))) continue
    const takeover = `${path}.takeover`
    await acquire(takeover, own, lab)
    try {
      if (await isAbandoned(path, lab)) await rm(path, { force: true })
    } finally {
      await rm(takeover, { force: true })
    }
  }
}

async function tryLink(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

/** False when the lock has just been released; fails when its holder runs. */
async function isAbandoned(path: string, lab: string): Promise<boolean> {
  const holder = await readHolder(path)
  if (!holder) return false
  if (await isRunning(holder)) throw failStore('lab-busy', { lab, pid: holder.pid, command: holder.command })
  return true
}

async function writeHolder(path: string, holder: Holder): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(JSON.stringify(holder))
    await file.sync()
  } finally {
    await file.close()
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as Holder
  } catch (error) {
    throw failStore(
      'state-damaged',
      { path, what: 'The lock', reason: 'it does not say who holds it' },
      error,
    )
  }
}
