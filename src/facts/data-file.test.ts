import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { problemsOf, sourceName } from './data-file.fixture.ts'
import { dataFile, onceRead, type Source, sourceText } from './data-file.ts'

const written = {
  asOf: '2026-11-28',
  sources: {
    page: { title: 'The page', url: 'https://example.org/page', grade: 'V' },
    blog: { title: 'The blog', grade: 'S' },
  },
  rows: [{ name: 'one', source: 'page', sizeSource: 'blog' }],
}

interface Row {
  readonly name: string
  readonly source: Source
  readonly sizeSource: Source
}

const rules = {
  row: z.strictObject({ name: z.string(), source: sourceName, sizeSource: sourceName }),
  keyOf: (row: { name: string }) => row.name,
}

test('a row carries its sources, each with the day of its file', () => {
  const { asOf, rows } = dataFile<Row>(written)
  assert.equal(asOf, '2026-11-28')
  assert.deepEqual(rows, [
    {
      name: 'one',
      source: { title: 'The page', url: 'https://example.org/page', grade: 'V', asOf: '2026-11-28' },
      sizeSource: { title: 'The blog', grade: 'S', asOf: '2026-11-28' },
    },
  ])
})

test('the text of a source says where it was read, how sure it is, and when', () => {
  const asOf = '2026-11-28'
  assert.equal(
    sourceText({ title: 'KB 1', url: 'https://example.org/1', grade: 'V', asOf }),
    'KB 1 (https://example.org/1), as of 2026-11-28',
  )
  assert.equal(
    sourceText({ title: 'A blog', grade: 'S', asOf }),
    'A blog, a secondary source, as of 2026-11-28',
  )
  assert.equal(sourceText({ title: 'Us', grade: 'K', asOf }), 'Us, not confirmed by a page, as of 2026-11-28')
})

test('a data file is read once, and not before it is asked for', () => {
  let reads = 0
  const read = onceRead(() => ++reads)
  assert.equal(reads, 0)
  assert.deepEqual([read(), read()], [1, 1])
})

test('the check of data files finds each mistake', () => {
  assert.deepEqual(problemsOf(written, rules), [])
  const row = { name: 'one', source: 'page', sizeSource: 'blog' }
  const broken: [object, RegExp][] = [
    [{ ...written, asOf: 'yesterday' }, /asOf/],
    [{ ...written, rows: [row, row] }, /^two rows are one$/],
    [{ ...written, rows: [{ ...row, source: 'blog' }] }, /^nothing cites the source page$/],
    [{ ...written, rows: [row, { ...row, name: 'two', source: 'gone' }] }, /^no source is named gone$/],
    [{ ...written, rows: [{ ...row, colour: 'red' }] }, /colour/],
    [
      { ...written, sources: { ...written.sources, page: { title: 'The page', grade: 'V' } } },
      /^the source page is of a vendor, and has no address$/,
    ],
  ]
  for (const [file, problem] of broken) {
    const problems = problemsOf(file, rules)
    assert.equal(problems.length, 1, problems.join('\n'))
    assert.match(String(problems[0]), problem)
  }
})
