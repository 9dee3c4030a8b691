/** The table of cases on the live switch: real sockets, real framing, and what it learns as time passes. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { caseTable } from '../cases/table.fixture.ts'
import { CaseBench } from './case-bench.fixture.ts'

const bench = new CaseBench()
after(() => bench.close())

for (const each of caseTable) {
  test(`live, ${each.title}`, async () => {
    const outcomes = await bench.run(each)
    for (const [at, { text, expected }] of each.steps.entries())
      if (expected !== undefined) assert.equal(outcomes[at], expected, text)
  })
}
