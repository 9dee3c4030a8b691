/** The provider on a strict server: templates, learning switches, clusters, read-only licences, and broken connections. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#failure'
import type { LabSwitch, Machine, PortGroup } from '#lab'
import type { Cut } from '../../src/providers/sim/sdk/index.ts'
import { openVsphereProvider } from '../../src/providers/vsphere/index.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import { at, listAt, textAt } from '../../src/providers/vsphere/soap/vim-value.ts'
import { type LevelWish, levelOn, never, openOn, orderOf } from './provider-bench.ts'
import { connected, type Strict, startStrict } from './strict-bench.ts'
import { adapter, change, createMachine, disk, placeOn, readMachine, scsi } from './strict-place.ts'

const security = { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'reject' } as const
const learning = { by: 'switch', limit: 4096, limitPolicy: 'drop', flooding: true, ageingS: 300 } as const

function group(name: string, more: Partial<PortGroup> = {}): PortGroup {
  return { name, vlan: { mode: 'none' }, security, ...more }
}

function switchOf(more: Partial<LabSwitch> = {}): LabSwitch {
  return { name: 'lan', kind: 'standard', mtu: 1500, uplinks: [], portgroups: [group('main')], ...more }
}

async function open(strict: Strict, wish: LevelWish = {}) {
  const provider = await openOn({ ...strict, pid: process.pid }, { lab: 'tried', ...wish })
  return { provider, [Symbol.asyncDispose]: () => provider.close() }
}

const plug = { switchName: 'lan', portgroup: 'main' }

test('a machine from a template has the template’s disk and the order’s settings', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const place = await placeOn(session.connection)
  const deviceChange = [
    change('add', scsi),
    change('add', disk(64), 'create'),
    change('add', adapter('VM Network')),
  ]
  const template = await createMachine(session.connection, place, {
    name: 'golden',
    version: 'vmx-13',
    deviceChange,
  })
  await session.connection.call('MarkAsTemplate', template)
  await using opened = await open(strict, { source: { kind: 'template', name: 'golden' } })
  await opened.provider.putSwitch(switchOf(), 'one', never)
  await opened.provider.create(orderOf('web', [plug]), never)
  await opened.provider.start('web', never)
  const inventoryPath = 'DC0/vm/nestlab-tried/web'
  const search = session.connection.service('searchIndex')
  const found = await session.connection.call('FindByInventoryPath', search, { inventoryPath })
  const { config, devices } = await readMachine(
    session.connection,
    found as Parameters<typeof readMachine>[1],
  )
  assert.equal(at(config, 'hardware', 'numCPU'), 2)
  assert.deepEqual(
    devices
      .flatMap((device) => textAt(device, 'backing', 'fileName') ?? [])
      .filter((path) => path.endsWith('.vmdk')),
    ['[datastore1] web/web.vmdk'],
  )
  const keys = listAt(config, 'extraConfig').map((option) => textAt(option, 'key'))
  assert.ok(keys.includes('guestinfo.hostname'), keys.join())
})

for (const apiVersion of ['6.7', '9.0.0.0']) {
  test(`a distributed switch that learns is made on API ${apiVersion}, and goes without a trace`, async () => {
    await using strict = await startStrict({ apiVersion })
    const before = strict.picture()
    await using opened = await open(strict)
    const portgroups = [group('far', { macLearning: learning }), group('near', { binding: 'ephemeral' })]
    const wide = switchOf({ name: 'wide', kind: 'distributed', mtu: 9000, portgroups })
    await opened.provider.putSwitch(wide, 'one', never)
    await opened.provider.create(orderOf('web', [{ switchName: 'wide', portgroup: 'far' }]), never)
    await opened.provider.start('web', never)
    await opened.provider.putSwitch({ ...wide, mtu: 1500 }, 'two', never)
    assert.deepEqual((await opened.provider.inspect(never)).switches, [
      { name: 'wide', digest: 'two', alive: true },
    ])
    await opened.provider.remove('web', never)
    await opened.provider.dropSwitch('wide', never)
    await opened.provider.clear(never)
    assert.deepEqual(strict.picture(), before)
  })
}

test('MAC learning is refused before 6.7 with nothing left behind', async () => {
  await using strict = await startStrict({ apiVersion: '6.5' })
  await using opened = await open(strict)
  const wide = switchOf({
    name: 'wide',
    kind: 'distributed',
    portgroups: [group('far', { macLearning: learning })],
  })
  await assert.rejects(() => opened.provider.putSwitch(wide, 'one', never), Failure)
  assert.deepEqual(
    strict.picture().filter((line) => line.includes('wide')),
    [],
  )
})

test('on the free edition of ESXi nothing is made, and the licence is named', async () => {
  await using strict = await startStrict({ kind: 'esxi', licence: 'free' })
  const before = strict.picture()
  await using opened = await open(strict)
  await assert.rejects(() => opened.provider.putSwitch(switchOf(), 'one', never), {
    code: 'vsphere-read-only',
  })
  assert.deepEqual(await opened.provider.inspect(never), { machines: [], switches: [] })
  assert.deepEqual(strict.picture(), before)
})

test('a cluster is made, joined by a host that shows its certificate, and taken apart', async () => {
  const spare = { name: 'esxi-1.lab.example', user: 'root', password: 'Nested-1!', thumbprint: 'AA:BB' }
  await using strict = await startStrict({ spareHosts: [spare] })
  const before = strict.picture()
  const { name: hostName, user, password, thumbprint } = spare
  const level = await levelOn({ ...strict, pid: process.pid }, { lab: 'tried' })
  const provider = openVsphereProvider({
    ...level,
    loginOf: async () => ({ hostName, user, password, thumbprint }),
  })
  const member: Machine = orderOf('esxi-1', []).machine
  const cluster = { name: 'inner', members: ['esxi-1'], drs: true, ha: false, vsan: false }
  await provider.putCluster?.({ cluster, members: [member], digest: 'one' }, never)
  assert.ok(strict.picture().some((line) => line.endsWith('inner/esxi-1.lab.example')))
  await provider.dropCluster?.('inner', never)
  await provider.clear(never)
  assert.deepEqual(strict.picture(), before)
  await provider.close()
})

/** The first machine that is made is the record of the lab. */
const writing = [
  ['AddVirtualSwitch', 0],
  ['AddPortGroup', 0],
  ['CreateFolder', 0],
  ['CreateResourcePool', 0],
  ['CreateVM_Task', 0],
  ['CreateVM_Task', 1],
  ['ReconfigVM_Task', 0],
] as const

