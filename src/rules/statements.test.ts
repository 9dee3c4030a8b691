import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allRules } from './all-rules.ts'
import { statements } from './statements.ts'

test('every statement of the articles has a rule, another part of Nestlab, or a reason why not', () => {
  const all = statements()
  // As many as the articles were found to make; ids keep gaps where related ones were joined.
  assert.equal(all.length, 139)
  assert.equal(new Set(all.map(({ id }) => id)).size, 139)
  const open = all.filter(({ rules, elsewhere, why }) => rules.length === 0 && !elsewhere && !why)
  assert.deepEqual(
    open.map(({ id, says }) => `${id} ${says}`),
    [],
  )
})

test('no rule names a statement that there is not, and no reason stands beside a rule', () => {
  const ids = new Set(statements().map(({ id }) => id))
  for (const { id, covers } of allRules) {
    assert.deepEqual(
      covers.filter((statement) => !ids.has(statement)),
      [],
      id,
    )
  }
  const contradicted = statements().filter(({ rules, why }) => why && rules.length > 0)
  assert.deepEqual(
    contradicted.map(({ id }) => id),
    [],
  )
})
