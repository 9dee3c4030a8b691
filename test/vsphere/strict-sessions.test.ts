/** Sessions that end, connections that break, tasks that wait, rights that lack: our client through all of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allBelow } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import { isRef, listAt, type MoRef, textAt } from '../../src/providers/vsphere/soap/vim-value.ts'
import { connected, startStrict } from './strict-bench.ts'
import { createMachine, placeOn, readMachine } from './strict-place.ts'

const count = (calls: readonly string[], method: string) => calls.filter((one) => one === method).length

test('a wrong password is refused, and said to be wrong', async () => {
  await using strict = await startStrict({ password: 'another' })
  await assert.rejects(() => connected(strict), { code: 'vsphere-login-refused' })
})

test('a session that has ended is begun again, and the call is made once', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  strict.controls.expireSessions()
  await createMachine(connection, place, { name: 'a' })
  assert.equal(count(strict.controls.calls, 'Login'), 2)
  assert.deepEqual(
    strict.picture().filter((line) => line.startsWith('VirtualMachine')),
    ['VirtualMachine Datacenters/DC0/vm/a'],
  )
})

test('a session that ends after every few calls still gets the work done', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  strict.controls.callsPerSession = 9
  for (const name of ['a', 'b', 'c', 'd', 'e']) await createMachine(connection, place, { name })
  assert.ok(count(strict.controls.calls, 'Login') > 2)
  assert.equal(count(strict.controls.calls, 'CreateVM_Task') >= 5, true)
  assert.equal(strict.picture().filter((line) => line.startsWith('VirtualMachine')).length, 5)
})

test('a session that ends while a task runs loses its collector, and the end of the task is still found', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  strict.controls.holdTasks()
  const made = createMachine(connection, place, { name: 'a' })
  await until(() => strict.controls.calls.includes('WaitForUpdatesEx'))
  strict.controls.expireSessions()
  strict.controls.releaseTasks()
  assert.equal((await readMachine(connection, await made)).name, 'a')
  assert.equal(count(strict.controls.calls, 'CreateVM_Task'), 1)
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('a question whose answer is lost is asked again; an order is not', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  strict.controls.cutNext('CurrentTime', 'midway')
  assert.equal(typeof (await connection.call('CurrentTime', serviceInstance)), 'string')
  for (const [when, name, isMade] of [
    ['before', 'lost-before', false],
    ['after', 'lost-after', true],
    ['midway', 'lost-midway', true],
  ] as const) {
    const before = count(strict.controls.calls, 'CreateVM_Task')
    strict.controls.cutNext('CreateVM_Task', when)
    await assert.rejects(() => createMachine(connection, place, { name }), { code: 'vsphere-unreachable' })
    assert.equal(count(strict.controls.calls, 'CreateVM_Task') - before, 1)
    await until(() => strict.picture().some((line) => line.endsWith(`/${name}`)) === isMade)
  }
})

const serviceInstance: MoRef = { type: 'ServiceInstance', value: 'ServiceInstance' }

test('a task that is cancelled has changed nothing', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const { folder, pool } = await placeOn(connection)
  strict.controls.holdTasks()
  const stop = new AbortController()
  const config = { name: 'a', files: { vmPathName: '[datastore1]' } }
  const made = runTask(connection, 'CreateVM_Task', folder, { config, pool }, { signal: stop.signal })
  await until(() => strict.controls.calls.includes('WaitForUpdatesEx'))
  stop.abort()
  await assert.rejects(made, { name: 'AbortError' })
  await until(() => strict.controls.calls.includes('CancelTask'))
  strict.controls.releaseTasks()
  await createMachine(connection, await placeOn(connection), { name: 'b' })
  assert.deepEqual(
    strict.picture().filter((line) => line.startsWith('VirtualMachine')),
    ['VirtualMachine Datacenters/DC0/vm/b'],
  )
})

test('a task that somebody else cancels is said to be cancelled', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  await using other = await connected(strict)
  const place = await placeOn(session.connection)
  strict.controls.holdTasks()
  const made = createMachine(session.connection, place, { name: 'a' })
  await until(() => strict.controls.calls.includes('WaitForUpdatesEx'))
  await other.connection.call('CancelTask', { type: 'Task', value: 'task-1' })
  await assert.rejects(made, { code: 'vsphere-cancelled' })
})

test('progress of a task is told as it comes', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { folder, pool } = await placeOn(session.connection)
  strict.controls.holdTasks()
  const told: number[] = []
  const config = { name: 'a', files: { vmPathName: '[datastore1]' } }
  const made = runTask(
    session.connection,
    'CreateVM_Task',
    folder,
    { config, pool },
    {
      onProgress: (percent) => told.push(percent),
    },
  )
  await until(() => told.length > 0)
  strict.controls.releaseTasks()
  await made
  assert.equal(told[0], 0)
})

test('the free edition of ESXi is read and not written', async () => {
  await using strict = await startStrict({ kind: 'esxi', licence: 'free' })
  await using session = await connected(strict)
  const { connection } = session
  const before = strict.picture()
  const place = await placeOn(connection)
  const [network = place.folder] = place.networks
  const readOnly = { code: 'vsphere-read-only' }
  await assert.rejects(() => createMachine(connection, place, { name: 'a' }), readOnly)
  await assert.rejects(() => connection.call('AddVirtualSwitch', network, { vswitchName: 'v' }), readOnly)
  assert.deepEqual(strict.picture(), before)
  const all = await allBelow(connection, connection.service('rootFolder'), { HostSystem: ['name'] })
  assert.equal(all.length, 1)
})

test('a privilege that lacks is named with the object that it lacks on', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  strict.controls.deny('Resource.AssignVMToPool', place.pool)
  await assert.rejects(() => createMachine(connection, place, { name: 'a' }), {
    code: 'vsphere-no-permission',
    message: new RegExp(`Resource.AssignVMToPool on ResourcePool ${place.pool.value}`),
  })
  strict.controls.allowAll()
  await createMachine(connection, place, { name: 'a' })
})

test('what may not be read is absent, and the rest is there', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const { hosts } = await placeOn(connection)
  const [hidden] = hosts
  if (hidden) strict.controls.deny('System.Read', hidden)
  const all = await allBelow(connection, connection.service('rootFolder'), { HostSystem: ['name'] })
  assert.deepEqual(
    all.map(({ properties }) => properties.has('name')),
    [false, true],
  )
})

test('a fault that is ordered comes once, in the call or in its task', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  strict.controls.failNext('CreateVM_Task', { fault: 'DvsNotAuthorized' })
  await assert.rejects(() => createMachine(connection, place, { name: 'a' }), {
    code: 'vsphere-dvs-not-authorized',
  })
  const fields = { file: '[datastore1] a', datastore: 'datastore1' }
  strict.controls.failNext('CreateVM_Task', { fault: 'NoDiskSpace', fields, inTask: true })
  await assert.rejects(() => createMachine(connection, place, { name: 'a' }), { code: 'vsphere-no-space' })
  await createMachine(connection, place, { name: 'a' })
})

test('an answer that takes long is waited for, or given up when the caller does', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  strict.controls.slowMs.set('CurrentTime', 50)
  assert.equal(typeof (await connection.call('CurrentTime', serviceInstance)), 'string')
  strict.controls.slowMs.set('CurrentTime', 60_000)
  await assert.rejects(() =>
    connection.call('CurrentTime', serviceInstance, {}, { signal: AbortSignal.timeout(50) }),
  )
})

test('a second collector is told of a change while the first one waits', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const machine = await createMachine(connection, await placeOn(connection), { name: 'a' })
  const shared = connection.service('propertyCollector')
  const spec = {
    propSet: [{ type: 'VirtualMachine', pathSet: ['runtime.powerState'] }],
    objectSet: [{ obj: machine }],
  }
  const collector = await connection.call('CreatePropertyCollector', shared)
  assert.ok(collector !== undefined && isRef(collector))
  await connection.call('CreateFilter', collector, { spec, partialUpdates: false })
  const first = await connection.call('WaitForUpdatesEx', collector, { version: '' })
  const version = textAt(first, 'version') ?? ''
  const before = count(strict.controls.calls, 'WaitForUpdatesEx')
  const waiting = connection.call('WaitForUpdatesEx', collector, { version })
  await until(() => count(strict.controls.calls, 'WaitForUpdatesEx') > before)
  await runTask(connection, 'PowerOnVM_Task', machine, {})
  assert.match(JSON.stringify(await waiting), /poweredOn/)
  const late = connection.call('WaitForUpdatesEx', collector, { version })
  await assert.rejects(late, { code: 'vsphere-refused', message: /InvalidCollectorVersion/ })
})

test('specifications for a type and for one that it descends from are taken together', async () => {
  await using strict = await startStrict({ inventory: { machinesPerHost: 1 } })
  await using session = await connected(strict)
  const { connection } = session
  const { folder } = await placeOn(connection)
  const walk = { $type: 'TraversalSpec', type: 'Folder', path: 'childEntity' }
  const spec = {
    propSet: [
      { type: 'ManagedEntity', pathSet: ['name', 'parent'] },
      { type: 'VirtualMachine', pathSet: ['config.template', 'name'] },
    ],
    objectSet: [{ obj: folder, skip: true, selectSet: [walk] }],
  }
  const collector = connection.service('propertyCollector')
  const read = await connection.call('RetrievePropertiesEx', collector, { specSet: [spec], options: {} })
  const [machine] = listAt(read, 'objects')
  assert.deepEqual(
    listAt(machine, 'propSet').map((one) => textAt(one, 'name')),
    ['name', 'parent', 'config.template'],
  )
})
