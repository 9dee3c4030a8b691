/** Snapshots and copies that are killed without warning, at any line of the journal: the next command gets there. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sitePaths } from '#store'
import { killAtNewLine } from './killing.ts'
import { tell, told } from './memos.ts'
import { type Bench, benchIn, recorder } from './simulated.ts'
import { down, failureOf, small, states, up } from './two-hypervisors.ts'

const lab = small.name
const inner = 'kvm/web'
const allReady = ['kvm ready', 'kvm/web ready', 'lone ready']
const quiet = (bench: Bench) => ({ onEvent: recorder().onEvent, signal: bench.never })
const said = (lines: ReadonlySet<string>) => [...lines].join(', ')

async function upped(t: { after(clean: () => Promise<void>): void }) {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-kill-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const bench = benchIn(folder)
  await up(bench, small)
  for (const path of [inner, 'lone']) await tell(bench, lab, path, 'before')
  return { folder, bench }
}

async function kept({ roots }: Bench): Promise<readonly string[]> {
  return await readdir(sitePaths(roots).frozen).catch(() => [])
}

/** All labs gone, and with them everything that was kept. */
async function nothingIsLeft(bench: Bench): Promise<void> {
  for (const { name } of await bench.engine.labs()) await down(bench, name)
  assert.deepEqual(await kept(bench), [])
  assert.deepEqual(await readdir(sitePaths(bench.roots).labs), [])
}

async function nothingWasLost(bench: Bench, name = lab): Promise<void> {
  assert.deepEqual(states(await bench.engine.status(name, bench.never)), allReady)
  for (const path of [inner, 'lone']) assert.equal(await told(bench, name, path), 'before', path)
}

test('a snapshot, killed at each line of the journal, is taken by the next one', async (t) => {
  const { folder, bench } = await upped(t)
  const victim = { args: ['snapshot', 'ready'], lab, seen: new Set<string>() }
  let kills = 0
  while (await killAtNewLine(bench, folder, victim)) {
    kills += 1
    const { snapshots } = await bench.engine.snapshots(lab)
    assert.ok(snapshots.length <= 1)
    if (snapshots.length === 1) await bench.engine.removeSnapshot(lab, 'ready')
  }
  assert.ok(kills >= 1 && victim.seen.has('begin freeze-machines'), said(victim.seen))
  const status = await bench.engine.status(lab, bench.never)
  assert.deepEqual(status.interrupted, [])
  await nothingWasLost(bench)
  const { snapshots } = await bench.engine.snapshots(lab)
  if (snapshots.length === 0) await bench.engine.snapshot(lab, { name: 'ready' }, quiet(bench))
  await bench.engine.revert(lab, 'ready', quiet(bench))
  await nothingWasLost(bench)
  assert.equal((await kept(bench)).length, 1, 'half-made ones are gone')
  await nothingIsLeft(bench)
})

test('a copy of a snapshot, killed at each line of the journal, is finished by the next one', async (t) => {
  const { folder, bench } = await upped(t)
  await bench.engine.snapshot(lab, { name: 'ready' }, quiet(bench))
  const victim = { args: ['clone', 'copy', 'ready'], lab: 'copy', seen: new Set<string>() }
  while (await killAtNewLine(bench, folder, victim)) await nothingWasLost(bench)
  assert.ok(victim.seen.size >= 8 && victim.seen.has('begin resume-machines'), said(victim.seen))
  const wish = { name: 'copy', snapshot: 'ready' }
  const { code } = await failureOf(bench.engine.clone(lab, wish, quiet(bench)))
  assert.equal(code, 'clone-name-taken', 'the last one was not killed')
  for (const name of [lab, 'copy']) await nothingWasLost(bench, name)
  assert.equal((await kept(bench)).length, 1)
  await nothingIsLeft(bench)
})
