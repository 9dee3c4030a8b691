/** Nested ESXi hosts that are copies become hosts of their own over their own interface, and others are left alone. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { EngineEvent } from '#engine'
import type { VsphereSite } from '#store'
import type { SdkCopiedVolume } from '../../src/providers/sim/sdk/index.ts'
import { allBelow } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import { type MoRef, textAt, type VimObject } from '../../src/providers/vsphere/soap/vim-value.ts'
import { connectTo, never } from './provider-bench.ts'
import { refusal } from './provider-tries.ts'
import { folderFor, labOn, nestedPassword, openSiteBench } from './site-bench.ts'
import { type Strict, startStrict } from './strict-bench.ts'
import { change, createMachine, disk, placeOn, scsi } from './strict-place.ts'
import type { Vcsim } from './vcsim.ts'

const quiet = { onEvent: () => {}, signal: never }
const written = (unit: number) => ({
  name: `mpx.vmhba0:C0:T${unit}:L0`,
  sizeMiB: 32_768,
  isWritten: true,
})
const datastore1 = { name: 'datastore1', disk: written(1).name }
type Server = Vcsim & Pick<Strict, 'controls' | 'picture'>

async function started(t: TestContext, options: Parameters<typeof startStrict>[0]): Promise<Server> {
  const server = { ...(await startStrict({ apiVersion: '6.7', ...options })), pid: 0 }
  t.after(() => server.close())
  return server
}

/** With a machine that was prepared for being copied. */
async function center(t: TestContext): Promise<Server> {
  const server = await started(t, { kind: 'vcenter' })
  const connection = await connectTo(server)
  const devices = [change('add', scsi), change('add', disk(64), 'create')]
  const golden = { name: 'golden', nestedHVEnabled: true, deviceChange: devices }
  const ref = await createMachine(connection, await placeOn(connection), golden)
  await runTask(connection, 'CreateSnapshot_Task', ref, { name: 'sealed', memory: false, quiesce: false })
  await connection.close()
  return server
}

/** As a copy is after its first boot: in everything the original. */
async function host(
  t: TestContext,
  copiedVolumes: readonly SdkCopiedVolume[] = [datastore1],
): Promise<Server> {
  const disks = [written(0), written(1), written(2)]
  const inventory = { hostName: 'golden.lab.example', datastores: [], disks, copiedVolumes }
  return await started(t, { kind: 'esxi', inventory })
}

const inside = {
  product: 'esxi',
  version: '6.7',
  switches: { vSwitch1: { portgroups: { apps: {} } } },
  machines: { app: { image: 'tiny', nics: [{ portgroup: 'apps' }] } },
}
const nics = [{ portgroup: 'main' }]
const clone = { of: 'golden', linked: true, followsMac: true, newUuid: true, resignature: true }
const copied = { clone, nics, hypervisor: inside }

function labWith(machines: Record<string, unknown>) {
  return labOn({ name: 'copies', switches: { lan: { portgroups: { main: {} } } }, machines })
}

async function benchFor(
  t: TestContext,
  vcsim: Vcsim,
  hosts: Readonly<Record<string, Server>>,
  { folder, ...more }: Partial<VsphereSite> & { readonly folder?: string } = {},
) {
  const reach = Object.fromEntries(Object.entries(hosts).map(([path, { url }]) => [path, url.href]))
  const site = { reach, emptyDisks: true, ...more }
  const wish = { vcsim, nested: Object.values(hosts), folder: folder ?? (await folderFor(t)), site }
  return (await openSiteBench(wish)).engine
}

const textOf = (event: EngineEvent) => (event.kind === 'note' ? [`${event.path}: ${event.text}`] : [])

/** Name and DNS settings of a host, and its datastores with the UUIDs of their file systems. */
async function seenOn(server: Vcsim) {
  const connection = await connectTo(server)
  const root = connection.service('rootFolder')
  const [one] = await allBelow(connection, root, { HostSystem: ['name', 'config.network.dnsConfig'] })
  const stores = await allBelow(connection, root, { Datastore: ['name', 'info'] })
  await connection.close()
  return {
    name: one?.properties.get('name'),
    dns: one?.properties.get('config.network.dnsConfig') as VimObject,
    stores: stores.map(({ properties }) => ({
      name: String(properties.get('name')),
      uuid: textAt(properties.get('info'), 'vmfs', 'uuid'),
    })),
  }
}

