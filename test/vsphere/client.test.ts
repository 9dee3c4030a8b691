/** The client of the vSphere API against vcsim, read back by govc: software of others on both sides. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { Connection } from '../../src/providers/vsphere/soap/connection.ts'
import { allBelow, propertiesOf } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import { shownCertificate } from '../../src/providers/vsphere/soap/transport.ts'
import {
  at,
  flagAt,
  isRef,
  listAt,
  type MoRef,
  numberAt,
  refAt,
  textAt,
  typeOfObject,
  type VimObject,
  type VimValue,
} from '../../src/providers/vsphere/soap/vim-value.ts'
import { endSessions, govc, lackingGo, startVcsim, type Vcsim } from './vcsim.ts'

const skip = lackingGo() ?? false

function open(vcsim: Vcsim, password = vcsim.password): Promise<Connection> {
  const { url, fingerprint, user } = vcsim
  return Connection.open({
    server: { url, ...(fingerprint !== undefined && { fingerprint }) },
    credentials: { user, password: async () => password },
  })
}

/** The one object of a type with that name; without a name, any. */
async function find(connection: Connection, type: string, name?: string): Promise<MoRef> {
  const found = await allBelow(connection, connection.service('rootFolder'), { [type]: ['name'] })
  const one = found.find(({ properties }) => name === undefined || properties.get('name') === name)
  assert.ok(one, `${type} ${name ?? ''}`)
  return one.ref
}

async function property(connection: Connection, ref: MoRef, path: string): Promise<VimValue | undefined> {
  const [found] = await propertiesOf(connection, [ref], { [ref.type]: [path] })
  return found?.properties.get(path)
}

const refOf = async (connection: Connection, ref: MoRef, path: string): Promise<MoRef> => {
  const value = await property(connection, ref, path)
  assert.ok(isRef(value), path)
  return value
}

const json = async (vcsim: Vcsim, ...words: readonly string[]): Promise<VimValue> =>
  JSON.parse(await govc(vcsim, ...words))

const nestedMachine = (name: string, datastore: string): VimObject => ({
  name,
  version: 'vmx-13',
  guestId: 'vmkernel65Guest',
  files: { vmPathName: `[${datastore}]` },
  numCPUs: 2,
  memoryMB: 4096,
  nestedHVEnabled: true,
  extraConfig: [{ key: 'guestinfo.nestlab', value: 'a & <b>' }],
  deviceChange: [
    {
      operation: 'add',
      device: {
        $type: 'VirtualVmxnet3',
        key: -1,
        backing: { $type: 'VirtualEthernetCardNetworkBackingInfo', deviceName: 'VM Network' },
        addressType: 'manual',
        macAddress: '00:50:56:00:00:01',
      },
    },
  ],
})

async function makeMachine(connection: Connection, name: string): Promise<MoRef> {
  const datacenter = await find(connection, 'Datacenter')
  const folder = await refOf(connection, datacenter, 'vmFolder')
  const host = await find(connection, 'HostSystem')
  const pool = await refOf(connection, await refOf(connection, host, 'parent'), 'resourcePool')
  const config = nestedMachine(name, 'LocalDS_0')
  const made = await runTask(connection, 'CreateVM_Task', folder, { config, pool, host })
  assert.ok(isRef(made))
  return made
}

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

