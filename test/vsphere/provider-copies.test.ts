/** Machines that are copies of prepared ones, whole and linked: on a strict server, and on vcsim with another client. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Machine } from '#lab'
import type { TemplateSource } from '../../src/providers/vsphere/index.ts'
import type { Connection } from '../../src/providers/vsphere/soap/connection.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import { at, type MoRef, textAt, type VimObject } from '../../src/providers/vsphere/soap/vim-value.ts'
import { connectTo, never, openOn, orderOf } from './provider-bench.ts'
import { refusal, switchOf } from './provider-tries.ts'
import { folderFor, inventoryOf, labOn, openSiteBench } from './site-bench.ts'
import { type Strict, startStrict } from './strict-bench.ts'
import { adapter, change, createMachine, disk, placeOn, readMachine, scsi } from './strict-place.ts'
import { govc, lackingGo, startVcsim, type Vcsim } from './vcsim.ts'

const plug = [{ switchName: 'lan', portgroup: 'main' }]
const inside = { owner: 'web', switches: [], machines: [] }
const esxi: Partial<Machine> = { hypervisor: { product: 'esxi', version: '6.5', inside } }

interface Golden {
  readonly server: Vcsim & Pick<Strict, 'picture'>
  readonly connection: Connection
  readonly machine: MoRef
}

/** A prepared machine that was once part of another lab. */
async function golden(t: TestContext, name = 'golden'): Promise<Golden> {
  const inventory = { machinesPerHost: 1 }
  const server = { ...(await startStrict({ kind: 'vcenter', apiVersion: '6.7', inventory })), pid: 0 }
  t.after(() => server.close())
  const connection = await connectTo(server)
  t.after(() => connection.close())
  return { server, connection, machine: await prepare(connection, name) }
}

async function prepare(connection: Connection, name: string): Promise<MoRef> {
  const extraConfig = Object.entries({
    'guestinfo.role': 'golden',
    'nestlab.lab': 'another',
    'nestlab.inside': 'esxi-1',
    'ethernet0.filter4.name': 'dvfilter-maclearn',
  }).map(([key, value]) => ({ key, value }))
  return await createMachine(connection, await placeOn(connection), {
    name,
    nestedHVEnabled: true,
    extraConfig,
    deviceChange: [
      change('add', scsi),
      change('add', disk(64), 'create'),
      change('add', adapter('VM Network', { macAddress: '00:50:56:00:00:01', addressType: 'manual' })),
    ],
  })
}

async function snapshotOf({ connection, machine }: Golden, name: string, memory = false): Promise<MoRef> {
  const take = { name, memory, quiesce: false }
  return (await runTask(connection, 'CreateSnapshot_Task', machine, take)) as MoRef
}

async function providerFor(t: TestContext, server: Vcsim, source: TemplateSource) {
  const calls: string[] = []
  const onCall = (method: string) => calls.push(method)
  const provider = await openOn(server, { lab: 'tried', source, onCall })
  t.after(() => provider.close())
  return { provider, calls }
}

/** All that the machine is, but for what its host tells of the moment. */
async function everythingOf({ connection, machine }: Golden) {
  const { name, config, snapshot } = await readMachine(connection, machine)
  return { name, config, snapshot }
}

async function madeMachine({ connection }: Golden, name: string) {
  const search = connection.service('searchIndex')
  const inventoryPath = `DC0/vm/nestlab-tried/${name}`
  const ref = (await connection.call('FindByInventoryPath', search, { inventoryPath })) as MoRef
  return await readMachine(connection, ref)
}

const settingsOf = (config: unknown) =>
  Object.fromEntries(
    ((at(config as VimObject, 'extraConfig') ?? []) as readonly { key: string; value: string }[]).map(
      ({ key, value }) => [key, value],
    ),
  )

const macsOf = (devices: readonly VimObject[]) =>
  devices.flatMap(({ macAddress }) => (typeof macAddress === 'string' ? [macAddress] : []))

