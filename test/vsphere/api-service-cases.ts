/** Cases about sessions, requests, properties and tasks. */
import assert from 'node:assert/strict'
import { allBelow, propertiesOf } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import { isRef, listAt, type MoRef, textAt } from '../../src/providers/vsphere/soap/vim-value.ts'
import type { ApiCase, CaseServer } from './api-cases.ts'
import { createMachine } from './strict-place.ts'

/** A request to make a machine, with these fields. */
function createElement({ place }: CaseServer, config: string): string {
  const host = place.hosts[0]
  return (
    `<CreateVM_Task xmlns="urn:vim25"><_this type="Folder">${place.folder.value}</_this><config>${config}</config>` +
    `<pool type="ResourcePool">${place.pool.value}</pool><host type="HostSystem">${host?.value}</host></CreateVM_Task>`
  )
}

const files = ({ place }: CaseServer) => `<files><vmPathName>${place.store}</vmPathName></files>`

export const serviceCases: readonly ApiCase[] = [
  {
    name: 'a request whose fields are in the order of the API makes a machine',
    prove: async (server) => {
      const element = createElement(server, `<name>a</name><guestId>otherGuest</guestId>${files(server)}`)
      assert.equal(await server.outcome(await server.raw(element)), 'success')
    },
  },
  {
    name: 'a field out of order is refused',
    prove: async (server) => {
      const element = createElement(server, `${files(server)}<name>a</name><guestId>otherGuest</guestId>`)
      assert.equal((await server.raw(element)).fault, 'InvalidRequest')
    },
  },
  {
    name: 'a field that there is not is refused',
    prove: async (server) => {
      const element = createElement(server, `<name>a</name><bogusField>1</bogusField>${files(server)}`)
      assert.equal((await server.raw(element)).fault, 'InvalidRequest')
    },
  },
  {
    name: 'a required field that is missing is refused',
    prove: async (server) => {
      const change = '<deviceChange><operation>add</operation></deviceChange>'
      const answer = await server.raw(createElement(server, `<name>a</name>${files(server)}${change}`))
      assert.equal(answer.fault, 'InvalidRequest')
    },
  },
  {
    name: 'a method that there is not is refused as a wrong request',
    prove: async ({ raw }) => {
      const answer = await raw(
        '<Brew_Task xmlns="urn:vim25"><_this type="Folder">group-v2</_this></Brew_Task>',
      )
      assert.deepEqual([answer.status, answer.fault], [500, 'InvalidRequest'])
    },
  },
  {
    name: 'an object that is not there is said not to be there',
    prove: async ({ connection }) => {
      const lost: MoRef = { type: 'VirtualMachine', value: 'vm-999999' }
      await assert.rejects(() => connection.call('MarkAsTemplate', lost), { code: 'vsphere-gone' })
    },
  },
  {
    name: 'everything below a folder is found, page by page, each thing once',
    prove: async ({ connection, place }) => {
      for (const name of ['a', 'b', 'c']) await createMachine(connection, place, { name })
      const pages: number[] = []
      const options = { pageSize: 2, onProgress: (objects: number) => pages.push(objects) }
      const all = await allBelow(connection, place.folder, { VirtualMachine: ['name'] }, options)
      assert.deepEqual(all.map(({ properties }) => properties.get('name')).sort(), ['a', 'b', 'c'])
      assert.deepEqual(pages, [2, 3])
    },
  },
  {
    name: 'a property that no object of the type has fails the whole question',
    prove: async ({ connection, place }) => {
      const spec = {
        propSet: [{ type: 'Folder', pathSet: ['name', 'teapot'] }],
        objectSet: [{ obj: place.folder }],
      }
      const question = { specSet: [spec], options: {} }
      const collector = connection.service('propertyCollector')
      await assert.rejects(
        () => connection.call('RetrievePropertiesEx', collector, question),
        /InvalidProperty/,
      )
    },
  },
  {
    name: 'a property that is not set is left out, and the rest is answered',
    prove: async ({ connection, place }) => {
      const machine = await createMachine(connection, place, { name: 'a' })
      const paths = ['name', 'snapshot', 'parentVApp']
      const [read] = await propertiesOf(connection, [machine], { VirtualMachine: paths })
      assert.deepEqual([...(read?.properties.keys() ?? [])], ['name'])
    },
  },
  {
    name: 'an object that has gone is reported, and the others are answered',
    prove: async ({ connection, place }) => {
      const machine = await createMachine(connection, place, { name: 'a' })
      await runTask(connection, 'Destroy_Task', machine, {})
      const paths = { VirtualMachine: ['name'], Folder: ['name'] }
      const read = await propertiesOf(connection, [machine, place.folder], paths)
      assert.deepEqual(
        read.map(({ ref }) => ref.value),
        [place.folder.value],
      )
    },
  },
  {
    name: 'a filter tells first how it is and then what changes',
    prove: async ({ connection, place }) => {
      const machine = await createMachine(connection, place, { name: 'a' })
      const shared = connection.service('propertyCollector')
      const collector = await connection.call('CreatePropertyCollector', shared)
      assert.ok(collector !== undefined && isRef(collector))
      const spec = {
        propSet: [{ type: 'VirtualMachine', pathSet: ['runtime.powerState'] }],
        objectSet: [{ obj: machine }],
      }
      await connection.call('CreateFilter', collector, { spec, partialUpdates: false })
      const wait = (version: string) =>
        connection.call('WaitForUpdatesEx', collector, { version, options: { maxWaitSeconds: 10 } })
      const first = await wait('')
      assert.equal(textAt(listAt(first, 'filterSet')[0], 'objectSet') ?? '', '')
      assert.match(JSON.stringify(first), /"kind":"enter".*poweredOff/)
      await runTask(connection, 'PowerOnVM_Task', machine, {})
      const second = await wait(textAt(first, 'version') ?? '')
      assert.match(JSON.stringify(second), /"kind":"modify".*poweredOn/)
      await connection.call('DestroyPropertyCollector', collector)
    },
  },
  {
    name: 'two folders of one name are refused',
    only: 'vcenter',
    prove: async ({ connection, place }) => {
      await connection.call('CreateFolder', place.folder, { name: 'lab' })
      await assert.rejects(() => connection.call('CreateFolder', place.folder, { name: 'lab' }), {
        code: 'vsphere-name-taken',
      })
    },
  },
  {
    name: 'a folder goes with the machines that are in it',
    only: 'vcenter',
    prove: async ({ connection, place }) => {
      const folder = (await connection.call('CreateFolder', place.folder, { name: 'lab' })) as MoRef
      const machine = await createMachine(connection, { ...place, folder }, { name: 'a' })
      await runTask(connection, 'Destroy_Task', folder, {})
      assert.deepEqual(await propertiesOf(connection, [machine], { VirtualMachine: ['name'] }), [])
    },
  },
  {
    name: 'machines of a resource pool go to the one above when it is taken away',
    prove: async ({ connection, place }) => {
      const share = {
        reservation: 0,
        expandableReservation: true,
        limit: -1,
        shares: { shares: 0, level: 'normal' },
      }
      const spec = { cpuAllocation: share, memoryAllocation: share }
      const pool = (await connection.call('CreateResourcePool', place.pool, { name: 'lab', spec })) as MoRef
      const machine = await createMachine(connection, { ...place, pool }, { name: 'a' })
      await runTask(connection, 'Destroy_Task', pool, {})
      const [read] = await propertiesOf(connection, [machine], { VirtualMachine: ['resourcePool'] })
      assert.deepEqual(read?.properties.get('resourcePool'), place.pool)
    },
  },
  {
    name: 'a field of ours is written to a machine and read back',
    only: 'vcenter',
    prove: async ({ connection, place }) => {
      const manager = connection.service('customFieldsManager')
      const field = await connection.call('AddCustomFieldDef', manager, {
        name: 'nestlab',
        moType: 'VirtualMachine',
      })
      await assert.rejects(
        () => connection.call('AddCustomFieldDef', manager, { name: 'nestlab', moType: 'VirtualMachine' }),
        { code: 'vsphere-name-taken' },
      )
      const entity = await createMachine(connection, place, { name: 'a' })
      const key = Number((field as { readonly key: number }).key)
      await connection.call('SetField', manager, { entity, key, value: 'ours' })
      const [read] = await propertiesOf(connection, [entity], { VirtualMachine: ['customValue'] })
      const values = read?.properties.get('customValue') as readonly {
        readonly key: number
        readonly value: string
      }[]
      assert.deepEqual(
        values.map((one) => [one.key, one.value]),
        [[key, 'ours']],
      )
    },
  },
]
