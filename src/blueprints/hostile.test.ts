/** Thousands of blueprints that were changed at random: each is refused, or gives what was packed, and nothing else is written. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Failure } from '#failure'
import { isThorough } from '../../test/sample.ts'
import { pathProblem } from './entry-path.ts'
import { changedHeader, type Fields, type Harm, harmful, partsOf, tarOf } from './hostile.fixture.ts'
import { unpackBlueprint } from './index.ts'
import type { Json } from './parcel.ts'

const seed = Number(process.env.NESTLAB_SEED ?? 20_261_128)
const rounds = Number(process.env.NESTLAB_ROUNDS ?? (isThorough ? 20_000 : 2_000))

type Random = () => number

/** Numbers from 0 up to 1 (the mulberry32 generator). */
function randomFrom(start: number): Random {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const below = (random: Random, limit: number) => Math.floor(random() * limit)

function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[below(random, items.length)]
  assert.ok(item !== undefined)
  return item
}

const content = Buffer.from('nestlab: 1\nname: fuzz\n')
const right = partsOf(harmful({ content }))

const names = [
  '../x',
  '/tmp/x',
  './index.json',
  'index.json',
  'oci-layout',
  'blobs',
  'blobs/sha256',
  '..',
  '.',
  '',
  '\u00ff',
  'blobs/sha256/..',
]
const values: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  '',
  'x',
  '../x',
  '/x',
  'sha256:',
  `sha256:${'0'.repeat(64)}`,
  [],
  {},
  [{}],
  'constructor',
  '__proto__',
  'lab.yaml/x',
  'README.md',
  'text/plain',
  '\u0000',
  '\u202e',
  1e308,
  { name: 'x' },
  'machines/a/ram',
  'thin',
  'full',
]

/** Bytes anywhere, without care for sums. */
function scatter(random: Random, tar: Buffer): Buffer {
  const changed = Buffer.from(tar)
  for (let count = 1 + below(random, 8); count > 0; count--)
    changed[below(random, changed.length)] = below(random, 256)
  return changed
}

function cut(random: Random, tar: Buffer): Buffer {
  const [from, to] = [below(random, tar.length), below(random, tar.length)].toSorted((a, b) => a - b)
  const kind = below(random, 3)
  if (kind === 0) return tar.subarray(0, from)
  if (kind === 1) return Buffer.concat([tar.subarray(0, from), tar.subarray(to)])
  return Buffer.concat([tar.subarray(0, to), tar.subarray(from)])
}

/** Fields of headers, with the right sum: what somebody would do who knows the format. */
function headers(random: Random): Buffer {
  const parts = [...right]
  const index = below(random, parts.length)
  const part = pick(random, parts)
  const header = changedHeader(part.header, (block) => {
    const kind = below(random, 5)
    if (kind === 0) block.fill(0, 0, 100).write(pick(random, names), 0, 'latin1')
    else if (kind === 1) block[156] = below(random, 128)
    else if (kind === 2)
      block.write(
        below(random, 2 ** 20)
          .toString(8)
          .padStart(11, '0'),
        124,
      )
    else if (kind === 3) for (let at = 124; at < 136; at++) block[at] = below(random, 256)
    else block.write(pick(random, names), 345, 'latin1')
  })
  const changed = { header, content: part.content }
  if (random() < 0.5) parts[index] = changed
  else parts.splice(index, 0, changed)
  return tarOf(parts)
}

const keys = [
  'path',
  'mediaType',
  'bytes',
  'sha256',
  'redistributable',
  'sparse',
  'blob',
  'packedBytes',
  'leftOut',
  '__proto__',
]
const places: readonly [keyof Harm, readonly string[]][] = [
  ['entry', keys],
  ['config', ['format', 'kind', 'lab', 'createdAt', 'entries', 'constructor']],
  ['layer', ['mediaType', 'digest', 'size', 'annotations']],
  ['manifest', ['schemaVersion', 'mediaType', 'artifactType', 'config', 'layers', 'subject', 'annotations']],
  ['index', ['schemaVersion', 'manifests', 'mediaType']],
]

/** Values of the JSON inside, with all hashes right. */
function words(random: Random): Buffer {
  const harm: Record<string, Json | Uint8Array> = { content }
  for (let count = 1 + below(random, 2); count > 0; count--) {
    const [place, fields] = pick(random, places)
    harm[place] = Object.fromEntries([[pick(random, fields), pick(random, values)]]) as Fields
  }
  if (random() < 0.1)
    harm.packed = Buffer.from(Array.from({ length: below(random, 60) }, () => below(random, 256)))
  return tarOf(partsOf(harmful(harm as Harm)))
}

function mutated(random: Random): Buffer {
  const kind = below(random, 4)
  const tar = tarOf(right)
  if (kind === 0) return scatter(random, tar)
  if (kind === 1) return cut(random, tar)
  return kind === 2 ? headers(random) : words(random)
}

/** All paths below a folder, and what they are. */
async function everything(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return found
    .filter((one) => !one.isDirectory())
    .map((one) => join(one.parentPath, one.name).slice(folder.length + 1))
}

async function tryOne(input: string, out: string): Promise<'refused' | 'unpacked'> {
  try {
    const { description } = await unpackBlueprint(input, out, { maxBytes: 10_000 })
    for (const entry of description.entries) {
      assert.equal(pathProblem(entry.path), undefined)
      if ('leftOut' in entry) continue
      assert.ok((await lstat(join(out, entry.path))).isFile())
      assert.deepEqual(await readFile(join(out, entry.path)), content)
    }
    return 'unpacked'
  } catch (error) {
    if (error instanceof Failure && /^(blueprint|unpack)-/.test(error.code)) return 'refused'
    throw error
  }
}

test(`${rounds} changed blueprints are refused or give what was packed, and write nowhere else`, async (t) => {
  // In memory where there is such a place: what unpacking waits for is the disk.
  const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const folder = await mkdtemp(join(memory, 'nestlab-hostile-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const place = join(folder, 'a/b/c')
  await mkdir(place, { recursive: true })
  const input = join(place, 'input')
  const out = join(place, 'out')
  const seen = { refused: 0, unpacked: 0 }
  for (let round = 0; round < rounds; round++) {
    const tar = mutated(randomFrom(seed + round))
    await writeFile(input, tar)
    try {
      seen[await tryOne(input, out)]++
    } catch (error) {
      assert.fail(
        `NESTLAB_SEED=${seed + round} NESTLAB_ROUNDS=1: ${error instanceof Error ? error.stack : error}`,
      )
    }
    if (existsSync(out)) await rm(out, { recursive: true })
    if (round % 100 !== 99 && round !== rounds - 1) continue
    const stray = (await everything(folder)).filter((path) => path !== 'a/b/c/input')
    assert.deepEqual(
      stray,
      [],
      `written by one of the 100 up to NESTLAB_SEED=${seed + round} NESTLAB_ROUNDS=1`,
    )
  }
  // Both happen, or the changes would prove nothing.
  if (rounds > 1000)
    assert.ok(seen.refused > rounds / 2 && seen.unpacked > rounds / 100, JSON.stringify(seen))
})
