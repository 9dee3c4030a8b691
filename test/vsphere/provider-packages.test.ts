/** Machines that are imported from an OVA or OVF of this machine: on vcsim, read back by another client. */
import assert from 'node:assert/strict'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { at, isRef, textAt } from '../../src/providers/vsphere/soap/vim-value.ts'
import { diskContent, item, ovaIn, ovfIn } from './packages.ts'
import { connectTo, never, openOn, orderOf } from './provider-bench.ts'
import { refusal, switchOf } from './provider-tries.ts'
import { folderFor, inventoryOf, labOn, nestedPassword, openSiteBench } from './site-bench.ts'
import { type Strict, startStrict } from './strict-bench.ts'
import { readMachine } from './strict-place.ts'
import { govc, lackingGo, startVcsim, type Vcsim } from './vcsim.ts'

const skip = lackingGo()
const quiet = { onEvent: () => {}, signal: never }
const inventory = { standaloneHosts: 0, hostsPerCluster: 2, machinesPerPool: 1 }

const lab = {
  name: 'imported',
  switches: { lan: { portgroups: { main: {}, trunk: { vlan: 4095 } } } },
  machines: {
    esxi: {
      count: 2,
      image: 'appliance',
      cpus: 4,
      memory: '8GiB',
      nics: [{ portgroup: 'main', address: '10.0.0.0/24' }, { portgroup: 'trunk' }],
      disks: [{ size: '40GiB', kind: 'ssd' }],
      hardware: { settings: { 'guestinfo.ssh': 'True', 'guestinfo.createvmfs': 'False' } },
      hypervisor: { product: 'esxi', version: '6.5' },
    },
  },
}

test('nested hosts come from an OVA, with the properties and the hardware of the lab file', {
  skip,
}, async (t) => {
  const vcsim = await startVcsim({ inventory })
  t.after(() => vcsim[Symbol.asyncDispose]())
  const before = await inventoryOf(vcsim)
  const folder = await folderFor(t)
  const ova = await ovaIn({ folder, diskBytes: 3_000_000 })
  const site = { images: { appliance: ova }, emptyDisks: false }
  const { engine } = await openSiteBench({ vcsim, folder, site })
  const wanted = labOn(lab, { knownImages: ['appliance'] })
  const { calls = [] } = await engine.plan(wanted, {}, never)
  const lines = calls.flatMap((step) => step.calls)
  assert.equal(lines.filter((line) => line.startsWith('ImportVApp nestlab-imported/esxi-')).length, 2)
  assert.ok(lines.some((line) => line === 'PUT disk1.vmdk, 3000000 bytes'))
  assert.ok(!lines.join().includes(nestedPassword))
  const status = await engine.up(wanted, quiet)
  assert.deepEqual(
    status.machines.map(({ path, state }) => `${path} ${state}`),
    ['esxi-1 ready', 'esxi-2 ready'],
  )
  const [{ config }] = JSON.parse(
    await govc(vcsim, 'vm.info', '-json', '/DC0/vm/nestlab-imported/esxi-2'),
  ).virtualMachines
  const told = new Map<string, string>(
    config.vAppConfig.property.map(({ id, value }: Record<string, string>) => [id, value]),
  )
  const address = wanted.top.machines[1]?.nics[0]?.address?.ip
  assert.deepEqual(
    ['hostname', 'ipaddress', 'netmask', 'domain', 'password', 'ssh', 'createvmfs', 'ntp'].map((key) =>
      told.get(`guestinfo.${key}`),
    ),
    ['esxi-2', address, '255.255.255.0', 'imported.test', nestedPassword, 'True', 'False', undefined],
  )
  const disks = config.hardware.device.flatMap(({ capacityInKB }: Record<string, number>) =>
    capacityInKB === undefined ? [] : [capacityInKB / 1024],
  )
  assert.deepEqual(disks, [64, 40 * 1024])
  const macs = config.hardware.device.flatMap(({ macAddress }: Record<string, string>) => macAddress ?? [])
  assert.deepEqual(
    macs,
    wanted.top.machines[1]?.nics.map(({ mac }) => mac),
  )
  const machine = wanted.top.machines[1]
  assert.deepEqual(
    [config.uuid, config.hardware.numCPU, config.hardware.memoryMB, config.nestedHVEnabled],
    [machine?.uuid, 4, 8192, true],
  )
  assert.deepEqual((await engine.plan(wanted, {}, never)).steps, [])
  await engine.down('imported', quiet)
  assert.deepEqual(await inventoryOf(vcsim), before)
})

interface Strictly {
  readonly server: Strict & Vcsim
  readonly folder: string
}

