/** Nested hosts with datastores of their own and of a NAS of the lab, from a lab file, on strict servers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EngineEvent } from '#engine'
import { never } from './provider-bench.ts'
import { folderFor, labOn, openSiteBench } from './site-bench.ts'
import { startStrict } from './strict-bench.ts'
import { govc, lackingGo, startVcsim } from './vcsim.ts'

const skip = lackingGo()
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

test('on vcsim, another client sees the datastores that were made and mounted, and that inner machines lie there', {
  skip,
}, async (t) => {
  const inventory = { machinesPerPool: 0, datastores: 0 }
  const vcsim = await startVcsim({
    inventory: { standaloneHosts: 0, hostsPerCluster: 1, machinesPerPool: 0 },
  })
  const written = { name: 'mpx.vmhba0:C0:T2:L0', sizeMiB: 40 * gib, written: true }
  const empty = { name: 'mpx.vmhba0:C0:T1:L0', sizeMiB: 40 * gib }
  const hosts = [1, 2].map(() => startVcsim({ esx: true, inventory, disks: [written, empty] }))
  const nested = await Promise.all(hosts)
  t.after(() => Promise.all([vcsim, ...nested].map((one) => one[Symbol.asyncDispose]())))
  const reach = Object.fromEntries(nested.map(({ url }, at) => [`esxi-${at + 1}`, url.href]))
  const { engine } = await openSiteBench({ vcsim, nested, folder: await folderFor(t), site: { reach } })
  const quiet = { onEvent: () => {}, signal: never }
  await engine.up(labOn(lab(both)), quiet)
  for (const [at, host] of nested.entries()) {
    const { datastores } = JSON.parse(await govc(host, 'datastore.info', '-json'))
    const seen = datastores.map(({ name, summary, info }: Record<string, Record<string, unknown>>) => ({
      name,
      type: summary?.type,
      on: (info?.vmfs as Record<string, unknown> | undefined)?.extent,
      from: (info?.nas as Record<string, unknown> | undefined)?.remotePath,
    }))
    const extent = [{ diskName: empty.name, partition: 1 }]
    assert.deepEqual(seen, [
      { name: `stored_esxi-${at + 1}_data`, type: 'VMFS', on: extent, from: undefined },
      { name: 'stored_shared', type: 'NFS', on: undefined, from: '/srv/nfs/shared' },
    ])
    const files = JSON.parse(await govc(host, 'vm.info', '-json', 'stored_app')).virtualMachines[0].layoutEx
      .file
    const names: string[] = files.map(({ name }: { name: string }) => name)
    assert.ok(names.some((name) => name.startsWith(`[stored_esxi-${at + 1}_data] `)))
    assert.ok(names.some((name) => name.startsWith('[stored_shared] ')))
  }
  assert.deepEqual((await engine.plan(labOn(lab(both)), {}, never)).steps, [])
  // The notes of the lab lie on the first one, which stays until its host goes.
  await engine.up(labOn(lab({}, {})), quiet)
  assert.deepEqual((await engine.plan(labOn(lab({}, {})), {}, never)).steps, [])
  for (const host of nested) assert.match(await govc(host, 'ls', 'datastore'), /stored_esxi-\d_data\n$/)
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
