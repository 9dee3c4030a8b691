/** `up` and `down` on the simulated park: from the lab file to ready machines, and back to nothing. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { Inside, Surroundings } from '#engine'
import { Failure } from '#failure'
import { labPaths } from '#store'
import { doneSteps, labOf, openBench, recorder } from './simulated.ts'
import { down, failureOf, lan, node, states, two, up, web } from './two-hypervisors.ts'

test('a lab with machines inside hypervisors comes up, and down leaves nothing', async (t) => {
  const bench = await openBench(t)
  const { status } = await up(bench, two)
  assert.deepEqual(
    status.machines.map((one) => [one.path, one.level, one.state, one.hostname]),
    [
      ['kvm-1', 1, 'ready', 'kvm-1'],
      ['kvm-1/web', 2, 'ready', 'web'],
      ['kvm-2', 1, 'ready', 'kvm-2'],
      ['kvm-2/web', 2, 'ready', 'web'],
    ],
  )
  assert.deepEqual(await bench.engine.status('two', bench.never), status)
  const removed = await down(bench, 'two')
  for (const path of ['kvm-1', 'kvm-1/web', 'kvm-2', 'kvm-2/web', 'lan'])
    assert.ok(removed.includes(path), path)
  const { state, run } = labPaths(bench.roots, 'two')
  assert.deepEqual([existsSync(state), existsSync(run)], [false, false])
  assert.equal((await failureOf(bench.engine.status('two', bench.never))).code, 'no-such-lab')
})

test('up again changes nothing, and says what is as wanted', async (t) => {
  const bench = await openBench(t)
  await up(bench, two)
  const { steps, events } = await up(bench, two)
  assert.deepEqual(steps, [])
  const [planned] = events.flatMap((event) => (event.kind === 'planned' ? [event.plan] : []))
  assert.ok(planned?.unchanged.includes('kvm-1/web'))
})

test('a new machine inside a hypervisor does not restart the hypervisor', async (t) => {
  const bench = await openBench(t)
  await up(bench, two)
  const db = { image: 'tiny', memory: '64MiB', nics: [{ portgroup: 'inner' }] }
  const { steps } = await up(bench, { ...two, machines: { ...two.machines, 'kvm-1': node({ web, db }) } })
  assert.deepEqual(steps, ['create-machine kvm-1/db', 'start-machine kvm-1/db', 'prove-guest kvm-1/db'])
})

test('a machine inside that needs an image the hypervisor was not given restarts the hypervisor, and the plan says why', async (t) => {
  const bench = await openBench(t)
  await up(bench, two)
  const cloud = { ...web, image: 'debian-12' }
  const changed = labOf({ ...two, machines: { ...two.machines, 'kvm-1': node({ web, cloud }) } })
  const { steps } = await bench.engine.plan(changed, {}, bench.never)
  const removal = steps.find((step) => step.id === 'remove-machine kvm-1')
  assert.match(removal?.because ?? '', /kvm-1\/cloud needs an image that kvm-1 was not given/)
  assert.ok(!steps.some((step) => step.path.startsWith('kvm-2')))
})

test('a changed machine is made anew with the reason, and no other machine is touched', async (t) => {
  const bench = await openBench(t)
  await up(bench, two)
  const bigger = { ...web, memory: '128MiB' }
  const changed = { ...two, machines: { ...two.machines, 'kvm-1': node({ web: bigger }) } }
  const plan = await bench.engine.plan(labOf(changed), {}, bench.never)
  assert.equal(plan.steps[0]?.because, 'memory 96 → 128 MiB')
  const { steps, status } = await up(bench, changed)
  assert.deepEqual(steps, [
    // The lab as it was, for whoever wants it back.
    'freeze-machines',
    'remove-machine kvm-1/web',
    'create-machine kvm-1/web',
    'start-machine kvm-1/web',
    'prove-guest kvm-1/web',
  ])
  assert.ok(status.machines.every((one) => one.state === 'ready'))
})

test('a changed policy of a port group changes the switch alone', async (t) => {
  const bench = await openBench(t)
  await up(bench, two)
  const open = { lan: { portgroups: { main: { security: { promiscuous: 'accept' } } } } }
  const plan = await bench.engine.plan(labOf({ ...two, switches: open }), {}, bench.never)
  assert.deepEqual(
    plan.steps.map(({ id, because }) => [id, because]),
    [['put-switch lan', 'main: promiscuous mode reject → accept']],
  )
})

test('what is no longer in the lab file is removed, its switch last', async (t) => {
  const bench = await openBench(t)
  const side = { side: { portgroups: { aside: {} } } }
  const lone = { image: 'tiny', memory: '64MiB', nics: [{ portgroup: 'aside' }] }
  await up(bench, { name: 'two', switches: { ...lan, ...side }, machines: { 'kvm-1': node(), lone } })
  const { steps } = await up(bench, { name: 'two', switches: lan, machines: { 'kvm-1': node() } })
  assert.deepEqual(steps, ['remove-machine lone', 'drop-switch side'])
})

test('--only brings up what matches, with the hypervisors around it and the switches it needs', async (t) => {
  const bench = await openBench(t)
  const { steps, status } = await up(bench, two, { only: ['kvm-2/*'] })
  assert.deepEqual(
    status.machines.map((one) => one.path),
    ['kvm-2', 'kvm-2/web'],
  )
  assert.ok(steps.includes('put-switch lan'))
  assert.ok(!steps.some((step) => step.includes('kvm-1')))
  const all = await bench.engine.status('two', bench.never)
  assert.equal(all.machines.find((one) => one.path === 'kvm-1')?.state, 'missing')
})

test('--only leaves alone what it does not match, even what left the lab file', async (t) => {
  const bench = await openBench(t)
  await up(bench, two)
  const { steps } = await up(bench, { ...two, machines: { 'kvm-1': node() } }, { only: ['kvm-1'] })
  assert.deepEqual(steps, [])
  const { machines } = await bench.engine.status('two', bench.never)
  assert.ok(machines.find((one) => one.path === 'kvm-2')?.leftover)
})

test('three levels come up, each inside the one before', async (t) => {
  const bench = await openBench(t)
  const inner = { ...node(), nics: [{ portgroup: 'inner' }] }
  const lab = { name: 'three', switches: lan, machines: { outer: node({ inner }) } }
  const { status } = await up(bench, lab)
  assert.deepEqual(
    status.machines.map((one) => [one.path, one.state]),
    [
      ['outer', 'ready'],
      ['outer/inner', 'ready'],
      ['outer/inner/web', 'ready'],
    ],
  )
  const host = await bench.engine.enter('three', 'outer/inner/web', bench.never)
  assert.equal((await host.run(['hostname'])).stdout.trim(), 'web')
  await host.close()
})

test('each step is in the journal before it has an effect', async (t) => {
  const seen: string[] = []
  const bench = await openBench(t, {
    change: (plain) => ({
      ...plain,
      openSite: async (lab, ...rest) => {
        const site = await plain.openSite(lab, ...rest)
        const { journal } = labPaths(plain.roots, lab.name)
        const create = site.create.bind(site)
        site.create = async (order, abort) => {
          if ((await readFile(journal, 'utf8')).includes(`create-machine ${order.machine.path}`)) {
            seen.push(order.machine.path)
          }
          await create(order, abort)
        }
        return site
      },
    }),
  })
  await up(bench, two)
  assert.deepEqual(seen.sort(), ['kvm-1', 'kvm-2'])
})

test('stop shuts down what is inside before its hypervisor, and start brings it all back', async (t) => {
  const bench = await openBench(t)
  await up(bench, two)
  const { events, onEvent } = recorder()
  const stopped = await bench.engine.stop('two', ['kvm-1'], { onEvent, signal: bench.never })
  assert.deepEqual(doneSteps(events), ['stop-machine kvm-1/web', 'stop-machine kvm-1'])
  assert.deepEqual(states(stopped), ['kvm-1 stopped', 'kvm-1/web missing', 'kvm-2 ready', 'kvm-2/web ready'])
  const started = await bench.engine.start('two', ['kvm-1'], { onEvent, signal: bench.never })
  assert.deepEqual(states(started), ['kvm-1 ready', 'kvm-1/web ready'])
})

/** An engine whose hypervisors cannot be looked into for the next `times`. */
function closedInsides() {
  const closed = { times: 0 }
  const change = (plain: Surroundings): Surroundings => ({
    ...plain,
    openInside: async (request, lab) => {
      closed.times -= 1
      if (closed.times >= 0) throw new Error('not yet')
      return await plain.openInside(request, lab)
    },
  })
  return { closed, change }
}

