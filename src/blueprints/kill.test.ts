import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { inspectBlueprint, type Parcel, packBlueprint, unpackBlueprint } from './index.ts'
import { killAt } from './killed.fixture.ts'
import { contentsOf, type Fixture, makeParcel, sha256, wanted } from './parcel.fixture.ts'

const maxBytes = 2 ** 40

/** The contents in files, so that another process can pack them. */
async function inFiles({ parcel, at }: Fixture): Promise<Parcel> {
  const entries = await Promise.all(
    parcel.entries.map(async (entry, index) => {
      if ('file' in entry) return entry
      const { content, ...rest } = entry
      const file = at(`source/${index}`)
      await writeFile(file, content)
      return { ...rest, file }
    }),
  )
  return { ...parcel, entries }
}

async function bytesAt(path: string): Promise<unknown> {
  return (await stat(path)).isDirectory() ? contentsOf(path) : sha256(await readFile(path))
}

for (const form of ['file', 'folder'] as const) {
  test(`packing into a ${form}, killed anywhere, is gone on with and gives the same bytes`, async (t) => {
    const fixture = await makeParcel(t, 12_000_000)
    const { at } = fixture
    const parcel = await inFiles(fixture)
    await packBlueprint(parcel, at('whole'), { form })
    const errand = { do: 'pack', parcel, form, target: at('lab') } as const
    let kills = 0
    for (const step of [1, 3, 11, 20, 50, 76]) {
      if ((await killAt(errand, at('errand'), step)) === 'done') break
      kills++
      assert.deepEqual(
        (await readdir(at('.'))).filter((name) => name.startsWith('lab')),
        ['lab.part'],
      )
    }
    assert.ok(kills >= 3, `${kills} kills`)
    if (kills === 6) await packBlueprint(parcel, at('lab'), { form })
    assert.deepEqual(await bytesAt(at('lab')), await bytesAt(at('whole')))
    assert.deepEqual(
      (await readdir(at('.'))).filter((name) => name.endsWith('.part')),
      [],
    )
  })
}

test('rubbish in the place of what an interrupted run left does no harm', async (t) => {
  const { parcel, at } = await makeParcel(t)
  await packBlueprint(parcel, at('whole'), { form: 'file' })
  const right = await readFile(at('whole'))
  const flipped = Buffer.from(right)
  flipped.fill(7, 700_000, 700_100)
  for (const rubbish of [
    randomBytes(5000),
    Buffer.alloc(5000),
    right,
    flipped,
    right.subarray(0, 1_000_001),
  ]) {
    await writeFile(at('lab.part'), rubbish)
    await packBlueprint(parcel, at('lab'), { form: 'file', replace: true })
    assert.ok((await readFile(at('lab'))).equals(right))
  }
})

test('unpacking, killed anywhere, is gone on with', async (t) => {
  const { parcel, at } = await makeParcel(t, 12_000_000)
  await packBlueprint(parcel, at('lab'), { form: 'file' })
  const errand = { do: 'unpack', source: at('lab'), into: at('out') } as const
  let kills = 0
  for (const step of [1, 2, 20, 60, 150, 250]) {
    if ((await killAt(errand, at('errand'), step)) === 'done') break
    kills++
    const { '.unpacking': _, ...there } = await contentsOf(at('out'))
    const all = wanted(parcel)
    for (const [path, hash] of Object.entries(there)) assert.equal(hash, all[path], path)
  }
  assert.ok(kills >= 3, `${kills} kills`)
  await unpackBlueprint(at('lab'), at('out'), { maxBytes })
  const { 'blueprint.json': _, ...files } = await contentsOf(at('out'))
  assert.deepEqual(files, wanted(parcel))
  await inspectBlueprint(at('lab'))
})
