/** Snapshots of whole labs that a site keeps machine by machine: taken, gone back to, removed, and cut off in between. */
import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { LabStatus } from '#engine'
import { labPaths } from '#store'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import {
  listAt,
  type MoRef,
  numberAt,
  textAt,
  type VimValue,
} from '../../src/providers/vsphere/soap/vim-value.ts'
import { type Killing, killAtNewLine } from './killing.ts'
import { connectTo, never } from './provider-bench.ts'
import { refusal } from './provider-tries.ts'
import { folderFor, inventoryOf, labOn, openSiteBench } from './site-bench.ts'
import { startStrict } from './strict-bench.ts'
import { readMachine } from './strict-place.ts'
import { govc, lackingGo, startVcsim } from './vcsim.ts'

const quiet = { onEvent: () => {}, signal: never }
const kept = {
  name: 'kept',
  switches: { lan: { portgroups: { main: {} } } },
  machines: {
    esxi: {
      nics: [{ portgroup: 'main' }, { portgroup: 'main' }],
      hypervisor: {
        product: 'esxi',
        version: '6.7',
        switches: { vSwitch0: { uplinks: ['nic1'], portgroups: { apps: {} } } },
        machines: { app: { image: 'tiny', nics: [{ portgroup: 'apps' }] } },
      },
    },
    web: { image: 'tiny', memory: '96MiB', nics: [{ portgroup: 'main' }] },
    cold: { image: 'tiny', nics: [{ portgroup: 'main' }] },
  },
}

async function strictLab(t: TestContext, onCall?: (method: string) => void) {
  const center = { ...(await startStrict({ kind: 'vcenter', apiVersion: '6.7' })), pid: 0 }
  const nested = { ...(await startStrict({ kind: 'esxi', apiVersion: '6.7' })), pid: 0 }
  t.after(() => Promise.all([center, nested].map((one) => one.close())))
  const folder = await folderFor(t)
  const site = { reach: { esxi: nested.url.href } }
  const bench = await openSiteBench({
    vcsim: center,
    nested: [nested],
    folder,
    site,
    ...(onCall && { onCall }),
  })
  const connection = await connectTo(center)
  t.after(() => connection.close())
  const find = async (name: string) => {
    const path = { inventoryPath: `DC0/vm/nestlab-kept/${name}` }
    return (await connection.call('FindByInventoryPath', connection.service('searchIndex'), path)) as MoRef
  }
  const read = async (name: string) => await readMachine(connection, await find(name))
  const reconfigure = async (name: string, spec: { memoryMB: number }) =>
    await runTask(connection, 'ReconfigVM_Task', await find(name), { spec })
  return { center, nested, folder, bench, engine: bench.engine, read, reconfigure }
}

const statesOf = ({ machines }: LabStatus) => machines.map(({ path, state }) => `${path} ${state}`)
const snapshotNames = (snapshot: VimValue | undefined): string[] =>
  listAt(snapshot, 'rootSnapshotList').flatMap((one) => [
    textAt(one, 'name') ?? '',
    ...listAt(one, 'childSnapshotList').map((child) => textAt(child, 'name') ?? ''),
  ])

