/** Snapshots, copies and reverts that fail: nothing is lost, nothing is left behind, and the next command goes on. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { test } from 'node:test'
import { frozenPaths, labPaths, sitePaths } from '#store'
import { tell, told } from './memos.ts'
import { type Bench, openBench, recorder } from './simulated.ts'
import { down, failureOf, lan, lone, states, up } from './two-hypervisors.ts'

/** Machines by their rehearsals. */
const labWith = (...names: string[]) => ({
  name: 'rehearsal',
  switches: lan,
  machines: { web: lone, ...Object.fromEntries(names.map((name) => [name, lone])) },
})
const lab = 'rehearsal'

const quiet = (bench: Bench) => ({ onEvent: recorder().onEvent, signal: bench.never })
const snap = (bench: Bench, name: string) => bench.engine.snapshot(lab, { name }, quiet(bench))

async function upped(t: Parameters<typeof openBench>[0], ...names: string[]): Promise<Bench> {
  const bench = await openBench(t, { bootLimitMs: 2000 })
  await up(bench, labWith(...names))
  return bench
}

async function kept({ roots }: Bench): Promise<readonly string[]> {
  return await readdir(sitePaths(roots).frozen).catch(() => [])
}

for (const [name, code, why] of [
  ['disk-full', 'step-failed', /no space is left/],
  ['never-safe', 'step-failed', /instants was safe/],
  ['unkeepable', 'cannot-freeze', /unkeepable cannot be kept while it runs/],
] as const) {
  test(`${name}: the lab runs on, no snapshot is listed, and nothing is left on the disk`, async (t) => {
    const bench = await upped(t, name)
    await tell(bench, lab, 'web', 'before')
    for (const work of [
      () => snap(bench, 'ready'),
      () => bench.engine.clone(lab, { name: 'copy' }, quiet(bench)),
    ]) {
      const failure = await failureOf(work())
      assert.equal(failure.code, code)
      assert.match(failure.message, why)
    }
    const status = await bench.engine.status(lab, bench.never)
    assert.deepEqual(states(status), ['web ready', `${name} ready`])
    assert.deepEqual(status.interrupted, [])
    assert.equal(await told(bench, lab, 'web'), 'before')
    assert.deepEqual((await bench.engine.snapshots(lab)).snapshots, [])
    assert.deepEqual(await kept(bench), [])
    assert.equal(existsSync(labPaths(bench.roots, 'copy').state), false)
    // Without the machine that fails, the rest can be kept.
    await bench.engine.stop(lab, [name], quiet(bench))
    assert.deepEqual((await snap(bench, 'ready')).running, ['web'])
  })
}

test('what was kept and lost fails by name, and the lab comes up from its file', async (t) => {
  const bench = await upped(t, 'forgets')
  await snap(bench, 'ready')
  const failure = await failureOf(bench.engine.revert(lab, 'ready', quiet(bench)))
  assert.equal(failure.code, 'step-failed')
  assert.match(failure.message, /forgets cannot go on from .*memory/)
  await bench.engine.removeSnapshot(lab, 'ready')
  await up(bench, labWith())
  assert.deepEqual(states(await bench.engine.status(lab, bench.never)), ['web ready'])
})

test('a lab that was taken back and does not answer fails, and a copy of it can be taken away', async (t) => {
  const bench = await upped(t, 'never-wakes')
  await snap(bench, 'ready')
  const failure = await failureOf(bench.engine.revert(lab, 'ready', quiet(bench)))
  assert.match(failure.message, /never-wakes was not ready within/)
  const [only] = (await bench.engine.snapshots(lab)).snapshots
  assert.match(only?.failed ?? '', /never-wakes/, 'nobody should count on it')
  const copied = await failureOf(bench.engine.clone(lab, { name: 'copy', snapshot: 'ready' }, quiet(bench)))
  assert.match(copied.message, /never-wakes/)
  await down(bench, 'copy')
  assert.equal(existsSync(labPaths(bench.roots, 'copy').state), false)
  await bench.engine.stop(lab, ['never-wakes'], quiet(bench))
  await bench.engine.start(lab, [], quiet(bench))
  assert.deepEqual(states(await bench.engine.status(lab, bench.never)), ['web ready', 'never-wakes ready'])
})

test('a copy whose memory vanished half-way can be made under its name once it is there again', async (t) => {
  const bench = await upped(t)
  const { id } = await snap(bench, 'ready')
  await rm(frozenPaths(bench.roots, id).machine('web'), { recursive: true })
  const wish = { name: 'copy', snapshot: 'ready' }
  assert.match((await failureOf(bench.engine.clone(lab, wish, quiet(bench)))).message, /web cannot go on/)
  await snap(bench, 'again')
  const status = await bench.engine.clone(lab, { ...wish, snapshot: 'again' }, quiet(bench))
  assert.deepEqual(states(status), ['web ready'])
})

test('each up that makes machines anew keeps the lab first, however soon after the last', async (t) => {
  const bench = await upped(t)
  for (const memory of ['96MiB', '128MiB', '160MiB']) {
    await tell(bench, lab, 'web', memory)
    await up(bench, { ...labWith(), machines: { web: { ...lone, memory } } })
  }
  const { snapshots } = await bench.engine.snapshots(lab)
  assert.equal(snapshots.length, 3)
  await bench.engine.revert(lab, snapshots[1]?.name ?? '', quiet(bench))
  assert.equal(await told(bench, lab, 'web'), '128MiB')
})