test('a hypervisor that cannot be looked into at once is planned inside as soon as it can', async (t) => {
  const { closed, change } = closedInsides()
  const bench = await openBench(t, { change })
  await up(bench, two)
  closed.times = 2
  const db = { image: 'tiny', memory: '64MiB', nics: [{ portgroup: 'inner' }] }
  const inside = { web, db }
  const { events, status } = await up(bench, {
    ...two,
    machines: { 'kvm-1': node(inside), 'kvm-2': node(inside) },
  })
  const plans = events.flatMap((event) => (event.kind === 'planned' ? [event.plan] : []))
  assert.deepEqual(plans[0]?.deferred, ['kvm-1', 'kvm-2'])
  assert.ok(plans[1]?.steps.some((step) => step.id === 'create-machine kvm-2/db'))
  assert.ok(status.machines.every((one) => one.state === 'ready'))
})

test('a hypervisor that answers but can never be looked into fails with the reason', async (t) => {
  const { closed, change } = closedInsides()
  const bench = await openBench(t, { change })
  await up(bench, two)
  closed.times = 1000
  const status = await bench.engine.status('two', bench.never)
  assert.deepEqual(states(status), ['kvm-1 ready', 'kvm-1/web unknown', 'kvm-2 ready', 'kvm-2/web unknown'])
  const failure = await failureOf(up(bench, two))
  assert.deepEqual([failure.code, failure.exitCode], ['inside-closed', 4])
  assert.match(failure.message, /not yet/)
})

