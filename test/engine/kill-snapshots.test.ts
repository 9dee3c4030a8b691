/** Snapshots, reverts and copies that are killed without warning, at any line of the journal: the next command gets there. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { labPaths, sitePaths } from '#store'
import { isThorough } from '../sample.ts'
import { killAfter, killAtNewLine } from './killing.ts'
import { tell, told } from './memos.ts'
import { type Bench, benchIn, recorder } from './simulated.ts'
import { down, failureOf, small, states, up } from './two-hypervisors.ts'

const lab = small.name
const inner = 'kvm/web'
const allReady = ['kvm ready', 'kvm/web ready', 'lone ready']
const quiet = (bench: Bench) => ({ onEvent: recorder().onEvent, signal: bench.never })
/** Between the moments at which commands are killed. */
const betweenMs = isThorough ? 20 : 60
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

test('a snapshot, killed at any moment, leaves a lab that up lets go on, and nothing of it in the end', async (t) => {
  const { folder, bench } = await upped(t)
  let kills = 0
  for (let ms = 0; await killAfter(folder, ['snapshot', `at-${ms}`], ms); ms += betweenMs) {
    kills += 1
    const { steps } = await up(bench, small)
    assert.ok(!steps.some((step) => step.startsWith('create')), said(new Set(steps)))
    await nothingWasLost(bench)
  }
  assert.ok(kills >= 2)
  await nothingIsLeft(bench)
})

test('a revert, killed at each line of the journal, is finished by the next one', async (t) => {
  const { folder, bench } = await upped(t)
  await bench.engine.snapshot(lab, { name: 'ready' }, quiet(bench))
  for (const path of [inner, 'lone']) await tell(bench, lab, path, 'after')
  const victim = { args: ['revert', 'ready'], lab, seen: new Set<string>() }
  while (await killAtNewLine(bench, folder, victim)) {
    const status = await bench.engine.status(lab, bench.never)
    assert.equal(status.machines.length, 3)
    assert.equal((await bench.engine.snapshots(lab)).snapshots.length, 1)
  }
  assert.ok(victim.seen.size >= 8 && victim.seen.has('begin resume-machines'), said(victim.seen))
  await bench.engine.revert(lab, 'ready', quiet(bench))
  await nothingWasLost(bench)
  assert.deepEqual((await bench.engine.status(lab, bench.never)).interrupted, [])
  assert.equal((await kept(bench)).length, 1)
  await nothingIsLeft(bench)
})

test('a revert that was killed can also be gone on from by up, or taken down', async (t) => {
  const { folder, bench } = await upped(t)
  await bench.engine.snapshot(lab, { name: 'ready' }, quiet(bench))
  const victim = { args: ['revert', 'ready'], lab, seen: new Set<string>() }
  while (await killAtNewLine(bench, folder, victim)) {
    await up(bench, small)
    assert.deepEqual(states(await bench.engine.status(lab, bench.never)), allReady)
  }
  assert.ok(victim.seen.size >= 8, said(victim.seen))
  await bench.engine.revert(lab, 'ready', quiet(bench))
  await nothingWasLost(bench)
  await killAtNewLine(bench, folder, { ...victim, seen: new Set() })
  await nothingIsLeft(bench)
})

for (const [what, more] of [
  ['a copy of a snapshot', ['ready']],
  ['a copy of a running lab', []],
] as const) {
  test(`${what}, killed at each line of the journal, is finished by the next one`, async (t) => {
    const { folder, bench } = await upped(t)
    await bench.engine.snapshot(lab, { name: 'ready' }, quiet(bench))
    const victim = { args: ['clone', 'copy', ...more], lab: 'copy', seen: new Set<string>() }
    while (await killAtNewLine(bench, folder, victim)) await nothingWasLost(bench)
    assert.ok(victim.seen.size >= 8 && victim.seen.has('begin resume-machines'), said(victim.seen))
    const wish = { name: 'copy', ...(more[0] && { snapshot: more[0] }) }
    const { code } = await failureOf(bench.engine.clone(lab, wish, quiet(bench)))
    assert.equal(code, 'clone-name-taken', 'the last one was not killed')
    for (const name of [lab, 'copy']) await nothingWasLost(bench, name)
    assert.equal((await kept(bench)).length, more.length > 0 ? 1 : 2)
    await nothingIsLeft(bench)
  })
}

test('a copy, killed at each line of the journal, can be taken away, and nothing of it stays', async (t) => {
  const { folder, bench } = await upped(t)
  const victim = { args: ['clone', 'copy'], lab: 'copy', seen: new Set<string>() }
  while (await killAtNewLine(bench, folder, victim)) {
    await down(bench, 'copy')
    assert.equal(existsSync(labPaths(bench.roots, 'copy').state), false)
    assert.deepEqual(await kept(bench), [])
    await nothingWasLost(bench)
  }
  assert.ok(victim.seen.size >= 8, said(victim.seen))
})

test('a copy, killed at any moment, leaves what the next one finishes', async (t) => {
  const { folder, bench } = await upped(t)
  let kills = 0
  for (let ms = 0; await killAfter(folder, ['clone', 'copy'], ms); ms += betweenMs) kills += 1
  assert.ok(kills >= 2)
  const whole = await failureOf(bench.engine.clone(lab, { name: 'copy' }, quiet(bench)))
  assert.equal(whole.code, 'clone-name-taken')
  for (const name of [lab, 'copy']) {
    await up(bench, small)
    await nothingWasLost(bench, name)
  }
  assert.equal((await kept(bench)).length, 1)
  await nothingIsLeft(bench)
})
