import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CopyBench,
  copiesSentences,
  type Fixture,
  providerConformance,
  snapshotSentences,
} from '../conformance.ts'
import { openSimInside, openSimProvider, type SimOptions } from './index.ts'
import { crashInPark, enter, orderFor, SteppedClock } from './sim-bench.ts'

const signal = new AbortController().signal

async function makePark() {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-sim-'))
  const clock = new SteppedClock()
  return {
    folder,
    clock,
    options: { lab: 'conformance', file: join(folder, 'lab', 'simulation.json'), clock },
  }
}

/** Virtual time passes between two looks. */
async function until(clock: SteppedClock, what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let looked = 0; looked < 500; looked += 1) {
    if (await holds()) return
    clock.pass(100)
    // What runs on streams needs real turns of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error(`waited in vain until ${what}`)
}

function fixtureOf(
  made: { folder: string; clock: SteppedClock; options: SimOptions },
  level: { inside?: string; provider: Fixture['provider']; reopen: Fixture['reopen'] },
): Fixture {
  const { folder, clock, options } = made
  const place = level.inside === undefined ? {} : { inside: level.inside }
  return {
    provider: level.provider,
    reopen: level.reopen,
    order: async (name, plug) => orderFor({ ...place, name, nics: [plug] }),
    impossible: async (name, plug) => {
      const order = orderFor({ ...place, name, nics: [plug] })
      return { ...order, machine: { ...order.machine, memoryMiB: 10_000_000 } }
    },
    crash: (name) => crashInPark(options, level.inside === undefined ? name : `${level.inside}/${name}`),
    untilUp: async () => clock.pass(1_000),
    until: (what, holds) => until(clock, what, holds),
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

const memo = '/tmp/memo'

function copyBench({ folder, options }: { folder: string; options: SimOptions }): CopyBench {
  let others = 0
  return {
    folder: () => mkdtemp(join(folder, 'kept-')),
    other: async () => {
      others += 1
      const file = join(folder, `other-${others}`, 'simulation.json')
      return await openSimProvider({ ...options, lab: `other-${others}`, file })
    },
    tell: async (provider, name, text) => {
      const inside = await enter(provider, name)
      await inside.writeFile(memo, text)
      await inside.close()
    },
    told: async (provider, name) => {
      const inside = await enter(provider, name)
      const text = await inside.readTail(memo, 100)
      await inside.close()
      return text
    },
  }
}

const skips = [{ cases: snapshotSentences, reason: 'the park keeps no snapshots of single machines' }]

providerConformance(
  'simulated',
  async () => {
    const made = await makePark()
    const reopen = () => openSimProvider(made.options)
    return { ...fixtureOf(made, { provider: await reopen(), reopen }), copies: copyBench(made) }
  },
  skips,
)

providerConformance('simulated, inside a hypervisor', async () => {
  const made = await makePark()
  const outer = await openSimProvider(made.options)
  await outer.create(orderFor({ name: 'kvm', hypervisor: true }), signal)
  await outer.start('kvm', signal)
  made.clock.pass(3_000)
  const reopen = () => openSimInside({ ...made.options, hypervisor: { path: 'kvm' } })
  return fixtureOf(made, { inside: 'kvm', provider: await reopen(), reopen })
}, [...skips, { cases: copiesSentences, reason: 'what is inside a hypervisor is kept with it' }])
