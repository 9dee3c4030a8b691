/** Cases about machines. */
import assert from 'node:assert/strict'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import { at, listAt, type MoRef, textAt, type VimObject } from '../../src/providers/vsphere/soap/vim-value.ts'
import type { ApiCase, CaseServer } from './api-cases.ts'
import { adapter, change, createMachine, disk, readMachine, scsi } from './strict-place.ts'

const withDisk = { deviceChange: [change('add', scsi), change('add', disk(64), 'create')] }
const invalidPower = /InvalidPowerState/

async function snapshotOf({ connection }: CaseServer, machine: MoRef, name = 'base'): Promise<MoRef> {
  const take = { name, memory: false, quiesce: false }
  return (await runTask(connection, 'CreateSnapshot_Task', machine, take)) as MoRef
}

/** A clone of a machine with a disk, on a snapshot of it. */
async function linkedClone(server: CaseServer, config: VimObject = {}) {
  const { connection, place } = server
  const source = await createMachine(connection, place, { name: 'golden', ...withDisk, ...config })
  const snapshot = await snapshotOf(server, source)
  const clone = (await runTask(connection, 'CloneVM_Task', source, {
    folder: place.folder,
    name: 'copy',
    spec: {
      location: { pool: place.pool, diskMoveType: 'createNewChildDiskBacking' },
      template: false,
      powerOn: false,
      snapshot,
    },
  })) as MoRef
  return readMachine(connection, clone)
}

