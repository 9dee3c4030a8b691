/** Labs that stand still: every command does with them what its user expects. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { labPaths, lockLab } from '#store'
import { tell, told } from './memos.ts'
import { type Bench, labOf, openBench, recorder } from './simulated.ts'
import { down, failureOf, lone, node, small, states, up } from './two-hypervisors.ts'

const lab = small.name
const inner = 'kvm/web'
const allReady = ['kvm ready', 'kvm/web ready', 'lone ready']
const allPaused = ['kvm paused', 'kvm/web unknown', 'lone paused']

const quiet = (bench: Bench) => ({ onEvent: recorder().onEvent, signal: bench.never })
const status = async (bench: Bench) => states(await bench.engine.status(lab, bench.never))

/** Up, with a memo in each guest, and paused. */
async function paused(t: Parameters<typeof openBench>[0]): Promise<Bench> {
  const bench = await openBench(t)
  await up(bench, small)
  for (const path of [inner, 'lone']) await tell(bench, lab, path, 'before')
  assert.deepEqual(await bench.engine.pause(lab, quiet(bench)), ['kvm', 'lone'])
  return bench
}

async function goesOn(bench: Bench): Promise<void> {
  assert.deepEqual(await status(bench), allReady)
  for (const path of [inner, 'lone']) assert.equal(await told(bench, lab, path), 'before')
}

test('a paused lab says so, and goes on where it was', async (t) => {
  const bench = await paused(t)
  assert.deepEqual(await status(bench), allPaused)
  assert.deepEqual(await bench.engine.pause(lab, quiet(bench)), [], 'nothing of it runs any more')
  assert.deepEqual(await bench.engine.resume(lab, quiet(bench)), ['kvm', 'lone'])
  assert.deepEqual(await bench.engine.resume(lab, quiet(bench)), [])
  await goesOn(bench)
})

test('a paused lab goes on as soon as somebody enters one of its machines', async (t) => {
  const bench = await paused(t)
  assert.equal(await told(bench, lab, inner), 'before')
  await goesOn(bench)
  await bench.engine.pause(lab, quiet(bench))
  await using locked = await lockLab(bench.roots, lab, 'another command')
  assert.ok(locked)
  await failureOf(bench.engine.enter(lab, 'lone', AbortSignal.timeout(1000)))
})

test('up lets a paused lab go on, says so in its plan, and makes nothing anew', async (t) => {
  const bench = await paused(t)
  const plan = await bench.engine.plan(labOf(small), {}, bench.never)
  assert.deepEqual(
    plan.steps.map(({ id, because }) => `${id}: ${because}`),
    ['kvm', 'lone'].flatMap((name) => [`start-machine ${name}: is paused`, `prove-guest ${name}: is paused`]),
  )
  assert.deepEqual(plan.deferred, ['kvm'])
  const { steps } = await up(bench, small)
  assert.deepEqual(
    steps.filter((step) => !/^(start-machine|prove-guest) (kvm|lone)$/.test(step)),
    [],
  )
  await goesOn(bench)
})

test('up of a changed file lets what did not change go on, and makes the rest anew', async (t) => {
  const bench = await paused(t)
  const changed = { ...small, machines: { kvm: node(), lone: { ...lone, memory: '128MiB' } } }
  await up(bench, changed)
  assert.deepEqual(await status(bench), allReady)
  assert.equal(await told(bench, lab, inner), 'before')
  assert.equal(await told(bench, lab, 'lone'), '')
})

test('start lets single machines go on', async (t) => {
  const bench = await paused(t)
  await bench.engine.start(lab, ['lone'], quiet(bench))
  assert.deepEqual(await status(bench), ['kvm paused', 'kvm/web unknown', 'lone ready'])
  assert.equal(await told(bench, lab, 'lone'), 'before')
  await bench.engine.start(lab, [inner], quiet(bench))
  await goesOn(bench)
})

test('stop shuts a paused lab down in good order', async (t) => {
  const bench = await paused(t)
  const { events, onEvent } = recorder()
  await bench.engine.stop(lab, [], { onEvent, signal: bench.never })
  assert.deepEqual(await status(bench), ['kvm stopped', 'kvm/web missing', 'lone stopped'])
  const notes = events.flatMap((event) => (event.kind === 'note' ? [event.text] : []))
  assert.deepEqual(notes, [], 'no guest had to be switched off')
})

test('down takes a paused lab away', async (t) => {
  const bench = await paused(t)
  await down(bench, lab)
  assert.equal(existsSync(labPaths(bench.roots, lab).state), false)
})

test('a snapshot of a paused lab leaves it paused, and goes on when the lab is taken back', async (t) => {
  const bench = await paused(t)
  const { running } = await bench.engine.snapshot(lab, { name: 'still' }, quiet(bench))
  assert.deepEqual(running, ['kvm', 'lone'])
  assert.deepEqual(await status(bench), allPaused)
  await bench.engine.resume(lab, quiet(bench))
  for (const path of [inner, 'lone']) await tell(bench, lab, path, 'after')
  assert.deepEqual(states(await bench.engine.revert(lab, 'still', quiet(bench))), allReady)
  await goesOn(bench)
})

test('a paused lab can be taken back, and copied', async (t) => {
  const bench = await openBench(t)
  await up(bench, small)
  await tell(bench, lab, inner, 'before')
  await tell(bench, lab, 'lone', 'before')
  await bench.engine.snapshot(lab, { name: 'ready' }, quiet(bench))
  await bench.engine.pause(lab, quiet(bench))
  const copied = await bench.engine.clone(lab, { name: 'copy' }, quiet(bench))
  assert.deepEqual(states(copied), allReady)
  assert.deepEqual(await status(bench), allPaused)
  assert.equal(await told(bench, 'copy', inner), 'before')
  await bench.engine.revert(lab, 'ready', quiet(bench))
  await goesOn(bench)
})

test('a machine that was off stays off through pause and resume', async (t) => {
  const bench = await openBench(t)
  await up(bench, small)
  await bench.engine.stop(lab, ['lone'], quiet(bench))
  assert.deepEqual(await bench.engine.pause(lab, quiet(bench)), ['kvm'])
  assert.deepEqual(await status(bench), ['kvm paused', 'kvm/web unknown', 'lone stopped'])
  assert.deepEqual(await bench.engine.resume(lab, quiet(bench)), ['kvm'])
  assert.deepEqual(await status(bench), ['kvm ready', 'kvm/web ready', 'lone stopped'])
})

test('of machines inside a paused hypervisor nothing is claimed, however deep', async (t) => {
  const bench = await openBench(t)
  const innermost = { image: 'tiny', memory: '64MiB' }
  const hypervisor = { product: 'kvm', machines: { innermost } }
  const kvm = node({ deep: { ...node(), memory: '512MiB', nics: [{ portgroup: 'inner' }], hypervisor } })
  const nested = { ...small, machines: { kvm } }
  await up(bench, nested)
  await bench.engine.pause(lab, quiet(bench))
  assert.deepEqual(await status(bench), ['kvm paused', 'kvm/deep unknown', 'kvm/deep/innermost unknown'])
  await up(bench, nested)
  assert.deepEqual(await status(bench), ['kvm ready', 'kvm/deep ready', 'kvm/deep/innermost ready'])
})
