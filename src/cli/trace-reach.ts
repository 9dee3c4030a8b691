/** The forms of `nestlab trace` that ask for more than one pair of machines, and the drawing of one. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fail } from './errors.ts'
import { loadFile, loadLab } from './pick-lab.ts'
import { probeFrom } from './probe-options.ts'
import { comparisonLines, reachLines } from './reach-text.ts'
import type { Call, Exit, OptionRow } from './verb.ts'

export const reachOptions: readonly OptionRow[] = [
  ['--svg <file>', 'draw the way of the frame, too'],
  ['--all-pairs', 'say who reaches whom instead'],
  ['--diff', 'name two lab files instead of machines: who reaches whom in only one of them?'],
]

const command = 'nestlab trace'

/** Undefined when the command line asks for one pair. */
export async function traceMany(call: Call): Promise<Exit | undefined> {
  const [all, diff] = [call.has('all-pairs'), call.has('diff')]
  if (!all && !diff) return undefined
  if (all && diff) throw fail('wrong-usage', { text: 'Either --all-pairs or --diff.', command })
  return all ? await traceAll(call) : await compareFiles(call)
}

async function traceAll(call: Call): Promise<Exit> {
  if (call.args.length > 0) throw fail('wrong-usage', { text: '--all-pairs names no machines.', command })
  const { what } = await probeFrom(call, '', '')
  const loaded = await loadLab(call)
  if (!loaded) return 1
  const { paint, say } = call.terminal
  const found = (await call.services.tracing()).reachability(loaded.lab, what)
  say(call.json ? JSON.stringify({ file: loaded.file, ...found }) : reachLines(found, paint).join('\n'))
  return 0
}

/** Exit code 1 says that something has changed. */
async function compareFiles(call: Call): Promise<Exit> {
  const [first, second] = call.args
  if (first === undefined || second === undefined) {
    throw fail('wrong-usage', { text: '--diff compares two lab files.', command })
  }
  const { what } = await probeFrom(call, '', '')
  const before = await loadFile(call, resolve(call.folder, first))
  const after = await loadFile(call, resolve(call.folder, second))
  if (!before || !after) return 1
  const { paint, say } = call.terminal
  const compared = (await call.services.tracing()).compareLabs(before.lab, after.lab, what)
  say(call.json ? JSON.stringify(compared) : comparisonLines(compared, paint).join('\n'))
  return compared.changes.length === 0 ? 0 : 1
}

/** Writes the drawing where `--svg` says. */
export async function writeDrawing(call: Call, draw: () => string): Promise<void> {
  const named = call.value('svg')
  if (named === undefined) return
  const file = resolve(call.folder, named)
  try {
    await writeFile(file, draw())
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw fail('cannot-write', { file, reason }, error)
  }
}