for (const linked of [undefined, {}, { snapshot: 'sealed' }]) {
  const how = linked ? `linked to ${linked.snapshot ?? 'the current snapshot'}` : 'whole'
  test(`a copy, ${how}, has an identity of its own, and its original is left as it was`, async (t) => {
    const original = await golden(t)
    await snapshotOf(original, 'sealed')
    const before = await everythingOf(original)
    const { provider, calls } = await providerFor(t, original.server, {
      kind: 'template',
      name: 'golden',
      linked,
    })
    await provider.putSwitch(switchOf(), 'one', never)
    const traits = { disks: [{ sizeMiB: 32, kind: 'ssd' as const }] }
    const order = orderOf('web', plug, { cpus: 3, traits, ...esxi })
    const lines = (await provider.describe?.({ do: 'create-machine', machine: order.machine }, never)) ?? []
    const line = lines.find((one) => one.startsWith('CloneVM_Task')) ?? ''
    assert.match(
      line,
      linked ? /from golden, linked to its snapshot sealed: .*createNewChild/ : /from golden: /,
    )
    assert.ok(!calls.includes('CloneVM_Task'))
    await provider.create(order, never)
    await provider.create(order, never)
    assert.equal(calls.filter((method) => method === 'CloneVM_Task').length, 1)

    const { config, devices } = await madeMachine(original, 'web')
    assert.deepEqual(macsOf(devices), [order.machine.nics[0]?.mac])
    assert.equal(at(config, 'uuid'), order.machine.uuid)
    assert.notEqual(at(config, 'instanceUuid'), at(before.config, 'instanceUuid'))
    const [boot, data] = devices.filter(({ $type }) => $type === 'VirtualDisk')
    assert.equal(textAt(boot, 'backing', 'parent', 'fileName'), linked && '[datastore1] golden/golden.vmdk')
    assert.equal(at(data, 'capacityInKB'), 32 * 1024)
    const settings = settingsOf(config)
    assert.equal(settings['guestinfo.role'], 'golden')
    assert.deepEqual([settings['nestlab.lab'], settings['scsi1:0.virtualSSD']], ['tried', '1'])
    assert.ok(!settings['nestlab.inside'] && !settings['ethernet0.filter4.name'])
    await provider.start('web', never)
    assert.deepEqual(
      (await provider.inspect(never)).machines.map(({ name, state }) => `${name} ${state}`),
      ['web running'],
    )
    await provider.remove('web', never)
    await provider.dropSwitch('lan', never)
    await provider.clear(never)
    assert.deepEqual(await everythingOf(original), before)
    const files = (await readMachine(original.connection, original.machine)).devices
    assert.equal(files.filter(({ $type }) => $type === 'VirtualDisk').length, 1)
  })
}

const linkedTo = (snapshot?: string): TemplateSource => ({
  kind: 'template',
  name: 'golden',
  linked: { snapshot },
})

test('what is not prepared is refused with what to do, in the plan already, and nothing is made', async (t) => {
  const original = await golden(t)
  const { server, connection, machine } = original
  const before = server.picture()
  const refused = async (source: TemplateSource, more: Partial<Machine> = {}) => {
    const { provider } = await providerFor(t, server, source)
    const { machine: wanted } = orderOf('web', [], more)
    const planned = await refusal(
      provider.describe?.({ do: 'create-machine', machine: wanted }, never) ?? Promise.resolve(),
    )
    const done = await refusal(provider.create(orderOf('web', [], more), never))
    assert.equal(done.message, planned.message)
    return done
  }
  const none = await refused(linkedTo())
  assert.equal(none.code, 'vsphere-no-snapshot')
  assert.match(none.remedy, /take a snapshot/)
  await snapshotOf(original, 'sealed')
  assert.match((await refused(linkedTo('seeled'))).message, /no snapshot seeled but sealed/)
  assert.match((await refused({ kind: 'template', name: 'silver' })).message, /no machine to copy silver/)
  assert.match((await refused({ kind: 'template', name: 'DC0/vm/silver' })).message, /DC0\/vm\/silver/)
  const large = await refused(linkedTo(), { traits: { bootDiskMiB: 128 } })
  assert.match(large.message, /first disk has 64 MiB, and 128 MiB/)

  await runTask(connection, 'PowerOnVM_Task', machine, {})
  await snapshotOf(original, 'running', true)
  assert.match((await refused({ kind: 'template', name: 'golden' }, esxi)).message, /it is on/)
  assert.match((await refused(linkedTo('running'), esxi)).message, /running was taken while it was on/)
  await runTask(connection, 'PowerOffVM_Task', machine, {})

  const place = await placeOn(connection)
  const elsewhere = (await connection.call('CreateFolder', place.folder, { name: 'other' })) as MoRef
  const spec = { location: { pool: place.pool }, template: false, powerOn: false }
  const twin = await runTask(connection, 'CloneVM_Task', machine, { folder: elsewhere, name: 'golden', spec })
  assert.match((await refused({ kind: 'template', name: 'golden' })).message, /2 machines of that name/)
  await runTask(connection, 'Destroy_Task', twin as MoRef, {})
  await runTask(connection, 'Destroy_Task', elsewhere, {})
  assert.deepEqual(server.picture(), before)
})

