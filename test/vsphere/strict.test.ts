/** Our client against a strict server, at each border of the API. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allBelow, propertiesOf } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import { at, isRef, type MoRef, refAt, textAt } from '../../src/providers/vsphere/soap/vim-value.ts'
import { borders, connected, startStrict } from './strict-bench.ts'
import { createMachine, placeOn, readMachine } from './strict-place.ts'

for (const kind of ['vcenter', 'esxi'] as const) {
  for (const apiVersion of borders) {
    test(`a machine lives from its creation to its removal on ${kind} of API ${apiVersion}`, async () => {
      await using strict = await startStrict({ kind, apiVersion })
      await using session = await connected(strict)
      const { connection } = session
      assert.deepEqual([connection.api, connection.isVCenter], [apiVersion, kind === 'vcenter'])
      const before = strict.picture()
      const place = await placeOn(connection)
      const machine = await createMachine(connection, place, {
        name: 'esxi',
        nestedHVEnabled: true,
        extraConfig: [{ key: 'guestinfo.hostname', value: 'esxi' }],
      })
      const { config } = await readMachine(connection, machine)
      assert.equal(at(config, 'nestedHVEnabled'), true)
      assert.deepEqual(at(config, 'extraConfig'), [{ key: 'guestinfo.hostname', value: 'esxi' }])
      await runTask(connection, 'PowerOnVM_Task', machine, {})
      assert.equal(textAt((await readMachine(connection, machine)).runtime, 'powerState'), 'poweredOn')
      await assert.rejects(() => runTask(connection, 'Destroy_Task', machine, {}), {
        code: 'vsphere-refused',
      })
      await runTask(connection, 'PowerOffVM_Task', machine, {})
      await runTask(connection, 'Destroy_Task', machine, {})
      assert.deepEqual(strict.picture(), before)
    })
  }
}

test('a client that is newer than the server leaves out what the server lacks, by name only', async () => {
  await using strict = await startStrict({ apiVersion: '6.5' })
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  const parameters = {
    config: { name: 'a', files: { vmPathName: '[datastore1]' }, rebootPowerOff: true },
    pool: place.pool,
  }
  const dropped: string[] = []
  await assert.rejects(() => connection.call('CreateVM_Task', place.folder, parameters), {
    code: 'vsphere-call-impossible',
  })
  const task = await connection.call('CreateVM_Task', place.folder, parameters, {
    droppable: new Set(['VirtualMachineConfigSpec.rebootPowerOff']),
    onDropped: (field) => dropped.push(field),
  })
  assert.ok(task !== undefined && isRef(task))
  assert.deepEqual(dropped, ['VirtualMachineConfigSpec.rebootPowerOff'])
})

test('what a machine was made of is read back over TLS with a pinned certificate', async () => {
  await using strict = await startStrict({ tls: 'self-signed' })
  assert.match(strict.fingerprint ?? '', /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
  await using session = await connected(strict)
  const { connection } = session
  const machine = await createMachine(connection, await placeOn(connection), { name: 'a', memoryMB: 2048 })
  assert.equal(at((await readMachine(connection, machine)).config, 'hardware', 'memoryMB'), 2048)
})

test('a certificate that is not the pinned one ends the way before a word is sent', async () => {
  await using strict = await startStrict({ tls: 'self-signed' })
  const other = { ...strict, fingerprint: `00${strict.fingerprint?.slice(2)}` }
  await assert.rejects(() => connected(other), { code: 'vsphere-certificate-changed' })
  assert.deepEqual(strict.controls.calls, [])
})

test('all that is below a folder is read page by page, each thing once', async () => {
  await using strict = await startStrict({ inventory: { machinesPerHost: 12 } })
  const calls: string[] = []
  await using session = await connected(strict, (method) => calls.push(method))
  const { connection } = session
  const root = connection.service('rootFolder')
  const pages: number[] = []
  const all = await allBelow(
    connection,
    root,
    { VirtualMachine: ['name'], HostSystem: ['name', 'config.network'] },
    { pageSize: 5, onProgress: (objects) => pages.push(objects) },
  )
  assert.equal(all.length, 26)
  assert.equal(new Set(all.map(({ ref }) => ref.value)).size, 26)
  assert.deepEqual(pages, [5, 10, 15, 20, 25, 26])
  assert.equal(calls.filter((method) => method === 'ContinueRetrievePropertiesEx').length, 5)
})

test('a page that was promised and has expired fails plainly', async () => {
  await using strict = await startStrict({ inventory: { machinesPerHost: 4 } })
  await using session = await connected(strict)
  const { connection } = session
  const reading = allBelow(
    connection,
    connection.service('rootFolder'),
    { VirtualMachine: ['name'] },
    { pageSize: 3, onProgress: () => strict.controls.expirePages() },
  )
  await assert.rejects(reading, { code: 'vsphere-refused' })
})

test('an object that has gone is left out, and said to be gone to whoever calls it', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const machine = await createMachine(connection, await placeOn(connection), { name: 'a' })
  await runTask(connection, 'Destroy_Task', machine, {})
  assert.deepEqual(await propertiesOf(connection, [machine], { VirtualMachine: ['name'] }), [])
  await assert.rejects(() => connection.call('PowerOnVM_Task', machine), { code: 'vsphere-gone' })
})

test('a lone host has no clones, folders, vApps or distributed switches', async () => {
  await using strict = await startStrict({ kind: 'esxi' })
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  const machine = await createMachine(connection, place, { name: 'a' })
  const notThere = { code: 'vsphere-not-supported' }
  const clone = { folder: place.folder, name: 'b', spec: { location: {}, template: false, powerOn: false } }
  await assert.rejects(() => connection.call('CloneVM_Task', machine, clone), notThere)
  await assert.rejects(() => connection.call('CreateFolder', place.folder, { name: 'f' }), notThere)
  await assert.rejects(() => connection.call('MarkAsTemplate', machine), notThere)
  const dvs = { spec: { configSpec: { $type: 'VMwareDVSConfigSpec', name: 'd' } } }
  await assert.rejects(() => connection.call('CreateDVS_Task', place.networkFolder, dvs), notThere)
  assert.throws(() => connection.service('customFieldsManager'), notThere)
})

test('children are found by their names, machines by both of their identities', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  const machine = await createMachine(connection, place, { name: 'a' })
  const search = connection.service('searchIndex')
  const { config } = await readMachine(connection, machine)
  const found = (await Promise.all([
    connection.call('FindChild', search, { entity: place.folder, name: 'a' }),
    connection.call('FindByInventoryPath', search, { inventoryPath: 'DC0/vm/a' }),
    connection.call('FindByUuid', search, { uuid: textAt(config, 'uuid') ?? '', vmSearch: true }),
    connection.call('FindByUuid', search, {
      uuid: textAt(config, 'instanceUuid') ?? '',
      vmSearch: true,
      instanceUuid: true,
    }),
  ])) as readonly MoRef[]
  assert.deepEqual(
    found.map((ref) => refAt({ ref }, 'ref')?.value),
    Array(4).fill(machine.value),
  )
  const nobody = await connection.call('FindChild', search, { entity: place.folder, name: 'b' })
  assert.equal(nobody, undefined)
})
