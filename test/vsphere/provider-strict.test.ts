/** Distributed switches on a strict server, at each border of the API: made, left alone, changed, removed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabSwitch } from '#lab'
import { never, openOn, orderOf } from './provider-bench.ts'
import { group, learning, switchOf, trunk } from './provider-tries.ts'
import { startStrict } from './strict-bench.ts'

/** Changes of switches; those of the record are not among them. */
const changing = /DVS|Dvs|DVPortgroup|Destroy_Task|VirtualSwitch$|PortGroup$/

for (const apiVersion of ['5.5', '6.5', '6.7', '8.0.3.0', '9.0.0.0']) {
  test(`a distributed switch of API ${apiVersion} is changed only where it differs`, async (t) => {
    const inventory = { machinesPerHost: 1, physicalNics: 3 }
    const strict = await startStrict({ kind: 'vcenter', apiVersion, inventory })
    const calls: string[] = []
    const wish = { lab: 'tried', onCall: (method: string) => changing.test(method) && calls.push(method) }
    const provider = await openOn({ ...strict, pid: 0 }, wish)
    t.after(async () => {
      await provider.close()
      await strict.close()
    })
    const callsOf = async (wanted: LabSwitch, digest: string) => {
      calls.length = 0
      await provider.putSwitch(wanted, digest, never)
      return calls.toSorted()
    }
    const learns = Number.parseFloat(apiVersion) >= 6.7 ? { macLearning: learning } : {}
    const near = group('near', { vlan: { mode: 'access', id: 7 }, binding: 'ephemeral' })
    const first = switchOf({
      name: 'wide',
      kind: 'distributed',
      mtu: 9000,
      uplinks: [{ kind: 'nic', name: 'vmnic1' }],
      portgroups: [group('far', { vlan: trunk, ...learns }), near],
    })
    assert.deepEqual(await callsOf(first, 'one'), ['AddDVPortgroup_Task', 'CreateDVS_Task'])
    assert.deepEqual(await callsOf(first, 'one'), [])
    const plugs = ['far', 'near'].map((portgroup) => ({ switchName: 'wide', portgroup }))
    // What every version since 5.5 knows.
    const traits = { hardware: { version: 10, guestId: 'vmkernel5Guest' } }
    await provider.create(orderOf('web', plugs, { traits }), never)
    await provider.start('web', never)

    const second: LabSwitch = {
      ...first,
      mtu: 1500,
      uplinks: [{ kind: 'nic', name: 'vmnic2' }],
      portgroups: [group('far', { vlan: { mode: 'access', id: 9 }, ...learns }), near, group('third')],
    }
    const changes = ['AddDVPortgroup_Task', 'ReconfigureDVPortgroup_Task', 'ReconfigureDvs_Task']
    assert.deepEqual(await callsOf(second, 'two'), changes)
    assert.deepEqual(await callsOf(second, 'two'), [])
    const { machines, switches } = await provider.inspect(never)
    assert.deepEqual(
      machines.map(({ state }) => state),
      ['running'],
    )
    assert.deepEqual(switches, [{ name: 'wide', digest: 'two', alive: true }])

    await provider.remove('web', never)
    assert.deepEqual(await callsOf({ ...second, portgroups: second.portgroups.slice(0, 1) }, 'three'), [
      'Destroy_Task',
      'Destroy_Task',
    ])
    const standard = switchOf({ name: 'wide', portgroups: [group('far')] })
    assert.ok((await callsOf(standard, 'four')).includes('AddVirtualSwitch'))
    await provider.dropSwitch('wide', never)
    assert.equal((await provider.clear(never)).length, 3)
  })
}
