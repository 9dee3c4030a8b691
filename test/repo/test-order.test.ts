/** Holds the order of the test files to its word. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { orderOf, type TestFile } from '../../tools/test-order.ts'

test('each file is run once, and those that run alone are spread among the others', () => {
  const files: TestFile[] = Array.from({ length: 200 }, (_, index) => ({
    path: `${index}.test.ts`,
    isAlone: index < 4,
  }))
  const order = orderOf(files, 3)
  assert.deepEqual(order.toSorted(), files.map(({ path }) => path).toSorted())
  const places = order.flatMap((path, at) => (Number.parseInt(path, 10) < 4 ? [at] : []))
  assert.equal(places[0], 0)
  for (const [at, place] of places.entries())
    assert.ok(at === 0 || place > (places[at - 1] ?? 0) + 10, `${places}`)
})
