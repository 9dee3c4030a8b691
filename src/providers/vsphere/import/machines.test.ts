import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VimValue } from '../soap/vim-value.ts'
import { esxiVersion, guessedVersion } from './esxi-version.ts'
import { isNestedEsxi, readMachine } from './machines.ts'

const read = (properties: Readonly<Record<string, VimValue>>) =>
  readMachine({
    ref: { type: 'VirtualMachine', value: 'vm-1' },
    properties: new Map(Object.entries(properties)),
  })

test('what is not told stays unknown and never becomes no', () => {
  const machine = read({ name: 'web%2fa' })
  assert.equal(machine.name, 'web/a')
  assert.equal(machine.isReadable, false)
  for (const key of ['exposesVirtualization', 'execution', 'firmware', 'hardwareVersion', 'cpus'] as const)
    assert.ok(!(key in machine), key)
})

test('of settings only those that decide about nesting are kept', () => {
  const option = (key: string, value: VimValue) => ({ $type: 'OptionValue', key, value })
  const { settings } = read({
    'config.extraConfig': [
      option('vhv.enable', 'TRUE'),
      option('hvh.enable', 'TRUE'),
      option('monitor.virtual_mmu', 'software'),
      option('hypervisor.cpuid.v0', 'FALSE'),
      option('ethernet0.filter4.name', 'dvfilter-maclearn'),
      option('guestinfo.password', 'hunter2'),
      option('svga.present', 'TRUE'),
    ],
  })
  assert.deepEqual(Object.keys(settings), [
    'vhv.enable',
    'hvh.enable',
    'monitor.virtual_mmu',
    'hypervisor.cpuid.v0',
    'ethernet0.filter4.name',
  ])
})

test('the execution mode is that of CPU and memory together', () => {
  const rows = [
    ['hvOn', 'on', 'hardware'],
    ['hvAuto', 'on', 'automatic'],
    ['hvOn', 'off', 'software'],
    ['hvOff', 'automatic', 'software'],
  ] as const
  for (const [virtualExecUsage, virtualMmuUsage, mode] of rows)
    assert.equal(read({ 'config.flags': { virtualExecUsage, virtualMmuUsage } }).execution, mode)
})

test('cards, disks and devices of the host are read with what they are plugged into', () => {
  const device: VimValue[] = [
    { $type: 'VirtualNVMEController', key: 31_000 },
    {
      $type: 'VirtualVmxnet3',
      key: 4001,
      macAddress: '00:50:56:AA:BB:CC',
      backing: { port: { portgroupKey: 'dvportgroup-7', switchUuid: 'x' } },
    },
    {
      $type: 'VirtualE1000',
      key: 4000,
      macAddress: '00:50:56:00:00:01',
      backing: { deviceName: 'VM Network' },
    },
    {
      $type: 'VirtualDisk',
      controllerKey: 31_000,
      capacityInKB: 41_943_040,
      backing: {
        $type: 'VirtualDiskSeSparseBackingInfo',
        datastore: { type: 'Datastore', value: 'datastore-1' },
      },
    },
    { $type: 'VirtualPCIPassthrough', backing: { vgpu: 'grid_t4-4q' } },
  ]
  const { nics, disks, passthrough } = read({ 'config.hardware': { numCPU: 2, device } })
  assert.deepEqual(nics, [
    {
      key: 4000,
      model: 'e1000',
      mac: '00:50:56:00:00:01',
      network: { kind: 'standard', name: 'VM Network' },
    },
    {
      key: 4001,
      model: 'vmxnet3',
      mac: '00:50:56:aa:bb:cc',
      network: { kind: 'distributed', groupKey: 'dvportgroup-7' },
    },
  ])
  assert.deepEqual(disks, [
    {
      sizeMiB: 40_960,
      datastore: { type: 'Datastore', value: 'datastore-1' },
      thin: true,
      isNvme: true,
      isRaw: false,
    },
  ])
  assert.deepEqual(passthrough, ['grid_t4-4q'])
})

test('the version of a nested ESXi is what its tools say, else what its guest type allows', () => {
  const told = read({ 'config.guestId': 'vmkernel65Guest', 'guest.guestFullName': 'VMware ESXi 6.7.0' })
  assert.ok(isNestedEsxi(told))
  assert.equal(guessedVersion(told).version, '6.7.0')
  assert.equal(guessedVersion(read({ 'config.guestId': 'vmkernel65Guest' })).version, '6.5')
  assert.equal(guessedVersion(read({ 'config.guestId': 'vmkernel99Guest' })).version, undefined)
  assert.deepEqual(['8.0.2', '5.1.0', '10.0.1', 'x'].map(esxiVersion), ['8.0.2', '5.5', '9.0', undefined])
})
