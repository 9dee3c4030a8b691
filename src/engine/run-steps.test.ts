import assert from 'node:assert/strict'
import { test } from 'node:test'
import { levelGate } from './gate.ts'
import type { EngineEvent, Step, StepKind } from './plan-types.ts'
import { type Gate, runSteps } from './run-steps.ts'

const step = (id: string, needs: string[] = []): Step => {
  const [kind = '', path = ''] = id.split(' ')
  return { id, do: kind as StepKind, path, because: 'test', needs }
}

const open: Gate = { enter: () => true, leave: () => undefined }

function bench(steps: readonly Step[], more: { gate?: Gate; perform?: (id: string) => Promise<void> } = {}) {
  const log: string[] = []
  const events: EngineEvent[] = []
  const stop = new AbortController()
  const run = () =>
    runSteps({
      steps,
      gate: more.gate ?? open,
      perform: async ({ id }) => {
        log.push(`perform ${id}`)
        await more.perform?.(id)
      },
      journal: {
        write: async (event, { id }) => {
          log.push(`${event} ${id}`)
        },
      },
      clock: { nowMs: () => 0, sleep: async () => undefined },
      onEvent: (event) => events.push(event),
      signal: stop.signal,
    })
  return { run, log, events, stop }
}

test('a step begins when those it needs are done, and each is journaled before and after', async () => {
  const { run, log } = bench([step('b', ['a']), step('a')])
  const { done } = await run()
  assert.deepEqual(
    done.map(({ id }) => id),
    ['a', 'b'],
  )
  assert.deepEqual(log, ['begin a', 'perform a', 'done a', 'begin b', 'perform b', 'done b'])
})

test('steps that need nothing of each other run at the same time', async () => {
  const both = Promise.withResolvers<void>()
  let running = 0
  const perform = async () => {
    running += 1
    if (running === 2) both.resolve()
    await both.promise
  }
  const { done } = await bench([step('a'), step('b')], { perform }).run()
  assert.equal(done.length, 2)
})

test('a failed step skips what needs it, with the reason, and nothing else', async () => {
  const steps = [step('a'), step('b', ['a']), step('c', ['b']), step('d')]
  const perform = async (id: string) => {
    if (id === 'a') throw new Error('broken')
  }
  const { run, log, events } = bench(steps, { perform })
  const { done, failed, skipped } = await run()
  assert.deepEqual([done.map(({ id }) => id), skipped.map(({ id }) => id)], [['d'], ['b', 'c']])
  assert.match(failed[0]?.failure.message ?? '', /broken/)
  assert.ok(log.includes('failed a'))
  const reasons = events.flatMap((event) => (event.kind === 'step-skipped' ? [event.because] : []))
  assert.deepEqual(reasons, ['a failed', 'a failed'])
})

test('after an abort no step begins, and those under way are waited for', async () => {
  const under = Promise.withResolvers<void>()
  const { run, stop, log } = bench([step('a'), step('b', ['a']), step('c', ['b'])], {
    perform: () => under.promise,
  })
  const outcome = run()
  await Promise.resolve()
  stop.abort()
  under.resolve()
  const { done, skipped } = await outcome
  assert.deepEqual([done.map(({ id }) => id), skipped.map(({ id }) => id)], [['a'], ['b', 'c']])
  assert.ok(!log.includes('begin b'))
})

test('an empty plan is done at once, also when the command was stopped before', async () => {
  const { run, stop } = bench([])
  stop.abort()
  assert.deepEqual(await run(), { done: [], failed: [], skipped: [] })
})

test('no more machines boot at once on a level than its bound, and every one gets its turn', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'hv/x', 'hv/y', 'hv/z']
  const steps = names.flatMap((name) => [
    step(`start-machine ${name}`),
    step(`prove-guest ${name}`, [`start-machine ${name}`]),
  ])
  const booting = new Map([
    ['', 0],
    ['hv', 0],
  ])
  let most = 0
  const perform = async (id: string) => {
    const owner = id.includes('hv/') ? 'hv' : ''
    const now = (booting.get(owner) ?? 0) + (id.startsWith('start') ? 1 : 0)
    booting.set(owner, now)
    most = Math.max(most, now)
    await new Promise((resolve) => setImmediate(resolve))
    if (id.startsWith('prove')) booting.set(owner, (booting.get(owner) ?? 0) - 1)
  }
  const { done } = await bench(steps, { gate: levelGate(() => 2), perform }).run()
  assert.equal(done.length, steps.length)
  assert.equal(most, 2)
})

test('a machine that fails to start gives its place to the next', async () => {
  const steps = ['a', 'b', 'c'].flatMap((name) => [
    step(`start-machine ${name}`),
    step(`prove-guest ${name}`, [`start-machine ${name}`]),
  ])
  const perform = async (id: string) => {
    if (id.startsWith('start-machine') && id !== 'start-machine c') throw new Error('no')
  }
  const { done } = await bench(steps, { gate: levelGate(() => 1), perform }).run()
  assert.deepEqual(
    done.map(({ id }) => id),
    ['start-machine c', 'prove-guest c'],
  )
})
