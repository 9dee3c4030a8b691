/** Machines from items of a content library, which another client has made on vcsim. */
import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import type { Machine } from '#lab'
import { openLibraryItem } from '../../src/providers/vsphere/rest/library.ts'
import { RestSession } from '../../src/providers/vsphere/rest/rest-session.ts'
import { diskContent, ovaIn } from './packages.ts'
import { levelOn, never, openOn, orderOf } from './provider-bench.ts'
import { refusal } from './provider-tries.ts'
import { folderFor, inventoryOf, labOn, nestedPassword, openSiteBench } from './site-bench.ts'
import { startStrict } from './strict-bench.ts'
import { govc, lackingGo, startVcsim, type Vcsim } from './vcsim.ts'

const skip = lackingGo()
const quiet = { onEvent: () => {}, signal: never }
const inventory = { standaloneHosts: 0, hostsPerCluster: 2, machinesPerPool: 1 }

async function withLibrary(t: TestContext) {
  const vcsim = await startVcsim({ inventory })
  t.after(() => vcsim[Symbol.asyncDispose]())
  const folder = await folderFor(t)
  const ova = await ovaIn({ folder, diskBytes: 300_000, diskName: 'disk1.img' })
  await govc(vcsim, 'library.create', 'appliances')
  await govc(vcsim, 'library.import', '-n', 'esxi', 'appliances', ova)
  return { vcsim, folder }
}

const lab = {
  name: 'borrowed',
  switches: { lan: { portgroups: { main: {} } } },
  machines: {
    esxi: {
      image: 'appliance',
      cpus: 4,
      memory: '8GiB',
      nics: [{ portgroup: 'main', address: '10.0.0.5/24' }],
      hypervisor: { product: 'esxi', version: '6.5' },
    },
  },
}

test('a nested host comes from a content library, and the library stays as it is', { skip }, async (t) => {
  const { vcsim, folder } = await withLibrary(t)
  const before = [await inventoryOf(vcsim), await govc(vcsim, 'library.ls', '/appliances/*/*')]
  const site = { images: { appliance: 'library:appliances/esxi' }, emptyDisks: false }
  const { engine } = await openSiteBench({ vcsim, folder, site })
  const wanted = labOn(lab, { knownImages: ['appliance'] })
  const { calls = [] } = await engine.plan(wanted, {}, never)
  const lines = calls.flatMap((step) => step.calls)
  assert.ok(lines.some((line) => /^CreateImportSpec .* from item esxi of library appliances:/.test(line)))
  assert.ok(!lines.join().includes(nestedPassword))
  await engine.up(wanted, quiet)
  const [{ config }] = JSON.parse(
    await govc(vcsim, 'vm.info', '-json', '/DC0/vm/nestlab-borrowed/esxi'),
  ).virtualMachines
  const told = new Map(config.vAppConfig.property.map(({ id, value }: Record<string, string>) => [id, value]))
  assert.deepEqual(
    [told.get('guestinfo.hostname'), told.get('guestinfo.ipaddress'), config.hardware.numCPU],
    ['esxi', '10.0.0.5', 4],
  )
  assert.deepEqual((await engine.plan(wanted, {}, never)).steps, [])
  await engine.down('borrowed', quiet)
  assert.deepEqual([await inventoryOf(vcsim), await govc(vcsim, 'library.ls', '/appliances/*/*')], before)
})

test('the files of an item are read as they are in the library', { skip }, async (t) => {
  const { vcsim } = await withLibrary(t)
  const level = await levelOn(vcsim)
  t.after(() => level.connection.close())
  const source = { kind: 'library' as const, library: 'appliances', item: 'esxi' }
  const on = { level, place: { isVCenter: true } }
  await using content = await openLibraryItem(on, orderOf('web', []).machine, source, never)
  assert.deepEqual(content.networks, ['VM Network'])
  const disk = content.files.find(({ name }) => name === 'disk1.img')
  assert.equal(disk?.sizeBytes, 300_000)
  assert.ok((await buffer(disk.read(never))).equals(diskContent(300_000)))
})

async function refused(t: TestContext, server: Vcsim, library: string, item: string) {
  const source = { kind: 'library' as const, library, item }
  const provider = await openOn(server, { lab: 'tried', source })
  t.after(() => provider.close())
  const { machine }: { readonly machine: Machine } = orderOf('web', [])
  const planned = provider.describe?.({ do: 'create-machine', machine }, never) ?? Promise.resolve()
  const early = await refusal(planned)
  const late = await refusal(provider.create(orderOf('web', []), never))
  assert.equal(late.message, early.message)
  assert.deepEqual(await provider.clear(never), [])
  return late
}

test('what is not in a library, or is no OVF, is refused in the plan already', { skip }, async (t) => {
  const { vcsim } = await withLibrary(t)
  await govc(vcsim, 'library.create', 'double')
  await govc(vcsim, 'library.create', 'double')
  await govc(vcsim, 'library.clone', '-vm', 'DC0_C0_RP0_VM0', 'appliances', 'template')
  assert.match((await refused(t, vcsim, 'nowhere', 'esxi')).message, /no content library nowhere/)
  assert.match((await refused(t, vcsim, 'double', 'esxi')).message, /2 of that name/)
  assert.match((await refused(t, vcsim, 'appliances', 'other')).message, /no item in appliances other/)
  assert.match((await refused(t, vcsim, 'appliances', 'template')).message, /"vm-template", and not an OVF/)
})

test('a server without REST services, and a lone host, are told from one that has them', async (t) => {
  for (const [kind, words] of [
    ['vcenter', /no such service/],
    ['esxi', /has no content libraries/],
  ] as const) {
    const server = { ...(await startStrict({ kind, apiVersion: '6.7' })), pid: 0 }
    t.after(() => server.close())
    assert.match((await refused(t, server, 'any', 'one')).message, words)
  }
})

test('the REST services are held to the certificate and the password of the site', { skip }, async (t) => {
  const { vcsim } = await withLibrary(t)
  const { url, user, password, fingerprint = '' } = vcsim
  const open = (pin: string, secret: string) =>
    RestSession.open({ url, fingerprint: pin }, { user, password: async () => secret }, never)
  const wrong = await refusal(
    open(
      fingerprint.replace(/^../, (two) => (two === '00' ? '11' : '00')),
      password,
    ),
  )
  assert.equal(wrong.code, 'vsphere-certificate-changed')
  assert.equal((await refusal(open(fingerprint, 'wrong'))).code, 'vsphere-login-refused')
  const session = await open(fingerprint, password)
  assert.ok(Array.isArray(await session.ask({ method: 'GET', path: 'content/library' }, never)))
  await session.close()
})
