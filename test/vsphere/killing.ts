/** Kills a command of the engine at lines of its journal, from outside and without warning. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { labPaths } from '#store'
import { bundled } from '../bundled.ts'
import { growthOf } from '../growth.ts'
import { lineToKillAt } from '../sample.ts'
import type { SiteBench } from './site-bench.ts'
import type { Vcsim } from './vcsim.ts'

const program = bundled(new URL('lab-process.ts', import.meta.url))
const middleMs = 60

export interface Killing {
  readonly vcsim: Vcsim
  /** What stands for the nested host `esxi`. */
  readonly nested?: Vcsim
  readonly bench: SiteBench
  readonly folder: string
  /** The lab file. */
  readonly file: string
  /** Name of the snapshot that the command is about. */
  readonly snapshot?: string
}

async function journalAt(journal: string): Promise<string> {
  const text = await readFile(journal, 'utf8').catch(() => '')
  return text.slice(0, text.lastIndexOf('\n') + 1)
}

/** Those that came after `before`: a journal in which everything is done begins anew. */
function newLines(text: string, before: string): readonly string[] {
  const lines = (text.startsWith(before) ? text.slice(before.length) : text).split('\n')
  return lines.filter(Boolean).map((line) => {
    const { event, step } = JSON.parse(line)
    return `${event} ${step.id}`
  })
}

/** Kills the command at its next line that the sample has, or a moment after it; false when there was none. */
export async function killAtNewLine(
  killing: Killing,
  about: { readonly verb: string; readonly seen: Set<string> },
): Promise<boolean> {
  const { vcsim, nested, bench, folder, file, snapshot } = killing
  const { journal } = labPaths(bench.roots, JSON.parse(await readFile(file, 'utf8')).name)
  const before = await journalAt(journal)
  const hasGrown = growthOf(journal)
  const child = spawn(process.execPath, [program, about.verb], { stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = once(child, 'exit')
  const told = ({ url, fingerprint, user, password, pid }: Vcsim) => {
    return { url: url.href, fingerprint, user, password, pid }
  }
  const inside = nested && { nested: [told(nested)], reach: { esxi: nested.url.href } }
  child.stdin.end(JSON.stringify({ vcsim: told(vcsim), ...inside, folder, file, snapshot }))
  try {
    while (child.exitCode === null && child.signalCode === null) {
      await sleep(1)
      if (!hasGrown()) continue
      if (lineToKillAt(newLines(await journalAt(journal), before), about.seen) === undefined) continue
      // At the line itself, and the next time in the middle of the step.
      await sleep(about.seen.size % 2 === 0 ? 0 : middleMs)
      return true
    }
    return false
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}
