/** What cannot work fails with its place, its reason and its remedy, and leaves a lab that can go on. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { labPaths, lockLab } from '#store'
import { labOf, openBench, recorder } from './simulated.ts'
import { down, failureOf, lan, lone, node, states, two, up, web } from './two-hypervisors.ts'

const withLone = (name: string, more: Record<string, unknown> = {}) => ({
  name: 'lab',
  switches: lan,
  machines: { [name]: lone, ...more },
})

test('a machine that never comes up fails with the last lines of its console instead of hanging', async (t) => {
  const bench = await openBench(t, { bootLimitMs: 400 })
  const failure = await failureOf(up(bench, withLone('never-boots')))
  assert.deepEqual([failure.code, failure.exitCode], ['step-failed', 4])
  assert.match(failure.message, /prove-guest never-boots: .*not ready within 0\.4 s/)
  assert.match(failure.message, /last lines of its console:\n {2}\[/)
  assert.match(failure.message, /What exists: never-boots\./)
  assert.deepEqual(states(await bench.engine.status('lab', bench.never)), ['never-boots unreachable'])
})

test('a machine whose process ends while it boots fails as soon as that is seen', async (t) => {
  const bench = await openBench(t, { bootLimitMs: 60_000 })
  const failure = await failureOf(up(bench, withLone('crashes')))
  assert.match(failure.message, /crashes ended .* after its start, before it was ready/)
  assert.deepEqual(states(await bench.engine.status('lab', bench.never)), ['crashes crashed'])
})

test('one machine that fails does not keep the others from coming up', async (t) => {
  const bench = await openBench(t)
  const inside = { 'too-big': web, web }
  const failure = await failureOf(up(bench, { ...two, machines: { 'kvm-1': node(inside), lone } }))
  assert.match(failure.message, /create-machine kvm-1\/too-big/)
  assert.match(failure.message, /What exists: kvm-1, kvm-1\/web, lone\./)
  assert.deepEqual(states(await bench.engine.status('two', bench.never)), [
    'kvm-1 ready',
    'kvm-1/too-big missing',
    'kvm-1/web ready',
    'lone ready',
  ])
})

test('what is inside a hypervisor that fails is skipped, with the reason', async (t) => {
  const bench = await openBench(t, { bootLimitMs: 300 })
  const { events, onEvent } = recorder()
  const lab = labOf({ name: 'lab', switches: lan, machines: { 'never-boots': node() } })
  await failureOf(bench.engine.up(lab, { onEvent, signal: bench.never }))
  const skipped = events.flatMap((event) =>
    event.kind === 'step-skipped' ? [[event.step.id, event.because]] : [],
  )
  assert.ok(
    skipped.some(
      ([id, why]) => id === 'create-machine never-boots/web' && why === 'prove-guest never-boots failed',
    ),
  )
})

test('something else that answers in place of the machine is noticed at once', async (t) => {
  const bench = await openBench(t, { bootLimitMs: 60_000 })
  const failure = await failureOf(up(bench, withLone('impostor')))
  assert.match(failure.message, /host key/)
})

test('machines that lack something are all named before anything starts', async (t) => {
  const bench = await openBench(t, {
    change: (plain) => ({
      ...plain,
      lacking: async ({ hypervisor }) =>
        hypervisor?.product === 'esxi' ? 'ESXi needs an installer image and a licence.' : undefined,
    }),
  })
  const esxi = {
    image: 'debian-12',
    memory: '4GiB',
    nics: [{ portgroup: 'main' }],
    hypervisor: { product: 'esxi' },
  }
  const lab = { name: 'lab', switches: lan, machines: { esxi: { ...esxi, count: 2 }, lone } }
  const failure = await failureOf(up(bench, lab))
  assert.equal(failure.code, 'machines-cannot-run')
  assert.match(failure.message, /esxi-1, esxi-2: ESXi needs an installer image and a licence\./)
  assert.deepEqual(await bench.engine.labs(), [])
  const { status } = await up(bench, lab, { only: ['lone'] })
  assert.deepEqual(states(status), ['lone ready'])
})

test('a lab that does not fit into the memory is refused before anything starts', async (t) => {
  const bench = await openBench(t, {
    change: (plain) => ({ ...plain, memoryAvailableMiB: async () => 1500 }),
  })
  const failure = await failureOf(up(bench, two))
  assert.deepEqual([failure.code, failure.exitCode], ['memory-short', 3])
  assert.match(failure.message, /2 machines .* 2048 MiB; 1500 MiB are available/)
  assert.deepEqual(states((await up(bench, two, { only: ['kvm-1'] })).status), [
    'kvm-1 ready',
    'kvm-1/web ready',
  ])
})

test('a second command on the same lab fails at once and names the first', async (t) => {
  const bench = await openBench(t)
  await using _held = await lockLab(bench.roots, 'two', 'nestlab up')
  const failure = await failureOf(up(bench, two))
  assert.equal(failure.code, 'lab-busy')
  assert.match(failure.message, new RegExp(`nestlab up.*${process.pid}`))
})

test('a lab of the same name from another file is refused, and accepted after down', async (t) => {
  const bench = await openBench(t)
  await up(bench, withLone('a'), { file: '/labs/one.lab.yaml' })
  const other = withLone('b')
  const failure = await failureOf(up(bench, other, { file: '/labs/two.lab.yaml' }))
  assert.equal(failure.code, 'name-taken')
  assert.match(failure.message, /\/labs\/one\.lab\.yaml.*\/labs\/two\.lab\.yaml/)
  assert.deepEqual(states(await bench.engine.status('lab', bench.never)), ['a ready'])
  await down(bench, 'lab')
  await up(bench, other, { file: '/labs/two.lab.yaml' })
})

test('keys without an effect are refused, all of them, unless they are about machines left out', async (t) => {
  const bench = await openBench(t)
  const lab = labOf(withLone('a', { b: lone }))
  const pending = [
    { at: 'machines.b.x', text: 'no effect yet', machines: ['b'] },
    { at: 'machines.b.y', text: 'none either', machines: ['b'] },
  ]
  const options = { onEvent: recorder().onEvent, signal: bench.never }
  const failure = await failureOf(bench.engine.up({ ...lab, pending }, options))
  assert.equal(failure.code, 'keys-without-effect')
  assert.match(failure.message, /machines\.b\.x \(b\): no effect yet\n {2}machines\.b\.y \(b\)/)
  await bench.engine.up({ ...lab, pending }, { ...options, only: ['a'] })
})

test('a damaged record is refused by name and listed, never overwritten', async (t) => {
  const bench = await openBench(t)
  await up(bench, two)
  const { record } = labPaths(bench.roots, 'two')
  await writeFile(record, '{"half')
  const { engine, never } = bench
  for (const work of [() => up(bench, two), () => down(bench, 'two'), () => engine.status('two', never)]) {
    const failure = await failureOf(work())
    assert.equal(failure.code, 'state-damaged')
    assert.ok(failure.message.includes(record))
  }
  const [entry] = await bench.engine.labs()
  assert.equal(entry?.name, 'two')
  assert.match(entry?.damaged ?? '', /damaged/)
})

test('labs and machines that are not there are named, with those that are', async (t) => {
  const bench = await openBench(t)
  assert.match((await failureOf(down(bench, 'gone'))).message, /no lab gone/)
  await up(bench, two)
  assert.match((await failureOf(bench.engine.status('gone', bench.never))).message, /There are: two/)
  const failure = await failureOf(bench.engine.enter('two', 'kvm-9', bench.never))
  assert.match(failure.message, /no machine kvm-9.*kvm-1\/web/)
})

test('a hypervisor that crashed is seen, and comes back with what was inside', async (t) => {
  const bench = await openBench(t)
  const lab = { name: 'lab', switches: lan, machines: { 'kvm-1': node(), lone } }
  await up(bench, lab)
  const host = await bench.engine.enter('lab', 'kvm-1', bench.never)
  await host.run(['poweroff']).catch(() => undefined)
  await host.close()
  let seen = await bench.engine.status('lab', bench.never)
  while (seen.machines[0]?.state !== 'stopped') seen = await bench.engine.status('lab', bench.never)
  assert.deepEqual(states(seen), ['kvm-1 stopped', 'kvm-1/web missing', 'lone ready'])
  const { steps, status } = await up(bench, lab)
  assert.ok(steps.includes('start-machine kvm-1') && !steps.some((step) => step.includes('lone')))
  assert.deepEqual(states(status), ['kvm-1 ready', 'kvm-1/web ready', 'lone ready'])
})

test('a guest that does not listen is switched off in the end, and each attempt is said', async (t) => {
  const bench = await openBench(t, {
    change: (plain) => ({
      ...plain,
      // Ten times as fast, so that the limits of a shutdown are over soon.
      clock: { ...plain.clock, sleep: (ms, signal) => plain.clock.sleep(ms / 50, signal) },
    }),
  })
  await up(bench, withLone('ignores-shutdown'))
  const { events, onEvent } = recorder()
  const status = await bench.engine.stop('lab', [], { onEvent, signal: bench.never })
  assert.deepEqual(states(status), ['ignores-shutdown stopped'])
  const notes = events.flatMap((event) => (event.kind === 'note' ? [event.text] : []))
  assert.deepEqual(notes, [
    'pressing the power button',
    'the power button had no effect: switching the power off',
  ])
})

test('an image that only the user can supply is asked for before anything starts', async (t) => {
  const bench = await openBench(t, {
    images: ({ from }) => (from === 'catalogue' ? undefined : 'f'.repeat(64)),
  })
  const lab = { name: 'lab', switches: lan, machines: { vm: { ...lone, image: 'esxi-8.0', memory: '8GiB' } } }
  const failure = await failureOf(up(bench, lab))
  assert.deepEqual([failure.code, failure.exitCode], ['machines-cannot-run', 3])
  assert.match(failure.message, /vm: .*ESXi 8\.0.* needs the installer ISO and a licence/)
  assert.deepEqual(await bench.engine.labs(), [])
})
