/** Datastores inside nested hosts: made on what the lab file gave them, known again after any cut, and nothing else touched. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Provider, WantedDatastore } from '#providers'
import type { SdkInventory } from '../../src/providers/sim/sdk/index.ts'
import { datastoreNameOf, openVsphereProvider } from '../../src/providers/vsphere/index.ts'
import { levelOn, never, orderOf } from './provider-bench.ts'
import { group, refusal, switchOf } from './provider-tries.ts'
import { type Strict, startStrict } from './strict-bench.ts'

const gib = 1024
const boot = { name: 'mpx.vmhba0:C0:T0:L0', sizeMiB: 32 * gib, isWritten: true }
const empty = { name: 'mpx.vmhba0:C0:T1:L0', sizeMiB: 40 * gib }
const inventory = { datastores: [], disks: [boot, empty] }
const { machine: esxi } = orderOf('esxi', [], {
  hypervisor: { product: 'esxi', inside: { owner: 'esxi', switches: [], machines: [] } },
  traits: { disks: [{ sizeMiB: 40 * gib }, { sizeMiB: 60 * gib, use: 'capacity' }] },
})
const local: WantedDatastore = { name: 'data', kind: 'local' }
const nas: WantedDatastore = {
  name: 'nas',
  kind: 'nfs',
  server: 'nas',
  address: '10.0.0.5',
  folder: '/srv/nfs/nas',
}

async function hostWith(t: TestContext, more: SdkInventory = inventory, apiVersion = '6.7'): Promise<Strict> {
  const server = await startStrict({ kind: 'esxi', apiVersion, inventory: more })
  t.after(() => server.close())
  return server
}

async function inside(server: Strict, onCall: (method: string) => void = () => {}): Promise<Provider> {
  const level = await levelOn({ ...server, pid: 0 }, { lab: 'tried', onCall })
  const stores = new Map([
    ['data', datastoreNameOf('tried', 'data', 'esxi')],
    ['nas', datastoreNameOf('tried', 'nas', undefined)],
  ])
  return openVsphereProvider({ ...level, hypervisor: esxi, stores, target: { stores: [...stores.values()] } })
}

async function on<Value>(server: Strict, work: (provider: Provider) => Promise<Value>): Promise<Value> {
  const provider = await inside(server)
  try {
    return await work(provider)
  } finally {
    await provider.close()
  }
}

const stores = (server: Strict) => server.picture().filter((line) => line.startsWith('Datastore '))

for (const apiVersion of ['6.5', '8.0.3.0']) {
  test(`a host of API ${apiVersion} without a datastore gets one on its empty disk, and machines lie on it`, async (t) => {
    const server = await hostWith(t, inventory, apiVersion)
    await on(server, async (provider) => {
      const planned = await provider.describe?.({ do: 'put-datastore', datastore: local }, never)
      assert.deepEqual(
        planned?.filter((line) => line.startsWith('CreateVmfs')),
        ['CreateVmfsDatastore tried_esxi_data on localhost.localdomain: {disk mpx.vmhba0:C0:T1:L0}'],
      )
      assert.deepEqual((await provider.inspect(never)).datastores, undefined)
      await provider.putDatastore?.(local, 'one', never)
      await provider.putDatastore?.(nas, 'two', never)
      await provider.putSwitch(switchOf({ portgroups: [group('main')] }), 'one', never)
      const disks = [{ sizeMiB: 64, datastore: 'nas' }]
      const web = orderOf('web', [{ switchName: 'lan', portgroup: 'main' }], { traits: { disks } })
      await provider.create(web, never)
      await provider.start('web', never)
    })
    assert.deepEqual(
      stores(server).map((line) => line.split('/').at(-1)),
      ['tried_esxi_data', 'tried_nas'],
    )
    const { datastores, machines } = await on(server, (provider) => provider.inspect(never))
    assert.deepEqual(datastores, [
      { name: 'data', digest: 'one', alive: true },
      { name: 'nas', digest: 'two', alive: true },
    ])
    assert.deepEqual(
      machines.map(({ state }) => state),
      ['running'],
    )
    // What machines lie on is named, and stays.
    for (const [name, held] of [
      ['data', /tried_web/],
      ['nas', /tried_web/],
    ] as const) {
      const error = await refusal(on(server, async (provider) => provider.dropDatastore?.(name, never)))
      assert.equal(error.code, 'vsphere-foreign-inside')
      assert.match(error.message, held)
    }
    await on(server, async (provider) => {
      await provider.remove('web', never)
      await provider.dropDatastore?.('nas', never)
      // The notes of the lab have no other place to be.
      await provider.dropDatastore?.('data', never)
      assert.equal((await provider.inspect(never)).datastores, undefined)
      assert.equal(stores(server).length, 1)
      await provider.putDatastore?.(local, 'three', never)
      const [data] = (await provider.inspect(never)).datastores ?? []
      assert.deepEqual(data, { name: 'data', digest: 'three', alive: true })
    })
    assert.equal(stores(server).length, 1)
  })
}

test('a disk that is written, of another size than the file gave, or as large as one of vSAN is left alone', async (t) => {
  for (const disk of [
    { ...empty, isWritten: true },
    { ...empty, sizeMiB: 41 * gib },
    { ...empty, sizeMiB: 60 * gib },
  ]) {
    const server = await hostWith(t, { datastores: [], disks: [boot, disk] })
    for (const attempt of [
      (provider: Provider) => provider.putDatastore?.(local, 'one', never),
      (provider: Provider) => provider.describe?.({ do: 'put-datastore', datastore: local }, never),
    ]) {
      const error = await refusal(on(server, async (provider) => attempt(provider)))
      assert.match(error.message, /esxi has no empty disk/)
    }
    assert.deepEqual(stores(server), [])
  }
})

test('of two empty disks the smallest that is large enough is taken', async (t) => {
  const large = { name: 'mpx.vmhba0:C0:T2:L0', sizeMiB: 80 * gib }
  const server = await hostWith(t, { datastores: [], disks: [boot, large, empty] })
  const level = await levelOn({ ...server, pid: 0 }, { lab: 'tried' })
  const hypervisor = { ...esxi, traits: { disks: [{ sizeMiB: 80 * gib }, { sizeMiB: 40 * gib }] } }
  const provider = openVsphereProvider({ ...level, hypervisor })
  t.after(() => provider.close())
  const describe = (sizeMiB: number) =>
    provider.describe?.({ do: 'put-datastore', datastore: { ...local, sizeMiB } }, never)
  assert.match((await describe(30 * gib))?.join() ?? '', /T1:L0/)
  assert.match((await describe(50 * gib))?.join() ?? '', /T2:L0/)
})

test('a datastore of that name that somebody else made is refused, now and again, and stays', async (t) => {
  const called = 'tried_esxi_data'
  const room = { capacityMiB: 1000, freeMiB: 900 }
  const server = await hostWith(t, {
    ...inventory,
    datastores: [
      { name: called, ...room },
      { name: 'tried_nas', ...room },
      { name: 'datastore1', ...room },
    ],
  })
  const before = server.picture()
  for (const wanted of [local, nas, local, nas]) {
    const error = await refusal(on(server, async (provider) => provider.putDatastore?.(wanted, 'one', never)))
    assert.equal(error.code, 'vsphere-name-taken')
  }
  assert.deepEqual(server.picture(), before)
  // With notes of the lab beside it, too.
  await on(server, (provider) => provider.putSwitch(switchOf(), 'one', never))
  const error = await refusal(on(server, async (provider) => provider.putDatastore?.(local, 'one', never)))
  assert.equal(error.code, 'vsphere-name-taken')
})

test('another export is mounted instead of the old one', async (t) => {
  const server = await hostWith(t)
  await on(server, async (provider) => {
    await provider.putDatastore?.(local, 'one', never)
    await provider.putDatastore?.(nas, 'one', never)
    await provider.putDatastore?.({ ...nas, address: '10.0.0.6' }, 'two', never)
    const { datastores } = await provider.inspect(never)
    assert.deepEqual(
      datastores?.map(({ name, digest }) => `${name} ${digest}`),
      ['data one', 'nas two'],
    )
  })
  assert.equal(stores(server).length, 2)
})

const writes = /_Task$|^(Create(Vmfs|Nas)Datastore|RemoveDatastore|Add(VirtualSwitch|PortGroup))$/

for (const [name, wanted, apiVersion] of [
  ['the first one on a disk', [local, nas], '5.5'],
  ['the first one from a NAS', [nas, local], '7.0.0.0'],
] as const) {
  test(`cut off before every call in turn, the next command ends with both: ${name}`, async (t) => {
    let rounds = 0
    for (let most = 0; ; most += 1) {
      const server = await hostWith(t, inventory, apiVersion)
      let made = 0
      const cut = await inside(server, (method) => {
        if (!writes.test(method)) return
        if (made >= most) throw new Error('cut off')
        made += 1
      })
      const work = async (provider: Provider) => {
        for (const one of wanted) await provider.putDatastore?.(one, one.name, never)
      }
      const error = await work(cut).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      await cut.close()
      if (error !== undefined) assert.match(String(error), /cut off/)
      await on(server, work)
      const { datastores } = await on(server, (provider) => provider.inspect(never))
      assert.deepEqual(
        datastores?.map((one) => `${one.name} ${one.digest} ${one.alive}`).toSorted(),
        ['data data true', 'nas nas true'],
        `after ${most} calls`,
      )
      assert.equal(stores(server).length, 2)
      rounds = most
      if (error === undefined) break
    }
    assert.ok(rounds >= 5, `${rounds} calls`)
  })
}

test('at level 0 no datastore is made', async (t) => {
  const server = await hostWith(t)
  const provider = openVsphereProvider(await levelOn({ ...server, pid: 0 }, { lab: 'tried' }))
  t.after(() => provider.close())
  const error = await refusal(provider.putDatastore?.(local, 'one', never) ?? Promise.resolve())
  assert.match(error.message, /inside nested hosts only/)
  assert.deepEqual(stores(server), [])
})
