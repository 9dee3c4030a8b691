/** The decision against the table of cases: who gets which frame, with which tag, and why the others do not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Case, outcomeOf } from './cases/case.fixture.ts'
import { caseTable } from './cases/table.fixture.ts'
import { decide } from './decide.ts'
import { retagged } from './frame.ts'
import { LearnedMacs } from './learned.ts'
import { dropReasons } from './reasons.ts'
import { compileSwitch } from './state.ts'

function run({ on, ports, steps }: Case): { outcome: string; expected: string | undefined }[] {
  const state = compileSwitch(
    on,
    ports.map(({ port }) => port),
  )
  const learned = new LearnedMacs()
  const letterOf = (index: number) => ports[index]?.letter ?? '?'
  let nowS = 0
  return steps.map(({ waitS, from, frame, expected }) => {
    nowS += waitS
    learned.expire(nowS, (port) => {
      const learning = state.ports[port]?.learning
      return learning?.by === 'switch' ? learning.ageingS : 0
    })
    const ingress = ports.findIndex(({ letter }) => letter === from)
    const { vlan, deliveries, drops, lesson } = decide(state, ingress, frame, learned)
    if (lesson) learned.take(lesson, nowS)
    const delivered = deliveries.map(({ port, tag }) => ({
      port: letterOf(port),
      frame: retagged(frame, tag, vlan),
    }))
    const dropped = drops.map(({ port, reason }) => ({ port: letterOf(port), reason }))
    return { outcome: outcomeOf(frame, { delivered, drops: dropped }), expected }
  })
}

test('every case has a title of its own', () => {
  const titles = caseTable.map(({ title }) => title)
  assert.deepEqual(
    titles.filter((title, at) => titles.indexOf(title) !== at),
    [],
  )
})

/** What only a port that is connected and busy can say. */
const ofLines = /^(TX_QUEUE_FULL|PORT_DOWN|IMPAIRED_.*)$/

test('every reason that the decision gives is in the table', () => {
  const given = new Set(
    caseTable.flatMap(({ steps }) =>
      steps.flatMap(({ expected = '' }) => expected.match(/[A-Z_]{4,}/g) ?? []),
    ),
  )
  assert.deepEqual(
    dropReasons.filter((reason) => !given.has(reason) && !ofLines.test(reason)),
    [],
  )
})

for (const each of caseTable) {
  test(each.title, () => {
    for (const [at, { outcome, expected }] of run(each).entries()) {
      if (expected !== undefined) assert.equal(outcome, expected, each.steps[at]?.text)
    }
  })
}
