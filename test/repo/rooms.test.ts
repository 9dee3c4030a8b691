/** The floor plan of docs/design.md: who may import whom, and only through the door. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filesOf, isTest, read } from './tree.ts'

/** The table of docs/design.md. Every room may also import `failure`; changing this needs a decision file. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  failure: [],
  facts: [],
  lab: [],
  switch: [],
  trace: ['lab', 'switch'],
  rules: ['facts', 'lab', 'switch'],
  capacity: ['facts', 'lab'],
  host: [],
  store: ['lab'],
  blueprints: ['store'],
  guests: ['lab', 'host'],
  providers: ['lab', 'host', 'store', 'switch'],
  engine: ['lab', 'store', 'switch', 'guests', 'providers'],
  cli: ['engine'],
}

/** These decide and do not act, so they run in a browser too. */
const withoutNode = [
  /^src\/failure\//,
  /^src\/facts\//,
  /^src\/lab\//,
  /^src\/trace\//,
  /^src\/rules\//,
  /^src\/capacity\//,
  /^src\/switch\/[^/]*\.ts$/,
]

interface Import {
  readonly file: string
  readonly room: string
  readonly from: string
  readonly isType: boolean
}

const statement =
  /^\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\s+from\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm

async function imports(): Promise<Import[]> {
  const found: Import[] = []
  for (const file of await filesOf('.ts')) {
    const room = /^src\/([^/]+)\//.exec(file)?.[1]
    if (!room) continue
    for (const [, type, fixed, lazy] of (await read(file)).matchAll(statement)) {
      found.push({ file, room, from: fixed ?? lazy ?? '', isType: type !== undefined })
    }
  }
  return found
}

test('every folder of src is a room of the table, and package.json names its door', async () => {
  const folders = new Set((await filesOf('.ts')).flatMap((file) => /^src\/([^/]+)\//.exec(file)?.[1] ?? []))
  assert.deepEqual([...folders].sort(), Object.keys(mayImport).sort())
  const manifest = JSON.parse(await read('package.json'))
  const doors = Object.fromEntries(
    Object.keys(mayImport).map((room) => [`#${room}`, `./src/${room}/index.ts`]),
  )
  assert.deepEqual(manifest.imports, doors)
})

test('a room imports only the rooms that the table allows it', async () => {
  const wrong = (await imports()).filter(({ room, from, file, isType }) => {
    const to = /^#([^/]+)$/.exec(from)?.[1]
    if (to === undefined || to === 'failure' || to === room || isTest(file)) return false
    // The command line is handed everything but the engine; it may still name the types of what it is handed.
    if (room === 'cli' && isType) return false
    return !mayImport[room]?.includes(to)
  })
  assert.deepEqual(wrong, [])
})

test('a room is entered by its door only', async () => {
  const wrong = (await imports()).filter(({ room, from, file }) => {
    if (from.startsWith('#')) return from.includes('/')
    if (!from.startsWith('.')) return false
    const target = new URL(from, `file:///${file}`).pathname.slice(1)
    return !target.startsWith(`src/${room}/`) && !(isTest(file) && target.startsWith('test/'))
  })
  assert.deepEqual(wrong, [])
})

test('concrete providers are introduced by the files beside main.ts only', async () => {
  const wrong = (await imports()).filter(
    ({ file, from }) => !file.startsWith('src/providers/') && /providers\/(qemu|sim)/.test(from),
  )
  assert.deepEqual(wrong, [])
})

test('rooms that only decide do so without anything of Node', async () => {
  const wrong = (await imports()).filter(
    ({ file, from }) =>
      withoutNode.some((pattern) => pattern.test(file)) &&
      !isTest(file) &&
      !file.endsWith('.fixture.ts') &&
      from.startsWith('node:'),
  )
  assert.deepEqual(wrong, [])
})

test('a door is a list written by hand: only types may pass it wholesale', async () => {
  for (const room of Object.keys(mayImport)) {
    const door = await read(`src/${room}/index.ts`)
    assert.doesNotMatch(door, /^export \* /m, `src/${room}/index.ts`)
  }
})

test('every package that the source imports is declared in package.json', async () => {
  const manifest = JSON.parse(await read('package.json'))
  const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }))
  const product = new Set(Object.keys(manifest.dependencies))
  const wrong = (await imports()).filter(({ from, file, isType }) => {
    if (/^(node:|#|\.)/.test(from)) return false
    const name = from
      .split('/')
      .slice(0, from.startsWith('@') ? 2 : 1)
      .join('/')
    return !(isTest(file) || isType ? declared : product).has(name)
  })
  assert.deepEqual(wrong, [])
})
