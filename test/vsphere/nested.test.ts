/** Inside nested ESXi hosts: another simulator stands for each, and is driven as the outer one is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { never } from './provider-bench.ts'
import { refusal } from './provider-tries.ts'
import { folderFor, inventoryOf, labOn, openSiteBench } from './site-bench.ts'
import { startStrict } from './strict-bench.ts'
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

/** A strict host has its own NIC on its own switch. */
const strictLevels = structuredClone(twoLevels)
strictLevels.machines.esxi.hypervisor.switches.vSwitch0.uplinks = ['nic1']

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

test('a password that a nested host refuses is tried once in a command, and named', async (t) => {
  const center = { ...(await startStrict({ kind: 'vcenter', apiVersion: '6.7' })), pid: 0 }
  const host = { ...(await startStrict({ kind: 'esxi', apiVersion: '6.7' })), pid: 0 }
  t.after(() => Promise.all([center, host].map((one) => one.close())))
  const site = { reach: { esxi: host.url.href } }
  const folder = await folderFor(t)
  const wrong = { ...host, password: 'not-this-one' }
  const { engine } = await openSiteBench({ vcsim: center, nested: [wrong], folder, site })
  const logins = () => host.controls.calls.filter((method) => method === 'Login').length
  const failing = async () => {
    const before = logins()
    const failed = await refusal(engine.up(labOn(strictLevels), quiet))
    assert.equal(failed.code, 'step-failed')
    assert.match(failed.message, /esxi does not let .* in at 127\.0\.0\.1/)
    assert.ok(!failed.message.includes('not-this-one'))
    return logins() - before
  }
  // The first time it boots; the second time it runs already, and is looked into before anything is planned.
  assert.deepEqual([await failing(), await failing()], [1, 1])
  const before = logins()
  const { machines } = await engine.status('two-levels', never)
  assert.deepEqual(
    [machines.map(({ state }) => state), logins() - before],
    [['ready', 'unknown', 'unknown'], 1],
  )
  const { engine: right } = await openSiteBench({ vcsim: center, nested: [host], folder, site })
  const status = await right.up(labOn(strictLevels), quiet)
  assert.ok(status.machines.every(({ state }) => state === 'ready'))
  await right.down('two-levels', quiet)
})
