/** Sites that know their guests by themselves, that leave insides alone, and that make switches before machines. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Surroundings } from '#engine'
import type { Provider, SeenGuest } from '#providers'
import { openBench, recorder } from './simulated.ts'
import { failureOf, node, states, two, up, web } from './two-hypervisors.ts'

/** The simulated park, asked as a vCenter is. */
function asked(plain: Surroundings, guest: NonNullable<Provider['guest']>): Surroundings {
  return {
    ...plain,
    openSite: async (lab, signal, carrier) => {
      const provider = await plain.openSite(lab, signal, carrier)
      return Object.assign(provider, { guest, buttonLimitMs: 100 })
    },
  }
}

const isUp = async (): Promise<SeenGuest> => ({ hostname: 'told', links: [] })

test('nobody is let in where the site says that a guest is up', async (t) => {
  const bench = await openBench(t, {
    change: (plain) => ({
      ...asked(plain, isUp),
      guests: { ...plain.guests, enter: () => Promise.reject(new Error('somebody was let in')) },
      leavesInside: () => 'What is inside is left alone.',
      statusNotes: () => ['Machines count as up at once.'],
    }),
  })
  const { status, steps } = await up(bench, two)
  assert.deepEqual(states(status), ['kvm-1 ready', 'kvm-1/web unknown', 'kvm-2 ready', 'kvm-2/web unknown'])
  assert.equal(status.machines[0]?.hostname, 'told')
  assert.deepEqual(status.notes, ['Machines count as up at once.'])
  assert.ok(
    steps.every((step) => !step.includes('/')),
    steps.join(', '),
  )
  assert.deepEqual((await bench.engine.status('two', bench.never)).notes, status.notes)
  const stopped = await bench.engine.stop('two', [], { onEvent: recorder().onEvent, signal: bench.never })
  assert.ok(stopped.machines.every(({ state }) => state === 'stopped' || state === 'missing'))
})

test('a guest that the site never counts as up is named with the time it had', async (t) => {
  const bench = await openBench(t, {
    bootLimitMs: 300,
    change: (plain) => asked(plain, async () => undefined),
  })
  const alone = { ...two, machines: { web: { ...web, nics: [{ portgroup: 'main' }] } } }
  const failure = await failureOf(up(bench, alone))
  assert.match(failure.message, /web.*its site does not count it as up/s)
})

test('a hypervisor with an interface of its own is looked into without a host inside', async (t) => {
  const bench = await openBench(t, {
    change: (plain) => ({
      ...asked(plain, isUp),
      openInside: () => Promise.reject(new Error('a host was asked for')),
      openInsideByApi: async (hypervisor, lab) => {
        const entered = await plain.openSite(lab, new AbortController().signal, 'process')
        const empty = { machines: [], switches: [] }
        return Object.assign(entered, { name: hypervisor.path, inspect: async () => empty })
      },
    }),
  })
  const { status } = await up(bench, { ...two, machines: { kvm: node({}) } })
  assert.deepEqual(states(status), ['kvm ready'])
})

test('switches come before the machines on them where the site wants it so', async (t) => {
  const needsOf = async (switchesFirst: boolean) => {
    const bench = await openBench(t, { change: (plain) => ({ ...plain, switchesFirst }) })
    const { labOf } = await import('./simulated.ts')
    const { steps } = await bench.engine.plan(labOf(two), {}, bench.never)
    return steps.find(({ id }) => id === 'create-machine kvm-1')?.needs
  }
  assert.deepEqual(await needsOf(false), [])
  assert.deepEqual(await needsOf(true), ['put-switch lan'])
})
