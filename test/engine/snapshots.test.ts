/** Snapshots of whole labs, on simulated machines: taken, listed, gone back to, removed. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { beginFrozen, frozenPaths, labPaths, settleFrozen, sitePaths } from '#store'
import { tell, told } from './memos.ts'
import { type Bench, doneSteps, openBench, recorder } from './simulated.ts'
import { down, failureOf, lan, lone, node, small, states, up } from './two-hypervisors.ts'

const lab = small.name
const inner = 'kvm/web'
const allReady = ['kvm ready', 'kvm/web ready', 'lone ready']

const quiet = (bench: Bench) => ({ onEvent: recorder().onEvent, signal: bench.never })
const snap = (bench: Bench, name: string) => bench.engine.snapshot(lab, { name }, quiet(bench))
const back = (bench: Bench, name: string) => bench.engine.revert(lab, name, quiet(bench))

async function upped(t: Parameters<typeof openBench>[0]): Promise<Bench> {
  const bench = await openBench(t)
  await up(bench, small)
  return bench
}

async function kept({ roots }: Bench): Promise<readonly string[]> {
  return await readdir(sitePaths(roots).frozen).catch(() => [])
}

test('a lab goes on while it is kept, and goes back with all that its guests had, at every level', async (t) => {
  const bench = await upped(t)
  for (const path of [inner, 'lone']) await tell(bench, lab, path, 'before')
  const before = Date.now()
  const snapshot = await bench.engine.snapshot(lab, { name: 'ready', note: 'all well' }, quiet(bench))
  assert.deepEqual(snapshot.running, ['kvm', 'lone'])
  assert.equal(snapshot.note, 'all well')
  assert.ok(snapshot.atMs >= before && snapshot.bytes > 0 && (snapshot.pausedMs ?? -1) >= 0)
  assert.equal(await told(bench, lab, inner), 'before', 'nothing was started anew')
  for (const path of [inner, 'lone']) await tell(bench, lab, path, 'after')
  await bench.engine.stop(lab, ['lone'], quiet(bench))
  assert.deepEqual(states(await back(bench, 'ready')), allReady)
  for (const path of [inner, 'lone']) assert.equal(await told(bench, lab, path), 'before')
  assert.deepEqual((await bench.engine.status(lab, bench.never)).interrupted, [])
  const again = await up(bench, small)
  assert.deepEqual(again.steps, [], 'what was taken back is what its file says')
})

test('ten times in a row, the lab is what it was', async (t) => {
  const bench = await upped(t)
  await tell(bench, lab, inner, 'before')
  await snap(bench, 'ready')
  for (let times = 1; times <= 10; times += 1) {
    await tell(bench, lab, inner, `after ${times}`)
    await back(bench, 'ready')
    assert.equal(await told(bench, lab, inner), 'before')
  }
  assert.equal((await kept(bench)).length, 1)
})

test('snapshots make a tree, and a lab jumps between its tips', async (t) => {
  const bench = await upped(t)
  const grow = async (name: string, from?: string) => {
    if (from !== undefined) await back(bench, from)
    await tell(bench, lab, inner, name)
    await snap(bench, name)
  }
  await grow('root')
  await grow('left')
  await grow('right', 'root')
  await grow('leaf')
  const { snapshots, current } = await bench.engine.snapshots(lab)
  assert.deepEqual(
    snapshots.map(({ name, parent }) => [name, parent]),
    [
      ['root', undefined],
      ['left', 'root'],
      ['right', 'root'],
      ['leaf', 'right'],
    ],
  )
  assert.equal(current, 'leaf')
  for (const tip of ['left', 'leaf', 'root', 'left']) {
    await back(bench, tip)
    assert.equal(await told(bench, lab, inner), tip)
    assert.equal((await bench.engine.snapshots(lab)).current, tip)
  }
})

test('what was taken after a removed one is linked to the one before it, and its files go', async (t) => {
  const bench = await upped(t)
  for (const name of ['one', 'two', 'three']) await snap(bench, name)
  await bench.engine.removeSnapshot(lab, 'two')
  const { snapshots, current } = await bench.engine.snapshots(lab)
  assert.deepEqual(
    snapshots.map(({ name, parent }) => [name, parent]),
    [
      ['one', undefined],
      ['three', 'one'],
    ],
  )
  assert.equal(current, 'three')
  assert.deepEqual([...(await kept(bench))].sort(), snapshots.map(({ id }) => id).sort())
  await bench.engine.removeSnapshot(lab, 'three')
  assert.equal((await bench.engine.snapshots(lab)).current, 'one')
  await bench.engine.removeSnapshot(lab, 'one')
  assert.deepEqual(await bench.engine.snapshots(lab), { snapshots: [] })
  assert.deepEqual(await kept(bench), [])
})

test('what a killed removal left behind goes with the next one, also when the name is gone already', async (t) => {
  const bench = await upped(t)
  await beginFrozen(bench.roots, 'left-behind', lab)
  await settleFrozen(bench.roots, 'left-behind')
  assert.deepEqual(await kept(bench), ['left-behind'])
  assert.equal((await failureOf(bench.engine.removeSnapshot(lab, 'ready'))).code, 'no-such-snapshot')
  assert.deepEqual(await kept(bench), [])
})

test('what a lab runs from stays after its snapshot was removed, until the lab goes', async (t) => {
  const bench = await upped(t)
  await snap(bench, 'ready')
  await back(bench, 'ready')
  await bench.engine.removeSnapshot(lab, 'ready')
  assert.equal((await kept(bench)).length, 1)
  await down(bench, lab)
  assert.deepEqual(await kept(bench), [])
})

test('names that are taken, unfit or not there are refused, and nothing is kept for them', async (t) => {
  const bench = await upped(t)
  await snap(bench, 'ready')
  assert.equal((await failureOf(snap(bench, 'ready'))).code, 'snapshot-name-taken')
  for (const name of ['', '../up', '-x', 'a b', 'x'.repeat(61)])
    assert.equal((await failureOf(snap(bench, name))).code, 'snapshot-name-unfit', name)
  for (const work of [() => back(bench, 'redy'), () => bench.engine.removeSnapshot(lab, 'redy')]) {
    const { code, message } = await failureOf(work())
    assert.equal(code, 'no-such-snapshot')
    assert.match(message, /redy.*It has: ready/)
  }
  assert.equal((await kept(bench)).length, 1)
  assert.equal((await failureOf(bench.engine.snapshots('other'))).code, 'no-such-lab')
})

test('a stopped lab is kept, and goes back to what it was made of', async (t) => {
  const bench = await upped(t)
  await bench.engine.stop(lab, [], quiet(bench))
  const { running, pausedMs } = await snap(bench, 'off')
  assert.deepEqual([running, pausedMs], [[], undefined])
  await bench.engine.start(lab, [], quiet(bench))
  assert.deepEqual(states(await back(bench, 'off')), ['kvm created', 'kvm/web missing', 'lone created'])
  assert.deepEqual(states(await bench.engine.start(lab, [], quiet(bench))), allReady)
})

test('of a lab that runs in part, what ran goes on and what did not is off', async (t) => {
  const bench = await upped(t)
  await tell(bench, lab, inner, 'before')
  await bench.engine.stop(lab, ['lone'], quiet(bench))
  assert.deepEqual((await snap(bench, 'part')).running, ['kvm'])
  await bench.engine.start(lab, ['lone'], quiet(bench))
  assert.deepEqual(states(await back(bench, 'part')), ['kvm ready', 'kvm/web ready', 'lone created'])
  assert.equal(await told(bench, lab, inner), 'before')
})

test('a machine inside that was off at the instant is off again', async (t) => {
  const bench = await upped(t)
  await bench.engine.stop(lab, [inner], quiet(bench))
  await snap(bench, 'web-off')
  await bench.engine.start(lab, [inner], quiet(bench))
  assert.deepEqual(states(await back(bench, 'web-off')), ['kvm ready', 'kvm/web stopped', 'lone ready'])
})

test('machines and switches that came later go, and those that went come back', async (t) => {
  const bench = await upped(t)
  await snap(bench, 'ready')
  const extra = { ...small, switches: { ...lan, dmz: { portgroups: { outside: {} } } } }
  await up(bench, { ...extra, machines: { kvm: node(), later: lone } })
  const status = await back(bench, 'ready')
  assert.deepEqual(states(status), allReady)
  assert.deepEqual(
    status.switches.map(({ path }) => path),
    ['lan', 'kvm/br0'],
  )
  assert.deepEqual((await up(bench, small)).steps, [])
})

test('snapshots differ by what machines were made from', async (t) => {
  const bench = await upped(t)
  await snap(bench, 'first')
  await up(bench, { ...small, machines: { kvm: node(), lone: { ...lone, memory: '128MiB' }, later: lone } })
  await snap(bench, 'second')
  const compare = (from: string, to?: string) => {
    return bench.engine.compareSnapshots(lab, { from, ...(to !== undefined && { to }) })
  }
  const forwards = [
    { path: 'later', changes: ['new'] },
    { path: 'lone', changes: ['memory 64 → 128 MiB'] },
  ]
  assert.deepEqual(await compare('first', 'second'), forwards)
  assert.deepEqual(await compare('first'), forwards)
  assert.deepEqual(await compare('second'), [])
  assert.deepEqual(await compare('second', 'first'), [
    { path: 'later', changes: ['gone'] },
    { path: 'lone', changes: ['memory 128 → 64 MiB'] },
  ])
  assert.equal((await failureOf(compare('first', 'third'))).code, 'no-such-snapshot')
})

test('a damaged list or record is refused by name, and stays as it is', async (t) => {
  const bench = await upped(t)
  const { id } = await snap(bench, 'ready')
  for (const file of [labPaths(bench.roots, lab).snapshots, frozenPaths(bench.roots, id).record]) {
    const whole = await readFile(file, 'utf8')
    const damaged = whole.replace('"running"', '"runing"').replace('"insideName"', '"insidename"')
    assert.notEqual(damaged, whole)
    await writeFile(file, damaged)
    const { code, message } = await failureOf(back(bench, 'ready'))
    assert.equal(code, 'state-damaged')
    assert.ok(message.includes(file), message)
    assert.equal(await readFile(file, 'utf8'), damaged)
    assert.deepEqual(states(await bench.engine.status(lab, bench.never)), allReady)
    await writeFile(file, whole)
  }
  assert.deepEqual(states(await back(bench, 'ready')), allReady)
})

test('a snapshot whose files are gone is refused before anything is touched', async (t) => {
  const bench = await upped(t)
  const { id } = await snap(bench, 'ready')
  await tell(bench, lab, inner, 'after')
  await rm(frozenPaths(bench.roots, id).record)
  assert.equal((await failureOf(back(bench, 'ready'))).code, 'snapshot-gone')
  assert.equal(await told(bench, lab, inner), 'after')
  await bench.engine.removeSnapshot(lab, 'ready')
  assert.equal(existsSync(frozenPaths(bench.roots, id).folder), false)
})

test('taking it back goes through the same steps each time, all at once', async (t) => {
  const bench = await upped(t)
  await snap(bench, 'ready')
  const { events, onEvent } = recorder()
  await bench.engine.revert(lab, 'ready', { onEvent, signal: bench.never })
  const steps = doneSteps(events)
  const at = (id: string) => steps.indexOf(id)
  assert.ok(Math.max(at('start-machine kvm'), at('start-machine lone')) < at('resume-machines'))
  assert.ok(at('resume-machines') < Math.min(at('prove-guest kvm'), at('prove-guest lone')))
  assert.ok(at('remove-machine kvm') >= 0 && at('remove-machine kvm') < at('create-machine kvm'))
})
