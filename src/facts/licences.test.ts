import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import evaluations from './data/evaluations.json' with { type: 'json' }
import written from './data/licences.json' with { type: 'json' }
import { problemsOf, sourceName } from './data-file.fixture.ts'
import { evaluationOf, licenceRule, licencesFor } from './licences.ts'

const count = z.int().positive()
const sentence = z.string().regex(/^[A-Za-z].*\.$/)

const licenceRow = z.strictObject({
  fromYear: z.int(),
  toYear: z.int().optional(),
  unit: z.enum(['cpu', 'core']),
  coresPerLicence: count.optional(),
  leastCoresPerCpu: count.optional(),
  minimumOrder: count.optional(),
  text: sentence,
  source: sourceName,
})

const evaluationRow = z.strictObject({
  product: z.string(),
  before: z.string().optional(),
  days: count.optional(),
  freeEdition: sentence.optional(),
  freeEditionMaxCpus: count.optional(),
  freeEditionSource: sourceName.optional(),
  source: sourceName,
})

test('the files of licences and evaluations are well formed', () => {
  assert.deepEqual(problemsOf(written, { row: licenceRow, keyOf: (row) => String(row.fromYear) }), [])
  const keyOf = (row: z.infer<typeof evaluationRow>) => `${row.product} before ${row.before}`
  assert.deepEqual(problemsOf(evaluations, { row: evaluationRow, keyOf }), [])
})

test('every year since 2006 has one rule', () => {
  for (let year = 2006; year <= 2030; year++) {
    const rules = written.rows.filter((row) => row.fromYear <= year && year <= (row.toYear ?? year))
    assert.equal(rules.length, 1, String(year))
  }
  assert.equal(licenceRule(2005), undefined)
})

test('the same hosts need sockets, packs of 32 cores, or cores, by the year', () => {
  const hosts = [
    { sockets: 2, coresPerSocket: 40 },
    { sockets: 1, coresPerSocket: 8 },
  ]
  const need = (year: number) => {
    const { unit, count: number } = licencesFor({ year, hosts }) ?? assert.fail(String(year))
    return [unit, number]
  }
  assert.deepEqual(need(2014), ['cpu', 3])
  assert.deepEqual(need(2019), ['cpu', 3])
  assert.deepEqual(need(2020), ['cpu', 5])
  assert.deepEqual(need(2023), ['cpu', 5])
  assert.deepEqual(need(2024), ['core', 96])
})

test('a small CPU counts as 16 cores, and a small order as 72', () => {
  const one = licencesFor({ year: 2026, hosts: [{ sockets: 1, coresPerSocket: 4 }] })
  assert.deepEqual([one?.count, one?.minimumOrder], [16, 72])
  const many = licencesFor({ year: 2026, hosts: [{ sockets: 2, coresPerSocket: 36 }] })
  assert.deepEqual([many?.count, many?.minimumOrder], [72, undefined])
  assert.deepEqual(licencesFor({ year: 2026, hosts: [] })?.minimumOrder, undefined)
})

test('an evaluation lasts 60 days, and 90 from version 9 on', () => {
  assert.equal(evaluationOf('esxi', '8.0U3')?.days, 60)
  assert.equal(evaluationOf('esxi', '9.0')?.days, 90)
  assert.equal(evaluationOf('vcenter', '7.0')?.days, 60)
  assert.equal(evaluationOf('kvm')?.days, undefined)
  assert.match(evaluationOf('kvm')?.freeEdition ?? '', /Free/)
  assert.equal(evaluationOf('bhyve'), undefined)
})