/** UUIDs that its copied volumes still have. */
async function unresolvedOn(server: Vcsim): Promise<readonly (string | undefined)[]> {
  const connection = await connectTo(server)
  const root = connection.service('rootFolder')
  const [one] = await allBelow(connection, root, { HostSystem: ['configManager.datastoreSystem'] })
  const system = one?.properties.get('configManager.datastoreSystem') as MoRef
  const volumes = await connection.call('QueryUnresolvedVmfsVolumes', system, {})
  await connection.close()
  return (volumes as readonly VimObject[] | undefined)?.map((volume) => textAt(volume, 'vmfsUuid')) ?? []
}

const given = ['UpdateDnsConfig', 'ResignatureUnresolvedVmfsVolume_Task']
const writes = (server: Server) =>
  server.controls.calls.filter((method) => /_Task$|^(Update|Add|Remove)/.test(method))
const timesGiven = (server: Server) =>
  given.map((method) => server.controls.calls.filter((one) => one === method).length)

test('a copy gets its own name and signature, once, and a host that is no copy is left alone', async (t) => {
  const vcsim = await center(t)
  const [copy, plain] = [await host(t), await host(t)]
  const engine = await benchFor(t, vcsim, { copy, plain })
  const empty = { product: 'esxi', version: '6.7' }
  const lab = labWith({ copy: copied, plain: { nics, hypervisor: empty } })
  const [before] = await unresolvedOn(copy)
  const { steps } = await engine.plan(lab, {}, never)
  const identities = steps.filter((step) => step.do === 'put-identity')
  assert.deepEqual(
    identities.map(({ id, because, needs }) => ({ id, because, needs })),
    [{ id: 'put-identity copy', because: 'it is a copy', needs: ['prove-guest copy'] }],
  )
  const { dns: was, ...old } = await seenOn(plain)
  const notes: string[] = []
  const onEvent = (event: EngineEvent) => notes.push(...textOf(event))
  const status = await engine.up(lab, { onEvent, signal: never })
  assert.ok(status.machines.every(({ state }) => state === 'ready'))

  const { name, dns, stores } = await seenOn(copy)
  assert.equal(name, 'copy.lab.example')
  assert.deepEqual(dns, { ...was, hostName: 'copy', dhcp: false })
  assert.equal(stores.length, 1)
  const [{ name: called, uuid } = { name: '', uuid: undefined }] = stores
  assert.match(called, /^snap-[0-9a-f]{8}-datastore1$/)
  assert.ok(before !== undefined && uuid !== undefined && uuid !== before)
  assert.deepEqual(await unresolvedOn(copy), [])
  assert.deepEqual(notes, [
    'copy: it was called golden, and is copy now',
    `copy: its copied datastore datastore1 has a signature of its own, and is called ${called} now`,
  ])
  assert.deepEqual(timesGiven(copy), [1, 1])

  const after = [writes(copy), copy.picture()]
  assert.deepEqual((await engine.plan(lab, {}, never)).steps, [])
  await engine.up(lab, quiet)
  assert.deepEqual([writes(copy), copy.picture()], after)

  assert.deepEqual(await seenOn(plain), { ...old, dns: was })
  assert.deepEqual([timesGiven(plain), (await unresolvedOn(plain)).length], [[0, 0], 1])
  // Once it was stopped nobody knows, so it is asked again, and nothing is given twice.
  await engine.stop('copies', [], quiet)
  await engine.start('copies', [], quiet)
  assert.deepEqual(timesGiven(copy), [1, 1])
})

test('without `resignature`, and as a copy by its image, a host gets its name only', async (t) => {
  const vcsim = await center(t)
  const hosts = { one: await host(t), two: await host(t) }
  const engine = await benchFor(t, vcsim, hosts, { images: { two: 'linked:golden@sealed' } })
  const hypervisor = { product: 'esxi', version: '6.7' }
  const lab = labWith({
    one: { clone: { ...clone, resignature: false }, nics, hypervisor },
    two: { nics, hypervisor },
  })
  await engine.up(lab, quiet)
  for (const [name, server] of Object.entries(hosts)) {
    assert.equal((await seenOn(server)).dns.hostName, name)
    assert.deepEqual(timesGiven(server), [1, 0])
    assert.equal(server.controls.calls.includes('QueryUnresolvedVmfsVolumes'), false)
  }
  assert.deepEqual((await engine.plan(lab, {}, never)).steps, [])
})

