/** EVC modes and vSAN of clusters: set in the order that a real vCenter asks for, known again after any cut, or refused by name. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Cluster } from '#lab'
import type { Provider } from '#providers'
import { openVsphereProvider } from '../../src/providers/vsphere/index.ts'
import { allBelow } from '../../src/providers/vsphere/soap/properties.ts'
import { flagAt, textAt } from '../../src/providers/vsphere/soap/vim-value.ts'
import { evcModeOf } from '../../src/vsphere-hardware.ts'
import { connectTo, levelOn, never, orderOf } from './provider-bench.ts'
import { refusal } from './provider-tries.ts'
import { type Strict, startStrict } from './strict-bench.ts'

const thumbprint = Array.from({ length: 20 }, () => 'AB').join(':')
const login = { user: 'root', password: 'Secret-of-nested-hosts!', thumbprint }
const names = ['10.0.0.11', '10.0.0.12']
const members = names.map((_, at) => orderOf(`esxi-${at + 1}`, []).machine)
const plain: Cluster = { name: 'compute', members: [], drs: true, ha: true, vsan: false }

async function center(t: TestContext, apiVersion: string): Promise<Strict> {
  const spareHosts = names.map((name) => ({ name, ...login }))
  const server = await startStrict({ kind: 'vcenter', apiVersion, spareHosts })
  t.after(() => server.close())
  return server
}

async function openAt(server: Strict, onCall: (method: string) => void = () => {}): Promise<Provider> {
  const level = await levelOn({ ...server, pid: 0 }, { lab: 'tried', onCall })
  return openVsphereProvider({
    ...level,
    evcModeOf,
    loginOf: async ({ name }) => ({ hostName: names[Number(name.at(-1)) - 1] ?? '', ...login }),
  })
}

async function put(server: Strict, cluster: Cluster, digest = 'one'): Promise<readonly string[]> {
  const calls: string[] = []
  const provider = await openAt(server, (method) => calls.push(method))
  try {
    await provider.putCluster?.({ cluster, members, digest }, never)
    return calls
  } finally {
    await provider.close()
  }
}

async function seen(server: Strict) {
  const connection = await connectTo({ ...server, pid: 0 })
  try {
    const paths = { ClusterComputeResource: ['name', 'summary', 'configurationEx', 'host'] }
    const all = await allBelow(connection, connection.service('rootFolder'), paths)
    const found = all.find(({ properties }) => properties.get('name') === 'compute')
    const config = found?.properties.get('configurationEx')
    return {
      evc: textAt(found?.properties.get('summary'), 'currentEVCModeKey'),
      vsan: flagAt(config, 'vsanConfigInfo', 'enabled') ?? false,
      ha: flagAt(config, 'dasConfig', 'enabled'),
      drs: flagAt(config, 'drsConfig', 'enabled'),
      hosts: (found?.properties.get('host') as readonly unknown[] | undefined)?.length,
    }
  } finally {
    await connection.close()
  }
}

for (const apiVersion of ['6.0', '8.0.3.0']) {
  test(`on API ${apiVersion} a cluster gets its EVC mode before its hosts, another one, and none`, async (t) => {
    const server = await center(t, apiVersion)
    const first = await put(server, { ...plain, evc: 'westmere' })
    assert.ok(first.indexOf('ConfigureEvcMode_Task') < first.indexOf('AddHost_Task'))
    assert.ok(first.includes('ConfigureEvcMode_Task'))
    assert.deepEqual(await seen(server), {
      evc: 'intel-westmere',
      vsan: false,
      ha: true,
      drs: true,
      hosts: 2,
    })
    assert.ok(!(await put(server, { ...plain, evc: 'westmere' }, 'two')).includes('ConfigureEvcMode_Task'))
    await put(server, { ...plain, evc: 'intel-haswell' })
    assert.equal((await seen(server)).evc, 'intel-haswell')
    await put(server, plain)
    assert.equal((await seen(server)).evc, undefined)
    assert.ok(!(await put(server, plain)).some((method) => method.includes('Evc')))
  })
}

test('a mode that the server does not have is refused with those that it has', async (t) => {
  const error = await refusal(put(await center(t, '6.7'), { ...plain, evc: 'intel-sapphirerapids' }))
  assert.match(error.message, /no EVC mode intel-sapphirerapids.*it has intel-merom, .*intel-skylake/)
})

test('vSAN comes while HA is off, over marked NICs, and goes in the same way', async (t) => {
  const server = await center(t, '6.5')
  const cluster = { ...plain, vsan: true }
  const provider = await openAt(server)
  t.after(() => provider.close())
  const work = { do: 'put-cluster', order: { cluster, members } } as const
  const lines = (await provider.describe?.(work, never)) ?? []
  assert.deepEqual(
    lines
      .filter((line) => /vsan|HA|CreateClusterEx/.test(line))
      .map((line) => line.replace(/: (ClusterConfigSpecEx )?\{.*/, '')),
    [
      'CreateClusterEx nestlab-tried/compute',
      'SelectVnicForNicType vmk0 of esxi-1: vsan',
      'SelectVnicForNicType vmk0 of esxi-2: vsan',
      'ReconfigureComputeResource_Task nestlab-tried/compute',
      'ReconfigureComputeResource_Task nestlab-tried/compute: HA, after vSAN',
    ],
  )
  await put(server, cluster)
  assert.deepEqual(await seen(server), { evc: undefined, vsan: true, ha: true, drs: true, hosts: 2 })
  await put(server, plain)
  assert.equal((await seen(server)).vsan, false)
  await put(server, cluster)
  await provider.dropCluster?.('compute', never)
  assert.equal((await seen(server)).hosts, undefined)
})

