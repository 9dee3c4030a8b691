/** The shell's choices and loops. */
import { expandPattern, expandText, expandWords, type Values } from './expand.ts'
import { Leave } from './leave.ts'
import { wholePattern } from './patterns.ts'
import type { Streams } from './streams.ts'
import type { Case, Choice, Each, List, Loop } from './syntax.ts'

/** What they need of the shell they run in. */
export interface Runner extends Values {
  readonly variables: Map<string, string>
  list(list: List, streams: Streams): Promise<number>
}

export async function runChoice(
  { branches, otherwise }: Choice,
  streams: Streams,
  shell: Runner,
): Promise<number> {
  for (const { test, body } of branches) {
    if ((await shell.list(test, streams)) === 0) return shell.list(body, streams)
  }
  return shell.list(otherwise, streams)
}

export async function runLoop({ until, test, body }: Loop, streams: Streams, shell: Runner): Promise<number> {
  let code = 0
  while (((await shell.list(test, streams)) === 0) !== until) {
    const round = await runRound(body, streams, shell)
    if (round === 'over') return 0
    code = round
  }
  return code
}

export async function runEach({ name, words, body }: Each, streams: Streams, shell: Runner): Promise<number> {
  let code = 0
  for (const value of await expandWords(words, shell)) {
    shell.variables.set(name, value)
    const round = await runRound(body, streams, shell)
    if (round === 'over') return 0
    code = round
  }
  return code
}

async function runRound(body: List, streams: Streams, shell: Runner): Promise<number | 'over'> {
  try {
    return await shell.list(body, streams)
  } catch (problem) {
    if (problem instanceof Leave && problem.what === 'continue') return 0
    if (problem instanceof Leave && problem.what === 'break') return 'over'
    throw problem
  }
}

export async function runCase({ word, arms }: Case, streams: Streams, shell: Runner): Promise<number> {
  const text = await expandText(word, shell)
  for (const { patterns, body } of arms) {
    for (const pattern of patterns) {
      const source = await expandPattern(pattern, shell)
      if (wholePattern(source).test(text)) return shell.list(body, streams)
    }
  }
  return 0
}
