/** `nestlab test`: does the lab do what its file expects? */
import { writeFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import type { Expectation } from '#lab'
import type { Trace } from '#trace'
import { fail } from '../errors.ts'
import { expectationText } from '../expectation-text.ts'
import { type JunitCase, junitXml } from '../junit.ts'
import { harmless } from '../paint.ts'
import { fileArgument, fileOption, type Loaded, loadNamed } from '../pick-lab.ts'
import { duration } from '../table.ts'
import type { Call, Verb } from '../verb.ts'

/** One expectation with its verdict; `seen` says what it stands on. */
interface Verdict {
  readonly index: number
  readonly expectation: Expectation
  readonly holds: boolean | 'unknown'
  readonly seen: string
  readonly tookMs: number
}

export const test: Verb = {
  name: 'test',
  summary: 'check what the lab file expects (reach, isolated, http, exec)',
  more:
    'A lab that is up is asked for real: pings, requests and commands run inside its machines. Otherwise, and with\n' +
    '--static, the frames are followed on the file alone; commands are then skipped. Exit code 1 when one does not hold.',
  arguments: [fileArgument],
  options: [
    fileOption,
    ['--static', 'judge by the file alone, also when the lab is up'],
    ['--live', 'ask the running machines; fails when the lab is not up'],
    ['--junit <file>', 'also write the results as JUnit XML'],
  ],
  examples: [
    { line: 'nestlab test --static', does: 'would everything reach what it should? Nothing is started' },
    { line: 'nestlab up && nestlab test --junit results.xml', does: 'the same on the real machines, for CI' },
  ],
  async run(call) {
    if (call.has('static') && call.has('live'))
      throw fail('wrong-usage', { text: '--static and --live exclude each other.', command: 'nestlab test' })
    const loaded = await loadNamed(call, 'test')
    if (!loaded) return 1
    const { file, lab } = loaded
    const { expect = [] } = lab
    if (expect.length === 0) throw fail('no-expectations', { file })
    const live = call.has('live') || (!call.has('static') && (await isUp(call, lab.name)))
    const verdicts = live ? await asked(call, lab.name, expect) : await judged(call, loaded)
    const junit = call.value('junit')
    if (junit !== undefined) await writeJunit(call, junit, { lab: lab.name, verdicts })
    if (call.json) call.terminal.say(JSON.stringify({ file, lab: lab.name, live, results: verdicts }))
    else sayVerdicts(call, verdicts, live)
    return verdicts.every(({ holds }) => holds !== false) ? 0 : 1
  },
}

async function isUp(call: Call, lab: string): Promise<boolean> {
  const labs = await (await call.services.engine()).labs()
  return labs.some(({ name }) => name === lab)
}

async function asked(call: Call, lab: string, expectations: readonly Expectation[]): Promise<Verdict[]> {
  const engine = await call.services.engine()
  return [...(await engine.checkExpectations(lab, { signal: call.signal, expectations }))]
}

async function judged(call: Call, loaded: Loaded): Promise<Verdict[]> {
  const { verifyExpectations } = await call.services.tracing()
  return verifyExpectations(loaded.lab).map(({ trace, ...verified }) => ({
    ...verified,
    seen: trace ? reasonText(call, trace, loaded) : 'only the running lab can tell',
    tookMs: 0,
  }))
}

function reasonText(call: Call, { cause }: Trace, { file, placeOf }: Loaded): string {
  if (!cause) return 'frame and answer arrive'
  const place = placeOf?.(cause.at)
  const line = place && place.line > 0 ? ` (${relative(call.folder, file)}:${place.line})` : ''
  return `${cause.meaning}\nbecause of ${cause.setting}${line}`
}

function sayVerdicts(call: Call, verdicts: readonly Verdict[], live: boolean): void {
  const { paint, say } = call.terminal
  for (const { expectation, holds, seen, tookMs } of verdicts) {
    const mark = holds === true ? paint.good('✓') : holds === false ? paint.bad('✗') : paint.doubtful('–')
    const took = live ? ` ${paint.faint(duration(tookMs))}` : ''
    say(`${mark} ${harmless(expectationText(expectation))}${took}`)
    if (holds !== true || live) say(paint.faint(`    ${harmless(seen).replaceAll('\n', '\n    ')}`))
  }
  const count = (wanted: Verdict['holds']) => verdicts.filter(({ holds }) => holds === wanted).length
  const skipped = count('unknown')
  say(
    `${count(true)} of ${verdicts.length} hold, ${count(false)} do not` +
      `${skipped ? `, ${skipped} can only be checked on the running lab` : ''} ` +
      `(${live ? 'asked the machines' : 'judged by the file; nothing was started'}).`,
  )
}

async function writeJunit(
  call: Call,
  name: string,
  { lab, verdicts }: { lab: string; verdicts: readonly Verdict[] },
): Promise<void> {
  const file = resolve(call.folder, name)
  const cases = verdicts.map(
    ({ expectation, holds, seen, tookMs }): JunitCase => ({
      name: expectationText(expectation),
      tookMs,
      ...(holds === false && { failure: seen }),
      ...(holds === 'unknown' && { skipped: seen }),
    }),
  )
  await writeFile(file, junitXml(lab, cases)).catch((error: unknown) => {
    throw fail('cannot-write', { file, reason: error instanceof Error ? error.message : String(error) })
  })
}
