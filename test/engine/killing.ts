/** Kills commands of the engine, each a process of its own, at lines of the journal that were not met before. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { labPaths } from '#store'
import type { Bench } from './simulated.ts'

const program = fileURLToPath(new URL('./engine-process.ts', import.meta.url))

/** `begin create-machine lone`, … as far as the last whole line. */
async function journaled({ roots }: Bench, lab: string): Promise<string[]> {
  const text = await readFile(labPaths(roots, lab).journal, 'utf8').catch(() => '')
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
  /** Lines at which it was killed so far. */
  readonly seen: Set<string>
}

/** Kills the command at the first line of its journal that is not in `seen`; false when there was none. */
export async function killAtNewLine(bench: Bench, folder: string, { args, lab, seen }: Victim) {
  const before = (await journaled(bench, lab)).length
  const child = spawn(process.execPath, [program, folder, ...args], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  try {
    while (child.exitCode === null && child.signalCode === null) {
      const fresh = (await journaled(bench, lab)).slice(before).find((line) => !seen.has(line))
      if (fresh !== undefined) {
        seen.add(fresh)
        return true
      }
      await sleep(1)
    }
    return false
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}
