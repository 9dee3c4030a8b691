/** Publishing and closing twenty seats, killed without warning again and again, comes to exactly what was wanted. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClassDatabase, openClassDatabase, sitePaths } from '#store'
import { bundled } from '../bundled.ts'
import { openClassBench, wish } from './classes-bench.ts'
import { type Bench, benchIn } from './simulated.ts'
import { lan, lone, up } from './two-hypervisors.ts'

const program = bundled(new URL('class-process.ts', import.meta.url))
const single = { name: 'pair', switches: lan, machines: { lone } }
const seats = 20
/** How often a command is killed at each kind of line: the first seats, and later ones. */
const killsOfKind = 3

interface Scene {
  readonly bench: Bench
  readonly folder: string
  readonly database: ClassDatabase
}

const journal = ({ database }: Scene) => database.read((rows) => rows.journal('spring'))

/** Kills the command at the first fresh line of a kind that was not met often enough, some time after it was written. */
async function killed(scene: Scene, verb: 'publish' | 'close', met: Map<string, number>, afterMs: number) {
  const before = journal(scene).length
  const child = spawn(process.execPath, [program, scene.folder, verb], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  try {
    while (child.exitCode === null && child.signalCode === null) {
      const fresh = journal(scene)
        .slice(before)
        .find(({ became }) => (met.get(became) ?? 0) < killsOfKind)
      if (fresh) {
        met.set(fresh.became, (met.get(fresh.became) ?? 0) + 1)
        await sleep(afterMs)
        return true
      }
      await sleep(2)
    }
    return false
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

/** Whatever is there is known of: no lab that no seat is, no two seats with one lab. */
async function assertNothingOrphaned({ bench, database }: Scene): Promise<void> {
  const rows = database.read((all) => all.seats('spring')).map(({ lab }) => lab)
  assert.equal(new Set(rows).size, rows.length)
  const labs = (await bench.engine.labs()).map(({ name }) => name)
  assert.deepEqual(
    labs.filter((name) => name !== 'pair' && !rows.includes(name)),
    [],
  )
}

test('twenty seats, whose publishing and closing is killed at every kind of line, are twenty and then none', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-class-kill-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const bench = benchIn(folder)
  await up(bench, single)
  const { classes } = await openClassBench(bench)
  using database = await openClassDatabase(bench.roots)
  const scene = { bench, folder, database }
  const run = { signal: bench.never }
  await classes.create(wish({ seats }), run)

  const climbed = new Map<string, number>()
  for (let turn = 0; await killed(scene, 'publish', climbed, (turn * 37) % 300); turn += 1)
    await assertNothingOrphaned(scene)
  for (const line of ['waiting', 'making', 'frozen'])
    assert.ok((climbed.get(line) ?? 0) > 0, `never killed at ${line}: ${[...climbed].join(' ')}`)
  const view = await classes.publish('spring', run)
  const names = Array.from({ length: seats }, (_, at) => `spring-${String(at + 1).padStart(2, '0')}`)
  assert.deepEqual(
    view.seats.map(({ seat, state }) => `${seat} ${state}`),
    names.map((name) => `${name} frozen`),
  )
  const labs = await bench.engine.labs()
  assert.deepEqual(
    labs.map(({ name, damaged }) => [name, damaged]),
    ['pair', ...names].map((name) => [name, undefined]),
  )
  for (const name of [names[0], names[9], names[19]]) {
    const { machines } = await bench.engine.status(name ?? '', bench.never)
    assert.deepEqual(
      machines.map(({ state }) => state),
      ['paused'],
    )
  }

  const fallen = new Map<string, number>()
  for (let turn = 0; await killed(scene, 'close', fallen, (turn * 37) % 300); turn += 1)
    await assertNothingOrphaned(scene)
  assert.ok((fallen.get('closing') ?? 0) > 0 && (fallen.get('closed') ?? 0) > 0, [...fallen].join(' '))
  await classes.close('spring', run)
  assert.deepEqual(
    (await bench.engine.labs()).map(({ name }) => name),
    ['pair'],
  )
  assert.deepEqual(await readdir(sitePaths(bench.roots).frozen), [])
  assert.deepEqual((await bench.engine.snapshots('pair')).snapshots, [])
  assert.equal((await classes.find('spring')).state, 'closed')
  classes[Symbol.dispose]()
})
