/** The cases with VLANs on the kernel that hypervisors inside labs run: one guest whose NICs are the bridge's ports. */
import assert from 'node:assert/strict'
import type { Duplex } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { differences, isFlat, unlike } from '../../src/switch/bridge/differences.fixture.ts'
import { KernelBench } from '../../src/switch/bridge/kernel-bench.fixture.ts'
import type { Case } from '../../src/switch/cases/case.fixture.ts'
import { caseTable } from '../../src/switch/cases/table.fixture.ts'
import type { VlanSpec } from '../../src/switch/spec.ts'
import { isThorough } from '../sample.ts'
import { bootKernelGuest } from './kernel-guest.ts'

const access = (id: number): VlanSpec => ({ mode: 'access', id })
const trunk = (from: number, to: number): VlanSpec => ({ mode: 'trunk', ranges: [{ from, to }] })
const none: VlanSpec = { mode: 'none' }
/** As many of each as any case has. */
const plugged = [
  ...[access(10), access(10), access(10), access(10), access(20), access(20), none, none],
  ...[trunk(0, 4094), trunk(0, 4094), trunk(10, 15), 'shared', 'shared'],
] as const

/** One shell for all scripts: to start one over SSH each time would take longer than they do. */
function shellOn(stream: Duplex): (script: string) => Promise<string> {
  let text = ''
  let woken = () => {}
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    woken()
  })
  let count = 0
  return async (script) => {
    const end = new RegExp(`^end-${++count} (\\d+)\\n`, 'm')
    text = ''
    stream.write(`( set -e\n${script}\n) 2>&1 </dev/null; echo "end-${count} $?"\n`)
    for (;;) {
      const match = end.exec(text)
      if (match?.[1] === '0') return text.slice(0, match.index)
      if (match) throw new Error(`${text}\n${script}`)
      await new Promise<void>((resolve) => {
        woken = resolve
      })
    }
  }
}

async function openGuestBench(t: TestContext): Promise<KernelBench> {
  const guest = await bootKernelGuest(plugged.length + 1, t.signal)
  const { stream, exitCode } = await guest.host.open(['sh'])
  t.after(async () => {
    stream.end()
    await exitCode
    await guest.close()
  })
  const bench = await KernelBench.open({
    links: guest.links,
    filtersVlans: true,
    plugged,
    run: shellOn(stream),
  })
  t.after(() => bench.close())
  return bench
}

/** Of the rows, unless all are wanted: an emulated guest takes a second for each. */
const everyRow = 6

/**
 * Those that `src/switch/bridge/kernel.test.ts` does not run on the host's kernel, which may not filter VLANs. Without
 * `make test-all`, every so many rows of the table, and rows that other kinds share for one of them.
 */
function casesHere(): readonly Case[] {
  const all = unlike(caseTable).filter((one) => !isFlat(one))
  if (isThorough) return all
  const rows = new Map<string, Case>()
  for (const one of all) {
    const row = one.title.slice(one.title.indexOf(': '))
    if (!rows.has(row)) rows.set(row, one)
  }
  return [...rows.values()].filter((_, index) => index % everyRow === 0)
}

test('a bridge with its rules decides every case with VLANs as the decision does, but for those with a reason', {
  timeout: 900_000,
}, async (t) => {
  const bench = await openGuestBench(t)
  const cases = casesHere()
  const sent = cases.filter((one) => differences.skipped(one) === false)
  const results = await bench.runAll(sent, differences.pauseMs)
  const different = sent.filter((one) => differences.expected(one) !== undefined)
  const unexplained = results
    .filter((one) => differences.expected(one) === undefined)
    .flatMap(differences.unexplained)
  const reasons = [
    ...different.map((one) => `${one.title}: ${differences.expected(one)}`),
    ...cases.flatMap((one) => {
      const reason = differences.skipped(one)
      return reason ? [`${one.title}: ${reason}`] : []
    }),
  ]
  const equal = sent.length - different.length
  t.diagnostic(
    `kernel plane: ${equal} of ${cases.length} cases equal, ${reasons.length} differ by reason; ${unexplained.length} unexplained`,
  )
  for (const reason of reasons) t.diagnostic(reason)
  assert.deepEqual(unexplained, [])
})
