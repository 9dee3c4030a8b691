/** Whatever the lab, its edits and the moment of an interruption: `up` converges, and `down` leaves nothing. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import type { EngineEvent } from '#engine'
import { machinesOf } from '#lab'
import { labPaths } from '#store'
import { sampleOf } from '../sample.ts'
import { labObject, makings, randomEdit, randomFrom, randomLab } from './random-lab.ts'
import { type Bench, labOf, openBench } from './simulated.ts'
import { down, failureOf, two, up } from './two-hypervisors.ts'

const mark = '/tmp/mark'

async function markAll(bench: Bench, lab: string, paths: Iterable<string>): Promise<void> {
  for (const path of paths) {
    const host = await bench.engine.enter(lab, path, bench.never)
    await host.writeFile(mark, path)
    await host.close()
  }
}

/** The mark is in memory: it is there as long as the machine was not started anew. */
async function isMarked(bench: Bench, lab: string, path: string): Promise<boolean> {
  const host = await bench.engine.enter(lab, path, bench.never)
  const text = await host.readTail(mark, 100)
  await host.close()
  return text === path
}

for (const seed of sampleOf(
  Array.from({ length: 12 }, (_, at) => at + 1),
  4,
)) {
  test(`a random lab becomes its random edit, and machines that did not change are not restarted (seed ${seed})`, async (t) => {
    const bench = await openBench(t)
    const random = randomFrom(seed)
    let lab = randomLab(random)
    await up(bench, labObject('random', lab))
    for (let edit = 1; edit <= 2; edit += 1) {
      const before = makings(lab)
      await markAll(bench, 'random', before.keys())
      lab = randomEdit(lab, random)
      const wanted = labOf(labObject('random', lab))
      const { status } = await up(bench, labObject('random', lab))
      assert.deepEqual(
        status.machines.map((one) => [one.path, one.state, one.leftover]),
        [...machinesOf(wanted.top)].map(({ path }) => [path, 'ready', false]),
      )
      for (const [path, making] of makings(lab)) {
        assert.equal(
          await isMarked(bench, 'random', path),
          before.get(path) === making,
          `${path} was restarted`,
        )
      }
      const again = await bench.engine.plan(wanted, {}, bench.never)
      assert.deepEqual(again.steps, [])
    }
    await down(bench, 'random')
    const { state, run } = labPaths(bench.roots, 'random')
    assert.deepEqual([existsSync(state), existsSync(run)], [false, false])
  })
}

/** Runs a command and aborts it when its n-th step begins; false when it had fewer. */
async function abortedAt(
  nth: number,
  command: (run: { onEvent: (event: EngineEvent) => void; signal: AbortSignal }) => Promise<unknown>,
): Promise<boolean> {
  const stop = new AbortController()
  let begun = 0
  const onEvent = (event: EngineEvent) => {
    if (event.kind !== 'step-began') return
    begun += 1
    if (begun === nth) stop.abort()
  }
  const outcome = command({ onEvent, signal: stop.signal })
  if (
    (await outcome.then(
      () => 'ended',
      () => 'failed',
    )) === 'ended'
  )
    return false
  const { code, message } = await failureOf(outcome)
  assert.equal(code, 'interrupted', message)
  return true
}

test('up, stopped at any of its steps, is finished by the next up', async (t) => {
  const bench = await openBench(t)
  const lab = labOf(two)
  const steps = 15
  for (const nth of sampleOf(
    Array.from({ length: steps }, (_, at) => at + 1),
    3,
  )) {
    assert.ok(await abortedAt(nth, (run) => bench.engine.up(lab, run)), `stopped at step ${nth}`)
    await bench.engine.status('two', bench.never)
    const { status } = await up(bench, two)
    assert.ok(
      status.machines.every((one) => one.state === 'ready'),
      `stopped at step ${nth}`,
    )
    await down(bench, 'two')
  }
  assert.equal(await abortedAt(steps + 1, (run) => bench.engine.up(lab, run)), false)
})

test('down, stopped at any of its steps, is finished by the next down', async (t) => {
  const bench = await openBench(t)
  let stops = 0
  for (let nth = 1; ; nth += 1) {
    await up(bench, two)
    if (!(await abortedAt(nth, (run) => bench.engine.down('two', run)))) break
    stops = nth
    await down(bench, 'two')
    assert.equal(existsSync(labPaths(bench.roots, 'two').state), false)
  }
  assert.ok(stops >= 3)
})
