/** The database of classes: together or not at all, and refused when it is not whole. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { openClassDatabase } from './class-database.ts'
import type { ClassRow, SeatRow } from './class-rows.ts'
import { sitePaths } from './paths.ts'

async function folder(t: TestContext) {
  const path = await mkdtemp(join(tmpdir(), 'nestlab-classes-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return { state: join(path, 'state'), run: join(path, 'run') }
}

const spring: ClassRow = { name: 'spring', state: 'open', seats: 2, createdMs: 5 }
const template = {
  position: 0,
  lab: 'demo',
  snapshot: 'ready',
  site: 'sim',
  memoryMiB: 96,
  isOwn: true,
}
const seat: SeatRow = {
  class: 'spring',
  number: 1,
  lab: 'spring-01',
  template: 0,
  state: 'waiting',
  because: 'new',
  usedMs: 0,
  extraMs: 0,
}
const full: SeatRow = {
  ...seat,
  state: 'resetting',
  because: 'asked for',
  target: 'ready',
  mover: { pid: 7, startTicks: '9', bootId: 'b' },
  usedMs: 1,
  extraMs: 2,
  runningSinceMs: 3,
  lastUsedMs: 4,
  secret: { salt: 's', hash: 'h' },
  handedMs: 6,
}

test('rows come back as they were written, with and without what may be absent', async (t) => {
  const roots = await folder(t)
  const bounded: ClassRow = {
    ...spring,
    state: 'closing',
    opensMs: 0,
    closesMs: 2,
    quotaMs: 3,
    idleMs: 4,
    power: { on: '07:00' },
  }
  {
    using database = await openClassDatabase(roots)
    database.change((rows) => {
      rows.putClass(spring)
      rows.addTemplate('spring', template)
      rows.putSeat(seat)
      rows.note('spring', { number: 1, atMs: 5, became: 'waiting', because: 'new' })
    })
    assert.deepEqual(
      database.read((rows) => [rows.class('spring'), rows.seats('spring')]),
      [spring, [seat]],
    )
    database.change((rows) => {
      rows.putClass(bounded)
      rows.putSeat(full)
      rows.note('spring', { atMs: 6, was: 'open', became: 'closing', because: 'asked for' })
      rows.addGrade('spring', {
        number: 1,
        atMs: 7,
        position: 0,
        exercise: 'ping',
        points: 2,
        earned: 1,
        seen: 'it',
      })
    })
  }
  using database = await openClassDatabase(roots)
  database.read((rows) => {
    assert.deepEqual(rows.classes(), [bounded])
    assert.deepEqual(rows.templates('spring'), [template])
    assert.deepEqual(rows.seat('spring', 1), full)
    assert.equal(rows.seat('spring', 2), undefined)
    assert.deepEqual(rows.journal('spring'), [
      { id: 1, number: 1, atMs: 5, became: 'waiting', because: 'new' },
      { id: 2, atMs: 6, was: 'open', became: 'closing', because: 'asked for' },
    ])
    assert.equal(rows.grades('spring')[0]?.seen, 'it')
  })
})

test('a change that fails in the middle leaves nothing of it', async (t) => {
  using database = await openClassDatabase(await folder(t))
  const broken = () =>
    database.change((rows) => {
      rows.putClass(spring)
      throw new Error('in between')
    })
  assert.throws(broken, /in between/)
  assert.deepEqual(
    database.read((rows) => rows.classes()),
    [],
  )
})

test('removing a class removes everything about it and nothing else', async (t) => {
  using database = await openClassDatabase(await folder(t))
  const fill = (name: string) =>
    database.change((rows) => {
      rows.putClass({ ...spring, name })
      rows.addTemplate(name, template)
      rows.putSeat({ ...full, class: name, lab: `${name}-01` })
      rows.addSession(name, { number: 1, holder: { pid: 1, startTicks: '1', bootId: 'b' }, sinceMs: 1 })
      rows.note(name, { atMs: 1, became: 'open', because: 'asked for' })
    })
  for (const name of ['spring', 'autumn']) fill(name)
  database.change((rows) => rows.removeClass('spring'))
  const counts = (name: string) =>
    database.read((rows) => [
      rows.templates(name).length,
      rows.seats(name).length,
      rows.sessions(name).length,
      rows.journal(name).length,
    ])
  assert.deepEqual(
    [counts('spring'), counts('autumn')],
    [
      [0, 0, 0, 0],
      [1, 1, 1, 1],
    ],
  )
  fill('spring')
})

test('two seats cannot have the same lab', async (t) => {
  using database = await openClassDatabase(await folder(t))
  const twice = () =>
    database.change((rows) => {
      rows.putClass(spring)
      rows.addTemplate('spring', template)
      rows.putSeat(seat)
      rows.putSeat({ ...seat, number: 2 })
    })
  assert.throws(twice, { code: 'store-trouble' })
})

test('only its owner may read the database', async (t) => {
  const roots = await folder(t)
  using _database = await openClassDatabase(roots)
  assert.equal((await stat(sitePaths(roots).classes)).mode & 0o777, 0o600)
})

test('a file that is no database, and one of a newer version, are refused by name and left alone', async (t) => {
  const roots = await folder(t)
  const path = sitePaths(roots).classes
  ;(await openClassDatabase(roots))[Symbol.dispose]()
  await writeFile(path, 'not a database, but long enough to look at '.repeat(50))
  const sizeOf = async () => (await stat(path)).size
  const before = await sizeOf()
  await assert.rejects(openClassDatabase(roots), (error: Error & { code: string }) => {
    return error.code === 'state-damaged' && error.message.includes(path)
  })
  assert.equal(await sizeOf(), before)
  await rm(path)
  const newer = new DatabaseSync(path)
  newer.exec('PRAGMA user_version = 99')
  newer.close()
  await assert.rejects(openClassDatabase(roots), { code: 'state-newer' })
})
