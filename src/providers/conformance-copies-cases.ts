/** The cases of the conformance suite about copies: machines kept with their memory, held still, and gone on from. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  board,
  type CopyBench,
  type Fixture,
  failsNaming,
  machine,
  shows,
  signal,
} from './conformance-fixture.ts'
import type { FrozenMachine, FrozenSource, MachineCopies } from './copies.ts'
import type { MachineOrder, Provider } from './provider.ts'

export const copiesCases = {
  'keeps machines as they are at one instant, and lets them go on': async (fixture: Fixture) => {
    const { provider } = fixture
    const { copies, bench } = benchOf(fixture)
    const web = await up(fixture, 'web', 'before')
    const idle = await machine(fixture, 'idle', 'created')
    const folder = await bench.folder()
    const frozen = await copies.freeze({ folder, machines: ['web', 'idle'] }, signal)
    assert.deepEqual(
      frozen.map((one) => [one.name, one.digest, one.memory?.memoryMiB]),
      [
        ['web', web.digest, web.machine.memoryMiB],
        ['idle', idle.digest, undefined],
      ],
    )
    for (const one of frozen) await holdsItsFiles(join(folder, one.name), one)
    await shows(provider, { web: 'running', idle: 'created' })
    assert.equal(await bench.told(provider, 'web'), 'before')
  },

  'makes a machine that goes on from where another was kept': async (fixture: Fixture) => {
    const { provider } = fixture
    const { bench } = benchOf(fixture)
    const { order, source } = await kept(fixture, 'before')
    await bench.tell(provider, 'web', 'after')
    const other = await bench.other()
    await begin(other, order, source)
    await shows(other, { web: 'paused' })
    await copiesOf(other).resume(['web'], signal)
    await shows(other, { web: 'running' })
    assert.equal(await bench.told(other, 'web'), 'before')
    await bench.tell(other, 'web', 'of the copy')
    assert.equal(await bench.told(provider, 'web'), 'after')
    // What was kept does not change by what became of a machine that went on from it.
    await holdsItsFiles(source.folder, source.machine)
    await other.remove('web', signal)
    await begin(other, order, source)
    await copiesOf(other).resume(['web'], signal)
    assert.equal(await bench.told(other, 'web'), 'before')
  },

  'boots a machine that went on from an instant and was switched off since': async (fixture: Fixture) => {
    const { bench } = benchOf(fixture)
    const { order, source } = await kept(fixture, 'before')
    const other = await bench.other()
    await begin(other, order, source)
    await other.stop('web', 'power', signal)
    await shows(other, { web: 'stopped' })
    await other.start('web', signal)
    await shows(other, { web: 'running' })
  },

  'lets machines stand still and go on': async (fixture: Fixture) => {
    const { provider } = fixture
    const { copies, bench } = benchOf(fixture)
    await up(fixture, 'web', 'before')
    await machine(fixture, 'idle', 'created')
    await copies.pause(['web', 'idle'], signal)
    await copies.pause(['web'], signal)
    await shows(await fixture.reopen(), { web: 'paused', idle: 'created' })
    await copies.resume(['web', 'idle'], signal)
    await copies.resume(['web'], signal)
    await shows(provider, { web: 'running', idle: 'created' })
    assert.equal(await bench.told(provider, 'web'), 'before')
    await copies.pause(['web'], signal)
    await provider.start('web', signal)
    await shows(provider, { web: 'running', idle: 'created' })
    assert.equal(await bench.told(provider, 'web'), 'before', 'start lets a paused machine go on')
    await copies.pause(['web'], signal)
    await provider.stop('web', 'power', signal)
    await shows(provider, { web: 'stopped', idle: 'created' })
    await provider.start('web', signal)
    await copies.pause(['web'], signal)
    await provider.remove('web', signal)
    await shows(provider, { idle: 'created' })
  },

  'keeps a machine that stands still, which goes on standing': async (fixture: Fixture) => {
    const { provider } = fixture
    const { copies, bench } = benchOf(fixture)
    const order = await up(fixture, 'web', 'before')
    await copies.pause(['web'], signal)
    const source = await freezeWeb(fixture)
    assert.ok(source.machine.memory)
    await shows(provider, { web: 'paused' })
    const other = await bench.other()
    await begin(other, order, source)
    await copiesOf(other).resume(['web'], signal)
    assert.equal(await bench.told(other, 'web'), 'before')
  },

  'keeps a machine again that went on from an instant': async (fixture: Fixture) => {
    const { bench } = benchOf(fixture)
    const { order, source } = await kept(fixture, 'first')
    const other = await bench.other()
    await begin(other, order, source)
    await copiesOf(other).resume(['web'], signal)
    await bench.tell(other, 'web', 'second')
    const folder = await bench.folder()
    const [again] = await copiesOf(other).freeze({ folder, machines: ['web'] }, signal)
    assert.ok(again)
    await bench.tell(other, 'web', 'third')
    await other.remove('web', signal)
    await begin(other, order, { folder: join(folder, 'web'), machine: again })
    await copiesOf(other).resume(['web'], signal)
    assert.equal(await bench.told(other, 'web'), 'second')
  },

  'leaves machines running and nothing behind when keeping fails': async (fixture: Fixture) => {
    const { provider } = fixture
    const { copies, bench } = benchOf(fixture)
    await up(fixture, 'web', 'before')
    const folder = await bench.folder()
    await failsNaming('nobody', copies.freeze({ folder, machines: ['web', 'nobody'] }, signal))
    await assert.rejects(copies.freeze({ folder, machines: ['web'] }, AbortSignal.abort()))
    assert.deepEqual(await readdir(folder), [])
    await shows(provider, { web: 'running' })
    assert.equal(await bench.told(provider, 'web'), 'before')
  },

  'refuses to go on from what is not there any more': async (fixture: Fixture) => {
    const { bench } = benchOf(fixture)
    const { order, source } = await kept(fixture, 'before')
    const other = await bench.other()
    await rm(join(source.folder, 'memory'))
    await failsNaming('web', begin(other, order, source))
    const state = (await other.inspect(signal)).machines[0]?.state
    assert.notEqual(state, 'running')
    await other.remove('web', signal)
    await shows(other, {})
  },

  'says why what was kept cannot run here': async (fixture: Fixture) => {
    const { copies } = benchOf(fixture)
    const { source } = await kept(fixture, 'before')
    assert.deepEqual(await copies.misfits([source], signal), [])
    const { memory } = source.machine
    assert.ok(memory)
    const strange = { ...source, machine: { ...source.machine, memory: { ...memory, qemuVersion: '0.9.1' } } }
    const [reason, ...more] = await copies.misfits([strange, strange], signal)
    assert.match(reason ?? '', /0\.9\.1.*\.$/)
    assert.deepEqual(more, [])
    const { memory: _none, ...stopped } = strange.machine
    assert.deepEqual(await copies.misfits([{ ...strange, machine: stopped }], signal), [])
  },
} satisfies Record<string, (fixture: Fixture) => Promise<void>>

function copiesOf({ copies }: Provider): MachineCopies {
  assert.ok(copies, 'the provider keeps machines with their memory')
  return copies
}

function benchOf({ provider, copies: bench }: Fixture): {
  readonly copies: MachineCopies
  readonly bench: CopyBench
} {
  assert.ok(bench, 'the test of the provider says how guests are told something')
  return { copies: copiesOf(provider), bench }
}

/** A guest that is up and was told something. */
async function up(fixture: Fixture, name: string, text: string): Promise<MachineOrder> {
  const order = await machine(fixture, name, 'running')
  await fixture.untilUp(name)
  await benchOf(fixture).bench.tell(fixture.provider, name, text)
  return order
}

async function freezeWeb(fixture: Fixture): Promise<FrozenSource> {
  const { copies, bench } = benchOf(fixture)
  const folder = await bench.folder()
  const [frozen] = await copies.freeze({ folder, machines: ['web'] }, signal)
  assert.ok(frozen)
  return { folder: join(folder, 'web'), machine: frozen }
}

async function kept(fixture: Fixture, told: string) {
  const order = await up(fixture, 'web', told)
  return { order, source: await freezeWeb(fixture) }
}

async function begin(provider: Provider, order: MachineOrder, frozen: FrozenSource): Promise<void> {
  await provider.putSwitch(board, 'board-1', signal)
  await provider.create({ ...order, frozen }, signal)
  await provider.start(order.machine.name, signal)
}

async function holdsItsFiles(folder: string, { files }: FrozenMachine): Promise<void> {
  const there = await readdir(folder)
  assert.deepEqual(there.toSorted(), Object.keys(files).toSorted())
  for (const [name, { bytes, sha256 }] of Object.entries(files)) {
    const file = join(folder, name)
    assert.equal((await stat(file)).size, bytes)
    assert.equal(
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
      sha256,
    )
  }
}