test('a connection into a hypervisor that breaks in the middle of a step is made anew', async (t) => {
  const insides: Inside[] = []
  let broken = 0
  const bench = await openBench(t, {
    change: (plain) => ({
      ...plain,
      openInside: async (request, lab) => {
        insides.push(request.host)
        const inside = await plain.openInside(request, lab)
        const start = inside.start.bind(inside)
        inside.start = async (name, signal) => {
          await start(name, signal)
          broken += 1
          if (broken <= 2) throw new Failure('host-lost', 3, 'The connection broke.', 'Again.')
        }
        return inside
      },
    }),
  })
  const lab = { name: 'two', switches: lan, machines: { 'kvm-1': node({ web, db: web }) } }
  const { status } = await up(bench, lab)
  assert.deepEqual(states(status), ['kvm-1 ready', 'kvm-1/web ready', 'kvm-1/db ready'])
  assert.ok(insides.length >= 2)
})

test('plan and up note once what the switches inside hypervisors will not do', async (t) => {
  const bench = await openBench(t, {
    change: (plain) => ({
      ...plain,
      switchGaps: ({ name }, of) => [`${name}: not everything a ${of?.product ?? 'plain'} switch could do.`],
    }),
  })
  const both = { path: '', text: 'kvm-1, kvm-2: br0: not everything a kvm switch could do.' }
  assert.deepEqual((await bench.engine.plan(labOf(two), {}, bench.never)).notes, [both])
  const { events } = await up(bench, two)
  assert.deepEqual(events[0], { kind: 'note', ...both })
  const one = { path: 'kvm-1', text: 'br0: not everything a kvm switch could do.' }
  assert.deepEqual((await bench.engine.plan(labOf(two), { only: ['kvm-1'] }, bench.never)).notes, [one])
  const again = await up(bench, two)
  assert.equal(again.events.filter((event) => event.kind === 'note' && event.text === both.text).length, 1)
})

test('what carries the frames stays with the lab, and is refused where the kernel cannot', async (t) => {
  const carriers: string[] = []
  let lacks: string[] = []
  const bench = await openBench(t, {
    change: (plain) => ({
      ...plain,
      kernelLacks: async () => lacks,
      switchGaps: ({ name }, of) => (of ? [] : [`${name}: a bridge does less.`]),
      openSite: async (lab, signal, carrier) => {
        carriers.push(carrier)
        return await plain.openSite(lab, signal, carrier)
      },
    }),
  })
  const lone = { image: 'tiny', memory: '64MiB', nics: [{ portgroup: 'main' }] }
  const lab = labOf({ name: 'one', switches: lan, machines: { lone } })
  const options = { onEvent: () => undefined, signal: bench.never }
  lacks = ['The kernel has no bridges.']
  await assert.rejects(bench.engine.up(lab, { ...options, carrier: 'kernel' }), {
    code: 'kernel-lacks',
    message: /has no bridges/,
  })
  assert.deepEqual(await bench.engine.labs(), [])
  lacks = []
  await bench.engine.up(lab, { ...options, carrier: 'kernel' })
  await bench.engine.up(lab, options)
  await bench.engine.status(lab.name, bench.never)
  const { notes } = await bench.engine.plan(lab, {}, bench.never)
  assert.deepEqual(notes, [{ path: 'lan', text: 'lan: a bridge does less.' }])
  await assert.rejects(bench.engine.up(lab, { ...options, carrier: 'process' }), { code: 'carrier-changed' })
  await bench.engine.stop(lab.name, [], options)
  await bench.engine.start(lab.name, [], options)
  await bench.engine.down(lab.name, options)
  assert.deepEqual([...new Set(carriers)], ['kernel'])
  await bench.engine.up(lab, options)
  assert.equal(carriers.at(-1), 'process')
})
