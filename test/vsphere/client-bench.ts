/** Short words for tests that speak to vcsim with our client, and read back with govc. */
import assert from 'node:assert/strict'
import { Connection } from '../../src/providers/vsphere/soap/connection.ts'
import { allBelow, propertiesOf } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import {
  isRef,
  type MoRef,
  type VimObject,
  type VimValue,
} from '../../src/providers/vsphere/soap/vim-value.ts'
import { govc, type Vcsim } from './vcsim.ts'

export function open(vcsim: Vcsim, password = vcsim.password): Promise<Connection> {
  const { url, fingerprint, user } = vcsim
  return Connection.open({
    server: { url, ...(fingerprint !== undefined && { fingerprint }) },
    credentials: { user, password: async () => password },
  })
}

/** The one object of a type with that name; without a name, any. */
export async function find(connection: Connection, type: string, name?: string): Promise<MoRef> {
  const found = await allBelow(connection, connection.service('rootFolder'), { [type]: ['name'] })
  const one = found.find(({ properties }) => name === undefined || properties.get('name') === name)
  assert.ok(one, `${type} ${name ?? ''}`)
  return one.ref
}

export async function property(
  connection: Connection,
  ref: MoRef,
  path: string,
): Promise<VimValue | undefined> {
  const [found] = await propertiesOf(connection, [ref], { [ref.type]: [path] })
  return found?.properties.get(path)
}

export const refOf = async (connection: Connection, ref: MoRef, path: string): Promise<MoRef> => {
  const value = await property(connection, ref, path)
  assert.ok(isRef(value), path)
  return value
}

export const json = async (vcsim: Vcsim, ...words: readonly string[]): Promise<VimValue> =>
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

export async function makeMachine(connection: Connection, name: string): Promise<MoRef> {
  const datacenter = await find(connection, 'Datacenter')
  const folder = await refOf(connection, datacenter, 'vmFolder')
  const host = await find(connection, 'HostSystem')
  const pool = await refOf(connection, await refOf(connection, host, 'parent'), 'resourcePool')
  const config = nestedMachine(name, 'LocalDS_0')
  const made = await runTask(connection, 'CreateVM_Task', folder, { config, pool, host })
  assert.ok(isRef(made))
  return made
}
