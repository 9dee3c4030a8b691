/** Machines on a strict server: names, devices, space, power. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '../../src/providers/vsphere/soap/connection.ts'
import { propertiesOf } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import {
  at,
  type MoRef,
  numberAt,
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

test('two machines of one name are refused in one folder, and taken in two', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  await createMachine(connection, place, { name: 'a' })
  await assert.rejects(() => createMachine(connection, place, { name: 'a' }), { code: 'vsphere-name-taken' })
  const folder = (await connection.call('CreateFolder', place.folder, { name: 'inner' })) as MoRef
  await createMachine(connection, { ...place, folder }, { name: 'a' })
  const move = { list: [folder] }
  await assert.rejects(
    () => runTask(connection, 'MoveIntoFolder_Task', folder, move),
    refusedFor('InvalidFolder'),
  )
})

for (const [apiVersion, version, guestId, isKnown] of [
  ['6.5', 'vmx-13', 'vmkernel65Guest', true],
  ['6.5', 'vmx-14', 'vmkernel65Guest', false],
  ['6.5', 'vmx-13', 'vmkernel7Guest', false],
  ['7.0.0.0', 'vmx-17', 'vmkernel7Guest', true],
  ['8.0.3.0', 'vmx-21', 'vmkernel8Guest', true],
  ['8.0.3.0', 'vmx-21', 'noSuchGuest', false],
  ['8.0.3.0', 'vmx-16', 'vmkernel8Guest', false],
] as const) {
  test(`hardware ${version} with ${guestId} is ${isKnown ? 'taken' : 'refused'} on API ${apiVersion}`, async () => {
    await using strict = await startStrict({ apiVersion })
    await using session = await connected(strict)
    const place = await placeOn(session.connection)
    const made = createMachine(session.connection, place, { name: 'a', version, guestId })
    if (isKnown) await made
    else await assert.rejects(made, refusedFor('InvalidArgument'))
  })
}

test('devices get keys, labels and places, and a disk gets a file', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  const cdrom = {
    $type: 'VirtualCdrom',
    key: -30,
    controllerKey: 200,
    backing: { $type: 'VirtualCdromIsoBackingInfo', fileName: '' },
  }
  const deviceChange = [...withDisk.deviceChange, change('add', adapter('VM Network')), change('add', cdrom)]
  const { devices } = await readMachine(
    connection,
    await createMachine(connection, place, { name: 'a', deviceChange }),
  )
  const told = devices
    .filter(({ key }) => Number(key) >= 1000 && Number(key) < 12000)
    .map((device) => [device.key, at(device, 'deviceInfo', 'label'), device.controllerKey])
  assert.deepEqual(told, [
    [1000, 'SCSI controller 0', 100],
    [2000, 'Hard disk 1', 1000],
    [3000, 'CD/DVD drive 1', 200],
    [4000, 'Network adapter 1', 100],
  ])
  const [hardDisk] = devices.filter(({ $type }) => $type === 'VirtualDisk')
  assert.equal(textAt(hardDisk, 'backing', 'fileName'), '[datastore1] a/a.vmdk')
  const [nic] = devices.filter(({ $type }) => $type === 'VirtualVmxnet3')
  assert.match(textAt(nic, 'macAddress') ?? '', /^00:50:56:/)
  assert.equal(refAt(nic, 'backing', 'network')?.type, 'Network')
})

const wrongDevices: readonly (readonly [what: string, changes: readonly VimObject[]])[] = [
  ['on a controller that is not there', [change('add', disk(64), 'create')]],
  [
    'on the unit of the controller itself',
    [change('add', scsi), change('add', { ...disk(64), unitNumber: 7 }, 'create')],
  ],
  [
    'on a unit that another one has',
    [
      change('add', scsi),
      change('add', disk(64), 'create'),
      change('add', { ...disk(64), key: -11 }, 'create'),
    ],
  ],
  ['of no size', [change('add', scsi), change('add', disk(0), 'create')]],
  [
    'in a mode that there is not',
    [change('add', scsi), change('add', disk(64, { diskMode: 'loose' }), 'create')],
  ],
]

for (const [what, deviceChange] of wrongDevices) {
  test(`a disk ${what} is refused, and leaves no file and no machine`, async () => {
    await using strict = await startStrict()
    await using session = await connected(strict)
    const { connection } = session
    const before = strict.picture()
    const place = await placeOn(connection)
    await assert.rejects(
      () => createMachine(connection, place, { name: 'a', deviceChange }),
      refusedFor('InvalidDeviceSpec'),
    )
    assert.deepEqual(strict.picture(), before)
    await createMachine(connection, place, { name: 'a', ...withDisk })
  })
}

test('an adapter is refused without a network of its host, and with an address of a group', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  for (const wrong of [
    adapter('No Such Network'),
    adapter('VM Network', { addressType: 'manual', macAddress: '01:00:5e:00:00:01' }),
    adapter('VM Network', { addressType: 'manual', macAddress: '52:54:00' }),
  ]) {
    const made = createMachine(connection, place, { name: 'a', deviceChange: [change('add', wrong)] })
    await assert.rejects(made, refusedFor('InvalidDeviceSpec'))
  }
})

test('a disk grows and does not shrink; taken off, its file stays unless it is to be destroyed', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  const machine = await createMachine(connection, place, { name: 'a', ...withDisk })
  const resize = (capacityMiB: number) => {
    const device = {
      ...disk(capacityMiB, { fileName: '[datastore1] a/a.vmdk' }),
      key: 2000,
      controllerKey: 1000,
    }
    return runTask(connection, 'ReconfigVM_Task', machine, {
      spec: { deviceChange: [change('edit', device)] },
    })
  }
  await resize(128)
  await assert.rejects(() => resize(32), refusedFor('InvalidDeviceSpec'))
  const { devices } = await readMachine(connection, machine)
  const [own] = devices.filter(({ $type }) => $type === 'VirtualDisk')
  assert.deepEqual([own?.capacityInKB, own?.capacityInBytes], [128 * 1024, 128 * 1024 * 1024])
  const off = { spec: { deviceChange: [change('remove', own ?? {})] } }
  await runTask(connection, 'ReconfigVM_Task', machine, off)
  const again = { ...disk(128, { fileName: '[datastore1] a/a.vmdk' }), controllerKey: 1000 }
  await runTask(connection, 'ReconfigVM_Task', machine, { spec: { deviceChange: [change('add', again)] } })
})

test('a thick disk takes its space, a thin one does not, and a full datastore refuses', async () => {
  const datastores = [{ name: 'datastore1', capacityMiB: 1024, freeMiB: 600 }]
  await using strict = await startStrict({ inventory: { datastores } })
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  const freeMiB = async () => {
    const [read] = await propertiesOf(connection, [place.datastore], { Datastore: ['summary'] })
    return Math.round((numberAt(read?.properties.get('summary'), 'freeSpace') ?? 0) / 1024 / 1024)
  }
  const thick = (name: string, capacityMiB: number) =>
    createMachine(connection, place, {
      name,
      deviceChange: [
        change('add', scsi),
        change('add', disk(capacityMiB, { thinProvisioned: false }), 'create'),
      ],
    })
  const machine = await thick('a', 512)
  assert.equal(await freeMiB(), 88)
  await assert.rejects(() => thick('b', 100), { code: 'vsphere-no-space' })
  assert.equal(await freeMiB(), 88)
  await createMachine(connection, place, {
    name: 'c',
    deviceChange: [change('add', scsi), change('add', disk(8192), 'create')],
  })
  await runTask(connection, 'Destroy_Task', machine, {})
  assert.equal(await freeMiB(), 599)
})

test('a machine that runs is not changed where it cannot be, and not started twice', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const machine = await createMachine(connection, await placeOn(connection), {
    name: 'a',
    cpuHotAddEnabled: true,
  })
  const invalid = refusedFor('InvalidPowerState')
  for (const method of ['PowerOffVM_Task', 'ResetVM_Task', 'SuspendVM_Task']) {
    await assert.rejects(() => runTask(connection, method, machine, {}), invalid, method)
  }
  await runTask(connection, 'PowerOnVM_Task', machine, {})
  const reconfigure = (spec: VimObject) => runTask(connection, 'ReconfigVM_Task', machine, { spec })
  await assert.rejects(() => runTask(connection, 'PowerOnVM_Task', machine, {}), invalid)
  await assert.rejects(() => reconfigure({ memoryMB: 256 }), invalid)
  await assert.rejects(() => reconfigure({ nestedHVEnabled: true }), invalid)
  await reconfigure({ memoryMB: 128, annotation: 'as it was' })
  await reconfigure({ numCPUs: 2 })
  await connection.call('ShutdownGuest', machine)
  assert.equal(await powerOf(connection, machine), 'poweredOff')
  await reconfigure({ memoryMB: 256, numCPUs: 1 })
})

test('a host in maintenance takes no machines, and one that cannot nest does not start those that want it', async () => {
  await using strict = await startStrict({ inventory: { nestedSupported: false } })
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  const machine = await createMachine(connection, place, { name: 'a', nestedHVEnabled: true })
  await assert.rejects(
    () => runTask(connection, 'PowerOnVM_Task', machine, {}),
    refusedFor('GenericVmConfigFault'),
  )
  const [host = place.pool] = place.hosts
  await runTask(connection, 'EnterMaintenanceMode_Task', host, { timeout: 0 })
  await assert.rejects(() => createMachine(connection, place, { name: 'b' }), { code: 'vsphere-maintenance' })
  await assert.rejects(() => runTask(connection, 'PowerOnVM_Task', machine, {}), {
    code: 'vsphere-maintenance',
  })
})

test('memory that is reserved has to be there', async () => {
  await using strict = await startStrict({ inventory: { hostMemoryMiB: 1024 } })
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  const config = { memoryMB: 768, memoryReservationLockedToMax: true }
  const [first, second] = [
    await createMachine(connection, place, { name: 'a', ...config }),
    await createMachine(connection, place, { name: 'b', ...config }),
  ]
  await runTask(connection, 'PowerOnVM_Task', first, {})
  await assert.rejects(() => runTask(connection, 'PowerOnVM_Task', second, {}), {
    code: 'vsphere-no-resources',
  })
})