test('a lone ESXi host copies nothing, and says so before anything is made', async (t) => {
  const server = { ...(await startStrict({ kind: 'esxi', apiVersion: '6.7' })), pid: 0 }
  t.after(() => server.close())
  const { provider } = await providerFor(t, server, { kind: 'template', name: 'golden' })
  const refused = await refusal(provider.create(orderOf('web', []), never))
  assert.match(refused.message, /an ESXi host alone copies no machines/)
  assert.deepEqual((await provider.inspect(never)).machines, [])
})

const quiet = { onEvent: () => {}, signal: never }
const sealed = { linked: true, followsMac: true, newUuid: true, resignature: true }
const cloned = {
  name: 'cloned',
  switches: { lan: { portgroups: { main: {} } } },
  machines: {
    one: {
      clone: { of: 'DC0_C0_RP0_VM0', ...sealed },
      nics: [{ portgroup: 'main' }],
      hypervisor: { product: 'esxi' },
    },
    two: { clone: { of: 'one', ...sealed }, nics: [{ portgroup: 'main' }], hypervisor: { product: 'esxi' } },
  },
}

test('a lab of copies comes up on a vCenter and goes, and what they are copies of stays', {
  skip: lackingGo(),
}, async (t) => {
  const inventory = { standaloneHosts: 0, hostsPerCluster: 2, machinesPerPool: 1 }
  const vcsim = await startVcsim({ inventory, autostart: false })
  t.after(() => vcsim[Symbol.asyncDispose]())
  await govc(vcsim, 'snapshot.create', '-vm', '/DC0/vm/DC0_C0_RP0_VM0', '-m=false', 'sealed')
  const original = async () => {
    const [read] = JSON.parse(await govc(vcsim, 'vm.info', '-json', '/DC0/vm/DC0_C0_RP0_VM0')).virtualMachines
    return [read.config, read.snapshot, read.runtime.powerState]
  }
  const before = [await inventoryOf(vcsim), await original()]
  const { engine } = await openSiteBench({
    vcsim,
    folder: await folderFor(t),
    site: { emptyDisks: false },
  })
  const lab = labOn(cloned)
  const { calls = [] } = await engine.plan(lab, {}, never)
  const clones = calls.flatMap((step) => step.calls).filter((line) => line.startsWith('CloneVM_Task'))
  assert.equal(clones.length, 2)
  assert.ok(clones.every((line) => /from DC0_C0_RP0_VM0, linked to its snapshot sealed/.test(line)))
  const status = await engine.up(lab, quiet)
  assert.deepEqual(
    status.machines.map(({ path, state }) => `${path} ${state}`),
    ['one ready', 'two ready'],
  )
  for (const { name, uuid, nics } of lab.top.machines) {
    const [{ config }] = JSON.parse(
      await govc(vcsim, 'vm.info', '-json', `/DC0/vm/nestlab-cloned/${name}`),
    ).virtualMachines
    assert.equal(config.uuid, uuid)
    const macs = config.hardware.device.flatMap((device: VimObject) => device.macAddress ?? [])
    assert.deepEqual(
      macs,
      nics.map(({ mac }) => mac),
    )
  }
  assert.deepEqual((await engine.plan(lab, {}, never)).steps, [])
  await engine.down('cloned', quiet)
  assert.deepEqual([await inventoryOf(vcsim), await original()], before)
})

test('a copy of a machine that is installed is refused with what to prepare', {
  skip: lackingGo(),
}, async (t) => {
  const vcsim = await startVcsim({
    inventory: { standaloneHosts: 0, hostsPerCluster: 1, machinesPerPool: 1 },
  })
  t.after(() => vcsim[Symbol.asyncDispose]())
  const { engine } = await openSiteBench({ vcsim, folder: await folderFor(t) })
  const { one, two } = cloned.machines
  const installed = { ...cloned, machines: { one: { ...one, clone: undefined }, two } }
  const refused = await refusal(engine.up(labOn(installed), quiet))
  assert.match(refused.message, /two is a copy of one.*nestlab site set sim-center images\.one GOLDEN/s)
})
