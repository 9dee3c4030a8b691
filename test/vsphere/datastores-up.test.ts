/** Nested hosts with datastores of their own and of a NAS of the lab, from a lab file, on strict servers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineEvent } from '#engine'
import { never } from './provider-bench.ts'
import { folderFor, labOn, openSiteBench } from './site-bench.ts'
import { startStrict } from './strict-bench.ts'

const gib = 1024
const disks = [
  { name: 'mpx.vmhba0:C0:T0:L0', sizeMiB: 32 * gib, isWritten: true },
  { name: 'mpx.vmhba0:C0:T1:L0', sizeMiB: 40 * gib },
]
const app = { image: 'tiny', nics: [{ portgroup: 'apps' }], disks: [{ size: '1GiB', datastore: 'shared' }] }

function lab(datastores: Record<string, unknown>, machines: Record<string, unknown> = { app }) {
  return {
    name: 'stored',
    switches: { lan: { portgroups: { main: {} } } },
    datastores,
    machines: {
      nas: { image: 'tiny', role: 'nas', nics: [{ portgroup: 'main', address: '10.0.0.5/24' }] },
      esxi: {
        count: 2,
        nics: [{ portgroup: 'main', address: '10.0.0.0/24' }, { portgroup: 'main' }],
        disks: [{ size: '40GiB' }],
        hypervisor: {
          product: 'esxi',
          version: '6.7',
          switches: { vSwitch0: { uplinks: ['nic1'], portgroups: { apps: {} } } },
          machines,
        },
      },
    },
  }
}

const both = { data: { kind: 'local' }, shared: { kind: 'nfs' } }

test('hosts get their datastores, inner machines lie on them, and what leaves the file goes', async (t) => {
  const center = { ...(await startStrict({ kind: 'vcenter', apiVersion: '6.7' })), pid: 0 }
  const inventory = { datastores: [], disks }
  const hosts = await Promise.all(
    [1, 2].map(async () => ({
      ...(await startStrict({ kind: 'esxi', apiVersion: '6.7', inventory })),
      pid: 0,
    })),
  )
  t.after(() => Promise.all([center, ...hosts].map((one) => one.close())))
  const reach = Object.fromEntries(hosts.map(({ url }, at) => [`esxi-${at + 1}`, url.href]))
  const folder = await folderFor(t)
  const { engine } = await openSiteBench({ vcsim: center, nested: hosts, folder, site: { reach } })
  const up = async (wanted: ReturnType<typeof lab>) => {
    const done: string[] = []
    const onEvent = (event: EngineEvent) => {
      if (event.kind === 'step-done') done.push(event.step.id)
    }
    const status = await engine.up(labOn(wanted), { onEvent, signal: never })
    return { done, states: new Set(status.machines.map(({ state }) => state)) }
  }
  const stores = () =>
    hosts.map((host) =>
      host
        .picture()
        .filter((line) => line.startsWith('Datastore '))
        .map((line) => line.split('/').at(-1)),
    )

  const first = await up(lab(both))
  assert.deepEqual([...first.states], ['ready'])
  assert.deepEqual(stores(), [
    ['stored_esxi-1_data', 'stored_shared'],
    ['stored_esxi-2_data', 'stored_shared'],
  ])
  const order = ['prove-guest nas', 'put-datastore esxi-1/shared', 'create-machine esxi-1/app']
  assert.deepEqual(
    first.done.filter((id) => order.includes(id)),
    order,
  )
  assert.deepEqual((await engine.plan(labOn(lab(both)), {}, never)).steps, [])

  const { data } = both
  const plan = await engine.plan(labOn(lab({ data }, {})), {}, never)
  const drops = plan.calls?.filter(({ step }) => step.startsWith('drop-datastore')) ?? []
  assert.deepEqual(
    drops.flatMap(({ calls }) => calls),
    [1, 2].map(() => 'RemoveDatastore stored_shared on localhost.localdomain'),
  )
  const { done } = await up(lab({ data }, {}))
  assert.ok(done.indexOf('remove-machine esxi-1/app') < done.indexOf('drop-datastore esxi-1/shared'))
  assert.deepEqual(stores(), [['stored_esxi-1_data'], ['stored_esxi-2_data']])
  assert.deepEqual((await engine.plan(labOn(lab({ data }, {})), {}, never)).steps, [])
  await engine.down('stored', { onEvent: () => {}, signal: never })
})

test('what cannot be made is named with its reason, key by key', () => {
  const text = (datastore: Record<string, unknown>, more: Record<string, unknown> = {}) =>
    labOn({ ...lab({ one: datastore }), ...more }).pending.map((pending) => pending.text)
  assert.deepEqual(text({ kind: 'local' }), [])
  assert.deepEqual(text({ kind: 'nfs', members: ['esxi-1'], server: 'nas', export: '/export/a' }), [])
  assert.match(text({ kind: 'iscsi' }).join(), /iSCSI targets cannot be attached yet/)
  assert.match(text({ kind: 'vmfs' }).join(), /a disk that they share/)
  assert.deepEqual(text({ kind: 'vmfs', members: ['esxi-1'] }), [])
  assert.match(text({ kind: 'vsan' }).join(), /a cluster with `vsan: true`/)
  assert.match(text({ kind: 'local', members: ['nas'] }).join(), /inside nested ESXi hosts only/)
  const { machines, ...plain } = lab({ one: { kind: 'local' }, two: { kind: 'local' } })
  assert.match(
    labOn({ ...plain, machines })
      .pending.map((pending) => pending.text)
      .join(),
    /esxi-1 has no empty disk for one/,
  )
  const noNas = { ...machines, nas: { ...machines.nas, role: 'dns' } }
  const nameless = labOn({ ...plain, datastores: { one: { kind: 'nfs' } }, machines: noNas })
  assert.match(nameless.pending.map((pending) => pending.text).join(), /Nobody says which machine serves it/)
  assert.throws(() => labOn(lab({ one: { kind: 'nfs', server: 'nobody' } })), /There is no machine/)
  assert.throws(() => labOn(lab({ one: { kind: 'local', server: 'nas' } })), /has no server/)
  assert.throws(() => labOn(lab({ one: { kind: 'nfs', export: '/a/../b' } })), /no absolute path/)
})
