/** Snapshots of machines of a lab beside those of others, cut off in their midst, and as another client sees them. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { MachineSnapshots, Provider } from '#providers'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import type { MoRef } from '../../src/providers/vsphere/soap/vim-value.ts'
import { connectTo, type LevelWish, never, openOn, orderOf } from './provider-bench.ts'
import { openFor, refusal, simulator } from './provider-tries.ts'
import { startStrict } from './strict-bench.ts'
import { readMachine } from './strict-place.ts'
import { govc, lackingGo, type Vcsim } from './vcsim.ts'

async function strictServer(t: TestContext): Promise<Vcsim> {
  const server = { ...(await startStrict({ kind: 'vcenter', apiVersion: '6.7' })), pid: 0 }
  t.after(() => server.close())
  return server
}

async function opened(t: TestContext, server: Vcsim, wish: LevelWish = {}) {
  const provider = await openOn(server, { lab: 'tried', ...wish })
  t.after(() => provider.close())
  return { provider, snapshots: snapshotsOf(provider) }
}

function snapshotsOf({ machineSnapshots }: Provider): MachineSnapshots {
  assert.ok(machineSnapshots)
  return machineSnapshots
}

const namesOf = async (snapshots: MachineSnapshots) =>
  (await snapshots.list('web', never)).map(({ name, parent }) => `${parent ?? ''}/${name}`)

test('snapshots of others at a machine of the lab are neither shown nor touched', async (t) => {
  const server = await strictServer(t)
  const { provider, snapshots } = await opened(t, server)
  await provider.create(orderOf('web', []), never)
  const connection = await connectTo(server)
  t.after(() => connection.close())
  const search = connection.service('searchIndex')
  const path = { inventoryPath: 'DC0/vm/nestlab-tried/web' }
  const web = (await connection.call('FindByInventoryPath', search, path)) as MoRef
  const foreign = (name: string, description: string) =>
    runTask(connection, 'CreateSnapshot_Task', web, { name, description, memory: false, quiesce: false })
  await snapshots.create('web', { name: 'one', keeps: 'disks' }, never)
  await foreign('backup', '')
  await foreign('two', 'Taken by Nestlab for lab other')
  await snapshots.create('web', { name: 'two', keeps: 'disks' }, never)
  assert.deepEqual(await namesOf(snapshots), ['/one', 'one/two'])
  const missing = await refusal(snapshots.revert('web', 'backup', never))
  assert.deepEqual([missing.code, /one, two/.test(missing.message)], ['vsphere-snapshot-missing', true])
  await snapshots.remove('web', 'backup', never)
  await snapshots.remove('web', 'one', never)
  await snapshots.remove('web', 'two', never)
  assert.deepEqual(await namesOf(snapshots), [])
  const { snapshot } = await readMachine(connection, web)
  assert.match(JSON.stringify(snapshot), /"backup".*"two".*for lab other/)
})

const writes = /^(CreateSnapshot|RevertToSnapshot|RemoveSnapshot|ReconfigVM)_Task$/

test('a command that is cut off before any call is made good by the same command again', async (t) => {
  const server = await strictServer(t)
  const { provider, snapshots } = await opened(t, server)
  await provider.create(orderOf('web', []), never)
  await snapshots.create('web', { name: 'off', keeps: 'disks' }, never)
  const work = async (one: Provider) => {
    const own = snapshotsOf(one)
    await own.create('web', { name: 'cut', keeps: 'disks' }, never)
    await own.revert('web', 'cut', never)
    await own.remove('web', 'cut', never)
  }
  let cuts = 0
  for (let most = 0; ; most += 1) {
    await snapshots.revert('web', 'off', never)
    await provider.start('web', never)
    let made = 0
    const onCall = (method: string) => {
      if (!writes.test(method)) return
      if (made >= most) throw new Error('cut off')
      made += 1
    }
    const cut = await openOn(server, { lab: 'tried', onCall })
    const isCut = await work(cut).then(
      () => false,
      (error: unknown) => /cut off/.test(String(error)),
    )
    await cut.close()
    await work(provider)
    assert.deepEqual(
      (await provider.inspect(never)).machines.map(({ state }) => state),
      ['stopped'],
    )
    assert.deepEqual(await namesOf(snapshots), ['/off'])
    if (!isCut) break
    cuts += 1
  }
  assert.equal(cuts, 4)
})

test('a name that no server takes is refused, and memory is kept only where it is wanted', async (t) => {
  const server = await strictServer(t)
  const { provider, snapshots } = await opened(t, server)
  await provider.create(orderOf('web', []), never)
  for (const name of ['', 'a\nb', 'x'.repeat(81)]) {
    const refused = await refusal(snapshots.create('web', { name, keeps: 'disks' }, never))
    assert.equal(refused.code, 'vsphere-snapshot-name')
  }
  await provider.start('web', never)
  await snapshots.create('web', { name: 'calm', keeps: 'quiesced-disks', note: 'two\nlines' }, never)
  await snapshots.create('web', { name: 'live', keeps: 'memory' }, never)
  const seen = await snapshots.list('web', never)
  assert.deepEqual(
    seen.map(({ name, hasMemory, note }) => ({ name, hasMemory, note })),
    [
      { name: 'calm', hasMemory: false, note: 'two\nlines' },
      { name: 'live', hasMemory: true, note: undefined },
    ],
  )
})

test('another client sees the snapshots and who took them', { skip: lackingGo() }, async (t) => {
  const vcsim = await simulator(t)
  const provider = await openFor(t, vcsim)
  await provider.create(orderOf('web', []), never)
  const snapshots = snapshotsOf(provider)
  await snapshots.create('web', { name: 'first', keeps: 'disks', note: 'before the upgrade' }, never)
  await snapshots.create('web', { name: 'second', keeps: 'disks' }, never)
  const path = '/DC0/vm/nestlab-tried/web'
  const tree = () => govc(vcsim, 'object.collect', '-json', path, 'snapshot')
  const shown = await tree()
  assert.match(shown, /first[\s\S]*Taken by Nestlab for lab tried\\nbefore the upgrade[\s\S]*second/)
  await snapshots.remove('web', 'first', never)
  assert.doesNotMatch(await tree(), /first/)
  assert.match(await tree(), /second/)
})
