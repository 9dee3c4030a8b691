import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { dataDates } from './data-dates.ts'

/** They have a module of their own, which tells their day itself. */
const elsewhere = /^hardware-parts/

test('the day of every data file is told', async () => {
  const folder = new URL('data/', import.meta.url)
  const files = (await readdir(folder)).filter((file) => !elsewhere.test(file))
  const days = await Promise.all(
    files.map(async (file) => ({
      file,
      asOf: JSON.parse(await readFile(new URL(file, folder), 'utf8')).asOf,
    })),
  )
  assert.deepEqual(
    dataDates(),
    days.toSorted((a, b) => (a.file < b.file ? -1 : 1)),
  )
})
