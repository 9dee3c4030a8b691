/** Snapshots, clones and templates on a strict server: what a lenient simulator answers "ok" to and does not do. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '../../src/providers/vsphere/soap/connection.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import {
  at,
  isRef,
  type MoRef,
  refAt,
  textAt,
  type VimObject,
} from '../../src/providers/vsphere/soap/vim-value.ts'
import { connected, startStrict } from './strict-bench.ts'
import { adapter, change, createMachine, disk, placeOn, readMachine, scsi } from './strict-place.ts'

const refusedFor = (fault: string) => ({ code: 'vsphere-refused', message: new RegExp(`\\(${fault}\\)`) })
const withDisk = { deviceChange: [change('add', scsi), change('add', disk(64), 'create')] }

async function powerOf(connection: Connection, machine: MoRef): Promise<string | undefined> {
  return textAt((await readMachine(connection, machine)).runtime, 'powerState')
}

test('a revert gives back the configuration and the power state of the snapshot', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const machine = await createMachine(connection, await placeOn(connection), { name: 'a', ...withDisk })
  await runTask(connection, 'PowerOnVM_Task', machine, {})
  const take = { name: 's', memory: true, quiesce: false }
  const snapshot = (await runTask(connection, 'CreateSnapshot_Task', machine, take)) as MoRef
  await runTask(connection, 'PowerOffVM_Task', machine, {})
  const spec = { memoryMB: 9_999 - (9_999 % 4), extraConfig: [{ key: 'guestinfo.late', value: 'yes' }] }
  await runTask(connection, 'ReconfigVM_Task', machine, { spec })
  await runTask(connection, 'RevertToSnapshot_Task', snapshot, {})
  const { config, runtime } = await readMachine(connection, machine)
  assert.equal(at(config, 'hardware', 'memoryMB'), 128)
  assert.deepEqual(at(config, 'extraConfig') ?? [], [])
  assert.equal(textAt(runtime, 'powerState'), 'poweredOn')
  await runTask(connection, 'RevertToCurrentSnapshot_Task', machine, { suppressPowerOn: true })
  assert.equal(await powerOf(connection, machine), 'poweredOff')
})

test('the tree of snapshots follows what is taken and removed', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const machine = await createMachine(connection, await placeOn(connection), { name: 'a', ...withDisk })
  const take = (name: string) =>
    runTask(connection, 'CreateSnapshot_Task', machine, {
      name,
      memory: false,
      quiesce: false,
    }) as Promise<MoRef>
  const one = await take('one')
  const two = await take('two')
  await take('three')
  const current = refAt((await readMachine(connection, machine)).snapshot, 'currentSnapshot')
  await runTask(connection, 'RevertToSnapshot_Task', one, {})
  await take('other')
  const names = async (): Promise<unknown> => {
    const tree = (list: unknown): unknown =>
      ((list ?? []) as readonly VimObject[]).map(({ name, childSnapshotList }) => [
        name,
        tree(childSnapshotList),
      ])
    return tree(at((await readMachine(connection, machine)).snapshot, 'rootSnapshotList'))
  }
  assert.deepEqual(await names(), [
    [
      'one',
      [
        ['two', [['three', []]]],
        ['other', []],
      ],
    ],
  ])
  await runTask(connection, 'RemoveSnapshot_Task', two, { removeChildren: false })
  assert.deepEqual(await names(), [
    [
      'one',
      [
        ['other', []],
        ['three', []],
      ],
    ],
  ])
  assert.notEqual(
    refAt((await readMachine(connection, machine)).snapshot, 'currentSnapshot')?.value,
    current?.value,
  )
  await runTask(connection, 'RemoveAllSnapshots_Task', machine, {})
  assert.equal((await readMachine(connection, machine)).snapshot, undefined)
})

test('a linked clone lies on the disk of a snapshot, and keeps the settings of its source', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  const source = await createMachine(connection, place, {
    name: 'golden',
    nestedHVEnabled: true,
    extraConfig: [{ key: 'guestinfo.role', value: 'golden' }],
    deviceChange: [...withDisk.deviceChange, change('add', adapter('VM Network'))],
  })
  const location = { pool: place.pool, diskMoveType: 'createNewChildDiskBacking' }
  const clone = (name: string, more: VimObject = {}) =>
    runTask(connection, 'CloneVM_Task', source, {
      folder: place.folder,
      name,
      spec: { location, template: false, powerOn: false, ...more },
    })
  await assert.rejects(() => clone('a'), refusedFor('InvalidArgument'))
  const take = { name: 'base', memory: false, quiesce: false }
  const snapshot = (await runTask(connection, 'CreateSnapshot_Task', source, take)) as MoRef
  const made = await clone('a', { snapshot })
  assert.ok(made !== undefined && isRef(made))
  const [was, is] = [await readMachine(connection, source), await readMachine(connection, made)]
  assert.equal(at(is.config, 'nestedHVEnabled'), true)
  assert.deepEqual(at(is.config, 'extraConfig'), [{ key: 'guestinfo.role', value: 'golden' }])
  assert.notEqual(at(is.config, 'uuid'), at(was.config, 'uuid'))
  const [own] = is.devices.filter(({ $type }) => $type === 'VirtualDisk')
  assert.equal(textAt(own, 'backing', 'fileName'), '[datastore1] a/a.vmdk')
  assert.equal(textAt(own, 'backing', 'parent', 'fileName'), '[datastore1] golden/golden.vmdk')
  const mac = (devices: readonly VimObject[]) => devices.map((device) => device.macAddress).find(Boolean)
  assert.notEqual(mac(is.devices), mac(was.devices))
})

test('a template starts nothing, and its copy needs a pool', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  const [host = place.pool] = place.hosts
  const template = await createMachine(connection, place, { name: 'golden', ...withDisk })
  await connection.call('MarkAsTemplate', template)
  await assert.rejects(() => runTask(connection, 'PowerOnVM_Task', template, {}), {
    code: 'vsphere-not-supported',
  })
  const copy = (location: VimObject) =>
    runTask(connection, 'CloneVM_Task', template, {
      folder: place.folder,
      name: 'copy',
      spec: { location, template: false, powerOn: true },
    })
  await assert.rejects(() => copy({}), refusedFor('InvalidArgument'))
  const made = (await copy({ pool: place.pool })) as MoRef
  assert.equal(await powerOf(connection, made), 'poweredOn')
  await connection.call('MarkAsVirtualMachine', template, { pool: place.pool, host })
  await runTask(connection, 'PowerOnVM_Task', template, {})
})

test('a machine that is unregistered keeps its files and comes back as it was', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  const machine = await createMachine(connection, place, { name: 'a', memoryMB: 512 })
  await connection.call('UnregisterVM', machine)
  const again = { path: '[datastore1] a/a.vmx', asTemplate: false, pool: place.pool }
  const made = (await runTask(connection, 'RegisterVM_Task', place.folder, again)) as MoRef
  assert.equal(at((await readMachine(connection, made)).config, 'hardware', 'memoryMB'), 512)
  await assert.rejects(() => runTask(connection, 'RegisterVM_Task', place.folder, again), {
    code: 'vsphere-name-taken',
  })
})