test('a lab goes back to settings and power as they were, with what ran up again, and rm leaves nothing', async (t) => {
  const { engine, read, reconfigure, center } = await strictLab(t)
  const before = center.picture()
  await engine.up(labOn(kept), quiet)
  await engine.stop('kept', ['cold'], quiet)
  const taken = await engine.snapshot('kept', { name: 'ready', note: 'before the exam' }, quiet)
  assert.deepEqual(
    [taken.machines?.toSorted(), taken.running.toSorted()],
    [
      ['cold', 'esxi', 'web'],
      ['esxi', 'web'],
    ],
  )
  assert.ok(taken.isHalf === undefined && taken.failed === undefined)
  const again = await refusal(engine.snapshot('kept', { name: 'ready' }, quiet))
  assert.equal(again.code, 'snapshot-name-taken')

  await engine.stop('kept', ['web'], quiet)
  await reconfigure('web', { memoryMB: 512 })
  center.crash('esxi')
  await engine.start('kept', ['cold'], quiet)
  const back = await engine.revert('kept', 'ready', quiet)
  assert.deepEqual(statesOf(back), ['esxi ready', 'esxi/app ready', 'web ready', 'cold stopped'])
  assert.deepEqual(statesOf(await engine.status('kept', never)), statesOf(back))
  const { config, runtime } = await read('web')
  assert.deepEqual(
    [numberAt(config, 'hardware', 'memoryMB'), textAt(runtime, 'powerState')],
    [96, 'poweredOn'],
  )
  assert.equal(textAt((await read('cold')).runtime, 'powerState'), 'poweredOff')
  const { steps } = await engine.plan(labOn(kept), {}, never)
  assert.deepEqual(
    steps.map(({ id }) => id),
    ['start-machine cold', 'prove-guest cold'],
  )
  await engine.snapshot('kept', { name: 'later' }, quiet)
  const { snapshots, current } = await engine.snapshots('kept')
  assert.deepEqual(
    [snapshots.map(({ name, parent }) => `${parent ?? ''}/${name}`), current],
    [['/ready', 'ready/later'], 'later'],
  )
  for (const work of [
    engine.compareSnapshots('kept', { from: 'ready' }),
    engine.clone('kept', { name: 'seat', snapshot: 'ready' }, quiet),
  ])
    assert.equal((await refusal(work)).code, 'snapshot-at-site')
  await engine.removeSnapshot('kept', 'ready')
  assert.deepEqual(snapshotNames((await read('web')).snapshot), ['later'])
  await engine.removeSnapshot('kept', 'later')
  assert.equal((await read('web')).snapshot, undefined)
  assert.deepEqual((await engine.snapshots('kept')).snapshots, [])
  await engine.snapshot('kept', { name: 'last' }, quiet)
  await engine.down('kept', quiet)
  assert.deepEqual(center.picture(), before)
})

test('what a stopped lab was is what it goes back to; a part leaves the rest alone; what is gone is refused first', async (t) => {
  const { engine, read, center } = await strictLab(t)
  await engine.up(labOn(kept), quiet)
  await engine.stop('kept', [], quiet)
  const still = await engine.snapshot('kept', { name: 'still' }, quiet)
  assert.deepEqual(still.running, [])
  await engine.start('kept', [], quiet)
  const part = await engine.snapshot('kept', { name: 'part', only: ['esxi/app'] }, quiet)
  assert.deepEqual([part.machines, part.running], [['esxi'], ['esxi']])
  assert.deepEqual(snapshotNames((await read('web')).snapshot), ['still'])
  const back = await engine.revert('kept', 'still', quiet)
  assert.deepEqual(
    back.machines.filter(({ level }) => level === 1).map(({ state }) => state),
    ['stopped', 'stopped', 'stopped'],
  )
  const onlyOne = await engine.revert('kept', 'part', quiet)
  assert.deepEqual(statesOf(onlyOne), ['esxi ready', 'esxi/app ready', 'web stopped', 'cold stopped'])
  // A machine that is made anew has none of its snapshots any more.
  const machines = { ...kept.machines, web: { ...kept.machines.web, memory: '128MiB' } }
  await engine.up(labOn({ ...kept, machines }), quiet)
  center.controls.calls.length = 0
  const gone = await refusal(engine.revert('kept', 'still', quiet))
  assert.equal(gone.code, 'snapshot-gone')
  assert.ok(!center.controls.calls.includes('RevertToSnapshot_Task'))
  await engine.removeSnapshot('kept', 'still')
  assert.deepEqual(snapshotNames((await read('cold')).snapshot), [])
  await engine.down('kept', quiet)
})

test('a snapshot that was cut off is listed as such, not gone back to, and taken anew under its name', async (t) => {
  let left = Number.POSITIVE_INFINITY
  const { engine, read } = await strictLab(t, (method) => {
    if (method !== 'CreateSnapshot_Task') return
    left -= 1
    if (left < 0) throw new Error('cut off')
  })
  await engine.up(labOn(kept), quiet)
  const countOf = async () => {
    const all = await Promise.all(['esxi', 'web', 'cold'].map(read))
    return all.flatMap(({ snapshot }) => snapshotNames(snapshot)).length
  }
  for (const most of [0, 1, 2]) {
    left = most
    const failed = await refusal(engine.snapshot('kept', { name: 'cut' }, quiet))
    assert.equal(failed.code, 'step-failed')
    assert.equal(await countOf(), most)
    const [half] = (await engine.snapshots('kept')).snapshots
    assert.ok(half?.isHalf && half.failed !== undefined)
    assert.equal((await refusal(engine.revert('kept', 'cut', quiet))).code, 'snapshot-gone')
  }
  left = Number.POSITIVE_INFINITY
  const { isHalf, failed } = await engine.snapshot('kept', { name: 'cut' }, quiet)
  assert.deepEqual([isHalf, failed, await countOf()], [undefined, undefined, 3])
  left = 1
  await refusal(engine.snapshot('kept', { name: 'other' }, quiet))
  await engine.removeSnapshot('kept', 'other')
  assert.equal(await countOf(), 3)
  await engine.down('kept', quiet)
})

