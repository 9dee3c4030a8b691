/** Switches and port groups on some hosts of a cluster only, and machines that go where their networks are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabSwitch } from '#lab'
import type { Provider } from '#providers'
import { allBelow } from '../../src/providers/vsphere/soap/properties.ts'
import { isRef, textAt } from '../../src/providers/vsphere/soap/vim-value.ts'
import { connectTo, never, openOn, orderOf } from './provider-bench.ts'
import { group, openFor, refusal, simulator, switchOf } from './provider-tries.ts'
import { labOn } from './site-bench.ts'
import { type Strict, startStrict } from './strict-bench.ts'
import { govc, lackingGo } from './vcsim.ts'

const skip = lackingGo()
const plugs = (portgroup: string) => [{ switchName: 'lan', portgroup }]

/** `host switch` and `host port group` of the lab. */
const own = (server: Strict) =>
  server
    .picture()
    .filter((line) => /^(vSwitch|PortGroup) .* tried_/.test(line))
    .map((line) => line.replace(/ .*\/(esx-\d-\d)\.lab\.example/, ' $1'))

async function hostOf(server: Strict, name: string): Promise<string | undefined> {
  const connection = await connectTo({ ...server, pid: 0 })
  try {
    const paths = { VirtualMachine: ['name', 'runtime'], HostSystem: ['name'] }
    const all = await allBelow(connection, connection.service('rootFolder'), paths)
    const runtime = all.find(({ properties }) => properties.get('name') === name)?.properties.get('runtime')
    const host = typeof runtime === 'object' && 'host' in runtime ? runtime.host : undefined
    const found = all.find(({ ref }) => isRef(host) && ref.value === host.value)
    return textAt(found?.properties.get('name'))
  } finally {
    await connection.close()
  }
}

async function strict(t: { after(clean: () => Promise<void>): void }): Promise<[Strict, Provider]> {
  const server = await startStrict({ kind: 'vcenter', apiVersion: '6.7' })
  t.after(() => server.close())
  const provider = await openOn({ ...server, pid: 0 }, { lab: 'tried' })
  t.after(() => provider.close())
  return [server, provider]
}

test('a standard switch is on the hosts that are named, whole or by the first part, its port groups on fewer', async (t) => {
  const [server, provider] = await strict(t)
  const before = server.picture()
  const both = { hosts: ['esx-1-1.lab.example', 'ESX-1-2'] }
  const portgroups = [group('main'), group('side', { hosts: ['esx-1-2'] })]
  const put = async (one: LabSwitch, digest: string) => {
    const planned = (await provider.describe?.({ do: 'put-switch', wanted: one }, never)) ?? []
    await provider.putSwitch(one, digest, never)
    const { switches } = await provider.inspect(never)
    assert.deepEqual(switches, [{ name: 'lan', digest, alive: true }])
    return planned.filter((line) => /^Add/.test(line)).map((line) => line.replace(/:.*/, ''))
  }
  assert.deepEqual(await put(switchOf({ ...both, portgroups }), 'one'), [
    'AddVirtualSwitch tried_lan on esx-1-1.lab.example',
    'AddPortGroup tried_main on esx-1-1.lab.example',
    'AddVirtualSwitch tried_lan on esx-1-2.lab.example',
    'AddPortGroup tried_main on esx-1-2.lab.example',
    'AddPortGroup tried_side on esx-1-2.lab.example',
  ])
  assert.deepEqual(own(server), [
    'PortGroup esx-1-1 tried_main',
    'PortGroup esx-1-2 tried_main',
    'PortGroup esx-1-2 tried_side',
    'vSwitch esx-1-1 tried_lan',
    'vSwitch esx-1-2 tried_lan',
  ])
  await put(switchOf({ hosts: ['esx-1-2'], portgroups }), 'two')
  assert.ok(own(server).every((line) => line.includes('esx-1-2')))
  await put(switchOf({ portgroups: [group('main', { hosts: ['esx-1-1'] })] }), 'three')
  assert.deepEqual(own(server), [
    'PortGroup esx-1-1 tried_main',
    'vSwitch esx-1-1 tried_lan',
    'vSwitch esx-1-2 tried_lan',
  ])
  await provider.dropSwitch('lan', never)
  await provider.clear(never)
  assert.deepEqual(server.picture(), before)
})

