/** Inside nested ESXi hosts: another simulator stands for each, and is driven as the outer one is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { never } from './provider-bench.ts'
import { folderFor, inventoryOf, labOn, openSiteBench } from './site-bench.ts'
import { govc, lackingGo, startVcsim } from './vcsim.ts'

const skip = lackingGo()
const quiet = { onEvent: () => {}, signal: never }

const twoLevels = {
  name: 'two-levels',
  switches: {
    lan: { portgroups: { main: {}, trunk: { vlan: 'all', security: { promiscuous: 'accept' } } } },
  },
  machines: {
    esxi: {
      nics: [{ portgroup: 'main' }, { portgroup: 'trunk' }],
      hypervisor: {
        product: 'esxi',
        version: '6.7',
        switches: { vSwitch0: { uplinks: ['nic0'], portgroups: { apps: { vlan: 20 } } } },
        machines: {
          app: { image: 'tiny', count: 2, nics: [{ portgroup: 'apps' }], disks: [{ size: '1GiB' }] },
        },
      },
    },
  },
}

test('machines come up inside a nested ESXi, on its own switches, and stop before it does', {
  skip,
}, async (t) => {
  const inventory = { standaloneHosts: 0, hostsPerCluster: 1, machinesPerPool: 0 }
  const vcsim = await startVcsim({ inventory })
  const nested = await startVcsim({ esx: true, inventory: { machinesPerPool: 0 } })
  t.after(async () => {
    await nested[Symbol.asyncDispose]()
    await vcsim[Symbol.asyncDispose]()
  })
  const insideBefore = await inventoryOf(nested)
  const site = { reach: { esxi: nested.url.href } }
  const { engine } = await openSiteBench({ vcsim, nested: [nested], folder: await folderFor(t), site })
  const lab = labOn(twoLevels)
  const status = await engine.up(lab, quiet)
  assert.deepEqual(
    status.machines.map(({ path, state }) => `${path} ${state}`),
    ['esxi ready', 'esxi/app-1 ready', 'esxi/app-2 ready'],
  )
  const groups = JSON.parse(await govc(nested, 'host.portgroup.info', '-json')).portgroup
  const own = groups.find(({ spec }: { spec: { name: string } }) => spec.name === 'two-levels_apps')
  assert.deepEqual([own.spec.vlanId, own.spec.vswitchName], [20, 'two-levels_vSwitch0'])
  const switches = JSON.parse(await govc(nested, 'host.vswitch.info', '-json')).vswitch
  const uplinked = switches.find(({ name }: { name: string }) => name === 'two-levels_vSwitch0')
  assert.deepEqual(uplinked.spec.bridge.nicDevice, ['vmnic0'])
  const [app] = JSON.parse(await govc(nested, 'vm.info', '-json', 'two-levels_app-1')).virtualMachines
  assert.equal(app.runtime.powerState, 'poweredOn')

  assert.deepEqual((await engine.plan(lab, {}, never)).steps, [])
  const order: string[] = []
  await engine.stop('two-levels', [], {
    onEvent: (event) => event.kind === 'step-done' && order.push(event.step.id),
    signal: never,
  })
  assert.equal(order.at(-1), 'stop-machine esxi')
  assert.equal(order.length, 3)
  const started = await engine.start('two-levels', [], quiet)
  assert.ok(started.machines.every(({ state }) => state === 'ready'))
  const without = structuredClone(twoLevels)
  without.machines.esxi.hypervisor.machines.app.count = 1
  const fewer = await engine.up(labOn(without), quiet)
  assert.deepEqual(
    fewer.machines.map(({ path }) => path),
    ['esxi', 'esxi/app-1'],
  )
  const fewest = { ...without.machines.esxi.hypervisor, switches: {}, machines: {} }
  const empty = { ...without, machines: { esxi: { ...without.machines.esxi, hypervisor: fewest } } }
  await engine.up(labOn(empty), quiet)
  const record = /two-levels_record$/
  assert.deepEqual(
    (await inventoryOf(nested)).filter((line) => !record.test(line)),
    insideBefore,
  )
  await engine.down('two-levels', quiet)
})

test('a nested ESXi that does not answer is waited for, and named when it stays silent', {
  skip,
}, async (t) => {
  const vcsim = await startVcsim({
    inventory: { standaloneHosts: 0, hostsPerCluster: 1, machinesPerPool: 0 },
  })
  t.after(() => vcsim[Symbol.asyncDispose]())
  const site = { reach: { esxi: 'https://127.0.0.1:9/sdk' } }
  const { engine } = await openSiteBench({ vcsim, folder: await folderFor(t), site, bootLimitMs: 1500 })
  const failed = await engine.up(labOn(twoLevels), quiet).then(
    () => assert.fail('it came up'),
    (error: unknown) => String(error),
  )
  assert.match(failed, /esxi.*nobody answers at https:\/\/127\.0\.0\.1:9/s)
  const { machines } = await engine.status('two-levels', never)
  assert.deepEqual(
    machines.map(({ path, state }) => `${path} ${state}`),
    ['esxi ready', 'esxi/app-1 unknown', 'esxi/app-2 unknown'],
  )
})