describe('With a vCenter, the client', { skip }, () => {
  it('has a session on the server from login to logout', async () => {
    await using vcsim = await startVcsim()
    const listed = async () =>
      listAt(await json(vcsim, 'session.ls', '-json'), 'sessionList').filter(
        (one) => textAt(one, 'userAgent') === 'Nestlab',
      )
    const connection = await open(vcsim)
    assert.equal((await listed()).length, 1)
    await connection.close()
    assert.equal((await listed()).length, 0)
  })

  it('is not let in with a wrong password, and with none', async () => {
    await using vcsim = await startVcsim()
    for (const word of ['wrong', ''])
      await assert.rejects(open(vcsim, word), {
        code: 'vsphere-login-refused',
        message: /does not let tester in/,
      })
  })

  it('speaks without TLS to this machine itself', async () => {
    await using vcsim = await startVcsim({ tls: false })
    await using connection = await open(vcsim)
    assert.equal(connection.isVCenter, true)
  })

  it('makes a distributed switch that learns addresses, and another client reads the same', async () => {
    await using vcsim = await startVcsim({ apiVersion: '8.0.3.0' })
    await using connection = await open(vcsim)
    const folder = await refOf(connection, await find(connection, 'Datacenter'), 'networkFolder')
    const configSpec = { $type: 'VMwareDVSConfigSpec', name: 'lab', maxMtu: 9000 }
    const made = await runTask(connection, 'CreateDVS_Task', folder, { spec: { configSpec } })
    assert.ok(isRef(made))
    const learning = { enabled: true, allowUnicastFlooding: true, limit: 4096, limitPolicy: 'DROP' }
    const inherited = false
    const policy = { inherited, allowPromiscuous: false, macChanges: false, forgedTransmits: true }
    const defaultPortConfig = {
      $type: 'VMwareDVSPortSetting',
      vlan: {
        $type: 'VmwareDistributedVirtualSwitchTrunkVlanSpec',
        inherited,
        vlanId: [{ start: 0, end: 4094 }],
      },
      macManagementPolicy: { ...policy, macLearningPolicy: { inherited, ...learning } },
    }
    const spec = [{ name: 'trunk', type: 'ephemeral', defaultPortConfig }]
    await runTask(connection, 'AddDVPortgroup_Task', made, { spec })
    const group = await find(connection, 'DistributedVirtualPortgroup', 'trunk')
    const own = await property(connection, group, 'config.defaultPortConfig')
    assert.equal(typeOfObject(own), 'VMwareDVSPortSetting')
    assert.equal(flagAt(own, 'macManagementPolicy', 'macLearningPolicy', 'enabled'), true)
    assert.equal(numberAt(own, 'macManagementPolicy', 'macLearningPolicy', 'limit'), 4096)
    assert.deepEqual(listAt(own, 'vlan', 'vlanId'), [{ start: 0, end: 4094 }])

    const read = await json(
      vcsim,
      'object.collect',
      '-json',
      '/DC0/network/trunk',
      'config.defaultPortConfig',
    )
    const setting = at(Array.isArray(read) ? read[0] : undefined, 'val')
    assert.equal(flagAt(setting, 'macManagementPolicy', 'allowPromiscuous'), false)
    assert.equal(flagAt(setting, 'macManagementPolicy', 'forgedTransmits'), true)
    assert.equal(textAt(setting, 'macManagementPolicy', 'macLearningPolicy', 'limitPolicy'), 'DROP')
  })

  it('does not send a server what it is too old for', async () => {
    await using vcsim = await startVcsim({ apiVersion: '6.5' })
    await using connection = await open(vcsim)
    const machine = await find(connection, 'VirtualMachine')
    await assert.rejects(connection.call('ReconfigVM_Task', machine, { spec: { rebootPowerOff: true } }), {
      code: 'vsphere-call-impossible',
      message: /rebootPowerOff .*needs API 8\.0\.0\.1, and the server has 6\.5/,
    })
  })

  it('gives up while a task starts, and is good for more', async () => {
    await using vcsim = await startVcsim({ methodDelaysMs: { PowerOffVM_Task: 200 } })
    await using connection = await open(vcsim)
    const machine = await find(connection, 'VirtualMachine', 'DC0_H0_VM0')
    const stop = new AbortController()
    const running = runTask(connection, 'PowerOffVM_Task', machine, {}, { signal: stop.signal })
    stop.abort(new Error('enough'))
    await assert.rejects(running, /enough/)
    assert.equal(await property(connection, machine, 'name'), 'DC0_H0_VM0')
  })

  for (const [fault, fields, code] of [
    ['NoPermission', { privilegeId: 'VirtualMachine.Interact.PowerOff' }, 'vsphere-no-permission'],
    ['RestrictedVersion', {}, 'vsphere-read-only'],
    ['NoDiskSpace', { file: 'a', datastore: 'LocalDS_0' }, 'vsphere-no-space'],
    ['InsufficientFailoverResourcesFault', {}, 'vsphere-no-resources'],
    ['HostNotConnected', {}, 'vsphere-maintenance'],
  ] as const) {
    it(`tells ${fault} of a server as ${code}`, async () => {
      await using vcsim = await startVcsim({
        faults: [{ method: 'PowerOffVM_Task', fault, fields, message: 'Told so.' }],
      })
      await using connection = await open(vcsim)
      const machine = await find(connection, 'VirtualMachine')
      await assert.rejects(runTask(connection, 'PowerOffVM_Task', machine, {}), { code })
    })
  }

  it('shows neither password nor session in any error', async () => {
    await using vcsim = await startVcsim()
    await using connection = await open(vcsim)
    const errors: unknown[] = []
    const keep = (error: unknown) => errors.push(error)
    const sessions = inspect(await json(vcsim, 'session.ls', '-json'), { depth: 9 })
    const keys = [...sessions.matchAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g)].map(([key]) => key)
    assert.ok(keys.length > 0)
    await open(vcsim, 'another-secret').catch(keep)
    await connection.call('CreateFolder', { type: 'Folder', value: 'none' }, { name: 'a' }).catch(keep)
    await connection
      .call('Login', connection.service('sessionManager'), { userName: 'u', password: vcsim.password })
      .catch(keep)
    await vcsim[Symbol.asyncDispose]()
    await connection.call('CreateFolder', { type: 'Folder', value: 'none' }, { name: 'a' }).catch(keep)
    assert.equal(errors.length, 4)
    const all = inspect(errors, { depth: 20, showHidden: true })
    for (const secret of [vcsim.password, 'another-secret', ...keys]) assert.ok(!all.includes(secret), secret)
  })
})
