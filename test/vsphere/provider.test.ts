/** What the provider makes on vSphere, read back by another client; and what it refuses, with nothing done. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Failure } from '#failure'
import type { LabSwitch, PortGroup } from '#lab'
import { type LevelWish, never, openOn, orderOf } from './provider-bench.ts'
import { inventoryOf } from './site-bench.ts'
import { govc, lackingGo, startVcsim, type Vcsim, type VcsimOptions } from './vcsim.ts'

const skip = lackingGo()
const inventory = { standaloneHosts: 0, hostsPerCluster: 2, machinesPerPool: 1 }
const host = '/DC0/host/DC0_C0/DC0_C0_H1'

async function simulator(t: TestContext, more: VcsimOptions = {}): Promise<Vcsim> {
  const vcsim = await startVcsim({ inventory, apiVersion: '8.0.2.0', ...more })
  t.after(() => vcsim[Symbol.asyncDispose]())
  return vcsim
}

async function openFor(t: TestContext, vcsim: Vcsim, wish: LevelWish = {}) {
  const provider = await openOn(vcsim, { lab: 'tried', ...wish })
  t.after(() => provider.close())
  return provider
}

const security = { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'reject' } as const

function group(name: string, more: Partial<PortGroup> = {}): PortGroup {
  return { name, vlan: { mode: 'none' }, security, ...more }
}

function switchOf(more: Partial<LabSwitch> = {}): LabSwitch {
  return { name: 'lan', kind: 'standard', mtu: 1500, uplinks: [], portgroups: [group('main')], ...more }
}

async function refusal(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => assert.fail('it was not refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Failure, String(error))
  return error
}

const learning = { by: 'switch', limit: 4096, limitPolicy: 'drop', flooding: true, ageingS: 300 } as const
const trunk = {
  mode: 'trunk',
  ranges: [
    { from: 10, to: 20 },
    { from: 30, to: 30 },
  ],
} as const

test('a distributed switch has VLAN ranges, policies, MAC learning and ephemeral ports', {
  skip,
}, async (t) => {
  const vcsim = await simulator(t)
  const provider = await openFor(t, vcsim)
  const portgroups = [
    group('far', { vlan: trunk, macLearning: learning }),
    group('near', { vlan: { mode: 'access', id: 7 }, binding: 'ephemeral' }),
  ]
  await provider.putSwitch(
    switchOf({ name: 'wide', kind: 'distributed', mtu: 9000, portgroups }),
    'one',
    never,
  )
  const [far, near] = await Promise.all(
    ['far', 'near'].map(async (name) => {
      const path = `/DC0/network/tried_${name}`
      const [read] = JSON.parse(await govc(vcsim, 'object.collect', '-json', path, 'config'))
      return read.val
    }),
  )
  assert.deepEqual(
    far.defaultPortConfig.vlan.vlanId.map(({ start, end }: Record<string, number>) => [start, end]),
    [
      [10, 20],
      [30, 30],
    ],
  )
  const { macManagementPolicy: management, securityPolicy } = far.defaultPortConfig
  assert.deepEqual(
    [management.allowPromiscuous, management.forgedTransmits, management.macChanges],
    [false, true, false],
  )
  assert.equal(securityPolicy.forgedTransmits.value, true)
  const { enabled, allowUnicastFlooding, limit, limitPolicy } = management.macLearningPolicy
  assert.deepEqual([enabled, allowUnicastFlooding, limit, limitPolicy], [true, true, 4096, 'DROP'])
  assert.deepEqual(
    [far.type, near.type, near.defaultPortConfig.vlan.vlanId],
    ['earlyBinding', 'ephemeral', 7],
  )
  const [dvs] = JSON.parse(
    await govc(vcsim, 'object.collect', '-json', '/DC0/network/tried_wide', 'config.maxMtu'),
  )
  assert.equal(dvs.val, 9000)
  const { switches } = await provider.inspect(never)
  assert.deepEqual(switches, [{ name: 'wide', digest: 'one', alive: true }])
})

test('a machine on a distributed switch is plugged into its port group', { skip }, async (t) => {
  const vcsim = await simulator(t)
  const provider = await openFor(t, vcsim)
  await provider.putSwitch(switchOf({ name: 'wide', kind: 'distributed' }), 'one', never)
  await provider.create(orderOf('web', [{ switchName: 'wide', portgroup: 'main' }]), never)
  const networks = await govc(vcsim, 'object.collect', '-s', '/DC0/vm/nestlab-tried/web', 'network')
  const [group] = JSON.parse(await govc(vcsim, 'object.collect', '-json', '/DC0/network/tried_main', 'key'))
  assert.ok(networks.includes(group.val), networks)
})

test('a machine has the hardware that its file names', { skip }, async (t) => {
  const vcsim = await simulator(t)
  const provider = await openFor(t, vcsim, { source: { kind: 'iso', path: '[LocalDS_0] esxi.iso' } })
  await provider.putSwitch(switchOf(), 'one', never)
  const traits = {
    hardware: {
      version: 11,
      guestId: 'vmkernel6Guest',
      firmware: 'efi',
      coresPerSocket: 2,
      settings: { 'guestinfo.ssh': 'True' },
    },
    bootDiskMiB: 2048,
    disks: [
      { sizeMiB: 1024, kind: 'ssd' },
      { sizeMiB: 512, kind: 'sata', thin: false },
    ],
    nicModels: ['e1000e'],
  } as const
  const inside = { owner: 'esxi', switches: [], machines: [] }
  const hypervisor = { product: 'esxi', version: '6.0', inside }
  const order = orderOf('esxi', [{ switchName: 'lan', portgroup: 'main' }], { traits, hypervisor })
  await provider.create(order, never)
  const [{ config }] = JSON.parse(
    await govc(vcsim, 'vm.info', '-json', '/DC0/vm/nestlab-tried/esxi'),
  ).virtualMachines
  assert.deepEqual(
    [
      config.version,
      config.guestId,
      config.firmware,
      config.nestedHVEnabled,
      config.hardware.numCoresPerSocket,
    ],
    ['vmx-11', 'vmkernel6Guest', 'efi', true, 2],
  )
  const devices: Record<string, unknown>[] = config.hardware.device
  assert.deepEqual(
    devices.flatMap(({ capacityInKB }) => (capacityInKB === undefined ? [] : Number(capacityInKB) / 1024)),
    [2048, 1024, 512],
  )
  const listed = await govc(vcsim, 'device.ls', '-vm', '/DC0/vm/nestlab-tried/esxi')
  for (const type of ['ParaVirtualSCSIController', 'VirtualAHCIController', 'VirtualE1000e', 'VirtualCdrom'])
    assert.equal(listed.split('\n').filter((line) => line.includes(type)).length, 1, listed)
  assert.match(JSON.stringify(devices), /\[LocalDS_0\] esxi\.iso/)
  assert.deepEqual(
    devices.flatMap(({ macAddress }) => macAddress ?? []),
    [order.machine.nics[0]?.mac],
  )
  const settings = new Map(config.extraConfig.map(({ key, value }: Record<string, string>) => [key, value]))
  assert.equal(settings.get('guestinfo.ssh'), 'True')
  assert.equal(settings.get('scsi0:1.virtualSSD'), '1')
  assert.equal(settings.get('nestlab.lab'), 'tried')
})

test('names that somebody else has are refused, and nothing is done', { skip }, async (t) => {
  const vcsim = await simulator(t)
  await govc(vcsim, 'host.vswitch.add', '-host', host, 'tried_lan')
  await govc(vcsim, 'host.vswitch.add', '-host', host, 'other')
  await govc(vcsim, 'host.portgroup.add', '-host', host, '-vswitch', 'other', 'tried_front')
  const before = await inventoryOf(vcsim)
  const provider = await openFor(t, vcsim)
  const byName = await refusal(provider.putSwitch(switchOf(), 'one', never))
  assert.equal(byName.code, 'vsphere-name-taken')
  assert.match(byName.message, /tried_lan/)
  const named = switchOf({ name: 'dmz', portgroups: [group('front')] })
  const byGroup = await refusal(provider.putSwitch(named, 'one', never))
  assert.match(byGroup.message, /tried_front/)
  const wide = switchOf({ name: 'wide', kind: 'distributed', portgroups: [group('front')] })
  assert.match((await refusal(provider.putSwitch(wide, 'one', never))).message, /tried_front/)
  assert.ok((await provider.clear(never)).every((line) => /record|folder|pool/.test(line)))
  assert.deepEqual(await inventoryOf(vcsim), before)
})

test('a folder or pool that somebody else has is refused before anything is made', { skip }, async (t) => {
  for (const make of [
    ['folder.create', '/DC0/vm/nestlab-tried'],
    ['pool.create', '/DC0/host/DC0_C0/Resources/nestlab-tried'],
  ]) {
    const vcsim = await simulator(t)
    await govc(vcsim, ...make)
    const before = await inventoryOf(vcsim)
    const provider = await openFor(t, vcsim)
    assert.match((await refusal(provider.putSwitch(switchOf(), 'one', never))).message, /nestlab-tried/)
    assert.deepEqual(await inventoryOf(vcsim), before)
  }
})

test('what others have put into the folder or onto a switch of the lab stops its removal', {
  skip,
}, async (t) => {
  const vcsim = await simulator(t)
  const provider = await openFor(t, vcsim)
  await provider.putSwitch(switchOf(), 'one', never)
  await provider.create(orderOf('web', [{ switchName: 'lan', portgroup: 'main' }]), never)
  await govc(vcsim, 'host.portgroup.add', '-host', host, '-vswitch', 'tried_lan', 'guest of others')
  await govc(
    vcsim,
    'vm.create',
    '-on=false',
    '-net',
    '/DC0/network/VM Network',
    '-folder',
    '/DC0/vm/nestlab-tried',
    'visitor',
  )
  await provider.remove('web', never)
  assert.match((await refusal(provider.dropSwitch('lan', never))).message, /guest of others/)
  await govc(vcsim, 'host.portgroup.remove', '-host', host, 'guest of others')
  await provider.dropSwitch('lan', never)
  const full = await refusal(provider.clear(never))
  assert.deepEqual([full.code, /visitor/.test(full.message)], ['vsphere-foreign-inside', true])
  await govc(vcsim, 'vm.destroy', '/DC0/vm/nestlab-tried/visitor')
  assert.ok((await provider.clear(never)).includes('folder nestlab-tried'))
})

test('a lab of the same name that somebody else brought up is left alone', { skip }, async (t) => {
  const vcsim = await simulator(t)
  const theirs = await openFor(t, vcsim, { owner: 'them' })
  await theirs.putSwitch(switchOf(), 'one', never)
  const ours = await openFor(t, vcsim, { owner: 'us' })
  for (const work of [
    () => ours.inspect(never),
    () => ours.putSwitch(switchOf(), 'two', never),
    () => ours.dropSwitch('lan', never),
    () => ours.clear(never),
  ]) {
    assert.equal((await refusal(work())).code, 'vsphere-lab-of-another')
  }
})

test('what no switch of vSphere does is refused by name', { skip }, async (t) => {
  const vcsim = await simulator(t)
  const before = await inventoryOf(vcsim)
  const provider = await openFor(t, vcsim)
  const old = await openFor(t, await simulator(t, { apiVersion: '6.5' }))
  const wide = (more: Partial<LabSwitch>) => switchOf({ kind: 'distributed', ...more })
  const learner = group('learner', { macLearning: learning })
  const cases: readonly (readonly [() => Promise<unknown>, RegExp])[] = [
    [
      () => provider.putSwitch(switchOf({ portgroups: [group('some', { vlan: trunk })] }), '1', never),
      /some.*10-20,30/,
    ],
    [() => provider.putSwitch(switchOf({ portgroups: [learner] }), '1', never), /learner/],
    [
      () => provider.putSwitch(wide({ version: '6.5.0', portgroups: [learner] }), '1', never),
      /learner.*6\.5\.0/,
    ],
    [() => old.putSwitch(wide({ portgroups: [learner] }), '1', never), /learner.*API 6\.5/],
    [() => provider.putSwitch(switchOf({ kind: 'hyperv' }), '1', never), /Hyper-V/],
    [
      () => provider.putSwitch(switchOf({ uplinks: [{ kind: 'nic', name: 'vmnic9' }] }), '1', never),
      /vmnic9/,
    ],
  ]
  for (const [work, words] of cases) assert.match((await refusal(work())).message, words)
  await provider.clear(never)
  assert.deepEqual(await inventoryOf(vcsim), before)
})

test('a lab file cannot reach files or devices of the host through settings', { skip }, async (t) => {
  const vcsim = await simulator(t)
  const provider = await openFor(t, vcsim)
  await provider.putSwitch(switchOf(), 'one', never)
  for (const name of [
    'serial0.fileName',
    'sched.swap.dir',
    'nestlab.lab',
    'scsi0:0.fileName',
    'annotation',
  ]) {
    const order = orderOf('web', [], { traits: { hardware: { settings: { [name]: '/etc/shadow' } } } })
    assert.match((await refusal(provider.create(order, never))).message, new RegExp(name.replace('.', '\\.')))
  }
  const quote = orderOf('web', [], { traits: { hardware: { settings: { 'guestinfo.x': 'a"\nb' } } } })
  assert.equal((await refusal(provider.create(quote, never))).code, 'vsphere-cannot')
  assert.deepEqual((await provider.inspect(never)).machines, [])
})

test('a machine is copied from a template, with networks of the lab only', { skip }, async (t) => {
  const vcsim = await simulator(t)
  await govc(vcsim, 'vm.markastemplate', '/DC0/vm/DC0_C0_RP0_VM0').catch(() => undefined)
  const provider = await openFor(t, vcsim, { source: { kind: 'template', name: 'DC0_C0_RP0_VM0' } })
  await provider.putSwitch(switchOf(), 'one', never)
  const order = orderOf('node', [{ switchName: 'lan', portgroup: 'main' }], { cpus: 3, memoryMiB: 512 })
  await provider.create(order, never)
  const [{ config }] = JSON.parse(
    await govc(vcsim, 'vm.info', '-json', '/DC0/vm/nestlab-tried/node'),
  ).virtualMachines
  assert.deepEqual([config.hardware.numCPU, config.hardware.memoryMB], [3, 512])
  const macs = config.hardware.device.flatMap((device: Record<string, unknown>) => device.macAddress ?? [])
  assert.deepEqual(macs, [order.machine.nics[0]?.mac])
  assert.deepEqual(
    (await provider.inspect(never)).machines.map(({ name, state }) => ({ name, state })),
    [{ name: 'node', state: 'created' }],
  )
})
