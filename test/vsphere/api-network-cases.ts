/** Cases about switches and port groups. */
import assert from 'node:assert/strict'
import type { Connection } from '../../src/providers/vsphere/soap/connection.ts'
import { propertiesOf } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import {
  at,
  flagAt,
  isRef,
  listAt,
  type MoRef,
  numberAt,
  textAt,
  type VimObject,
} from '../../src/providers/vsphere/soap/vim-value.ts'
import type { ApiCase, CaseServer } from './api-cases.ts'
import { adapter, change, createMachine, disk, scsi } from './strict-place.ts'

const groupSpec = (name: string, vlanId: number, security: VimObject = {}): VimObject => ({
  name,
  vlanId,
  vswitchName: 'lab',
  policy: { security },
})

async function withSwitch({ connection, place }: CaseServer): Promise<MoRef> {
  const [system = place.pool] = place.networks
  await connection.call('AddVirtualSwitch', system, {
    vswitchName: 'lab',
    spec: { numPorts: 128, mtu: 9000 },
  })
  await connection.call('AddPortGroup', system, {
    portgrp: groupSpec('web', 4095, { allowPromiscuous: true }),
  })
  return system
}

async function groupOf(connection: Connection, system: MoRef, name: string) {
  const [read] = await propertiesOf(connection, [system], { HostNetworkSystem: ['networkInfo'] })
  const groups = listAt(read?.properties.get('networkInfo'), 'portgroup')
  return groups.find((one) => textAt(one, 'spec', 'name') === name)
}

async function withDistributed({ connection, place }: CaseServer) {
  const host = place.hosts.map((ref) => ({ operation: 'add', host: ref }))
  const configSpec = { $type: 'VMwareDVSConfigSpec', name: 'wide', host }
  const dvs = (await runTask(connection, 'CreateDVS_Task', place.networkFolder, {
    spec: { configSpec },
  })) as MoRef
  const vlan = {
    $type: 'VmwareDistributedVirtualSwitchTrunkVlanSpec',
    inherited: false,
    vlanId: [{ start: 10, end: 20 }],
  }
  const macManagementPolicy = {
    inherited: false,
    allowPromiscuous: false,
    macChanges: false,
    forgedTransmits: true,
    macLearningPolicy: { inherited: false, enabled: true, limit: 4096 },
  }
  const defaultPortConfig = { $type: 'VMwareDVSPortSetting', vlan, macManagementPolicy }
  await runTask(connection, 'AddDVPortgroup_Task', dvs, {
    spec: [{ name: 'web', type: 'earlyBinding', numPorts: 8, defaultPortConfig }],
  })
  const search = connection.service('searchIndex')
  const group = await connection.call('FindChild', search, { entity: place.networkFolder, name: 'web' })
  assert.ok(group !== undefined && isRef(group))
  const configOf = async () => {
    const [read] = await propertiesOf(connection, [group], { DistributedVirtualPortgroup: ['config'] })
    return read?.properties.get('config')
  }
  return { dvs, group, configOf }
}

const taken = { code: 'vsphere-name-taken' }

