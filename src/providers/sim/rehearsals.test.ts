import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openSimProvider } from './index.ts'
import { type Rehearsal, rehearsalOf } from './rehearsals.ts'
import { enter, orderFor, SteppedClock } from './sim-bench.ts'

const folder = await mkdtemp(join(tmpdir(), 'nestlab-sim-'))
after(() => rm(folder, { recursive: true, force: true }))
const signal = new AbortController().signal

let count = 0
async function made(name: Rehearsal) {
  count += 1
  const clock = new SteppedClock()
  const provider = await openSimProvider({
    lab: 'two',
    file: join(folder, `${count}`, 'simulation.json'),
    clock,
  })
  await provider.create(orderFor({ name }), signal)
  const state = async () => (await provider.inspect(signal)).machines.map((each) => each.state)
  return { clock, provider, state }
}

test('a rehearsal is recognized by the name alone, with or without the number that count gives', () => {
  assert.equal(rehearsalOf('crashes'), 'crashes')
  assert.equal(rehearsalOf('crashes-12'), 'crashes')
  assert.equal(rehearsalOf('crashes-x'), undefined)
  assert.equal(rehearsalOf('my-crashes'), undefined)
  assert.equal(rehearsalOf('web'), undefined)
})

test('never-boots runs without ever answering, and its console shows a kernel panic', async () => {
  const { clock, provider, state } = await made('never-boots')
  await provider.start('never-boots', signal)
  clock.pass(24 * 3_600_000)
  assert.deepEqual(await state(), ['running'])
  await assert.rejects(enter(provider, 'never-boots'), { code: 'host-lost' })
  assert.match(await provider.consoleTail('never-boots', 4096), /Kernel panic - not syncing/)
})

test('too-big is refused when it is created', async () => {
  await assert.rejects(made('too-big'), { code: 'does-not-fit' })
})

test('no-start is refused when it is started', async () => {
  const { provider, state } = await made('no-start')
  await assert.rejects(provider.start('no-start', signal), { code: 'cannot-start' })
  assert.deepEqual(await state(), ['created'])
})

test('crashes dies while it boots, and its last words are still told', async () => {
  const { clock, provider, state } = await made('crashes')
  await provider.start('crashes', signal)
  clock.pass(500)
  assert.deepEqual(await state(), ['crashed'])
  const tail = await provider.consoleTail('crashes', 4096)
  assert.match(tail, /Linux version/)
  assert.doesNotMatch(tail, /is up/)
})

test('crashes-later answers first and dies half a minute after it was up', async () => {
  const { clock, provider, state } = await made('crashes-later')
  await provider.start('crashes-later', signal)
  clock.pass(1_000)
  const inside = await enter(provider, 'crashes-later')
  clock.pass(30_000)
  assert.deepEqual(await state(), ['crashed'])
  await assert.rejects(inside.run(['hostname']), { code: 'host-lost' })
})

test('slow takes ten times as long to boot', async () => {
  const { clock, provider } = await made('slow')
  await provider.start('slow', signal)
  clock.pass(9_999)
  await assert.rejects(enter(provider, 'slow'), { code: 'host-lost' })
  clock.pass(1)
  await (await enter(provider, 'slow')).close()
})

test('ignores-shutdown ends by neither poweroff nor button, only by power', async () => {
  const { clock, provider, state } = await made('ignores-shutdown')
  await provider.start('ignores-shutdown', signal)
  clock.pass(1_000)
  const inside = await enter(provider, 'ignores-shutdown')
  assert.equal((await inside.run(['poweroff'])).code, 0)
  await provider.stop('ignores-shutdown', 'button', signal)
  clock.pass(60_000)
  assert.deepEqual(await state(), ['running'])
  await inside.close()
  await provider.stop('ignores-shutdown', 'power', signal)
  assert.deepEqual(await state(), ['stopped'])
})

test('stuck refuses its first removal, stays listed, and goes at the second', async () => {
  const { provider, state } = await made('stuck')
  await provider.start('stuck', signal)
  await assert.rejects(provider.remove('stuck', signal), { code: 'cannot-remove' })
  assert.deepEqual(await state(), ['stopped'])
  await provider.remove('stuck', signal)
  assert.deepEqual(await state(), [])
})

test('impostor shows a host key that is not the one of the lab', async () => {
  const { clock, provider } = await made('impostor')
  await provider.start('impostor', signal)
  clock.pass(1_000)
  await assert.rejects(enter(provider, 'impostor'), { code: 'host-key-wrong' })
})
