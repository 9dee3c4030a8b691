/** Sessions, refusals and secrets of the client against vcsim. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import {
  at,
  flagAt,
  isRef,
  listAt,
  numberAt,
  textAt,
  typeOfObject,
} from '../../src/providers/vsphere/soap/vim-value.ts'
import { find, json, open, property, refOf } from './client-bench.ts'
import { lackingGo, startVcsim } from './vcsim.ts'

const skip = lackingGo() ?? false

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
