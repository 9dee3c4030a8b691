/** `nestlab import vsphere` against simulators that others wrote: what it reads, what it may send, and whom it trusts. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { loadLab, machinesOf } from '#lab'
import { saveSite, type VsphereSite } from '#store'
import { readInventory } from '../../src/providers/vsphere/import/inventory.ts'
import { topLevel } from '../../src/providers/vsphere/import/levels.ts'
import { lookInside } from '../../src/providers/vsphere/import/look-inside.ts'
import { openImports } from '../../src/vsphere-import.ts'
import { Desk } from '../cli/command.ts'
import { Planter } from './import-bench.ts'
import { connectTo } from './provider-bench.ts'
import { folderFor } from './site-bench.ts'
import { govc, lackingGo, startVcsim, type Vcsim } from './vcsim.ts'

const lacking = lackingGo()
const never = new AbortController().signal

const small = { standaloneHosts: 0, hostsPerCluster: 2, machinesPerPool: 2 }
const nestedEsxi = { guestId: 'vmkernel8Guest', cpus: 4, memoryMiB: 16_384, exposes: true }

interface Wish {
  readonly site?: Partial<VsphereSite>
  readonly nestedPassword?: string
  readonly trustNested?: boolean
  readonly folder?: string
  readonly cluster?: string
  readonly machines?: readonly string[]
}

/** Imports as the command does, and tells every method that was sent. */
async function imported(t: { after(clean: () => Promise<void>): void }, vcsim: Vcsim, wish: Wish = {}) {
  const { site, nestedPassword, trustNested = false, ...scope } = wish
  const folder = await folderFor(t)
  const roots = { state: join(folder, 'state'), run: join(folder, 'run') }
  await saveSite(roots, {
    name: 'home',
    kind: 'vsphere',
    url: vcsim.url.href,
    user: vcsim.user,
    ...(vcsim.fingerprint !== undefined && { fingerprint: vcsim.fingerprint }),
    ...site,
  })
  const calls: string[] = []
  const imports = openImports({
    roots,
    environment: {
      NESTLAB_PASSWORD_HOME: vcsim.password,
      ...(nestedPassword !== undefined && { NESTLAB_NESTED_PASSWORD_HOME: nestedPassword }),
    },
    ask: () => Promise.reject(new Error('nobody is there')),
    onCall: (method) => calls.push(method),
  })
  const found = await imports.vsphere(
    { site: 'home', trustNested, ...scope },
    { signal: never, onProgress: () => {} },
  )
  const { lab, problems } = loadLab(found.text, { file: 'home.lab.yaml' })
  assert.deepEqual(problems, [])
  assert.ok(lab)
  return { ...found, lab, calls, paths: [...machinesOf(lab.top)].map(({ path }) => path) }
}

/** Everything that its own client can tell about the server. */
async function everything(vcsim: Vcsim): Promise<string> {
  const objects = (await govc(vcsim, 'find', '-i', '/')).split('\n').filter((line) => line !== '')
  const told: string[] = []
  for (const one of objects.sort()) {
    const [reference = ''] = one.split(/\s/)
    // Who is logged in is no part of it.
    if (/^(Session|Task)/.test(reference)) continue
    told.push(`${one} ${await govc(vcsim, 'object.collect', '-json', reference).catch(() => '')}`)
  }
  return told.join('\n').replaceAll(/"(recentTask|time|serverClock|bootTime|overallCpuUsage)":[^,}]*/g, '')
}

