/** Standard switches on a strict server. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '../../src/providers/vsphere/soap/connection.ts'
import { propertiesOf } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import {
  at,
  listAt,
  type MoRef,
  numberAt,
  textAt,
  type VimObject,
} from '../../src/providers/vsphere/soap/vim-value.ts'
import { connected, startStrict } from './strict-bench.ts'
import { adapter, change, createMachine, placeOn } from './strict-place.ts'

const refusedFor = (fault: string) => ({ code: 'vsphere-refused', message: new RegExp(`\\(${fault}\\)`) })
const taken = { code: 'vsphere-name-taken' }

async function networkOf(connection: Connection, system: MoRef) {
  const [read] = await propertiesOf(connection, [system], { HostNetworkSystem: ['networkInfo'] })
  const info = read?.properties.get('networkInfo')
  const group = (name: string) =>
    listAt(info, 'portgroup').find((one) => textAt(one, 'spec', 'name') === name)
  const owner = (name: string) => listAt(info, 'vswitch').find((one) => textAt(one, 'name') === name)
  return { group, owner }
}

const groupSpec = (name: string, vlanId = 0, security?: VimObject): VimObject => ({
  name,
  vlanId,
  vswitchName: 'lab',
  policy: security ? { security } : {},
})

async function withSwitch(
  connection: Connection,
): Promise<{ readonly system: MoRef } & Awaited<ReturnType<typeof placeOn>>> {
  const place = await placeOn(connection)
  const [system = place.pool] = place.networks
  await connection.call('AddVirtualSwitch', system, {
    vswitchName: 'lab',
    spec: { numPorts: 128, mtu: 9000 },
  })
  return { ...place, system }
}

test('policies of a port group are its own, or those of its switch', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const { system } = await withSwitch(connection)
  await connection.call('AddPortGroup', system, {
    portgrp: groupSpec('trunk', 4095, { allowPromiscuous: true }),
  })
  await connection.call('AddPortGroup', system, { portgrp: groupSpec('plain') })
  const computed = async (name: string) =>
    at((await networkOf(connection, system)).group(name), 'computedPolicy', 'security')
  assert.deepEqual(await computed('trunk'), {
    allowPromiscuous: true,
    macChanges: true,
    forgedTransmits: true,
  })
  assert.deepEqual(await computed('plain'), {
    allowPromiscuous: false,
    macChanges: true,
    forgedTransmits: true,
  })
  const closed = { security: { macChanges: false, forgedTransmits: false } }
  const spec = { numPorts: 128, policy: closed }
  await connection.call('UpdateVirtualSwitch', system, { vswitchName: 'lab', spec })
  assert.deepEqual(await computed('plain'), {
    allowPromiscuous: false,
    macChanges: false,
    forgedTransmits: false,
  })
  assert.deepEqual(await computed('trunk'), {
    allowPromiscuous: true,
    macChanges: false,
    forgedTransmits: false,
  })
  assert.equal(numberAt((await networkOf(connection, system)).owner('lab'), 'mtu'), 9000)
})

test('a port group is changed in place, and renamed while nobody uses it', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await withSwitch(connection)
  const { system } = place
  await connection.call('AddPortGroup', system, { portgrp: groupSpec('web', 10) })
  await connection.call('UpdatePortGroup', system, {
    pgName: 'web',
    portgrp: groupSpec('web', 20, { forgedTransmits: false }),
  })
  const { group } = await networkOf(connection, system)
  assert.equal(numberAt(group('web'), 'spec', 'vlanId'), 20)
  assert.equal(at(group('web'), 'computedPolicy', 'security', 'forgedTransmits'), false)
  await connection.call('UpdatePortGroup', system, { pgName: 'web', portgrp: groupSpec('www', 20) })
  const machine = await createMachine(connection, place, {
    name: 'a',
    deviceChange: [change('add', adapter('www'))],
  })
  await connection.call('UpdatePortGroup', system, { pgName: 'www', portgrp: groupSpec('www', 30) })
  await runTask(connection, 'PowerOnVM_Task', machine, {})
  const renamed = { pgName: 'www', portgrp: groupSpec('other') }
  await assert.rejects(() => connection.call('UpdatePortGroup', system, renamed), refusedFor('ResourceInUse'))
})

test('names of switches and port groups are taken once, and VLANs end at 4095', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const { system } = await withSwitch(connection)
  const add = (portgrp: VimObject) => connection.call('AddPortGroup', system, { portgrp })
  await assert.rejects(() => connection.call('AddVirtualSwitch', system, { vswitchName: 'lab' }), taken)
  await add(groupSpec('web'))
  await assert.rejects(() => add(groupSpec('web')), taken)
  await assert.rejects(() => add({ ...groupSpec('VM Network'), vswitchName: 'lab' }), taken)
  await assert.rejects(() => add(groupSpec('far', 4096)), refusedFor('InvalidArgument'))
  await assert.rejects(() => add({ ...groupSpec('lost'), vswitchName: 'nowhere' }), refusedFor('NotFound'))
  const long = { vswitchName: 'a'.repeat(32) }
  await assert.rejects(() => connection.call('AddVirtualSwitch', system, long), refusedFor('InvalidArgument'))
})

test('what runs keeps its port group and switch; what is off does not', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const place = await withSwitch(connection)
  const { system } = place
  await connection.call('AddPortGroup', system, { portgrp: groupSpec('web') })
  const machine = await createMachine(connection, place, {
    name: 'a',
    deviceChange: [change('add', adapter('web'))],
  })
  await runTask(connection, 'PowerOnVM_Task', machine, {})
  const inUse = refusedFor('ResourceInUse')
  await assert.rejects(() => connection.call('RemovePortGroup', system, { pgName: 'web' }), inUse)
  await assert.rejects(() => connection.call('RemoveVirtualSwitch', system, { vswitchName: 'lab' }), inUse)
  await runTask(connection, 'PowerOffVM_Task', machine, {})
  await connection.call('RemovePortGroup', system, { pgName: 'web' })
  await connection.call('RemoveVirtualSwitch', system, { vswitchName: 'lab' })
  await assert.rejects(
    () => connection.call('RemoveVirtualSwitch', system, { vswitchName: 'vSwitch0' }),
    inUse,
  )
})

test('a physical NIC belongs to one switch, standard or distributed', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const { networks, hosts, networkFolder, pool } = await placeOn(connection)
  const [system = pool] = networks
  const [host = pool] = hosts
  const bridge = (nic: string) => ({ $type: 'HostVirtualSwitchBondBridge', nicDevice: [nic] })
  const add = (nic: string) =>
    connection.call('AddVirtualSwitch', system, {
      vswitchName: nic,
      spec: { numPorts: 128, bridge: bridge(nic) },
    })
  await assert.rejects(() => add('vmnic0'), refusedFor('ResourceInUse'))
  await assert.rejects(() => add('vmnic9'), refusedFor('NotFound'))
  const backing = {
    $type: 'DistributedVirtualSwitchHostMemberPnicBacking',
    pnicSpec: [{ pnicDevice: 'vmnic1' }],
  }
  const configSpec = {
    $type: 'VMwareDVSConfigSpec',
    name: 'wide',
    host: [{ operation: 'add', host, backing }],
  }
  await runTask(connection, 'CreateDVS_Task', networkFolder, { spec: { configSpec } })
  await assert.rejects(() => add('vmnic1'), refusedFor('ResourceInUse'))
})

test('the same port group on two hosts is one network, which goes with the last of them', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const { networks } = await placeOn(connection)
  const shown = () => strict.picture().filter((line) => line === 'Network Datacenters/DC0/network/web').length
  for (const system of networks) {
    await connection.call('AddVirtualSwitch', system, { vswitchName: 'lab' })
    await connection.call('AddPortGroup', system, { portgrp: groupSpec('web') })
  }
  assert.equal(shown(), 1)
  for (const [index, system] of networks.entries()) {
    await connection.call('RemoveVirtualSwitch', system, { vswitchName: 'lab' })
    assert.equal(shown(), index === networks.length - 1 ? 0 : 1)
  }
})
