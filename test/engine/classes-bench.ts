/** Classes on simulated machines, with a clock that tests move. */
import type { TestContext } from 'node:test'
import { type Classes, type ClassView, type ClassWish, openClasses, type Room } from '#engine'
import { type Bench, openBench, recorder } from './simulated.ts'
import { up } from './two-hypervisors.ts'

/** Small and quick: two machines on one network. */
export const pair = {
  name: 'pair',
  switches: { lan: { portgroups: { main: {} } } },
  machines: {
    a: { image: 'tiny', memory: '64MiB', nics: [{ portgroup: 'main', address: '10.0.0.1/24' }] },
    b: { image: 'tiny', memory: '64MiB', nics: [{ portgroup: 'main', address: '10.0.0.2/24' }] },
  },
  expect: [
    { reach: { from: 'a', to: 'b' }, exercise: 'Plug them together', points: 3 },
    { exec: { on: 'a', command: ['test', '-e', '/tmp/done'] } },
  ],
}

export interface ClassBench {
  readonly classes: Classes
  /** Milliseconds that the clock of classes is ahead. */
  aheadMs: number
  /** Of every site; undefined: nobody knows. */
  room: Room | undefined
}

export async function openClassBench({ engine, roots, surroundings }: Bench): Promise<ClassBench> {
  let random = 0
  const bench: { classes?: Classes; aheadMs: number; room: Room | undefined } = {
    aheadMs: 0,
    room: undefined,
  }
  bench.classes = await openClasses({
    roots,
    engine,
    clock: { ...surroundings.clock, nowMs: () => Date.now() + bench.aheadMs },
    randomBytes: (count) => Uint8Array.from({ length: count }, () => (random++ * 37) % 251),
    room: async () => bench.room,
  })
  return bench as ClassBench
}

export function wish(more: Partial<ClassWish> = {}): ClassWish {
  return { name: 'spring', seats: 3, templates: ['pair'], ...more }
}

export const quiet = (bench: Bench) => ({ onEvent: recorder().onEvent, signal: bench.never })

export async function opened(t: TestContext) {
  const bench = await openBench(t)
  await up(bench, pair)
  const desk = await openClassBench(bench)
  t.after(async () => desk.classes[Symbol.dispose]())
  return { bench, desk, classes: desk.classes, run: { signal: bench.never } }
}

export async function published(t: TestContext, more: Parameters<typeof wish>[0] = {}) {
  const all = await opened(t)
  await all.classes.create(wish(more), all.run)
  const view = await all.classes.publish('spring', all.run)
  return { ...all, view }
}

export const said = ({ seats }: ClassView) => seats.map(({ seat, state }) => `${seat} ${state}`)
export const labs = async ({ engine }: Bench) => (await engine.labs()).map(({ name }) => name)
