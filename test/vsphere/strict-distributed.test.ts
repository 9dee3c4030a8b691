/** Distributed switches on a strict server. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '../../src/providers/vsphere/soap/connection.ts'
import { propertiesOf } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import { at, type MoRef, textAt, type VimObject } from '../../src/providers/vsphere/soap/vim-value.ts'
import { connected, startStrict } from './strict-bench.ts'
import { change, createMachine, placeOn } from './strict-place.ts'

const refusedFor = (fault: string) => ({ code: 'vsphere-refused', message: new RegExp(`\\(${fault}\\)`) })
const taken = { code: 'vsphere-name-taken' }

async function distributed(connection: Connection, version?: string) {
  const place = await placeOn(connection)
  const configSpec = {
    $type: 'VMwareDVSConfigSpec',
    name: 'wide',
    maxMtu: 9000,
    host: place.hosts.map((host) => ({ operation: 'add', host })),
  }
  const spec = { configSpec, ...(version !== undefined && { productInfo: { version } }) }
  const dvs = (await runTask(connection, 'CreateDVS_Task', place.networkFolder, { spec })) as MoRef
  const add = (group: VimObject) => runTask(connection, 'AddDVPortgroup_Task', dvs, { spec: [group] })
  const find = (name: string) =>
    connection.call('FindChild', connection.service('searchIndex'), {
      entity: place.networkFolder,
      name,
    }) as Promise<MoRef>
  const configOf = async (ref: MoRef) => {
    const [read] = await propertiesOf(connection, [ref], { [ref.type]: ['config'] })
    return read?.properties.get('config')
  }
  return { ...place, dvs, add, find, configOf }
}

const learning = {
  $type: 'VMwareDVSPortSetting',
  macManagementPolicy: {
    inherited: false,
    allowPromiscuous: false,
    macChanges: false,
    forgedTransmits: true,
    macLearningPolicy: { inherited: false, enabled: true, limit: 4096 },
  },
}

test('MAC learning is kept, and the older policies follow what the newer ones say', async () => {
  await using strict = await startStrict({ apiVersion: '6.7' })
  await using session = await connected(strict)
  const { add, find, configOf } = await distributed(session.connection)
  await add({ name: 'nested', type: 'ephemeral', defaultPortConfig: learning })
  const config = await configOf(await find('nested'))
  const port = at(config, 'defaultPortConfig')
  assert.equal(at(port, 'macManagementPolicy', 'macLearningPolicy', 'enabled'), true)
  assert.equal(at(port, 'macManagementPolicy', 'macLearningPolicy', 'limitPolicy'), 'DROP')
  assert.equal(at(port, 'securityPolicy', 'forgedTransmits', 'value'), true)
  assert.deepEqual([at(config, 'type'), at(config, 'configVersion')], ['ephemeral', '0'])
})

test('a distributed switch that is older than 6.6.0 learns nothing', async () => {
  await using strict = await startStrict({ apiVersion: '8.0.3.0' })
  await using session = await connected(strict)
  const { add } = await distributed(session.connection, '6.5.0')
  await assert.rejects(() => add({ name: 'nested', defaultPortConfig: learning }), {
    code: 'vsphere-not-supported',
  })
})

test('a distributed switch of a version that the server lacks is refused', async () => {
  await using strict = await startStrict({ apiVersion: '6.7' })
  await using session = await connected(strict)
  await assert.rejects(() => distributed(session.connection, '7.0.0'), refusedFor('InvalidArgument'))
})

test('a distributed port group is changed only by who knows its present version', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const { add, find, configOf } = await distributed(connection)
  await add({ name: 'web' })
  await assert.rejects(() => add({ name: 'web' }), taken)
  const group = await find('web')
  const vlan = { $type: 'VmwareDistributedVirtualSwitchVlanIdSpec', inherited: false, vlanId: 7 }
  const defaultPortConfig = { $type: 'VMwareDVSPortSetting', vlan }
  const reconfigure = (spec: VimObject) => runTask(connection, 'ReconfigureDVPortgroup_Task', group, { spec })
  await assert.rejects(() => reconfigure({ defaultPortConfig }), refusedFor('InvalidArgument'))
  const configVersion = textAt(await configOf(group), 'configVersion') ?? ''
  await reconfigure({ configVersion, defaultPortConfig })
  await assert.rejects(
    () => reconfigure({ configVersion, defaultPortConfig }),
    refusedFor('ConcurrentAccess'),
  )
  assert.equal(at(await configOf(group), 'defaultPortConfig', 'vlan', 'vlanId'), 7)
})

test('a distributed port group that machines name is not taken away, and its switch neither', async () => {
  await using strict = await startStrict()
  await using session = await connected(strict)
  const { connection } = session
  const before = strict.picture()
  const { add, find, configOf, dvs, ...place } = await distributed(connection)
  await add({ name: 'web', numPorts: 1, autoExpand: false })
  const group = await find('web')
  const port = { switchUuid: textAt(await configOf(dvs), 'uuid') ?? '', portgroupKey: group.value }
  const backing = { $type: 'VirtualEthernetCardDistributedVirtualPortBackingInfo', port }
  const plugged = (name: string) =>
    createMachine(connection, place, {
      name,
      deviceChange: [change('add', { $type: 'VirtualVmxnet3', key: -1, backing })],
    })
  const machine = await plugged('a')
  await assert.rejects(() => plugged('b'), refusedFor('InvalidDeviceSpec'))
  await assert.rejects(() => runTask(connection, 'Destroy_Task', group, {}), refusedFor('ResourceInUse'))
  await assert.rejects(() => runTask(connection, 'Destroy_Task', dvs, {}), refusedFor('ResourceInUse'))
  await runTask(connection, 'Destroy_Task', machine, {})
  await runTask(connection, 'Destroy_Task', dvs, {})
  assert.deepEqual(strict.picture(), before)
})
