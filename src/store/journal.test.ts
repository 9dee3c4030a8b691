import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type JournalStep, openJournal, readJournal, unfinished } from './journal.ts'

const isStep = (value: unknown): value is JournalStep =>
  typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'

async function tempJournal(t: { after(clean: () => Promise<void>): void }) {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-journal-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'journal.jsonl')
}

test('a step that began and did not end is unfinished', async (t) => {
  const path = await tempJournal(t)
  let nowMs = 0
  const journal = await openJournal(path, isStep, () => ++nowMs)
  await journal.write('begin', { id: 'a' })
  await Promise.all([
    journal.write('begin', { id: 'b' }),
    journal.write('done', { id: 'a' }),
    journal.write('begin', { id: 'c' }),
  ])
  await journal.write('failed', { id: 'c' }, 'disk-full')
  await journal.close()
  const { entries, torn } = await readJournal(path, isStep)
  assert.equal(torn, false)
  assert.deepEqual(
    entries.map(({ atMs, event, step }) => [atMs, event, step.id]),
    [
      [1, 'begin', 'a'],
      [2, 'begin', 'b'],
      [3, 'done', 'a'],
      [4, 'begin', 'c'],
      [5, 'failed', 'c'],
    ],
  )
  assert.equal(entries.at(-1)?.because, 'disk-full')
  assert.deepEqual(unfinished(entries), [{ id: 'b' }])
})

test('a torn last line is reported, left out, and cut away by the next command', async (t) => {
  const path = await tempJournal(t)
  const first = await openJournal(path, isStep, () => 7)
  await first.write('begin', { id: 'a' })
  await first.close()
  await appendFile(path, '{"atMs":8,"event":"do')
  const seen = await readJournal(path, isStep)
  assert.equal(seen.torn, true)
  assert.deepEqual(unfinished(seen.entries), [{ id: 'a' }])
  const second = await openJournal(path, isStep, () => 9)
  await second.write('done', { id: 'a' })
  await second.close()
  const after = await readJournal(path, isStep)
  assert.deepEqual([after.torn, after.entries.length, unfinished(after.entries).length], [false, 2, 0])
})

test('a journal with a broken line in its middle is refused by name and line, and not changed', async (t) => {
  const path = await tempJournal(t)
  const text =
    '{"atMs":1,"event":"begin","step":{"id":"a"}}\nrubbish\n{"atMs":1,"event":"done","step":{"id":"a"}}\n'
  await writeFile(path, text)
  const expected = {
    code: 'state-damaged',
    message: `The journal ${path} is damaged: line 2 cannot be read.`,
  }
  await assert.rejects(readJournal(path, isStep), expected)
  await assert.rejects(openJournal(path, isStep, Date.now), expected)
  assert.equal(await readFile(path, 'utf8'), text)
})

test('a long journal is shortened to what is unfinished', async (t) => {
  const path = await tempJournal(t)
  const long = Array.from({ length: 12_000 }, (_, index) => {
    const step = { id: `start-machine kvm-${index}` }
    return ['begin', ...(index === 77 ? [] : ['done'])].map((event) =>
      JSON.stringify({ atMs: 1, event, step }),
    )
  })
  await writeFile(path, `${long.flat().join('\n')}\n`)
  const journal = await openJournal(path, isStep, () => 2)
  await journal.close()
  assert.ok((await stat(path)).size < 1000)
  const { entries } = await readJournal(path, isStep)
  assert.deepEqual(unfinished(entries), [{ id: 'start-machine kvm-77' }])
})

test('a lab without a journal has nothing unfinished', async (t) => {
  assert.deepEqual(await readJournal(await tempJournal(t), isStep), { entries: [], torn: false })
})
