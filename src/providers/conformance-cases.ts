/** The cases of the conformance suite: what every provider promises, each as a sentence and its proof. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { copiesCases } from './conformance-copies-cases.ts'
import {
  board,
  type Fixture,
  failsNaming,
  machine,
  plug,
  shows,
  signal,
  stateOf,
} from './conformance-fixture.ts'
import { snapshotCases } from './conformance-snapshot-cases.ts'

const answerMs = 200

const cases = {
  'shows nothing in a new place': async ({ provider }: Fixture) => {
    assert.deepEqual(await provider.inspect(signal), { machines: [], switches: [] })
  },

  'tells the truth about a machine from its creation to its removal': async (fixture: Fixture) => {
    const { provider } = fixture
    const { digest } = await machine(fixture, 'web', 'created')
    await shows(provider, { web: 'created' })
    await provider.start('web', signal)
    const [seen] = (await provider.inspect(signal)).machines
    assert.equal(seen?.state, 'running')
    assert.equal(seen.digest, digest)
    assert.ok(seen.accelerator, 'a running machine says which accelerator it has')
    await provider.stop('web', 'power', signal)
    await shows(provider, { web: 'stopped' })
    await provider.remove('web', signal)
    await shows(provider, {})
  },

  'tells the truth about switches': async ({ provider }: Fixture) => {
    await provider.putSwitch(board, 'board-1', signal)
    assert.deepEqual(
      (await provider.inspect(signal)).switches.map(({ name, digest }) => ({ name, digest })),
      [{ name: 'board', digest: 'board-1' }],
    )
    await provider.dropSwitch('board', signal)
    assert.deepEqual((await provider.inspect(signal)).switches, [])
  },

  'does nothing when a call is repeated': async (fixture: Fixture) => {
    const { provider } = fixture
    const order = await machine(fixture, 'web', 'running')
    const before = await provider.inspect(signal)
    await provider.putSwitch(board, 'board-1', signal)
    await provider.create(order, signal)
    await provider.start('web', signal)
    assert.deepEqual(await provider.inspect(signal), before)
    await provider.stop('web', 'power', signal)
    await provider.stop('web', 'power', signal)
    await provider.stop('web', 'button', signal)
    await shows(provider, { web: 'stopped' })
    await provider.create(order, signal)
    await shows(provider, { web: 'stopped' })
    await provider.remove('web', signal)
    await provider.remove('web', signal)
    await provider.dropSwitch('board', signal)
    await provider.dropSwitch('board', signal)
    assert.deepEqual(await provider.inspect(signal), { machines: [], switches: [] })
  },

  'leaves nothing behind when a creation fails': async (fixture: Fixture) => {
    const { provider } = fixture
    await provider.putSwitch(board, 'board-1', signal)
    await failsNaming('big', provider.create(await fixture.impossible('big', plug), signal))
    await shows(provider, {})
    await shows(await fixture.reopen(), {})
  },

  'refuses a name that does not exist by naming it': async ({ provider }: Fixture) => {
    await failsNaming('nobody', provider.start('nobody', signal))
    await failsNaming('nobody', provider.stop('nobody', 'power', signal))
    await failsNaming('nobody', provider.stop('nobody', 'button', signal))
    await failsNaming('nobody', provider.access('nobody'))
  },

  'starts a stopped machine again': async (fixture: Fixture) => {
    const { provider } = fixture
    await machine(fixture, 'web', 'running')
    await provider.stop('web', 'power', signal)
    await provider.start('web', signal)
    await shows(provider, { web: 'running' })
  },

  'switches a machine off when its guest heeds the power button': async (fixture: Fixture) => {
    const { provider } = fixture
    await machine(fixture, 'web', 'running')
    await fixture.untilUp('web')
    await provider.stop('web', 'button', signal)
    await fixture.until('web is stopped', async () => (await stateOf(provider, 'web')) === 'stopped')
  },

  'powers a running machine off before it removes it': async (fixture: Fixture) => {
    const { provider } = fixture
    await machine(fixture, 'web', 'running')
    await provider.remove('web', signal)
    await shows(provider, {})
  },

  'changes a switch while machines run on it': async (fixture: Fixture) => {
    const { provider } = fixture
    await machine(fixture, 'web', 'running')
    const portgroups = board.portgroups.map((each) => ({
      ...each,
      security: { ...each.security, promiscuous: 'accept' as const },
    }))
    await provider.putSwitch({ ...board, portgroups }, 'board-2', signal)
    const { switches } = await provider.inspect(signal)
    assert.deepEqual(switches, [{ name: 'board', digest: 'board-2', alive: true }])
    await shows(provider, { web: 'running' })
  },

  'has a row of counters for each port of a running machine': async (fixture: Fixture) => {
    const { provider } = fixture
    await machine(fixture, 'web', 'running')
    await fixture.until('the port of web is connected', async () => {
      const rows = await provider.stats(signal)
      return rows.some(({ port, connected }) => port === 'web:nic0' && connected)
    })
    const row = (await provider.stats(signal)).find(({ port }) => port === 'web:nic0')
    assert.equal(row?.switchName, 'board')
    assert.equal(row.portgroup, 'main')
  },

  'refuses access to a machine that is not running': async (fixture: Fixture) => {
    const { provider } = fixture
    await machine(fixture, 'web', 'created')
    await failsNaming('web', provider.access('web'))
    await provider.start('web', signal)
    await provider.access('web')
    await provider.stop('web', 'power', signal)
    await failsNaming('web', provider.access('web'))
  },

  'carries the serial console both ways and keeps its end': async (fixture: Fixture) => {
    const { provider } = fixture
    await machine(fixture, 'web', 'running')
    const access = await provider.access('web')
    await fixture.until(
      'web has printed something',
      async () => (await provider.consoleTail('web', 4096)) !== '',
    )
    await fixture.untilUp('web')
    const console = await access.console()
    const heard = listen(console)
    await fixture.until('the console answers', async () => {
      console.write('\r')
      // A moment for the answer: whoever waits may ask again at once.
      await Promise.race([once(console, 'data'), delay(answerMs)])
      return heard() > 0
    })
    console.destroy()
    assert.ok(Buffer.byteLength(await provider.consoleTail('web', 10)) <= 10)
    await provider.stop('web', 'power', signal)
    assert.notEqual(await provider.consoleTail('web', 4096), '')
    await failsNaming('nobody', provider.consoleTail('nobody', 10))
  },

  'takes overlapping calls for different machines': async (fixture: Fixture) => {
    const { provider } = fixture
    await provider.putSwitch(board, 'board-1', signal)
    const names = ['one', 'two', 'three']
    await Promise.all(
      names.map(async (name) => {
        await provider.create(await fixture.order(name, plug), signal)
        await provider.start(name, signal)
      }),
    )
    await shows(provider, { one: 'running', two: 'running', three: 'running' })
    await Promise.all([
      provider.stop('one', 'power', signal),
      provider.remove('two', signal),
      provider.inspect(signal),
    ])
    await shows(provider, { one: 'stopped', three: 'running' })
  },

  'is found again by a new process': async (fixture: Fixture) => {
    await machine(fixture, 'web', 'running')
    const before = await fixture.provider.inspect(signal)
    await fixture.provider.close()
    const again = await fixture.reopen()
    assert.deepEqual(await again.inspect(signal), before)
    await again.access('web')
    await again.remove('web', signal)
    await shows(again, {})
  },

  'shows a machine whose process has gone as crashed': async (fixture: Fixture) => {
    const { provider } = fixture
    await machine(fixture, 'web', 'running')
    await fixture.crash('web')
    await fixture.until('web is seen as crashed', async () => (await stateOf(provider, 'web')) === 'crashed')
    await failsNaming('web', provider.access('web'))
    await provider.start('web', signal)
    await shows(provider, { web: 'running' })
  },

  'removes a crashed machine': async (fixture: Fixture) => {
    const { provider } = fixture
    await machine(fixture, 'web', 'running')
    await fixture.crash('web')
    await fixture.until('web is seen as crashed', async () => (await stateOf(provider, 'web')) === 'crashed')
    await provider.stop('web', 'power', signal)
    await provider.remove('web', signal)
    await shows(provider, {})
  },

  'changes nothing when it is called with an aborted signal': async (fixture: Fixture) => {
    const { provider } = fixture
    await machine(fixture, 'web', 'created')
    const before = await provider.inspect(signal)
    const aborted = AbortSignal.abort()
    await assert.rejects(provider.start('web', aborted))
    await assert.rejects(provider.remove('web', aborted))
    await assert.rejects(provider.putSwitch(board, 'board-2', aborted))
    await assert.rejects(provider.dropSwitch('board', aborted))
    await assert.rejects(provider.clear(aborted))
    assert.deepEqual(await provider.inspect(signal), before)
  },

  'leaves nothing after clear, and says what that removed': async (fixture: Fixture) => {
    const { provider } = fixture
    await machine(fixture, 'web', 'running')
    await provider.remove('web', signal)
    await provider.dropSwitch('board', signal)
    const removed = await provider.clear(signal)
    assert.ok(removed.every((line) => line !== ''))
    assert.deepEqual(await provider.clear(signal), [])
    assert.deepEqual(await provider.inspect(signal), { machines: [], switches: [] })
    assert.deepEqual(await (await fixture.reopen()).inspect(signal), { machines: [], switches: [] })
  },
} satisfies Record<string, (fixture: Fixture) => Promise<void>>

/** A case by its sentence. */
export type ConformanceCase = keyof typeof cases | keyof typeof snapshotCases | keyof typeof copiesCases

export const conformanceCases = Object.entries({
  ...cases,
  ...snapshotCases,
  ...copiesCases,
}) as readonly (readonly [ConformanceCase, (fixture: Fixture) => Promise<void>])[]

/** Number of bytes that came so far. */
function listen(stream: Duplex): () => number {
  let bytes = 0
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  stream.on('error', () => undefined)
  return () => bytes
}