async function strictly(t: TestContext, kind: 'vcenter' | 'esxi' = 'vcenter'): Promise<Strictly> {
  const inventory = { machinesPerHost: 1 }
  const server = { ...(await startStrict({ kind, apiVersion: '6.7', inventory })), pid: 0 }
  t.after(() => server.close())
  return { server, folder: await folderFor(t) }
}

async function providerFor(t: TestContext, { server }: Strictly, file: string) {
  const source = { kind: 'package' as const, file }
  const provider = await openOn(server, {
    lab: 'tried',
    source,
    properties: { 'guestinfo.password': 'hush' },
  })
  t.after(() => provider.close())
  return provider
}

const plug = [{ switchName: 'lan', portgroup: 'main' }]

async function madeMachine({ server }: Strictly, path: string) {
  const connection = await connectTo(server)
  try {
    const search = connection.service('searchIndex')
    const ref = await connection.call('FindByInventoryPath', search, { inventoryPath: path })
    assert.ok(ref !== undefined && isRef(ref), path)
    return await readMachine(connection, ref)
  } finally {
    await connection.close()
  }
}

async function fileOn({ server }: Strictly, path: string): Promise<Buffer> {
  const [, store = '', name = ''] = /^\[(.*)\] (.*)$/.exec(path) ?? []
  const url = new URL(`/folder/${name}?dcPath=x&dsName=${store}`, server.url)
  const basic = Buffer.from(`${server.user}:${server.password}`).toString('base64')
  const answer = await fetch(url, { headers: { authorization: `Basic ${basic}` } })
  return Buffer.from(await answer.arrayBuffer())
}

for (const [kind, path] of [
  ['vcenter', 'DC0/vm/nestlab-tried/web'],
  ['esxi', 'ha-datacenter/vm/tried_web'],
] as const) {
  test(`the bytes of an OVF and its disk are on the datastore of a strict ${kind} afterwards`, async (t) => {
    const place = await strictly(t, kind)
    const before = place.server.picture()
    const diskBytes = 300_000
    const provider = await providerFor(t, place, await ovfIn({ folder: place.folder, diskBytes }))
    await provider.putSwitch(switchOf(), 'one', never)
    const traits = { bootDiskMiB: 100, disks: [{ sizeMiB: 32 }] }
    const order = orderOf('web', plug, { cpus: 3, traits })
    await provider.create(order, never)
    await provider.create(order, never)
    const { config, devices } = await madeMachine(place, path)
    assert.deepEqual([at(config, 'uuid'), at(config, 'hardware', 'numCPU')], [order.machine.uuid, 3])
    const asProperty = JSON.stringify(at(config, 'vAppConfig', 'property') ?? []).includes('"hush"')
    const asSetting = JSON.stringify(at(config, 'extraConfig')).includes('"hush"')
    assert.deepEqual([asProperty, asSetting], kind === 'vcenter' ? [true, false] : [false, true])
    const disks = devices.filter(({ $type }) => $type === 'VirtualDisk')
    assert.deepEqual(
      disks.map(({ capacityInKB }) => Number(capacityInKB) / 1024),
      [100, 32],
    )
    const file = textAt(disks[0], 'backing', 'fileName') ?? ''
    assert.ok((await fileOn(place, file)).equals(diskContent(diskBytes)))
    await provider.start('web', never)
    const { machines } = await provider.inspect(never)
    assert.deepEqual(
      machines.map(({ state, digest }) => ({ state, digest })),
      [{ state: 'running', digest: order.digest }],
    )
    await provider.remove('web', never)
    await provider.dropSwitch('lan', never)
    await provider.clear(never)
    assert.deepEqual(place.server.picture(), before)
  })
}