export const machineCases: readonly ApiCase[] = [
  {
    name: 'a machine has what it was ordered with',
    prove: async ({ connection, place }) => {
      const machine = await createMachine(connection, place, {
        name: 'esxi',
        version: 'vmx-13',
        guestId: 'vmkernel65Guest',
        numCPUs: 2,
        memoryMB: 4096,
        firmware: 'efi',
        nestedHVEnabled: true,
        flags: { diskUuidEnabled: true },
        extraConfig: [{ key: 'guestinfo.hostname', value: 'esxi' }],
        deviceChange: [...withDisk.deviceChange, change('add', adapter('VM Network'))],
      })
      const { config, devices } = await readMachine(connection, machine)
      const told = ['version', 'guestId', 'firmware', 'nestedHVEnabled'].map((field) => at(config, field))
      assert.deepEqual(told, ['vmx-13', 'vmkernel65Guest', 'efi', true])
      assert.deepEqual([at(config, 'hardware', 'numCPU'), at(config, 'hardware', 'memoryMB')], [2, 4096])
      assert.equal(at(config, 'flags', 'diskUuidEnabled'), true)
      const option = listAt(config, 'extraConfig').find((one) => textAt(one, 'key') === 'guestinfo.hostname')
      assert.equal(textAt(option, 'value'), 'esxi')
      const kinds = devices.map(({ $type }) => $type)
      for (const kind of ['ParaVirtualSCSIController', 'VirtualDisk', 'VirtualVmxnet3'])
        assert.ok(kinds.includes(kind), kind)
    },
  },
  {
    name: 'two machines of one name in one folder are refused',
    prove: async ({ connection, place }) => {
      await createMachine(connection, place, { name: 'a' })
      await assert.rejects(() => createMachine(connection, place, { name: 'a' }), {
        code: 'vsphere-name-taken',
      })
    },
  },
  {
    name: 'a kind of guest that there is not is refused',
    prove: async ({ connection, place }) => {
      await assert.rejects(() => createMachine(connection, place, { name: 'a', guestId: 'noSuchGuest' }))
    },
  },
  {
    name: 'hardware that is newer than the server is refused',
    prove: async ({ connection, place }) => {
      await assert.rejects(() => createMachine(connection, place, { name: 'a', version: 'vmx-22' }))
    },
  },
  {
    name: 'a disk on a controller that is not there is refused',
    prove: async ({ connection, place }) => {
      const deviceChange = [change('add', { ...disk(64), controllerKey: 1234 }, 'create')]
      await assert.rejects(() => createMachine(connection, place, { name: 'a', deviceChange }))
    },
  },
  {
    name: 'a machine is switched on once, and not taken away while it runs',
    prove: async ({ connection, place }) => {
      const machine = await createMachine(connection, place, { name: 'a' })
      await assert.rejects(() => runTask(connection, 'PowerOffVM_Task', machine, {}), invalidPower)
      await runTask(connection, 'PowerOnVM_Task', machine, {})
      await assert.rejects(() => runTask(connection, 'PowerOnVM_Task', machine, {}), invalidPower)
      await assert.rejects(() => runTask(connection, 'Destroy_Task', machine, {}), invalidPower)
      await connection.call('ShutdownGuest', machine)
      for (;;) {
        if (textAt((await readMachine(connection, machine)).runtime, 'powerState') === 'poweredOff') break
      }
      await runTask(connection, 'Destroy_Task', machine, {})
    },
  },
  {
    name: 'memory of a machine that runs is not changed',
    prove: async ({ connection, place }) => {
      const machine = await createMachine(connection, place, { name: 'a' })
      await runTask(connection, 'PowerOnVM_Task', machine, {})
      const spec = { memoryMB: 256 }
      await assert.rejects(() => runTask(connection, 'ReconfigVM_Task', machine, { spec }), invalidPower)
    },
  },
  {
    name: 'the tree of snapshots grows and shrinks',
    prove: async (server) => {
      const { connection, place } = server
      const machine = await createMachine(connection, place, { name: 'a', ...withDisk })
      await snapshotOf(server, machine, 'one')
      const two = await snapshotOf(server, machine, 'two')
      const { snapshot } = await readMachine(connection, machine)
      const [root] = listAt(snapshot, 'rootSnapshotList')
      assert.deepEqual(
        [textAt(root, 'name'), textAt(listAt(root, 'childSnapshotList')[0], 'name')],
        ['one', 'two'],
      )
      assert.deepEqual(at(snapshot, 'currentSnapshot'), two)
      await runTask(connection, 'RemoveAllSnapshots_Task', machine, {})
      assert.equal((await readMachine(connection, machine)).snapshot, undefined)
    },
  },
  {
    name: 'a revert gives the configuration back',
    prove: async (server) => {
      const { connection, place } = server
      const machine = await createMachine(connection, place, { name: 'a', ...withDisk })
      const snapshot = await snapshotOf(server, machine)
      await runTask(connection, 'ReconfigVM_Task', machine, { spec: { memoryMB: 512 } })
      await runTask(connection, 'RevertToSnapshot_Task', snapshot, {})
      assert.equal(at((await readMachine(connection, machine)).config, 'hardware', 'memoryMB'), 128)
    },
  },
  {
    name: 'a revert gives the power state back',
    prove: async (server) => {
      const { connection, place } = server
      const machine = await createMachine(connection, place, { name: 'a', ...withDisk })
      const snapshot = await snapshotOf(server, machine)
      await runTask(connection, 'PowerOnVM_Task', machine, {})
      await runTask(connection, 'RevertToSnapshot_Task', snapshot, {})
      assert.equal(textAt((await readMachine(connection, machine)).runtime, 'powerState'), 'poweredOff')
    },
  },
  {
    name: 'after a snapshot, what is written goes to a new file on top of the disk',
    prove: async (server) => {
      const { connection, place } = server
      const machine = await createMachine(connection, place, { name: 'a', ...withDisk })
      await snapshotOf(server, machine)
      const { devices } = await readMachine(connection, machine)
      const hardDisk = devices.find(({ $type }) => $type === 'VirtualDisk')
      assert.match(textAt(hardDisk, 'backing', 'fileName') ?? '', /-000001\.vmdk$/)
      assert.match(textAt(hardDisk, 'backing', 'parent', 'fileName') ?? '', /\.vmdk$/)
    },
  },
  {
    name: 'the disk of a linked clone lies on that of the snapshot',
    only: 'vcenter',
    prove: async (server) => {
      const { devices } = await linkedClone(server)
      const hardDisk = devices.find(({ $type }) => $type === 'VirtualDisk')
      assert.match(textAt(hardDisk, 'backing', 'parent', 'fileName') ?? '', /golden/)
    },
  },
  {
    name: 'a clone keeps the settings of its source',
    only: 'vcenter',
    prove: async (server) => {
      const settings = { nestedHVEnabled: true, extraConfig: [{ key: 'guestinfo.role', value: 'golden' }] }
      const { config } = await linkedClone(server, settings)
      const keys = listAt(config, 'extraConfig').map((one) => textAt(one, 'key'))
      assert.deepEqual([at(config, 'nestedHVEnabled'), keys.includes('guestinfo.role')], [true, true])
    },
  },
  {
    name: 'a clone on a disk that is still written to is refused',
    only: 'vcenter',
    prove: async ({ connection, place }) => {
      const source = await createMachine(connection, place, { name: 'golden', ...withDisk })
      const spec = {
        location: { pool: place.pool, diskMoveType: 'createNewChildDiskBacking' },
        template: false,
        powerOn: false,
      }
      const order = { folder: place.folder, name: 'copy', spec }
      await assert.rejects(() => runTask(connection, 'CloneVM_Task', source, order))
    },
  },
  {
    name: 'a template does not start',
    only: 'vcenter',
    prove: async ({ connection, place }) => {
      const machine = await createMachine(connection, place, { name: 'a' })
      await connection.call('MarkAsTemplate', machine)
      assert.equal(at((await readMachine(connection, machine)).config, 'template'), true)
      await assert.rejects(() => runTask(connection, 'PowerOnVM_Task', machine, {}))
    },
  },
  {
    name: 'a host in maintenance starts no machine',
    prove: async ({ connection, place }) => {
      const machine = await createMachine(connection, place, { name: 'a' })
      const [host = place.pool] = place.hosts
      await runTask(connection, 'EnterMaintenanceMode_Task', host, { timeout: 0 })
      await assert.rejects(() => runTask(connection, 'PowerOnVM_Task', machine, {}))
      await runTask(connection, 'ExitMaintenanceMode_Task', host, { timeout: 0 })
      await runTask(connection, 'PowerOnVM_Task', machine, {})
    },
  },
  {
    name: 'a machine that runs gives a ticket for its console',
    prove: async ({ connection, place }) => {
      const machine = await createMachine(connection, place, { name: 'a' })
      await runTask(connection, 'PowerOnVM_Task', machine, {})
      const ticket = await connection.call('AcquireTicket', machine, { ticketType: 'webmks' })
      assert.ok(textAt(ticket, 'ticket'))
    },
  },
]
