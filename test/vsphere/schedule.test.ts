/** Power schedules: tasks of a vCenter that belong to the lab, follow its file, and go with it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PowerSchedule } from '#lab'
import type { Provider } from '#providers'
import { allBelow, propertiesOf } from '../../src/providers/vsphere/soap/properties.ts'
import { isList, isRef, textAt, type VimValue } from '../../src/providers/vsphere/soap/vim-value.ts'
import { connectTo, never, openOn, orderOf } from './provider-bench.ts'
import { folderFor, labOn, openSiteBench } from './site-bench.ts'
import { startStrict } from './strict-bench.ts'
import type { Vcsim } from './vcsim.ts'

const quiet = { onEvent: () => {}, signal: never }
const lan = { switches: { lan: { portgroups: { main: {} } } } }
const web = (powerSchedule?: PowerSchedule) => ({
  ...{ image: 'tiny', nics: [{ portgroup: 'main' }] },
  ...(powerSchedule && { powerSchedule }),
})
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri'] as const

/** All tasks that the server keeps, by name. */
async function tasksOf(server: Vcsim): Promise<ReadonlyMap<string, VimValue | undefined>> {
  const connection = await connectTo(server)
  try {
    const manager = connection.service('scheduledTaskManager')
    const listed = await connection.call('RetrieveEntityScheduledTask', manager)
    const refs = isList(listed) ? listed.filter(isRef) : []
    const found = await propertiesOf(connection, refs, { ScheduledTask: ['info'] })
    return new Map(
      found.map(({ properties }) => [textAt(properties.get('info'), 'name') ?? '', properties.get('info')]),
    )
  } finally {
    await connection.close()
  }
}

/** A task of somebody else for the same machine, with a name as near as can be. */
async function plantForeign(server: Vcsim, machine: string, name: string): Promise<void> {
  const connection = await connectTo(server)
  const machines = await allBelow(connection, connection.service('rootFolder'), { VirtualMachine: ['name'] })
  const found = machines.find(({ properties }) => properties.get('name') === machine)
  assert.ok(found)
  const spec = {
    name,
    description: 'of somebody else',
    enabled: true,
    scheduler: { $type: 'DailyTaskScheduler', interval: 1, hour: 1, minute: 1 },
    action: { $type: 'MethodAction', name: 'PowerOffVM_Task' },
  }
  const manager = connection.service('scheduledTaskManager')
  await connection.call('CreateScheduledTask', manager, { entity: found.ref, spec })
  await connection.close()
}

test('a schedule of the file is kept by the vCenter, follows changes, and goes with the lab', async (t) => {
  await using strict = await startStrict({ kind: 'vcenter', apiVersion: '6.7' })
  const vcsim = { ...strict, pid: 0 }
  const { engine } = await openSiteBench({ vcsim, folder: await folderFor(t) })
  const labWith = (machine: Record<string, unknown>) =>
    labOn({ name: 'timed', ...lan, machines: { web: machine } })
  const first = labWith(web({ on: '07:30', off: '19:05', days: weekdays }))
  const { calls = [] } = await engine.plan(first, {}, never)
  const planned = calls.find(({ step }) => step === 'put-schedule web')?.calls.join('\n') ?? ''
  assert.match(planned, /CreateScheduledTask nestlab timed web on: .*hour 7, minute 30.*PowerOnVM_Task/)
  assert.match(planned, /CreateScheduledTask nestlab timed web off: .*hour 19, minute 5.*ShutdownGuest/)
  assert.equal((await tasksOf(vcsim)).size, 0)

  await engine.up(first, quiet)
  const made = await tasksOf(vcsim)
  assert.deepEqual([...made.keys()].toSorted(), ['nestlab timed web off', 'nestlab timed web on'])
  const { scheduler, action, enabled } = made.get('nestlab timed web on') as Record<string, VimValue>
  const no = { sunday: false, saturday: false }
  const yes = { monday: true, tuesday: true, wednesday: true, thursday: true, friday: true }
  assert.deepEqual(scheduler, {
    $type: 'WeeklyTaskScheduler',
    interval: 1,
    minute: 30,
    hour: 7,
    ...no,
    ...yes,
  })
  assert.equal(textAt(action, 'name'), 'PowerOnVM_Task')
  assert.equal(enabled, true)
  assert.deepEqual((await engine.plan(first, {}, never)).steps, [])

  await plantForeign(vcsim, 'web', 'nestlab timed web suspend')
  strict.crash('web')
  const { machines } = await engine.status('timed', never)
  assert.deepEqual(
    machines.map(({ state }) => state),
    ['stopped'],
    'its schedule may have switched it off',
  )

  await engine.up(labWith(web({ off: '20:00' })), quiet)
  const changed = await tasksOf(vcsim)
  assert.deepEqual([...changed.keys()].toSorted(), ['nestlab timed web off', 'nestlab timed web suspend'])
  assert.equal(textAt(changed.get('nestlab timed web off'), 'scheduler', '$type'), 'DailyTaskScheduler')

  const without = await engine.plan(labWith(web()), {}, never)
  assert.deepEqual(
    without.steps.map(({ id, because }) => `${id}: ${because}`),
    ['put-schedule web: no longer in the lab file'],
  )
  await engine.up(labWith(web()), quiet)
  assert.deepEqual([...(await tasksOf(vcsim)).keys()], ['nestlab timed web suspend'])
  await engine.up(first, quiet)
  assert.equal((await tasksOf(vcsim)).size, 3)
  await engine.down('timed', quiet)
  assert.equal((await tasksOf(vcsim)).size, 0)
})

