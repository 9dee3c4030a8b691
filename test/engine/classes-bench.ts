/** Classes on simulated machines, with a clock that tests move. */
import { type Classes, type ClassWish, openClasses, type Room } from '#engine'
import { type Bench, recorder } from './simulated.ts'

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