test('machines go to the hosts that have all their networks, or are refused by name', async (t) => {
  const [server, provider] = await strict(t)
  const uplinks = [{ kind: 'nic', name: 'vmnic1' }] as const
  const portgroups = [group('main', { hosts: ['esx-1-1'] }), group('side', { hosts: ['esx-1-2'] })]
  await provider.putSwitch(switchOf({ uplinks, portgroups }), 'one', never)
  await provider.create(orderOf('one', plugs('main')), never)
  await provider.create(orderOf('two', plugs('side')), never)
  assert.deepEqual(
    [await hostOf(server, 'one'), await hostOf(server, 'two')],
    ['esx-1-1.lab.example', 'esx-1-2.lab.example'],
  )
  const torn = await refusal(provider.create(orderOf('torn', [...plugs('main'), ...plugs('side')]), never))
  assert.match(torn.message, /torn.*no host has all the networks/)
  // Without uplinks all machines live on one host, which has to have their networks.
  await provider.putSwitch(
    switchOf({ name: 'lone', portgroups: [group('here'), group('there', { hosts: ['esx-1-2'] })] }),
    'one',
    never,
  )
  await provider.create(
    orderOf('three', [{ switchName: 'lone', portgroup: 'here' }, ...plugs('main')]),
    never,
  )
  const away = await refusal(
    provider.create(orderOf('away', [{ switchName: 'lone', portgroup: 'there' }]), never),
  )
  assert.match(away.message, /the lab lives on esx-1-1\.lab\.example, which has not all the networks/)
})

test('a distributed switch has the hosts that are named as members, and lets go of the others', async (t) => {
  const [server, provider] = await strict(t)
  const wide = (more: Partial<LabSwitch>) => switchOf({ name: 'wide', kind: 'distributed', ...more })
  const members = async () => {
    const connection = await connectTo({ ...server, pid: 0 })
    const paths = { DistributedVirtualSwitch: ['name', 'summary'] }
    const all = await allBelow(connection, connection.service('rootFolder'), paths)
    await connection.close()
    const summary = all[0]?.properties.get('summary')
    return typeof summary === 'object' && 'hostMember' in summary && Array.isArray(summary.hostMember)
      ? summary.hostMember.length
      : 0
  }
  await provider.putSwitch(wide({}), 'one', never)
  assert.equal(await members(), 2)
  await provider.putSwitch(wide({ hosts: ['esx-1-1'] }), 'two', never)
  assert.equal(await members(), 1)
  assert.deepEqual((await provider.inspect(never)).switches, [{ name: 'wide', digest: 'two', alive: true }])
  await provider.putSwitch(wide({ hosts: ['esx-1-1', 'esx-1-2'] }), 'three', never)
  assert.equal(await members(), 2)
})

test('on vcsim, another client sees the switch on the host that was named and not on the other', {
  skip,
}, async (t) => {
  const vcsim = await simulator(t)
  const provider = await openFor(t, vcsim)
  await provider.putSwitch(switchOf({ hosts: ['DC0_C0_H1'] }), 'one', never)
  const seen = async (host: string) => {
    const path = `/DC0/host/DC0_C0/${host}`
    const { vswitch } = JSON.parse(await govc(vcsim, 'host.vswitch.info', '-json', '-host', path))
    return vswitch.map(({ name }: { name: string }) => name).includes('tried_lan')
  }
  assert.deepEqual([await seen('DC0_C0_H0'), await seen('DC0_C0_H1')], [false, true])
  await provider.create(orderOf('web', plugs('main')), never)
  const [{ runtime }] = JSON.parse(await govc(vcsim, 'vm.info', '-json', 'web')).virtualMachines
  const [host] = JSON.parse(await govc(vcsim, 'host.info', '-json', '/DC0/host/DC0_C0/DC0_C0_H1')).hostSystems
  assert.equal(runtime.host.value, host.self.value)
})

test('a file may name hosts of a site of vSphere, which are looked for there; inside a host there are none', () => {
  const lan = { portgroups: { main: {} }, hosts: ['esx-1-1'] }
  const machines = { a: { image: 'tiny', nics: [{ portgroup: 'main' }] } }
  assert.deepEqual(labOn({ name: 'some', switches: { lan }, machines }).top.switches[0]?.hosts, ['esx-1-1'])
  const inside = { product: 'esxi', switches: { lan }, machines }
  assert.throws(() => labOn({ name: 'some', machines: { esxi: { hypervisor: inside } } }), /There is no host/)
  assert.throws(
    () => labOn({ name: 'some', switches: { lan }, machines }, { site: 'local' }),
    /There is no host/,
  )
})