for (const when of ['before', 'after', 'midway'] satisfies readonly Cut[]) {
  for (const [method, skip] of writing) {
    test(`after a connection that breaks ${when} answer ${skip + 1} to ${method}, nothing is made twice`, async () => {
      await using strict = await startStrict()
      const before = strict.picture()
      strict.controls.cutNext(method, when, { skip })
      let cuts = 0
      for (;;) {
        await using opened = await open(strict)
        try {
          await opened.provider.putSwitch(switchOf(), 'one', never)
          await opened.provider.create(orderOf('web', [plug]), never)
          break
        } catch (error) {
          assert.ok(error instanceof Failure && error.code === 'vsphere-unreachable', String(error))
          cuts += 1
        }
      }
      assert.equal(cuts, 1)
      await using opened = await open(strict)
      assert.deepEqual(await opened.provider.inspect(never), {
        machines: [{ name: 'web', state: 'created', digest: 'web-1' }],
        switches: [{ name: 'lan', digest: 'one', alive: true }],
      })
      await opened.provider.remove('web', never)
      await opened.provider.dropSwitch('lan', never)
      await opened.provider.clear(never)
      assert.deepEqual(strict.picture(), before)
    })
  }
}

test('a machine whose making went on while its connection was gone is found, and not made twice', async () => {
  await using strict = await startStrict()
  await using first = await open(strict)
  await first.provider.putSwitch(switchOf(), 'one', never)
  await first.provider.create(orderOf('other', [plug]), never)
  strict.controls.cutNext('CreateVM_Task', 'after')
  strict.controls.holdTasks()
  const order = orderOf('web', [plug])
  await assert.rejects(() => first.provider.create(order, never), { code: 'vsphere-unreachable' })
  await using second = await open(strict)
  const again = second.provider.create(order, never).catch((error: unknown) => {
    assert.ok(error instanceof Failure && error.code === 'vsphere-name-taken', String(error))
    return second.provider.create(order, never)
  })
  while (strict.controls.calls.filter((method) => method === 'CreateVM_Task').length < 4) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  strict.controls.releaseTasks()
  await again
  const { machines } = await second.provider.inspect(never)
  assert.deepEqual(machines.map(({ name }) => name).sort(), ['other', 'web'])
})

test('a machine of somebody else in the way is left as it is', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const place = await placeOn(session.connection)
  await using opened = await open(strict)
  await opened.provider.putSwitch(switchOf(), 'one', never)
  await opened.provider.create(orderOf('web', [plug]), never)
  await opened.provider.remove('web', never)
  const search = session.connection.service('searchIndex')
  const inventoryPath = 'DC0/vm/nestlab-tried'
  const folder = await session.connection.call('FindByInventoryPath', search, { inventoryPath })
  const theirs = await createMachine(
    session.connection,
    { ...place, folder: folder as typeof place.folder },
    { name: 'web' },
  )
  await assert.rejects(() => opened.provider.create(orderOf('web', [plug]), never), {
    code: 'vsphere-name-taken',
  })
  await assert.rejects(() => opened.provider.clear(never), Failure)
  assert.equal((await readMachine(session.connection, theirs)).name, 'web')
  await runTask(session.connection, 'Destroy_Task', theirs, {})
})