for (const [apiVersion, cluster, reason] of [
  ['5.5', { ...plain, evc: 'westmere' }, /EVC modes are set from API 6\.0 on, and the server has 5\.5/],
  ['6.7', { ...plain, vsan: true }, /vSAN is set up by a service of its own.*the server has 6\.7/],
  ['6.5', { ...plain, vsan: true, witness: 'witness' }, /a vSAN with a witness/],
] as const) {
  test(`what a server of API ${apiVersion} cannot do is refused before anything is made: ${reason.source}`, async (t) => {
    const server = await center(t, apiVersion)
    const before = server.picture()
    const provider = await openAt(server)
    t.after(() => provider.close())
    const work = { do: 'put-cluster', order: { cluster, members } } as const
    for (const attempt of [() => put(server, cluster), async () => await provider.describe?.(work, never)]) {
      const error = await refusal(attempt())
      assert.equal(error.code, 'vsphere-cannot')
      assert.match(error.message, reason)
    }
    assert.deepEqual(server.picture(), before)
  })
}

const writes = /_Task$|^(CreateFolder|CreateClusterEx|SelectVnicForNicType)$/

test('cut off before every call in turn, the next command ends with the cluster as it is wanted', async (t) => {
  const cluster = { ...plain, vsan: true, evc: 'westmere' }
  let rounds = 0
  for (let most = 0; ; most += 1) {
    const server = await center(t, '6.5')
    const before = server.picture()
    let made = 0
    const cut = await openAt(server, (method) => {
      if (!writes.test(method)) return
      if (made >= most) throw new Error('cut off')
      made += 1
    })
    const error = await cut.putCluster?.({ cluster, members, digest: 'one' }, never).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    await cut.close()
    if (error !== undefined) assert.match(String(error), /cut off/)
    await put(server, cluster)
    const wanted = { evc: 'intel-westmere', vsan: true, ha: true, drs: true, hosts: 2 }
    assert.deepEqual(await seen(server), wanted, `after ${most} calls`)
    const last = await openAt(server)
    await last.dropCluster?.('compute', never)
    await last.clear(never)
    await last.close()
    assert.deepEqual(server.picture(), before, `after ${most} calls`)
    rounds = most
    if (error === undefined) break
  }
  assert.ok(rounds >= 10, `${rounds} calls`)
})
