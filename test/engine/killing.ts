/** Kills commands of the engine, each a process of its own, at lines of the journal that were not met before or at any moment. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { labPaths } from '#store'
import { bundled } from '../bundled.ts'
import { growthOf } from '../growth.ts'
import { lineToKillAt } from '../sample.ts'
import type { Bench } from './simulated.ts'

const program = bundled(new URL('engine-process.ts', import.meta.url))

/** `begin create-machine lone`, … as far as the last whole line. */
async function journaled(journal: string): Promise<string[]> {
  const text = await readFile(journal, 'utf8').catch(() => '')
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  return lines.filter(Boolean).map((line) => {
    const { event, step } = JSON.parse(line)
    return `${event} ${step.id}`
  })
}

export interface Victim {
  /** What `engine-process.ts` is told after the folder. */
  readonly args: readonly string[]
  /** Whose journal is watched. */
  readonly lab: string
  /** Lines at which it was killed so far, and those that the sample let pass. */
  readonly seen: Set<string>
}

/** Kills the command at the next line of its journal that the sample has; false when there was none. */
export async function killAtNewLine(bench: Bench, folder: string, { args, lab, seen }: Victim) {
  const { journal } = labPaths(bench.roots, lab)
  const before = (await journaled(journal)).length
  const hasGrown = growthOf(journal)
  const child = spawn(process.execPath, [program, folder, ...args], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  try {
    while (child.exitCode === null && child.signalCode === null) {
      await sleep(1)
      if (!hasGrown()) continue
      if (lineToKillAt((await journaled(journal)).slice(before), seen) !== undefined) return true
    }
    return false
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

/** Kills the command so long after it has begun its work; false when it was done by then. */
export async function killAfter(folder: string, args: readonly string[], ms: number): Promise<boolean> {
  const child = spawn(process.execPath, [program, folder, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(child, 'exit')
  await Promise.race([once(child.stdout, 'data'), ended])
  await Promise.race([sleep(ms), ended])
  const isDone = child.exitCode !== null
  child.kill('SIGKILL')
  await ended
  return !isDone
}
