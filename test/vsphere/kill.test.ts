/** A command that is killed without warning, at any line of its journal or between two calls, leaves nothing behind. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Killing, killAtNewLine } from './killing.ts'
import { never } from './provider-bench.ts'
import { folderFor, inventoryOf, labOn, openSiteBench } from './site-bench.ts'
import { govc, lackingGo, startVcsim, type Vcsim } from './vcsim.ts'

const skip = lackingGo()
const quiet = { onEvent: () => {}, signal: never }

const small = {
  nestlab: 1,
  name: 'small',
  switches: {
    lan: { portgroups: { main: {}, trunk: { vlan: 4095, security: { promiscuous: 'accept' } } } },
    wide: { kind: 'distributed', portgroups: { far: { vlan: '10-20', macLearning: true } } },
  },
  clusters: { compute: { members: ['esxi'], drs: true } },
  machines: {
    esxi: {
      nics: [{ portgroup: 'main', address: '10.0.0.5/24' }, { portgroup: 'far' }],
      hypervisor: { product: 'esxi' },
    },
    lone: { image: 'tiny', nics: [{ portgroup: 'trunk' }] },
  },
}

async function readyToKill(t: TestContext): Promise<Killing> {
  // Slow enough that a step can be met in its middle.
  const methodDelaysMs = {
    AddVirtualSwitch: 40,
    AddHost_Task: 40,
    CreateClusterEx: 40,
    AddPortGroup: 40,
    CreateVM_Task: 40,
    PowerOnVM_Task: 40,
  }
  const inventory = { standaloneHosts: 1, hostsPerCluster: 2, machinesPerPool: 1 }
  const vcsim = await startVcsim({ inventory, methodDelaysMs, apiVersion: '8.0.2.0' })
  t.after(() => vcsim[Symbol.asyncDispose]())
  const folder = await folderFor(t)
  const file = join(folder, 'small.lab.yaml')
  await writeFile(file, JSON.stringify(small))
  return { vcsim, folder, file, bench: await openSiteBench({ vcsim, folder, site: { cluster: 'DC0_C0' } }) }
}

/** Things of somebody else, with names as near to those of the lab as can be. */
async function plantForeign(vcsim: Vcsim): Promise<void> {
  const host = '/DC0/host/DC0_C0/DC0_C0_H0'
  await govc(vcsim, 'host.vswitch.add', '-host', host, 'small_lan2')
  await govc(vcsim, 'host.portgroup.add', '-host', host, '-vswitch', 'small_lan2', 'small_main2')
  await govc(vcsim, 'folder.create', '/DC0/vm/nestlab-small2')
  await govc(vcsim, 'pool.create', '/DC0/host/DC0_C0/Resources/nestlab-small2')
  const where = ['-folder', '/DC0/vm/nestlab-small2', '-pool', '/DC0/host/DC0_C0/Resources/nestlab-small2']
  await govc(vcsim, 'vm.create', '-on=false', '-net', '/DC0/network/VM Network', ...where, 'esxi')
}

test('up and down on a vCenter, killed at each line of the journal, get there and touch nothing foreign', {
  skip,
}, async (t) => {
  const killing = await readyToKill(t)
  const { vcsim, bench } = killing
  await plantForeign(vcsim)
  const before = await inventoryOf(vcsim)
  const climbing = { verb: 'up', seen: new Set<string>() }
  while (await killAtNewLine(killing, climbing));
  assert.ok(climbing.seen.size >= 6, [...climbing.seen].join(', '))
  const status = await bench.engine.up(labOn(small), quiet)
  assert.deepEqual(
    status.machines.map(({ path, state }) => `${path} ${state}`),
    ['esxi ready', 'lone ready'],
  )
  const between = await inventoryOf(vcsim)
  for (const line of before.filter((one) => one.startsWith('/') && !one.includes(': ')))
    assert.ok(between.includes(line), line)
  const falling = { verb: 'down', seen: new Set<string>() }
  while (await killAtNewLine(killing, falling));
  await bench.engine.down(small.name, quiet).catch((error: unknown) => {
    assert.match(String(error), /no lab small/)
  })
  assert.deepEqual(await inventoryOf(vcsim), before)
})

const stored = {
  nestlab: 1,
  name: 'stored',
  switches: { lan: { portgroups: { main: {} } } },
  datastores: { data: { kind: 'local' }, shared: { kind: 'nfs' } },
  machines: {
    nas: { image: 'tiny', role: 'nas', nics: [{ portgroup: 'main', address: '10.0.0.5/24' }] },
    esxi: {
      nics: [{ portgroup: 'main', address: '10.0.0.6/24' }, { portgroup: 'main' }],
      disks: [{ size: '40GiB' }],
      hypervisor: {
        product: 'esxi',
        switches: { vSwitch0: { uplinks: ['nic1'], portgroups: { apps: {} } } },
        machines: {
          app: {
            image: 'tiny',
            nics: [{ portgroup: 'apps' }],
            disks: [{ size: '1GiB', datastore: 'shared' }],
          },
        },
      },
    },
  },
}

test('up with datastores inside a nested host, killed at each line of the journal, gets there', {
  skip,
}, async (t) => {
  const methodDelaysMs = {
    CreateVmfsDatastore: 40,
    CreateNasDatastore: 40,
    CreateVM_Task: 40,
    ReconfigVM_Task: 40,
  }
  const disks = [{ name: 'mpx.vmhba0:C0:T1:L0', sizeMiB: 40 * 1024 }]
  const empty = { machinesPerPool: 0, datastores: 0 }
  const nested = await startVcsim({ esx: true, inventory: empty, disks, methodDelaysMs })
  const inventory = { standaloneHosts: 0, hostsPerCluster: 1, machinesPerPool: 0 }
  const vcsim = await startVcsim({ inventory, methodDelaysMs })
  t.after(() => Promise.all([vcsim, nested].map((one) => one[Symbol.asyncDispose]())))
  const folder = await folderFor(t)
  const file = join(folder, 'stored.lab.yaml')
  await writeFile(file, JSON.stringify(stored))
  const site = { cluster: 'DC0_C0', reach: { esxi: nested.url.href } }
  const bench = await openSiteBench({ vcsim, nested: [nested], folder, site })
  const climbing = { verb: 'up', seen: new Set<string>() }
  while (await killAtNewLine({ vcsim, nested, folder, file, bench }, climbing));
  const seen = [...climbing.seen].filter((line) => line.includes('put-datastore'))
  assert.ok(seen.length >= 3, [...climbing.seen].join(', '))
  const status = await bench.engine.up(labOn(stored), quiet)
  assert.ok(status.machines.every(({ state }) => state === 'ready'))
  const stores = (await govc(nested, 'ls', 'datastore')).trim().split('\n')
  assert.deepEqual(stores.map((path) => path.split('/').at(-1)).toSorted(), [
    'stored_esxi_data',
    'stored_shared',
  ])
  const machines = (await govc(nested, 'ls', 'vm')).trim().split('\n')
  assert.equal(machines.length, 2, machines.join())
  assert.deepEqual((await bench.engine.plan(labOn(stored), {}, never)).steps, [])
})
