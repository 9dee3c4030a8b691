/** One lab handed out as many seats, on simulated machines. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { labPaths, openClassDatabase, sitePaths } from '#store'
import { labs, opened, pair, published, quiet, said, wish } from './classes-bench.ts'
import { tell, told } from './memos.ts'
import { down, failureOf, up } from './two-hypervisors.ts'

test('publishing makes the seats, which stand still until somebody comes', async (t) => {
  const { bench, classes, view, run } = await published(t)
  assert.deepEqual(said(view), ['spring-01 frozen', 'spring-02 frozen', 'spring-03 frozen'])
  assert.deepEqual(await labs(bench), ['pair', 'spring-01', 'spring-02', 'spring-03'])
  assert.deepEqual(view.templates, ['pair@class-spring'])
  const { machines } = await bench.engine.status('spring-02', bench.never)
  assert.deepEqual(
    machines.map(({ state }) => state),
    ['paused', 'paused'],
  )
  assert.deepEqual(said(await classes.publish('spring', run)), said(view), 'nothing is left to do')
  assert.deepEqual(said(await classes.publish('spring', { ...run, count: 4 })).slice(3), ['spring-04 frozen'])
  assert.equal((await failureOf(classes.publish('spring', { ...run, count: 2 }))).code, 'class-shrinks')
})

test('all seats begin at the instant the class was made, and go on by themselves', async (t) => {
  const { bench, classes, run } = await opened(t)
  await tell(bench, 'pair', 'a', 'of the teacher')
  await classes.create(wish({ idle: 'never' }), run)
  await tell(bench, 'pair', 'a', 'later')
  await classes.publish('spring', run)
  await tell(bench, 'spring-01', 'a', 'of the first')
  assert.equal(await told(bench, 'spring-01', 'a'), 'of the first')
  assert.equal(await told(bench, 'spring-02', 'a'), 'of the teacher')
  assert.equal(await told(bench, 'pair', 'a'), 'later')
})

test('a seat is reset to how it was handed out, or to a snapshot of its own, while the others go on', async (t) => {
  const { bench, classes, run } = await published(t, { seats: 2, idle: 'never' })
  for (const lab of ['spring-01', 'spring-02']) await tell(bench, lab, 'a', lab)
  await bench.engine.snapshot('spring-01', { name: 'mine' }, quiet(bench))
  await tell(bench, 'spring-01', 'a', 'broken')
  await classes.reset('spring', { ...run, seats: [1], to: 'mine' })
  assert.equal(await told(bench, 'spring-01', 'a'), 'spring-01')
  const view = await classes.reset('spring', { ...run, seats: [1] })
  assert.equal(await told(bench, 'spring-01', 'a'), '')
  assert.equal(await told(bench, 'spring-02', 'a'), 'spring-02')
  assert.deepEqual(said(view), ['spring-01 running', 'spring-02 running'])
  assert.equal(
    (await failureOf(classes.reset('spring', { ...run, seats: [2], to: 'none' }))).code,
    'class-incomplete',
  )
})

test('grading counts points, keeps each time, and leaves seats standing that stood', async (t) => {
  const { bench, classes, run } = await published(t, { seats: 2 })
  const [told1] = await classes.exec(
    'spring',
    { path: 'a', argv: ['touch', '/tmp/done'] },
    { ...run, seats: [1] },
  )
  assert.deepEqual(told1, { seat: 'spring-01', exitCode: 0, stdout: '', stderr: '' })
  const describe = () => 'no name'
  const grades = await classes.grade('spring', { ...run, describe })
  assert.deepEqual(
    grades.map(({ seat, earned, points }) => [seat, earned, points]),
    [
      ['spring-01', 4, 4],
      ['spring-02', 3, 4],
    ],
  )
  assert.deepEqual(
    grades[1]?.exercises.map(({ exercise, earned }) => [exercise, earned]),
    [
      ['Plug them together', 3],
      ['no name', 0],
    ],
  )
  const again = await classes
    .grade('spring', { ...run, describe, seats: [2], expectations: [] })
    .catch(() => [])
  assert.deepEqual(again, [])
  await classes.grade('spring', { ...run, describe, seats: [2] })
  const all = await classes.export('spring')
  assert.deepEqual(said(all), ['spring-01 frozen', 'spring-02 frozen'])
  assert.equal(all.grades.filter(({ seat }) => seat === 'spring-02').length, 2)
  const { machines } = await bench.engine.status('spring-01', bench.never)
  assert.ok(machines.every(({ state }) => state === 'paused'))
})

test('a file and a command reach every seat', async (t) => {
  const { classes, run } = await published(t, { seats: 2 })
  const content = new TextEncoder().encode('task 1\n')
  assert.deepEqual(await classes.copy('spring', { path: 'b', file: '/tmp/task', content }, run), [
    'spring-01',
    'spring-02',
  ])
  const answers = await classes.exec('spring', { path: 'b', argv: ['cat', '/tmp/task'] }, run)
  assert.deepEqual(
    answers.map(({ stdout }) => stdout),
    ['task 1\n', 'task 1\n'],
  )
  const look = await classes.look('spring', 2, run.signal)
  assert.equal(look.lab.lab, 'spring-02')
  assert.ok(look.journal.some(({ was, became }) => was === 'making' && became === 'frozen'))
})

test('closing leaves nothing but grades and the journal, and these go when they are to be forgotten', async (t) => {
  const { bench, classes, run } = await published(t, { seats: 2 })
  await classes.grade('spring', { ...run, describe: () => '' })
  assert.deepEqual(await classes.close('spring', run), ['spring-01', 'spring-02'])
  assert.deepEqual(await labs(bench), ['pair'])
  assert.equal(existsSync(labPaths(bench.roots, 'spring-01').run), false)
  assert.deepEqual((await bench.engine.snapshots('pair')).snapshots, [])
  assert.deepEqual(await readdir(sitePaths(bench.roots).frozen), [])
  assert.equal((await classes.export('spring')).grades.length, 2)
  assert.equal((await failureOf(classes.publish('spring', run))).code, 'class-not-open')
  assert.equal((await failureOf(classes.create(wish(), run))).code, 'class-name-taken')
  await classes.close('spring', { ...run, forget: true })
  assert.deepEqual(await classes.list(), [])
  await classes.create(wish(), run)
})

test('seats that have no room wait, and are made once there is some', async (t) => {
  const { desk, classes, run } = await opened(t)
  await classes.create(wish(), run)
  desk.room = { availableMiB: 512 + 2 * 64, processors: 8 }
  const failure = await failureOf(
    classes.publish('spring', {
      ...run,
      onEvent: () => {
        desk.room = { availableMiB: 512, processors: 8 }
      },
    }),
  )
  assert.equal(failure.code, 'class-does-not-fit')
  assert.deepEqual(said(await classes.find('spring')), [
    'spring-01 frozen',
    'spring-02 frozen',
    'spring-03 waiting',
  ])
  desk.room = { availableMiB: 5000, processors: 8 }
  assert.ok(said(await classes.publish('spring', run)).every((one) => one.endsWith('frozen')))
})

test('a seat whose lab somebody took down is made again, and the others are left alone', async (t) => {
  const { bench, classes, run } = await published(t, { seats: 2 })
  await down(bench, 'spring-02')
  const before = (await classes.export('spring')).journal.length
  const view = await classes.publish('spring', run)
  assert.deepEqual(said(view), ['spring-01 frozen', 'spring-02 frozen'])
  const { journal } = await classes.export('spring')
  assert.deepEqual([...new Set(journal.slice(before).map(({ number }) => number))], [2])
})

test('what cannot be a class is refused before anything is made', async (t) => {
  const { bench, classes, run } = await opened(t)
  const code = async (more: Parameters<typeof wish>[0]) =>
    (await failureOf(classes.create(wish(more), run))).code
  assert.equal(await code({ name: 'Spring 1' }), 'class-name-unfit')
  assert.equal(await code({ seats: 0 }), 'class-wish-unfit')
  assert.equal(await code({ closes: '2020-01-01' }), 'class-wish-unfit')
  assert.equal(await code({ templates: [] }), 'class-without-template')
  assert.equal(await code({ templates: ['none'] }), 'no-such-lab')
  assert.equal(await code({ templates: ['pair@none'] }), 'class-without-snapshot')
  assert.equal((await failureOf(classes.find('spring'))).code, 'no-such-class')
  await bench.engine.clone('pair', { name: 'spring-02' }, quiet(bench))
  await classes.create(wish(), run)
  assert.equal((await failureOf(classes.publish('spring', run))).code, 'seat-name-taken')
  assert.deepEqual(await labs(bench), ['pair', 'spring-02'])
})

test('a seat that a running process is changing is left to it', async (t) => {
  const { bench, classes, run } = await published(t, { seats: 1 })
  const database = await openClassDatabase(bench.roots)
  t.after(async () => database[Symbol.dispose]())
  const { ownIdentity } = await import('#store')
  const mover = await ownIdentity()
  database.change((rows) => {
    const seat = rows.seat('spring', 1)
    if (seat) rows.putSeat({ ...seat, state: 'freezing', mover })
  })
  for (const work of [classes.close('spring', run), classes.reset('spring', { ...run, seats: [1] })])
    assert.match((await failureOf(work)).message, /spring-01 is being changed by another command/)
  database.change((rows) => {
    const seat = rows.seat('spring', 1)
    if (seat) rows.putSeat({ ...seat, mover: { ...mover, startTicks: '1' } })
  })
  assert.deepEqual(said(await classes.publish('spring', run)), ['spring-01 frozen'])
})

test('seats are spread over the templates, which have to be the same lab', async (t) => {
  const { bench, classes, run } = await opened(t)
  await up(bench, { ...pair, name: 'twin' })
  await tell(bench, 'twin', 'a', 'of the twin')
  const { b: _, ...fewer } = pair.machines
  await up(bench, { ...pair, name: 'odd', machines: fewer, expect: [] })
  const odd = classes.create(wish({ templates: ['pair', 'odd'] }), run)
  assert.equal((await failureOf(odd)).code, 'templates-differ')
  await classes.create(wish({ templates: ['pair', 'twin'], seats: 4, idle: 'never' }), run)
  await classes.publish('spring', run)
  const memos = await Promise.all([1, 2, 3, 4].map((number) => told(bench, `spring-0${number}`, 'a')))
  assert.deepEqual(memos, ['', 'of the twin', '', 'of the twin'])
  await classes.close('spring', run)
  assert.deepEqual(await labs(bench), ['odd', 'pair', 'twin'])
  for (const lab of ['pair', 'twin']) assert.deepEqual((await bench.engine.snapshots(lab)).snapshots, [])
})
