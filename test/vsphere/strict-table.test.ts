/** The strict server's own tables, the limits it names, and the files that are uploaded to it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { openSdk, unsupportedMethods } from '../../src/providers/sim/sdk/index.ts'
import { propertiesOf } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import { listAt, numberAt, textAt } from '../../src/providers/vsphere/soap/vim-value.ts'
import { connected, credentials, startStrict } from './strict-bench.ts'
import { change, createMachine, placeOn } from './strict-place.ts'
import { Raw } from './strict-raw.ts'

const sdk = new URL('../../src/providers/sim/sdk/', import.meta.url)
const vsphere = new URL('../../src/providers/vsphere/soap/', import.meta.url)
const read = (file: string, folder: URL) => JSON.parse(readFileSync(new URL(file, folder), 'utf8'))

test('the strict server knows every method and type that the client knows', () => {
  const { methods, types, source } = read('table.json', vsphere)
  const strictness = read('strictness.json', sdk)
  const again = 'run tools/vsphere/generate-strictness.py again'
  assert.deepEqual(Object.keys(strictness.methods).sort(), Object.keys(methods).sort(), again)
  const nameless = Object.keys(types).filter((type) => !(type in strictness.names))
  assert.deepEqual(
    nameless.filter((type) => !withoutName.has(type)),
    [],
    again,
  )
  assert.equal(strictness.source, source, again)
})

/** Made by the generator of the client's table; the API has them under the same names. */
const withoutName: ReadonlySet<string> = new Set([
  'DynamicData',
  'MethodFault',
  'RuntimeFault',
  'LocalizedMethodFault',
])

test('the methods that are not simulated are those that its page names', () => {
  const page = readFileSync(new URL('../README.md', sdk), 'utf8')
  const [, list = ''] = /Methods that are refused with `NotSupported`: ([^.]*)\./.exec(page) ?? []
  const named = [...list.matchAll(/`(\w+)`/g)].map(([, method]) => method)
  assert.deepEqual(named.sort(), [...unsupportedMethods()].sort())
})

test('there is no server of an API version that never was', async () => {
  const login = { user: 'a', password: 'b' }
  await assert.rejects(() => openSdk({ kind: 'vcenter', apiVersion: '7.5', ...login }), RangeError)
})

test('an installer that is uploaded is there to start from, and one that is not stops the start', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  const cdrom = {
    $type: 'VirtualCdrom',
    key: -1,
    controllerKey: 200,
    backing: { $type: 'VirtualCdromIsoBackingInfo', fileName: '[datastore1] iso/esxi.iso' },
    connectable: { startConnected: true, allowGuestControl: true, connected: true },
  }
  const machine = await createMachine(connection, place, { name: 'a', deviceChange: [change('add', cdrom)] })
  await assert.rejects(() => runTask(connection, 'PowerOnVM_Task', machine, {}), /FileNotFound/)
  const address = new URL('/folder/iso/esxi.iso?dcPath=DC0&dsName=datastore1', strict.url)
  const authorization = `Basic ${Buffer.from(`${credentials.user}:${await credentials.password()}`).toString('base64')}`
  assert.equal((await fetch(address, { method: 'PUT', body: 'an image' })).status, 401)
  assert.equal(
    (await fetch(address, { method: 'PUT', body: 'an image', headers: { authorization } })).status,
    201,
  )
  assert.equal(await (await fetch(address, { headers: { authorization } })).text(), 'an image')
  await runTask(connection, 'PowerOnVM_Task', machine, {})
})

test('files of a datastore are listed, and folders made and taken away', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const { datastore } = await placeOn(connection)
  const files = connection.service('fileManager')
  await connection.call('MakeDirectory', files, { name: '[datastore1] iso' })
  await assert.rejects(() => connection.call('MakeDirectory', files, { name: '[datastore1] iso' }), {
    code: 'vsphere-name-taken',
  })
  const deep = { name: '[datastore1] a/b/c', createParentDirectories: true }
  await connection.call('MakeDirectory', files, deep)
  const [seen] = await propertiesOf(connection, [datastore], { Datastore: ['browser'] })
  const browser = seen?.properties.get('browser') as typeof datastore
  const search = { datastorePath: '[datastore1] a', searchSpec: { matchPattern: ['b*'] } }
  const found = await runTask(connection, 'SearchDatastore_Task', browser, search)
  assert.equal(textAt(found, 'folderPath'), '[datastore1] a/')
  await runTask(connection, 'DeleteDatastoreFile_Task', files, { name: '[datastore1] a' })
  const gone = runTask(connection, 'SearchDatastore_Task', browser, search)
  await assert.rejects(gone, /FileNotFound/)
})

test('a network share that two hosts mount is one datastore, which goes with the last of them', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const before = strict.picture()
  const { hosts } = await placeOn(connection)
  const read = await propertiesOf(connection, hosts, { HostSystem: ['configManager.datastoreSystem'] })
  const systems = read.map(
    ({ properties }) => properties.get('configManager.datastoreSystem') as (typeof hosts)[0],
  )
  const spec = { remoteHost: 'nas', remotePath: '/labs', localPath: 'nas', accessMode: 'readWrite' }
  const mounted = []
  for (const system of systems) mounted.push(await connection.call('CreateNasDatastore', system, { spec }))
  assert.deepEqual(mounted[0], mounted[1])
  const datastore = mounted[0] as (typeof hosts)[0]
  const [nas] = await propertiesOf(connection, [datastore], { Datastore: ['summary', 'host'] })
  assert.equal(textAt(nas?.properties.get('summary'), 'type'), 'NFS')
  assert.equal(listAt({ host: nas?.properties.get('host') ?? [] }, 'host').length, 2)
  for (const system of systems) await connection.call('RemoveDatastore', system, { datastore })
  assert.deepEqual(strict.picture(), before)
})

test('options of a host are written with the type they have, and by names that there are', async () => {
  await using strict = await startStrict({ kind: 'esxi' })
  const raw = await Raw.open(strict, '8.0.3.0')
  const update = (key: string, type: string) =>
    raw.call(
      '<UpdateOptions xmlns="urn:vim25"><_this type="OptionManager">ha-advancedOption</_this>' +
        `<changedValue><key>${key}</key><value xsi:type="xsd:${type}">0</value></changedValue></UpdateOptions>`,
    )
  assert.equal((await update('No.Such', 'long')).fault, 'InvalidName')
  assert.equal((await update('Net.FollowHardwareMac', 'int')).fault, 'InvalidArgument')
  assert.equal((await update('Net.FollowHardwareMac', 'long')).status, 200)
  await using session = await connected(strict)
  const options = { type: 'OptionManager', value: 'ha-advancedOption' }
  const found = await session.connection.call('QueryOptions', options, { name: 'Net.FollowHardwareMac' })
  assert.equal(numberAt(listAt({ found: found ?? [] }, 'found')[0], 'value'), 0)
})
