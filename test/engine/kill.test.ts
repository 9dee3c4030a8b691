/** A command that is killed without warning, at any line of its journal, leaves a lab that can be finished or removed. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { labPaths } from '#store'
import { type Bench, benchIn } from './simulated.ts'
import { down, small, states, up } from './two-hypervisors.ts'

const program = fileURLToPath(new URL('./engine-process.ts', import.meta.url))

/** `begin create-machine lone`, … as far as the last whole line. */
async function journaled({ roots }: Bench): Promise<string[]> {
  const text = await readFile(labPaths(roots, small.name).journal, 'utf8').catch(() => '')
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  return lines.filter(Boolean).map((line) => {
    const { event, step } = JSON.parse(line)
    return `${event} ${step.id}`
  })
}

/** Kills the command at the first line of its journal that is not in `seen`; false when there was none. */
async function killAtNewLine(bench: Bench, folder: string, about: { verb: string; seen: Set<string> }) {
  const before = (await journaled(bench)).length
  const child = spawn(process.execPath, [program, folder, about.verb], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  try {
    while (child.exitCode === null && child.signalCode === null) {
      const fresh = (await journaled(bench)).slice(before).find((line) => !about.seen.has(line))
      if (fresh !== undefined) {
        about.seen.add(fresh)
        return true
      }
      await sleep(1)
    }
    return false
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

const said = (lines: ReadonlySet<string>) => [...lines].join(', ')

test('up and down, killed again and again at each line of the journal, get there in the end', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-kill-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const bench = benchIn(folder)
  const climbing = { verb: 'up', seen: new Set<string>() }
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
  const falling = { verb: 'down', seen: new Set<string>() }
  while (await killAtNewLine(bench, folder, falling));
  assert.ok(falling.seen.has('begin remove-machine kvm'), said(falling.seen))
  await down(bench, small.name).catch((error: unknown) => assert.match(String(error), /no lab small/))
  const { state, run } = labPaths(bench.roots, small.name)
  assert.deepEqual([existsSync(state), existsSync(run)], [false, false])
})
