/** What the provider makes on vSphere, read back by another client. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { never, orderOf } from './provider-bench.ts'
import { group, learning, openFor, simulator, switchOf, trunk } from './provider-tries.ts'
import { govc, lackingGo } from './vcsim.ts'

const skip = lackingGo()

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