const timed = { traits: { powerSchedule: { on: '06:00', off: '22:00' } } }
const order = orderOf('web', [], timed)

async function put(provider: Provider): Promise<void> {
  await provider.putSchedule?.(order.machine, 'one', never)
}

/** Tells whether it was cut off before one call more than `most` that changes something. */
async function cutAfter(
  server: Vcsim,
  most: number,
  work: (provider: Provider) => Promise<void>,
): Promise<boolean> {
  let left = most
  const provider = await openOn(server, {
    lab: 'tried',
    onCall: (method) => {
      if (!/_Task$|^(Create|Remove)ScheduledTask$/.test(method)) return
      if (left === 0) throw new Error('cut off')
      left -= 1
    },
  })
  try {
    await work(provider)
    return false
  } catch (error) {
    assert.match(String(error), /cut off/)
    return true
  } finally {
    await provider.close()
  }
}

test('a schedule that is cut off before any call is put again in full, and removed in full', async () => {
  await using strict = await startStrict({ kind: 'vcenter', apiVersion: '8.0.3.0' })
  const server = { ...strict, pid: 0 }
  const whole = Number.POSITIVE_INFINITY
  await cutAfter(server, whole, (provider) => provider.create(order, never))
  await plantForeign(server, 'web', 'of others')
  let rounds = 0
  for (let most = 0; await cutAfter(server, most, put); most += 1) {
    const provider = await openOn(server, { lab: 'tried' })
    const { machines } = await provider.inspect(never)
    await provider.close()
    assert.notEqual(machines[0]?.schedule, 'one', `after ${most} calls it is not whole`)
    await cutAfter(server, whole, put)
    assert.equal((await tasksOf(server)).size, 3)
    const bare = { ...order.machine, traits: {} }
    for (let fewer = 0; ; fewer += 1) {
      if (!(await cutAfter(server, fewer, async (one) => await one.putSchedule?.(bare, '', never)))) break
    }
    assert.deepEqual([...(await tasksOf(server)).keys()], ['of others'])
    rounds += 1
  }
  assert.ok(rounds >= 3, `${rounds} calls`)
  await cutAfter(server, whole, (provider) => provider.remove('web', never))
})

test('a lone host, and a site that is no vCenter, refuse schedules by name', async (t) => {
  await using strict = await startStrict({ kind: 'esxi', apiVersion: '8.0.3.0' })
  const { engine } = await openSiteBench({ vcsim: { ...strict, pid: 0 }, folder: await folderFor(t) })
  const lab = labOn({ name: 'timed', ...lan, machines: { web: web({ on: '07:30' }) } })
  await assert.rejects(engine.up(lab, quiet), /The power schedule of web.*only a vCenter/)
  assert.ok(
    strict.picture().every((line) => !line.includes('timed')),
    'nothing was made before',
  )
  const local = labOn({ name: 'timed', ...lan, machines: { web: web({ on: '07:30' }) } }, { site: 'local' })
  assert.match(JSON.stringify(local.pending), /powerSchedule/)
  for (const wrong of [
    {},
    { on: '7:30' },
    { on: '24:00' },
    { on: '07:30', off: '07:30' },
    { on: '07:30', days: [] },
  ])
    assert.throws(() => labOn({ name: 'timed', ...lan, machines: { web: web(wrong as PowerSchedule) } }))
})

test('tasks do not go back with a machine, so its schedule is put again after it went back', async (t) => {
  await using strict = await startStrict({ kind: 'vcenter', apiVersion: '6.7' })
  const vcsim = { ...strict, pid: 0 }
  const { engine } = await openSiteBench({ vcsim, folder: await folderFor(t) })
  const labWith = (powerSchedule?: PowerSchedule) =>
    labOn({ name: 'timed', ...lan, machines: { web: web(powerSchedule) } })
  await engine.up(labWith(), quiet)
  await engine.snapshot('timed', { name: 'untimed' }, quiet)
  await engine.up(labWith({ on: '07:30' }), quiet)
  await engine.snapshot('timed', { name: 'early' }, quiet)
  await engine.up(labWith({ on: '09:30' }), quiet)
  for (const name of ['untimed', 'early']) {
    await engine.revert('timed', name, quiet)
    const { steps } = await engine.plan(labWith({ on: '07:30' }), {}, never)
    assert.deepEqual(
      steps.map(({ id }) => id),
      ['put-schedule web'],
    )
  }
  await engine.up(labWith({ on: '07:30' }), quiet)
  const [info] = (await tasksOf(vcsim)).values()
  assert.match(JSON.stringify(info), /"minute":30,"hour":7/)
  await engine.revert('timed', 'untimed', quiet)
  await engine.down('timed', quiet)
  assert.equal((await tasksOf(vcsim)).size, 0)
})