export const networkCases: readonly ApiCase[] = [
  {
    name: 'a port group has its VLAN and its policies',
    prove: async (server) => {
      const system = await withSwitch(server)
      const group = await groupOf(server.connection, system, 'web')
      assert.equal(numberAt(group, 'spec', 'vlanId'), 4095)
      assert.equal(flagAt(group, 'spec', 'policy', 'security', 'allowPromiscuous'), true)
    },
  },
  {
    name: 'the policies in force are those of the port group over those of its switch',
    prove: async (server) => {
      const system = await withSwitch(server)
      const group = await groupOf(server.connection, system, 'web')
      assert.deepEqual(at(group, 'computedPolicy', 'security'), {
        allowPromiscuous: true,
        macChanges: true,
        forgedTransmits: true,
      })
    },
  },
  {
    name: 'a port group on a switch that is not there is refused',
    prove: async ({ connection, place }) => {
      const [system = place.pool] = place.networks
      await assert.rejects(
        () => connection.call('AddPortGroup', system, { portgrp: groupSpec('web', 0) }),
        /NotFound/,
      )
    },
  },
  {
    name: 'two switches, and two port groups of a host, do not have one name',
    prove: async (server) => {
      const { connection } = server
      const system = await withSwitch(server)
      await assert.rejects(() => connection.call('AddVirtualSwitch', system, { vswitchName: 'lab' }), taken)
      const again = { portgrp: groupSpec('web', 0) }
      await assert.rejects(() => connection.call('AddPortGroup', system, again), taken)
    },
  },
  {
    name: 'a port group is changed in place',
    prove: async (server) => {
      const { connection } = server
      const system = await withSwitch(server)
      await connection.call('UpdatePortGroup', system, { pgName: 'web', portgrp: groupSpec('web', 7) })
      assert.equal(numberAt(await groupOf(connection, system, 'web'), 'spec', 'vlanId'), 7)
    },
  },
  {
    name: 'a switch is changed in place',
    prove: async (server) => {
      const { connection } = server
      const system = await withSwitch(server)
      await connection.call('UpdateVirtualSwitch', system, {
        vswitchName: 'lab',
        spec: { numPorts: 128, mtu: 1500 },
      })
    },
  },
  {
    name: 'several changes of a network are made in one call',
    prove: async (server) => {
      const { connection } = server
      const system = await withSwitch(server)
      const config = { portgroup: [{ changeOperation: 'edit', spec: groupSpec('web', 9) }] }
      await connection.call('UpdateNetworkConfig', system, { config, changeMode: 'modify' })
      assert.equal(numberAt(await groupOf(connection, system, 'web'), 'spec', 'vlanId'), 9)
    },
  },
  {
    name: 'a VLAN beyond 4095 is refused',
    prove: async (server) => {
      const system = await withSwitch(server)
      const portgrp = groupSpec('far', 4096)
      await assert.rejects(() => server.connection.call('AddPortGroup', system, { portgrp }))
    },
  },
  {
    name: 'a port group that a running machine is plugged into stays',
    prove: async (server) => {
      const { connection, place } = server
      const system = await withSwitch(server)
      const deviceChange = [
        change('add', scsi),
        change('add', disk(64), 'create'),
        change('add', adapter('web')),
      ]
      const machine = await createMachine(connection, place, { name: 'a', deviceChange })
      await runTask(connection, 'PowerOnVM_Task', machine, {})
      await assert.rejects(() => connection.call('RemovePortGroup', system, { pgName: 'web' }))
    },
  },
  {
    name: 'a switch goes with its port groups',
    prove: async (server) => {
      const { connection } = server
      const system = await withSwitch(server)
      await connection.call('RemoveVirtualSwitch', system, { vswitchName: 'lab' })
      assert.equal(await groupOf(connection, system, 'web'), undefined)
    },
  },
  {
    name: 'a machine is not plugged into a network that is not there',
    prove: async ({ connection, place }) => {
      const deviceChange = [change('add', adapter('No Such Network'))]
      await assert.rejects(() => createMachine(connection, place, { name: 'a', deviceChange }))
    },
  },
  {
    name: 'a distributed port group has its VLANs and learns',
    only: 'vcenter',
    prove: async (server) => {
      const { configOf } = await withDistributed(server)
      const port = at(await configOf(), 'defaultPortConfig')
      const [range] = listAt(port, 'vlan', 'vlanId')
      assert.deepEqual([numberAt(range, 'start'), numberAt(range, 'end')], [10, 20])
      assert.equal(flagAt(port, 'macManagementPolicy', 'macLearningPolicy', 'enabled'), true)
    },
  },
  {
    name: 'a distributed port group is changed only by who knows its present version',
    only: 'vcenter',
    prove: async (server) => {
      const { group } = await withDistributed(server)
      const spec = { configVersion: 'of long ago', numPorts: 16 }
      await assert.rejects(() => runTask(server.connection, 'ReconfigureDVPortgroup_Task', group, { spec }))
    },
  },
  {
    name: 'a distributed port group that a machine names stays',
    only: 'vcenter',
    prove: async (server) => {
      const { connection, place } = server
      const { dvs, group } = await withDistributed(server)
      const [read] = await propertiesOf(connection, [dvs], { [dvs.type]: ['config'] })
      const port = {
        switchUuid: textAt(read?.properties.get('config'), 'uuid') ?? '',
        portgroupKey: group.value,
      }
      const backing = { $type: 'VirtualEthernetCardDistributedVirtualPortBackingInfo', port }
      const nic = { $type: 'VirtualVmxnet3', key: -1, backing }
      await createMachine(connection, place, { name: 'a', deviceChange: [change('add', nic)] })
      await assert.rejects(() => runTask(connection, 'Destroy_Task', group, {}))
    },
  },
]
