/** Lets one process at a time make an image; the next one waits and then finds it made. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode } from '../errors.ts'

export interface MakingLock {
  readonly folder: string
  readonly image: string
  readonly signal: AbortSignal
  /** Told once, when somebody else is at it. */
  readonly onWait: (pid: number) => void
}

export async function whileLocked<Result>(lock: MakingLock, work: () => Promise<Result>): Promise<Result> {
  const file = await acquire(lock)
  try {
    return await work()
  } finally {
    await rm(file, { force: true })
  }
}

async function acquire({ folder, image, signal, onWait }: MakingLock): Promise<string> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, `${image}.lock`)
  for (let told = false; ; ) {
    signal.throwIfAborted()
    try {
      await writeFile(file, await processMark(process.pid), { flag: 'wx' })
      return file
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error
    }
    const holder = await readFile(file, 'utf8').catch(() => '')
    const pid = Number(holder.split(' ')[0])
    if (pid > 0 && (await processMark(pid)) !== holder) await rm(file, { force: true })
    else if (!told) {
      told = true
      onWait(pid)
    }
    await sleep(100, undefined, { signal })
  }
}

/** Number and start time: a later process with the same number is another one. Empty when there is none. */
async function processMark(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const started = text.slice(text.lastIndexOf(')') + 2).split(' ')[19]
  return started === undefined ? '' : `${pid} ${started}`
}
