/** The home lab of `examples/rick-mur.lab.yaml` on a vCenter: brought up, read back by another client, taken down. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { never } from './provider-bench.ts'
import { folderFor, inventoryOf, labOn, nestedPassword, openSiteBench } from './site-bench.ts'
import { govc, lackingGo, startVcsim, type Vcsim } from './vcsim.ts'

const file = fileURLToPath(new URL('../../examples/rick-mur.lab.yaml', import.meta.url))
const skip = lackingGo()
const inventory = { standaloneHosts: 0, hostsPerCluster: 2, machinesPerPool: 1 }
const quiet = { onEvent: () => {}, signal: never }

async function rickMurOn(t: TestContext) {
  const vcsim = await startVcsim({ inventory })
  t.after(() => vcsim[Symbol.asyncDispose]())
  const bench = await openSiteBench({ vcsim, folder: await folderFor(t) })
  return { vcsim, bench, lab: labOn(readFileSync(file), { file }) }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

interface GovcMachine {
  readonly config: {
    readonly version: string
    readonly guestId: string
    readonly uuid: string
    readonly nestedHVEnabled?: boolean
    readonly flags: Readonly<Record<string, unknown>>
    readonly hardware: {
      readonly numCPU: number
      readonly memoryMB: number
      readonly device: readonly Readonly<Record<string, unknown>>[]
    }
    readonly extraConfig: readonly { readonly key: string; readonly value: string }[]
  }
  readonly runtime: { readonly powerState: string; readonly host: { readonly value: string } }
}

async function machineOf(vcsim: Vcsim, path: string): Promise<GovcMachine> {
  const [machine] = JSON.parse(await govc(vcsim, 'vm.info', '-json', path)).virtualMachines
  return machine
}

test('a home lab comes up on a vCenter as its file says, and another client reads it back', {
  skip,
}, async (t) => {
  const { vcsim, bench, lab } = await rickMurOn(t)
  const before = await inventoryOf(vcsim)
  const { engine } = bench
  const status = await engine.up(lab, quiet)
  const top = status.machines.filter(({ level }) => level === 1).map(({ path, state }) => `${path} ${state}`)
  const names = ['esxi-a-1', 'esxi-a-2', 'esxi-b-1', 'esxi-b-2', 'kvm-1', 'kvm-2', 'kvm-3', 'kvm-4']
  assert.deepEqual(
    top,
    names.map((name) => `${name} ready`),
  )
  assert.match(status.notes?.join(' ') ?? '', /count as up as soon as they have power/)

  for (const host of ['DC0_C0_H0', 'DC0_C0_H1']) {
    const groups: { spec: Record<string, unknown> }[] = JSON.parse(
      await govc(vcsim, 'host.portgroup.info', '-json', '-host', `/DC0/host/DC0_C0/${host}`),
    ).portgroup
    const own = groups.map(({ spec }) => spec).filter(({ name }) => String(name).startsWith('rick-mur_'))
    const closed = { allowPromiscuous: false, macChanges: true, forgedTransmits: true }
    const open = { allowPromiscuous: true, macChanges: true, forgedTransmits: true }
    assert.deepEqual(own, [
      {
        name: 'rick-mur_management',
        vlanId: 0,
        vswitchName: 'rick-mur_vSwitch0',
        policy: { security: closed },
      },
      {
        name: 'rick-mur_trunk',
        vlanId: 4095,
        vswitchName: 'rick-mur_vSwitch0',
        policy: { security: open },
      },
    ])
  }

  const esxi = await machineOf(vcsim, '/DC0/vm/nestlab-rick-mur/esxi-a-1')
  assert.equal(esxi.runtime.powerState, 'poweredOn')
  assert.equal(esxi.config.guestId, 'vmkernel5Guest')
  assert.equal(esxi.config.nestedHVEnabled, true)
  assert.deepEqual([esxi.config.hardware.numCPU, esxi.config.hardware.memoryMB], [2, 6144])
  assert.deepEqual(
    [
      esxi.config.flags.virtualExecUsage,
      esxi.config.flags.virtualMmuUsage,
      esxi.config.flags.diskUuidEnabled,
    ],
    ['hvOn', 'on', true],
  )
  const wanted = lab.top.machines.find(({ name }) => name === 'esxi-a-1')
  const nics = esxi.config.hardware.device.filter((device) => 'macAddress' in device)
  assert.deepEqual(
    nics.map(({ macAddress }) => macAddress),
    wanted?.nics.map(({ mac }) => mac),
  )
  const settings = new Map(esxi.config.extraConfig.map(({ key, value }) => [key, value]))
  assert.equal(settings.get('guestinfo.ipaddress'), wanted?.nics[0]?.address?.ip)

  for (const [cluster, members] of [
    ['compute-a', ['esxi-a-1', 'esxi-a-2']],
    ['compute-b', ['esxi-b-1', 'esxi-b-2']],
  ] as const) {
    const path = `/DC0/host/nestlab-rick-mur/${cluster}`
    const addresses = members.map(
      (name) => lab.top.machines.find((one) => one.name === name)?.nics[0]?.address?.ip ?? '',
    )
    const hosts = (await govc(vcsim, 'find', path, '-type', 'h')).split('\n').filter(Boolean)
    assert.deepEqual(hosts.toSorted(), addresses.map((address) => `${path}/${address}`).toSorted())
    const [read] = JSON.parse(await govc(vcsim, 'object.collect', '-json', path, 'configurationEx'))
    assert.deepEqual([read.val.drsConfig.enabled, read.val.dasConfig.enabled], [true, true])
  }

  // A switch without uplinks is one network only on one host, so all its machines are there.
  const homes = new Set<string>()
  for (const name of names) {
    homes.add((await machineOf(vcsim, `/DC0/vm/nestlab-rick-mur/${name}`)).runtime.host.value)
  }
  assert.equal(homes.size, 1)

  assert.ok((await inventoryOf(vcsim)).includes('/DC0/vm/nestlab-rick-mur/kvm-4'))
  const written = await Promise.all(
    (await filesBelow(bench.roots.state)).map((path) => readFile(path, 'utf8')),
  )
  assert.ok(written.length >= 3)
  for (const secret of [vcsim.password, nestedPassword])
    assert.ok(written.every((text) => !text.includes(secret)) && !JSON.stringify(status).includes(secret))
  const again = await engine.plan(lab, {}, never)
  assert.deepEqual(again.steps, [])
  const removed = await engine.down('rick-mur', quiet)
  assert.ok(removed.includes('esxi-a-1') && removed.includes('vSwitch0'), removed.join(', '))
  assert.deepEqual(await inventoryOf(vcsim), before)
  assert.deepEqual(await engine.labs(), [])
})

test('a plan on a vCenter shows every call that it would make, and makes none of them', {
  skip,
}, async (t) => {
  const { vcsim, bench, lab } = await rickMurOn(t)
  const before = await inventoryOf(vcsim)
  const { calls = [] } = await bench.engine.plan(lab, {}, never)
  const lines = calls.flatMap((step) => step.calls)
  for (const name of ['esxi-a-1', 'esxi-b-2', 'kvm-4']) {
    const [line, ...others] = lines.filter((one) => one.startsWith(`CreateVM_Task nestlab-rick-mur/${name}:`))
    assert.ok(line && others.length === 0, name)
    assert.match(line, /ethernet0|VirtualVmxnet3/)
  }
  const trunks = lines.filter((one) => one.startsWith('AddPortGroup rick-mur_trunk on '))
  assert.equal(trunks.length, 2)
  assert.match(trunks[0] ?? '', /vlanId 4095.*allowPromiscuous true/)
  assert.equal(lines.filter((one) => one.startsWith('PowerOnVM_Task')).length, 8)
  assert.deepEqual(await inventoryOf(vcsim), before)
})