describe('an import', { skip: lacking }, () => {
  test('sends nothing but questions, and leaves the inventory as it was, byte for byte', async (t) => {
    await using vcsim = await startVcsim({ inventory: { ...small, hostsPerCluster: 1, machinesPerPool: 1 } })
    const sum = async () =>
      createHash('sha256')
        .update(await everything(vcsim))
        .digest('hex')
    const before = await sum()
    assert.equal(await sum(), before)
    const { calls } = await imported(t, vcsim)
    assert.equal(await sum(), before)
    const questions = [
      'RetrieveServiceContent',
      'Login',
      'CreateContainerView',
      'RetrievePropertiesEx',
      'ContinueRetrievePropertiesEx',
      'DestroyView',
      'QueryOptions',
      'Logout',
    ]
    assert.deepEqual(
      [...new Set(calls)].filter((method) => !questions.includes(method)),
      [],
    )
    assert.ok(calls.includes('RetrievePropertiesEx'))
    // The comparison sees what is done.
    await using planter = await Planter.open(vcsim)
    await planter.addGroup({ name: 'new' })
    assert.notEqual(await sum(), before)
  })

  test('is a lab file with hosts, clusters, datastores, switches and machines', async (t) => {
    await using vcsim = await startVcsim({ inventory: small })
    await using planter = await Planter.open(vcsim)
    await planter.addGroup({ name: 'Trunk / lab', vlan: 4095 })
    await planter.addMachine({
      name: 'node',
      cpus: 4,
      memoryMiB: 1536,
      hardwareVersion: 14,
      groups: ['Trunk / lab'],
      macs: ['00:50:56:01:02:03'],
      settings: { 'hypervisor.cpuid.v0': 'FALSE', 'guestinfo.password': 'hunter2' },
    })
    const { lab, text, hosts, machines } = await imported(t, vcsim)
    assert.deepEqual([hosts, machines], [2, 3])
    assert.deepEqual(
      lab.hosts?.map(({ name, product, version }) => [name, product, version]),
      [
        ['dc0-c0-h0', 'esxi', '8.0.2'],
        ['dc0-c0-h1', 'esxi', '8.0.2'],
      ],
    )
    assert.deepEqual(lab.clusters?.[0]?.members, ['dc0-c0-h0', 'dc0-c0-h1'])
    assert.equal(lab.datastores?.[0]?.name, 'LocalDS_0')
    const node = lab.top.machines.find(({ name }) => name === 'node')
    assert.deepEqual([node?.cpus, node?.memoryMiB, node?.nics[0]?.mac], [4, 1536, '00:50:56:01:02:03'])
    assert.deepEqual(node?.traits?.hardware?.settings, { 'hypervisor.cpuid.v0': 'FALSE' })
    const group = lab.top.switches[0]?.portgroups.find(({ name }) => name === node?.nics[0]?.portgroup)
    assert.deepEqual(group?.vlan, { mode: 'trunk', ranges: [{ from: 0, to: 4094 }] })
    assert.deepEqual(lab.top.switches[0]?.uplinks, [{ kind: 'nic', name: 'vmnic0' }])
    assert.ok(!text.includes('hunter2'))
  })

  test('takes a folder, a cluster or names of machines, and says when there are none', async (t) => {
    const inventory = { clusters: 2, hostsPerCluster: 1, standaloneHosts: 0, machinesPerPool: 2 }
    await using vcsim = await startVcsim({ inventory })
    await govc(vcsim, 'folder.create', '/DC0/vm/labs')
    await govc(vcsim, 'object.mv', '/DC0/vm/DC0_C1_RP0_VM1', '/DC0/vm/labs')
    const cluster = await imported(t, vcsim, { cluster: 'DC0_C0' })
    assert.deepEqual(cluster.paths, ['dc0-c0-rp0-vm0', 'dc0-c0-rp0-vm1'])
    assert.equal(cluster.hosts, 1)
    const folder = await imported(t, vcsim, { folder: 'vm/labs' })
    assert.deepEqual(folder.paths, ['dc0-c1-rp0-vm1'])
    const named = await imported(t, vcsim, { machines: ['DC0_C*_VM0', 'dc0_c0_rp0_vm1'] })
    assert.equal(named.paths.length, 3)
    const nothing = { code: 'import-nothing', exitCode: 2 }
    await assert.rejects(imported(t, vcsim, { machines: ['web'] }), nothing)
    await assert.rejects(imported(t, vcsim, { folder: 'nowhere' }), nothing)
    await assert.rejects(imported(t, vcsim, { cluster: 'nowhere' }), nothing)
  })

  test('reads a lone ESXi host as well as a vCenter', async (t) => {
    await using vcsim = await startVcsim({ esx: true })
    const { lab, paths } = await imported(t, vcsim)
    assert.equal(lab.hosts?.[0]?.product, 'esxi')
    assert.equal(lab.clusters, undefined)
    assert.deepEqual(paths, ['ha-host-vm0', 'ha-host-vm1'])
  })

  test('reads nested hosts at every level, and names those that it could not look into', async (t) => {
    await using outer = await startVcsim({ inventory: { ...small, machinesPerPool: 0 } })
    await using middle = await startVcsim({ esx: true, inventory: { machinesPerPool: 0 } })
    await using inner = await startVcsim({ esx: true })
    await using planter = await Planter.open(outer)
    await using inside = await Planter.open(middle)
    const nic = { groups: ['VM Network'] }
    await planter.addMachine({ ...nestedEsxi, ...nic, name: 'esxi-1' })
    await planter.addMachine({ ...nestedEsxi, ...nic, name: 'esxi-2' })
    const told = { 'SET.guest.ipAddress': '127.0.0.1' }
    await planter.addMachine({ ...nestedEsxi, ...nic, name: 'esxi-3', settings: told })
    await inside.addMachine({ ...nestedEsxi, ...nic, name: 'deep' })
    const reach = { 'esxi-1': middle.url.href, 'esxi-1/deep': inner.url.href }
    const site = { nested: { user: middle.user }, reach }
    const { password: nestedPassword } = middle
    const { lab, read, unread, text } = await imported(t, outer, { site, nestedPassword, trustNested: true })
    assert.deepEqual(read, ['esxi-1', 'esxi-1/deep'])
    assert.deepEqual(
      [...machinesOf(lab.top)].map(({ path }) => path),
      ['esxi-1', 'esxi-1/deep', 'esxi-1/deep/ha-host-vm0', 'esxi-1/deep/ha-host-vm1', 'esxi-2', 'esxi-3'],
    )
    assert.deepEqual(
      unread.map(({ path }) => path),
      ['esxi-2', 'esxi-3'],
    )
    assert.match(text, /# Its inside was not read: Nothing tells where esxi-2 can be reached\./)

    const doubtful = await imported(t, outer, { site, nestedPassword })
    assert.deepEqual(doubtful.read, [])
    assert.match(doubtful.text, /Nobody vouches for the certificate that esxi-1 shows/)
    const calls = doubtful.calls.filter((method) => method === 'Login')
    assert.equal(calls.length, 1)

    const unnamed = await imported(t, outer)
    assert.match(unnamed.text, /nobody is named who logs in to nested hosts/)
    const wrong = await imported(t, outer, { site, nestedPassword: 'wrong', trustNested: true })
    assert.match(wrong.unread[0]?.text ?? '', /does not let tester in/)
    assert.ok(!wrong.text.includes('wrong'))
  })

  test('believes no address of a guest at which another host answers, and tries none of this machine', async () => {
    await using outer = await startVcsim({ inventory: { ...small, machinesPerPool: 0 } })
    await using other = await startVcsim({ esx: true })
    await using planter = await Planter.open(outer)
    for (const [name, ip] of [
      ['esxi-1', '127.0.0.1'],
      ['esxi-2', '10.0.0.7'],
    ] as const)
      await planter.addMachine({ ...nestedEsxi, name, settings: { 'SET.guest.ipAddress': ip } })
    const connection = await connectTo(outer)
    const inventory = await readInventory(connection, { scope: {}, site: 'home' })
    await connection.close()
    const look = async (at: Vcsim) => {
      const top = topLevel(inventory, {})
      const asked: string[] = []
      await lookInside(top, {
        openNested: async ({ path, addresses }) => {
          asked.push(`${path} ${addresses.join(' ')}`.trim())
          return { connection: await connectTo(at), isNamed: false }
        },
      })
      return { asked, said: top.nodes.map(({ unread }) => unread) }
    }
    const host = await look(other)
    assert.deepEqual(host.asked.sort(), ['esxi-1', 'esxi-2 10.0.0.7'])
    assert.match(host.said.join(), /another host answers at its address\..*another host answers/)
    assert.match((await look(outer)).said.join(), /a vCenter answers at its address\./)
  })
})

describe('nestlab import vsphere', { skip: lacking }, () => {
  test('writes a file once, says how far it is, and answers programs', async () => {
    await using vcsim = await startVcsim({ inventory: small })
    await using desk = await Desk.open()
    const environment = { NESTLAB_PASSWORD_HOME: vcsim.password }
    const run = (...args: readonly string[]) => desk.run(args, { environment })
    const trusting = ['--user', vcsim.user, '--fingerprint', vcsim.fingerprint ?? '']
    assert.equal((await run('site', 'add', 'home', vcsim.url.href, ...trusting)).code, 0)
    const first = await run('import', 'vsphere', 'home')
    assert.equal(first.code, 0, first.stderr)
    assert.match(first.stdout, /^Wrote home\.lab\.yaml: 2 machines on 2 hosts\.\n/)
    assert.match(first.stderr, /home: reading machines\nhome: writing the lab file/)
    const again = await run('import', 'vsphere', 'home')
    assert.deepEqual([again.code, /\(import-file-exists\)/.test(again.stderr)], [2, true])
    assert.equal((await run('import', 'vsphere', 'home', '--force')).code, 0)
    const printed = await run('import', 'vsphere', 'home', '-o', '-')
    assert.equal(printed.stdout, await readFile(join(desk.folder, 'home.lab.yaml'), 'utf8'))
    const told = JSON.parse((await run('import', 'vsphere', 'home', '-o', 'b.lab.yaml', '--json')).stdout)
    assert.deepEqual([told.name, told.machines, told.unread], ['home', 2, []])
    const absent = await run('import', 'vsphere', 'nowhere')
    assert.deepEqual([absent.code, /\(site-unknown\)/.test(absent.stderr)], [2, true])
    assert.equal((await run('check', 'home.lab.yaml')).stderr, '')
    assert.ok(!(await readFile(join(desk.folder, 'home.lab.yaml'), 'utf8')).includes(vcsim.password))
  })
})
