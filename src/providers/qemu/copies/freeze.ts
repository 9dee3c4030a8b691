/** Keeps machines of one level as they are at one instant. */
import { mkdir, statfs } from 'node:fs/promises'
import type { FrozenMachine } from '../../copies.ts'
import { failQemu } from '../errors.ts'
import { Freezing, type FreezingPlace, type Wanted } from './freezing.ts'

/**
 * While the machines run their memory is written down; then all are stopped, what has changed since is written, and
 * they go on. No frame can be lost that one machine has and the other never sent: who stands still sends nothing.
 */
export async function freeze(
  place: FreezingPlace,
  folder: string,
  wanted: readonly Wanted[],
  signal: AbortSignal,
): Promise<readonly FrozenMachine[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await refuseFull(place, folder, wanted)
  const all = wanted.map((one) => new Freezing(place, one))
  const each = (work: (one: Freezing) => Promise<unknown>) => settled(all.map(work))
  try {
    await each((one) => one.prepare(signal))
    signal.throwIfAborted()
    await each((one) => one.stop())
    await each((one) => one.cut())
    await each((one) => one.goOn())
    return await settled(all.map((one) => one.keep()))
  } catch (error) {
    await Promise.all(all.map((one) => one.giveUp()))
    signal.throwIfAborted()
    throw error
  } finally {
    for (const one of all) one.close()
  }
}

/** Waits for all, also when one fails: nothing may still be at work when the rest is cleared up. */
async function settled<T>(all: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(all)
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

/** Memory is written through a mapping, where a full disk would end the writer without a word. */
async function refuseFull({ host }: FreezingPlace, folder: string, wanted: readonly Wanted[]): Promise<void> {
  const live = wanted.filter(({ found }) => found.state === 'running' || found.state === 'paused')
  const neededMiB = live.reduce((sum, { found }) => sum + found.record.machine.memoryMiB, 0)
  const { bavail, bsize } = await statfs(folder)
  if ((bavail * bsize) / 1024 ** 2 >= neededMiB) return
  const doing = `keep up to ${neededMiB} MiB of memory in ${folder}`
  throw failQemu('no-space', { doing, host: host.name })
}
