/** A command that is killed without warning, at any line of its journal, leaves a lab that can be finished or removed. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { labPaths } from '#store'
import { killAtNewLine } from './killing.ts'
import { benchIn } from './simulated.ts'
import { down, small, states, up } from './two-hypervisors.ts'

const said = (lines: ReadonlySet<string>) => [...lines].join(', ')

test('up and down, killed again and again at each line of the journal, get there in the end', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-kill-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const bench = benchIn(folder)
  const climbing = { args: ['up'], lab: small.name, seen: new Set<string>() }
  while (await killAtNewLine(bench, folder, climbing)) {
    const status = await bench.engine.status(small.name, bench.never)
    assert.deepEqual(
      status.machines.map((one) => one.path),
      ['kvm', 'kvm/web', 'lone'],
    )
  }
  // Lines may come two at a time, and a step that was done is not repeated; so not every line can be met.
  assert.ok(climbing.seen.size >= 8 && /machine kvm\/web/.test(said(climbing.seen)), said(climbing.seen))
  const { status } = await up(bench, small)
  assert.deepEqual(states(status), ['kvm ready', 'kvm/web ready', 'lone ready'])
  assert.deepEqual((await bench.engine.status(small.name, bench.never)).interrupted, [])
  const falling = { args: ['down'], lab: small.name, seen: new Set<string>() }
  while (await killAtNewLine(bench, folder, falling));
  assert.ok(falling.seen.has('begin remove-machine kvm'), said(falling.seen))
  await down(bench, small.name).catch((error: unknown) => assert.match(String(error), /no lab small/))
  const { state, run } = labPaths(bench.roots, small.name)
  assert.deepEqual([existsSync(state), existsSync(run)], [false, false])
})
