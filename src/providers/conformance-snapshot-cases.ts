/** The cases of the conformance suite about snapshots of single machines, for providers whose site keeps them. */
import assert from 'node:assert/strict'
import { type Fixture, failsNaming, machine, shows, signal } from './conformance-fixture.ts'
import type { MachineSnapshots } from './machine-snapshots.ts'

export const snapshotCases = {
  'takes a machine back to a snapshot, with its memory where that was kept': async (fixture: Fixture) => {
    const { provider } = fixture
    const snapshots = snapshotsOf(fixture)
    await machine(fixture, 'web', 'created')
    await snapshots.create('web', { name: 'off', keeps: 'disks' }, signal)
    await provider.start('web', signal)
    await fixture.untilUp('web')
    await snapshots.create('web', { name: 'on', keeps: 'memory', note: 'as it ran' }, signal)
    await snapshots.create('web', { name: 'cut', keeps: 'disks' }, signal)
    await provider.stop('web', 'power', signal)
    await snapshots.revert('web', 'on', signal)
    await shows(provider, { web: 'running' })
    await snapshots.revert('web', 'on', signal)
    await shows(provider, { web: 'running' })
    await snapshots.revert('web', 'cut', signal)
    await shows(provider, { web: 'stopped' })
    await provider.start('web', signal)
    await snapshots.revert('web', 'off', signal)
    await shows(await fixture.reopen(), { web: 'created' })
    await provider.start('web', signal)
    await shows(provider, { web: 'running' })
    await provider.remove('web', signal)
    await shows(provider, {})
  },

  'lists snapshots of a machine, and removes them by name': async (fixture: Fixture) => {
    const { provider } = fixture
    const snapshots = snapshotsOf(fixture)
    await machine(fixture, 'web', 'running')
    const names = async () => (await snapshots.list('web', signal)).map(({ name }) => name)
    assert.deepEqual(await names(), [])
    for (const name of ['first', 'second', 'first', 'third'])
      await snapshots.create('web', { name, keeps: 'disks', note: `of ${name}` }, signal)
    assert.deepEqual(await names(), ['first', 'second', 'third'])
    const [first, second, third] = await snapshots.list('web', signal)
    assert.deepEqual([first?.parent, second?.parent, third?.parent], [undefined, 'first', 'second'])
    assert.deepEqual([first?.isCurrent, third?.isCurrent, third?.note], [false, true, 'of third'])
    assert.ok(Date.parse(first?.takenAt ?? '') > 0)
    const again = await fixture.reopen()
    await again.machineSnapshots?.remove('web', 'second', signal)
    await again.machineSnapshots?.remove('web', 'second', signal)
    assert.deepEqual(await names(), ['first', 'third'])
    await shows(provider, { web: 'running' })
    await failsNaming('second', snapshots.revert('web', 'second', signal))
    await failsNaming('nobody', snapshots.create('nobody', { name: 'any', keeps: 'disks' }, signal))
    await assert.rejects(snapshots.create('web', { name: '', keeps: 'disks' }, signal))
    await assert.rejects(snapshots.remove('web', 'first', AbortSignal.abort()))
    assert.deepEqual(await names(), ['first', 'third'])
    await provider.remove('web', signal)
    await machine(fixture, 'web', 'created')
    assert.deepEqual(await names(), [])
  },
} satisfies Record<string, (fixture: Fixture) => Promise<void>>

function snapshotsOf({ provider }: Fixture): MachineSnapshots {
  assert.ok(provider.machineSnapshots, 'the provider keeps snapshots of machines')
  return provider.machineSnapshots
}
