/** Who gets to the seats of a class, and when. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { SeatAccess } from '#engine'
import { sitePaths } from '#store'
import { labs, published, said } from './classes-bench.ts'
import { failureOf } from './two-hypervisors.ts'

const hourMs = 3_600_000

test('a secret is shown once, opens its own seat only, and is void once there is a new one', async (t) => {
  const { bench, classes, run } = await published(t)
  const shown: SeatAccess[] = []
  const show = (all: readonly SeatAccess[]) => void shown.push(...all)
  await classes.handOut('spring', {}, show)
  assert.deepEqual(
    shown.map(({ seat }) => seat),
    ['spring-01', 'spring-02', 'spring-03'],
  )
  await classes.handOut('spring', {}, () => assert.fail('shown twice'))
  const [first, second] = shown
  const visit = await classes.enter('spring', 1, first?.secret ?? '', run)
  assert.equal(visit.lab, 'spring-01')
  assert.deepEqual(said(await classes.find('spring')).slice(0, 2), ['spring-01 running', 'spring-02 frozen'])
  for (const number of [2, 9])
    assert.equal(
      (await failureOf(classes.enter('spring', number, first?.secret ?? '', run))).code,
      'seat-secret-wrong',
    )
  await classes.handOut('spring', { seats: [2] }, show)
  assert.equal(
    (await failureOf(classes.enter('spring', 2, second?.secret ?? '', run))).code,
    'seat-secret-wrong',
  )
  await (await classes.enter('spring', 2, shown.at(-1)?.secret ?? '', run)).leave()
  await visit.leave()
  const file = sitePaths(bench.roots).classes
  const bytes = await Promise.all([file, `${file}-wal`].map(readIfThere))
  for (const { secret } of shown) assert.ok(!bytes.some((text) => text.includes(secret)))
})

async function readIfThere(file: string): Promise<string> {
  return existsSync(file) ? await readFile(file, 'latin1') : ''
}

test('secrets that nobody has seen, since showing them failed, are made anew', async (t) => {
  const { classes, run } = await published(t, { seats: 1 })
  const lost: SeatAccess[] = []
  const failing = classes.handOut('spring', {}, (all) => {
    lost.push(...all)
    throw new Error('the terminal went')
  })
  await failureOf(failing)
  const shown: SeatAccess[] = []
  await classes.handOut('spring', {}, (all) => void shown.push(...all))
  assert.equal(shown.length, 1)
  assert.equal(
    (await failureOf(classes.enter('spring', 1, lost[0]?.secret ?? '', run))).code,
    'seat-secret-wrong',
  )
})

test('the clock opens, limits and closes seats, and freezes those that nobody uses', async (t) => {
  const opens = new Date(Date.now() + hourMs).toISOString()
  const closes = new Date(Date.now() + 9 * hourMs).toISOString()
  const { bench, desk, classes, run } = await published(t, { seats: 2, hours: 1, opens, closes })
  let secret = ''
  await classes.handOut('spring', {}, ([first]) => {
    secret = first?.secret ?? ''
  })
  assert.equal((await failureOf(classes.enter('spring', 1, secret, run))).code, 'seat-locked')
  desk.aheadMs = 2 * hourMs
  const visit = await classes.enter('spring', 1, secret, run)
  desk.aheadMs += 0.75 * hourMs
  assert.equal(said(await classes.tend('spring', run))[0], 'spring-01 running', 'somebody is there')
  await visit.leave()
  assert.equal(said(await classes.tend('spring', run))[0], 'spring-01 running', 'just left')
  desk.aheadMs += 0.6 * hourMs
  const idle = await classes.tend('spring', run)
  assert.deepEqual([idle.seats[0]?.state, idle.seats[0]?.usedMs], ['frozen', idle.seats[0]?.usedMs])
  assert.ok((idle.seats[0]?.usedMs ?? 0) >= 1.35 * hourMs)
  assert.match((await failureOf(classes.enter('spring', 1, secret, run))).message, /1 h are used up/)
  await classes.extend('spring', { hours: 1 }, { seats: [1] })
  await (await classes.enter('spring', 1, secret, run)).leave()
  desk.aheadMs = 10 * hourMs
  const over = await classes.tend('spring', run)
  assert.deepEqual([over.state, ...said(over)], ['closed', 'spring-01 closed', 'spring-02 closed'])
  assert.deepEqual(await labs(bench), ['pair'])
})
