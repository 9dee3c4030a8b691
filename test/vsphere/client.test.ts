/** The client of the vSphere API against vcsim, read back by govc: software of others on both sides. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Connection } from '../../src/providers/vsphere/soap/connection.ts'
import { allBelow, propertiesOf } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import { shownCertificate } from '../../src/providers/vsphere/soap/transport.ts'
import {
  at,
  flagAt,
  isRef,
  listAt,
  numberAt,
  refAt,
  textAt,
  typeOfObject,
  type VimObject,
} from '../../src/providers/vsphere/soap/vim-value.ts'
import { find, json, makeMachine, open, property, refOf } from './client-bench.ts'
import { endSessions, govc, lackingGo, startVcsim, type Vcsim } from './vcsim.ts'

const skip = lackingGo() ?? false

for (const kind of ['a vCenter', 'a lone ESXi host'] as const) {
  const esx = kind === 'a lone ESXi host'

  describe(`With ${kind}, the client`, { skip }, () => {
    let vcsim: Vcsim & AsyncDisposable
    let connection: Connection
    before(async () => {
      vcsim = await startVcsim({ esx, inventory: { machinesPerPool: 20 } })
      connection = await open(vcsim)
    })
    after(async () => {
      await connection.close()
      await vcsim[Symbol.asyncDispose]()
    })

    it('knows what it speaks to', () => {
      assert.equal(connection.isVCenter, !esx)
      assert.equal(connection.api, '6.5')
    })

    it('sees the certificate that the server itself tells of', async () => {
      const { fingerprint, isVouched } = await shownCertificate(vcsim.url)
      assert.deepEqual([fingerprint, isVouched], [vcsim.fingerprint, false])
    })

    it('reads the properties of all machines, however small the pages are', async () => {
      const pages: number[] = []
      const options = { pageSize: 7, onProgress: (count: number) => pages.push(count) }
      const paths = {
        VirtualMachine: ['name', 'config.hardware.numCPU', 'runtime.powerState', 'config.template'],
      }
      const found = await allBelow(connection, connection.service('rootFolder'), paths, options)
      const listed = (await govc(vcsim, 'find', '/', '-type', 'm')).trim().split('\n')
      assert.deepEqual(
        found.map(({ properties }) => properties.get('name')).sort(),
        listed.map((path) => path.replace(/.*\//, '')).sort(),
      )
      assert.ok(found.length >= 20)
      assert.deepEqual(pages.slice(0, 3), [7, 14, Math.min(21, found.length)])
      for (const { properties } of found) {
        assert.equal(properties.get('config.hardware.numCPU'), 1)
        assert.equal(properties.get('runtime.powerState'), 'poweredOn')
        assert.equal(properties.get('config.template'), false)
      }
    })

    it('makes a machine with everything that nesting needs, and another client reads the same', async () => {
      const machine = await makeMachine(connection, 'nested-1')
      const read = at(await json(vcsim, 'vm.info', '-json', 'nested-1'), 'virtualMachines')
      const config = at(Array.isArray(read) ? read[0] : undefined, 'config')
      assert.equal(flagAt(config, 'nestedHVEnabled'), true)
      assert.equal(textAt(config, 'version'), 'vmx-13')
      assert.equal(textAt(config, 'guestId'), 'vmkernel65Guest')
      assert.equal(numberAt(config, 'hardware', 'memoryMB'), 4096)
      const extra = listAt(config, 'extraConfig').find((one) => textAt(one, 'key') === 'guestinfo.nestlab')
      assert.equal(textAt(extra, 'value'), 'a & <b>')

      const own = await property(connection, machine, 'config')
      assert.equal(flagAt(own, 'nestedHVEnabled'), true)
      const card = listAt(own, 'hardware', 'device').find((one) => typeOfObject(one) === 'VirtualVmxnet3')
      assert.equal(textAt(card, 'macAddress'), '00:50:56:00:00:01')
      assert.equal(flagAt(card, 'connectable', 'startConnected'), true)
    })

    it('changes, starts, freezes, stops and removes a machine', async () => {
      const machine = await makeMachine(connection, 'nested-2')
      const task = (method: string, parameters: VimObject = {}, target = machine) =>
        runTask(connection, method, target, parameters)
      const state = () => property(connection, machine, 'runtime.powerState')

      await task('ReconfigVM_Task', { spec: { memoryMB: 8192, numCPUs: 4 } })
      assert.equal(await property(connection, machine, 'config.hardware.memoryMB'), 8192)
      await task('PowerOnVM_Task')
      assert.equal(await state(), 'poweredOn')
      const snapshot = await task('CreateSnapshot_Task', { name: 'before', memory: false, quiesce: false })
      assert.ok(isRef(snapshot))
      const [tree] = listAt(await property(connection, machine, 'snapshot'), 'rootSnapshotList')
      assert.equal(textAt(tree, 'name'), 'before')
      assert.deepEqual(refAt(tree, 'snapshot'), snapshot)
      await task('RemoveSnapshot_Task', { removeChildren: false }, snapshot)
      assert.equal(await property(connection, machine, 'snapshot'), undefined)
      await task('PowerOffVM_Task')
      assert.equal(await state(), 'poweredOff')
      await task('Destroy_Task')
      assert.deepEqual(await propertiesOf(connection, [machine], { VirtualMachine: ['name'] }), [])
    })

    it('makes a standard switch and a trunk with all three policies, and another client reads the same', async () => {
      const host = await find(connection, 'HostSystem')
      const network = await refOf(connection, host, 'configManager.networkSystem')
      await connection.call('AddVirtualSwitch', network, {
        vswitchName: 'vSwitch7',
        spec: { numPorts: 128, mtu: 9000 },
      })
      const security = { allowPromiscuous: true, macChanges: false, forgedTransmits: true }
      const portgrp = { name: 'trunk', vlanId: 4095, vswitchName: 'vSwitch7', policy: { security } }
      await connection.call('AddPortGroup', network, { portgrp })
      const path = String(await property(connection, host, 'name'))
      const read = await json(vcsim, 'host.portgroup.info', '-host', path, '-json')
      const group = listAt(read, 'portgroup').find((one) => textAt(one, 'spec', 'name') === 'trunk')
      assert.equal(numberAt(group, 'spec', 'vlanId'), 4095)
      assert.deepEqual(at(group, 'spec', 'policy', 'security'), security)

      const own = listAt(await property(connection, network, 'networkInfo.portgroup'))
      assert.deepEqual(
        at(
          own.find((one) => textAt(one, 'spec', 'name') === 'trunk'),
          'spec',
          'policy',
          'security',
        ),
        security,
      )
      await connection.call('RemovePortGroup', network, { pgName: 'trunk' })
      await connection.call('RemoveVirtualSwitch', network, { vswitchName: 'vSwitch7' })
    })

    it('tells faults as what is to be done about them', async () => {
      const machine = await makeMachine(connection, 'nested-3')
      const host = await find(connection, 'HostSystem')
      const network = await refOf(connection, host, 'configManager.networkSystem')
      const portgrp = { name: 'lost', vlanId: 0, vswitchName: 'no-such-switch', policy: {} }
      const gone = { type: 'VirtualMachine', value: 'vm-999999' }
      for (const [call, code] of [
        [() => runTask(connection, 'PowerOffVM_Task', machine, {}), 'vsphere-refused'],
        [() => connection.call('AddPortGroup', network, { portgrp }), 'vsphere-refused'],
        [
          () => connection.call('AddVirtualSwitch', network, { vswitchName: 'vSwitch0' }),
          'vsphere-name-taken',
        ],
        [() => connection.call('AcquireMksTicket', machine), 'vsphere-not-supported'],
        [() => runTask(connection, 'PowerOnVM_Task', gone, {}), 'vsphere-gone'],
      ] as const)
        await assert.rejects(call, { name: 'Failure', code })
    })

    it('logs in again, and only once, when the server has ended the session', async () => {
      const sessions = async () => listAt(await json(vcsim, 'session.ls', '-json'), 'sessionList').length
      await endSessions(vcsim)
      const others = await sessions()
      const names = await Promise.all(
        Array.from({ length: 8 }, async () => (await find(connection, 'VirtualMachine')).type),
      )
      assert.deepEqual(new Set(names), new Set(['VirtualMachine']))
      // One of the client, and each look of govc has one of its own.
      assert.equal(await sessions(), others + 1)
    })
  })
}
