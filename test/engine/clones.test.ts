/** Copies of whole labs, on simulated machines: each goes on from an instant by itself. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { test } from 'node:test'
import { frozenPaths, labPaths, sitePaths } from '#store'
import { tell, told } from './memos.ts'
import { type Bench, openBench, recorder } from './simulated.ts'
import { down, failureOf, small, states, up } from './two-hypervisors.ts'

const lab = small.name
const inner = 'kvm/web'
const allReady = ['kvm ready', 'kvm/web ready', 'lone ready']

const quiet = (bench: Bench) => ({ onEvent: recorder().onEvent, signal: bench.never })
const copy = (bench: Bench, name: string, snapshot?: string) => {
  return bench.engine.clone(lab, { name, ...(snapshot !== undefined && { snapshot }) }, quiet(bench))
}

async function upped(t: Parameters<typeof openBench>[0], object: Record<string, unknown> = small) {
  const bench = await openBench(t)
  await up(bench, object)
  return bench
}

async function kept({ roots }: Bench): Promise<readonly string[]> {
  return await readdir(sitePaths(roots).frozen).catch(() => [])
}

test('copies go on from a snapshot, each by itself, beside the lab', async (t) => {
  const bench = await upped(t)
  await tell(bench, lab, inner, 'before')
  await bench.engine.snapshot(lab, { name: 'ready' }, quiet(bench))
  await tell(bench, lab, inner, 'after')
  for (const name of ['copy-1', 'copy-2']) {
    const status = await copy(bench, name, 'ready')
    assert.equal(status.lab, name)
    assert.deepEqual(states(status), allReady)
    assert.equal(await told(bench, name, inner), 'before')
  }
  await tell(bench, 'copy-1', inner, 'of copy-1')
  assert.equal(await told(bench, 'copy-2', inner), 'before')
  assert.equal(await told(bench, lab, inner), 'after')
  assert.deepEqual(
    (await bench.engine.labs()).map(({ name, damaged }) => [name, damaged]),
    [
      ['copy-1', undefined],
      ['copy-2', undefined],
      [lab, undefined],
    ],
  )
})

test('a copy of a lab as it is now has all of now, and the lab goes on', async (t) => {
  const bench = await upped(t)
  await tell(bench, lab, inner, 'now')
  assert.deepEqual(states(await copy(bench, 'copy')), allReady)
  for (const name of [lab, 'copy']) assert.equal(await told(bench, name, inner), 'now')
  assert.deepEqual((await bench.engine.snapshots(lab)).snapshots, [])
  assert.equal((await kept(bench)).length, 1)
  await down(bench, 'copy')
  assert.deepEqual(await kept(bench), [], 'what only the copy ran from went with it')
})

test('a copy lives without the lab and its snapshot, has snapshots of its own, and can be copied', async (t) => {
  const bench = await upped(t)
  await bench.engine.snapshot(lab, { name: 'ready' }, quiet(bench))
  await copy(bench, 'copy', 'ready')
  await down(bench, lab)
  await tell(bench, 'copy', inner, 'first')
  await bench.engine.snapshot('copy', { name: 'own' }, quiet(bench))
  await tell(bench, 'copy', inner, 'second')
  await bench.engine.clone('copy', { name: 'grandchild', snapshot: 'own' }, quiet(bench))
  await bench.engine.revert('copy', 'own', quiet(bench))
  for (const name of ['copy', 'grandchild']) assert.equal(await told(bench, name, inner), 'first')
  await bench.engine.stop('copy', [], quiet(bench))
  assert.deepEqual(states(await bench.engine.start('copy', [], quiet(bench))), allReady)
  for (const name of ['copy', 'grandchild']) await down(bench, name)
  assert.deepEqual(await kept(bench), [])
})

test('a name that is taken is refused, and that lab stays as it is', async (t) => {
  const bench = await upped(t)
  await copy(bench, 'copy')
  await tell(bench, 'copy', inner, 'precious')
  await tell(bench, lab, inner, 'precious')
  for (const name of ['copy', lab]) {
    const { code, message } = await failureOf(copy(bench, name))
    assert.equal(code, 'clone-name-taken')
    assert.match(message, new RegExp(name))
    assert.equal(await told(bench, name, inner), 'precious')
  }
})

test('a lab with an uplink to a network outside is not copied, one with NAT is', async (t) => {
  const outside = (uplinks: unknown[]) => {
    return { ...small, switches: { lan: { uplinks, portgroups: { main: {} } } } }
  }
  const bench = await upped(t, outside(['eth0']))
  const { code, message } = await failureOf(copy(bench, 'copy'))
  assert.equal(code, 'clone-shares-network')
  assert.match(message, /lan/)
  assert.equal(existsSync(labPaths(bench.roots, 'copy').state), false)
  const other = await upped(t, outside(['nat']))
  assert.deepEqual(states(await copy(other, 'copy')), allReady)
})

test('what is not there is not copied, and leaves no lab behind', async (t) => {
  const bench = await upped(t)
  assert.equal((await failureOf(copy(bench, 'copy', 'redy'))).code, 'no-such-snapshot')
  const { id } = await bench.engine.snapshot(lab, { name: 'ready' }, quiet(bench))
  await rm(frozenPaths(bench.roots, id).record)
  assert.equal((await failureOf(copy(bench, 'copy', 'ready'))).code, 'snapshot-gone')
  const nobody = bench.engine.clone('nobody', { name: 'copy' }, quiet(bench))
  assert.equal((await failureOf(nobody)).code, 'no-such-lab')
  assert.deepEqual(
    (await bench.engine.labs()).map(({ name }) => name),
    [lab],
  )
})

test('a site that cannot keep machines says so, and nothing is begun', async (t) => {
  const bench = await openBench(t, {
    change: (plain) => ({
      ...plain,
      openSite: async (...of) => {
        const site = await plain.openSite(...of)
        return Object.defineProperty(site, 'copies', { value: undefined })
      },
    }),
  })
  await up(bench, small)
  for (const work of [
    () => copy(bench, 'copy'),
    () => bench.engine.snapshot(lab, { name: 'ready' }, quiet(bench)),
    () => bench.engine.pause(lab, quiet(bench)),
    () => bench.engine.resume(lab, quiet(bench)),
  ])
    assert.equal((await failureOf(work())).code, 'no-copies')
  assert.deepEqual(await kept(bench), [])
  assert.equal(existsSync(labPaths(bench.roots, 'copy').state), false)
})