for (const [at, method] of given.entries()) {
  test(`what a host refuses is named with another way, and comes with the next command: ${method}`, async (t) => {
    const vcsim = await center(t)
    const copy = await host(t)
    const engine = await benchFor(t, vcsim, { copy })
    const lab = labWith({ copy: copied })
    const inTask = method.endsWith('_Task')
    copy.controls.failNext(method, { fault: 'HostConfigFault', message: 'The host is busy.', inTask })
    const failed = await refusal(engine.up(lab, quiet))
    assert.equal(failed.code, 'step-failed')
    assert.equal((failed.cause as { code?: string }).code, 'vsphere-copy-refused')
    assert.match(failed.message, /copy is a copy, and not everything.*\(the (name|signature of datastore1)\)/)
    assert.match(`${failed.message} ${failed.remedy}`, /The host is busy.*nestlab esxi clone-scripts/s)
    assert.ok(!`${failed.message} ${failed.remedy}`.includes(nestedPassword))

    const { steps, calls, deferred } = await engine.plan(lab, {}, never)
    const wanting = ['the name golden', 'the signature of datastore1'].slice(at)
    assert.deepEqual(
      steps.map(({ id, because }) => `${id}: ${because}`),
      [`put-identity copy: it has ${wanting.join(', ')} of its original`],
    )
    // Machines inside go to a datastore that is not there yet.
    assert.deepEqual(deferred, ['copy'])
    const lines = calls?.[0]?.calls ?? []
    const dns = /^UpdateDnsConfig golden\.lab\.example: HostDnsConfig \{dhcp false.*hostName copy, domainName/
    const signature =
      /^ResignatureUnresolvedVmfsVolume_Task datastore1 on .*\{extentDevicePath \[.*T1:L0:1\]\}$/
    const expected = [dns, signature].slice(at)
    assert.equal(lines.length, expected.length)
    for (const [index, line] of lines.entries()) assert.match(line, expected[index] ?? /^$/)

    const status = await engine.up(lab, quiet)
    assert.ok(status.machines.every(({ state }) => state === 'ready'))
    assert.deepEqual((await engine.plan(lab, {}, never)).steps, [])
  })
}

test('a host that takes its name and does not keep it is no host of its own', async (t) => {
  const vcsim = await center(t)
  const copy = await host(t, [])
  const engine = await benchFor(t, vcsim, { copy })
  const lab = labWith({ copy: { ...copied, hypervisor: { product: 'esxi', version: '6.7' } } })
  for (const _ of ['made', 'found']) {
    copy.controls.ignoreNext('UpdateDnsConfig')
    const failed = await refusal(engine.up(lab, quiet))
    assert.equal((failed.cause as { code?: string }).code, 'vsphere-copy-refused')
    assert.match(failed.message, /the name golden.*still has the old one/)
  }
  await engine.up(lab, quiet)
  assert.equal((await seenOn(copy)).name, 'copy.lab.example')
})

test('a volume of which there are two copies stays, which is said, and the others are mounted', async (t) => {
  const vcsim = await center(t)
  const second = { name: 'datastore2', disk: written(2).name, isAmbiguous: true }
  const copy = await host(t, [second, datastore1])
  const engine = await benchFor(t, vcsim, { copy })
  const lab = labWith({ copy: copied })
  const notes: string[] = []
  await engine.up(lab, { onEvent: (event) => notes.push(...textOf(event)), signal: never })
  assert.match(notes.at(-1) ?? '', /datastore2 stays unmounted/)
  assert.deepEqual(
    (await seenOn(copy)).stores.map(({ name }) => name.slice(-10)),
    ['datastore1'],
  )
  assert.deepEqual((await engine.plan(lab, {}, never)).steps, [])
})

test('a lab that knew the host by its old name goes on with the new one', async (t) => {
  const vcsim = await center(t)
  const folder = await folderFor(t)
  const copy = await host(t)
  const before = await benchFor(t, vcsim, { copy }, { folder })
  // As an earlier version left it: of its own signature, and called as the original.
  const { machines, ...bare } = inside
  await before.up(labWith({ copy: { ...copied, hypervisor: bare } }), quiet)
  await renamed(copy, 'golden')
  const plain = await benchFor(t, vcsim, { copy }, { folder, images: {} })
  const labOf = (count: number) =>
    labWith({ copy: { nics, hypervisor: { ...inside, machines: { app: { ...machines.app, count } } } } })
  await plain.up(labOf(1), quiet)
  assert.equal((await seenOn(copy)).name, 'golden.lab.example')
  const again = await benchFor(t, vcsim, { copy }, { folder, images: { copy: 'linked:golden@sealed' } })
  const status = await again.up(labOf(2), quiet)
  assert.equal((await seenOn(copy)).name, 'copy.lab.example')
  assert.equal(status.machines.filter(({ state }) => state === 'ready').length, 3)
})

async function renamed(server: Vcsim, hostName: string): Promise<void> {
  const connection = await connectTo(server)
  const place = await placeOn(connection)
  const { dns } = await seenOn(server)
  await connection.call('UpdateDnsConfig', place.networks[0] as MoRef, { config: { ...dns, hostName } })
  await connection.close()
}