test('what a package asks of its host is left out: files, ports, and marks of a lab', async (t) => {
  const place = await strictly(t)
  const items = item(9, 21, 'Serial', '<rasd:HostResource>[datastore1] other/other.vmx</rasd:HostResource>')
  const setting = (key: string) => `<vmw:ExtraConfig vmw:key="${key}" vmw:value="/etc/shadow"/>`
  const extra = ['serial0.fileName', 'nestlab.lab', 'guestinfo.fine', 'sched.swap.dir'].map(setting).join('')
  const file = await ovaIn({ folder: place.folder, items, extra })
  const provider = await providerFor(t, place, file)
  await provider.create(orderOf('web', []), never)
  const { config, devices } = await madeMachine(place, 'DC0/vm/nestlab-tried/web')
  const settings = JSON.stringify(at(config, 'extraConfig'))
  assert.match(settings, /guestinfo\.fine/)
  assert.doesNotMatch(settings, /serial0|swap|"nestlab\.lab","value":"\/etc/)
  assert.ok(devices.every(({ $type }) => !/Serial|Vmxnet/.test($type ?? '')))
})

test('a package that is damaged, leads elsewhere or is not understood is refused, and nothing is made', async (t) => {
  const place = await strictly(t)
  const { folder } = place
  const before = place.server.picture()
  const refusedFor = async (file: string) => {
    const provider = await providerFor(t, place, file)
    const refused = await refusal(provider.create(orderOf('web', []), never))
    assert.deepEqual((await provider.inspect(never)).machines, [])
    await provider.clear(never)
    return refused
  }
  const sum = '0'.repeat(64)
  assert.equal((await refusedFor(await ovaIn({ folder, name: 'bad', sum }))).code, 'ova-unfit')
  assert.match((await refusedFor(await ovfIn({ folder, name: 'bad', sum }))).message, /another sum/)
  for (const href of ['../disk1.vmdk', '/etc/passwd', 'other.vmdk'])
    assert.match(
      (await refusedFor(await ovfIn({ folder, name: 'way', href }))).code,
      /ova-unfit|file-missing/,
    )
  await symlink('/etc/passwd', join(folder, 'linked.vmdk'))
  const linked = await ovfIn({ folder, name: 'link', href: 'linked.vmdk' })
  assert.equal((await refusedFor(linked)).code, 'file-outside')
  assert.match((await refusedFor(join(folder, 'nowhere.ova'))).code, /file-missing/)
  const strange = await ovaIn({ folder, name: 'strange', items: item(8, 17, 'disk', '') })
  const notUnderstood = await refusedFor(strange)
  assert.equal(notUnderstood.code, 'vsphere-not-prepared')
  assert.match(notUnderstood.message, /does not take its descriptor.*there is no disk/)
  assert.deepEqual(place.server.picture(), before)
})

test('an upload that breaks off, is refused or given up leaves nothing, and is made good', async (t) => {
  const place = await strictly(t)
  const { server } = place
  const before = server.picture()
  const file = await ovaIn({ folder: place.folder, diskBytes: 5_000_000 })
  const provider = await providerFor(t, place, file)
  server.controls.cutNext('/nfc', 'before')
  const broken = await refusal(provider.create(orderOf('web', []), never))
  assert.equal(broken.code, 'vsphere-upload-failed')
  assert.deepEqual((await provider.inspect(never)).machines, [])
  server.controls.failNext('HttpNfcLeaseComplete', { fault: 'Timedout' })
  await assert.rejects(provider.create(orderOf('web', []), never))
  server.controls.failNext('ReconfigVM_Task', { fault: 'GenericVmConfigFault', inTask: true })
  await assert.rejects(provider.create(orderOf('web', []), never))
  const givenUp = new AbortController()
  const { calls } = server.controls
  const upTo = calls.length
  const work = provider.create(orderOf('web', []), givenUp.signal)
  while (!calls.slice(upTo).includes('ImportVApp')) await sleep(2)
  givenUp.abort(new Error('given up'))
  await assert.rejects(work, /given up/)
  assert.deepEqual((await provider.inspect(never)).machines, [])
  await provider.create(orderOf('web', []), never)
  await provider.remove('web', never)
  await provider.clear(never)
  assert.deepEqual(server.picture(), before)
})

test('what a killed import still holds is shown, kept from nobody but removal, and begins anew afterwards', async (t) => {
  const place = await strictly(t)
  const { server } = place
  const file = await ovaIn({ folder: place.folder })
  const source = { kind: 'package' as const, file }
  const dying = await openOn(server, {
    lab: 'tried',
    source,
    // As after kill -9: nothing more is said to the server.
    onCall: (method) => {
      if (/^HttpNfcLease|^Destroy_Task/.test(method)) throw new Error('killed')
    },
  })
  await assert.rejects(dying.create(orderOf('web', []), never), /killed/)
  await dying.close()
  const provider = await providerFor(t, place, file)
  const [seen] = (await provider.inspect(never)).machines
  assert.deepEqual([seen?.name, seen?.state, seen?.digest], ['web', 'created', ''])
  for (const work of [() => provider.create(orderOf('web', []), never), () => provider.remove('web', never)])
    assert.equal((await refusal(work())).code, 'vsphere-import-held')
  server.endLeases()
  assert.deepEqual((await provider.inspect(never)).machines, [])
  await provider.create(orderOf('web', []), never)
  assert.equal((await provider.inspect(never)).machines[0]?.digest, 'web-1')
})