test('a snapshot of the same name that another machine has listed is not taken for this one', async (t) => {
  const { engine, bench, center } = await strictLab(t)
  await engine.up(labOn(kept), quiet)
  await engine.snapshot('kept', { name: 'there' }, quiet)
  await rm(labPaths(bench.roots, 'kept').snapshots)
  center.controls.calls.length = 0
  const refused = await refusal(engine.snapshot('kept', { name: 'there' }, quiet))
  assert.equal(refused.code, 'snapshot-unlisted')
  assert.ok(!center.controls.calls.includes('CreateSnapshot_Task'))
})

test('snapshot and revert, killed at each line of the journal, get there', async (t) => {
  const { engine, bench, center, nested, folder, read } = await strictLab(t)
  for (const method of ['CreateSnapshot_Task', 'RevertToSnapshot_Task', 'RemoveSnapshot_Task'])
    center.controls.slowMs.set(method, 40)
  const file = join(folder, 'kept.lab.yaml')
  await writeFile(file, JSON.stringify({ nestlab: 1, ...kept }))
  await engine.up(labOn(kept), quiet)
  await engine.stop('kept', ['cold'], quiet)
  const killing: Killing = { vcsim: center, nested, bench, folder, file, snapshot: 'killed' }
  const taking = { verb: 'snapshot', seen: new Set<string>() }
  while (await killAtNewLine(killing, taking));
  assert.ok(taking.seen.size >= 3, [...taking.seen].join(', '))
  const { snapshots } = await engine.snapshots('kept')
  assert.deepEqual(
    snapshots.map(({ name, isHalf, running }) => [name, isHalf, running.toSorted()]),
    [['killed', undefined, ['esxi', 'web']]],
  )
  for (const name of ['esxi', 'web', 'cold'])
    assert.deepEqual(snapshotNames((await read(name)).snapshot), ['killed'])

  await engine.stop('kept', ['web'], quiet)
  await engine.start('kept', ['cold'], quiet)
  const returning = { verb: 'revert', seen: new Set<string>() }
  while (await killAtNewLine(killing, returning));
  assert.ok(returning.seen.size >= 5, [...returning.seen].join(', '))
  const back = await engine.revert('kept', 'killed', quiet)
  assert.deepEqual(statesOf(back), ['esxi ready', 'esxi/app ready', 'web ready', 'cold stopped'])
  assert.deepEqual((await engine.status('kept', never)).interrupted, [])
  await engine.down('kept', quiet)
})

test('snapshots of a lab on a server that others wrote come and go', { skip: lackingGo() }, async (t) => {
  const vcsim = await startVcsim({
    inventory: { standaloneHosts: 0, hostsPerCluster: 1, machinesPerPool: 1 },
  })
  t.after(() => vcsim[Symbol.asyncDispose]())
  const before = await inventoryOf(vcsim)
  const { engine } = await openSiteBench({ vcsim, folder: await folderFor(t) })
  const { web, cold } = kept.machines
  await engine.up(labOn({ ...kept, machines: { web, cold } }), quiet)
  await engine.snapshot('kept', { name: 'ready' }, quiet)
  const tree = async () => await govc(vcsim, 'snapshot.tree', '-vm', '/DC0/vm/nestlab-kept/web')
  assert.match(await tree(), /ready/)
  const back = await engine.revert('kept', 'ready', quiet)
  assert.deepEqual(statesOf(back), ['web ready', 'cold ready'])
  await engine.removeSnapshot('kept', 'ready')
  assert.equal((await tree()).trim(), '')
  await engine.snapshot('kept', { name: 'again' }, quiet)
  await engine.down('kept', quiet)
  assert.deepEqual(await inventoryOf(vcsim), before)
})
