/** A lab that is cut off before any call whatever is known again in full: nothing is orphaned, nothing foreign touched. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Provider } from '#providers'
import type { ImageSource } from '../../src/providers/vsphere/index.ts'
import { allBelow, propertiesOf } from '../../src/providers/vsphere/soap/properties.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import { isRef, listAt, textAt } from '../../src/providers/vsphere/soap/vim-value.ts'
import { sampleOf } from '../sample.ts'
import { ovaIn } from './packages.ts'
import { connectTo, never, openOn, orderOf } from './provider-bench.ts'
import { group, switchOf } from './provider-tries.ts'
import { type Strict, startStrict } from './strict-bench.ts'
import { change, createMachine, disk, placeOn, scsi } from './strict-place.ts'
import type { Vcsim } from './vcsim.ts'

const lan = switchOf({ portgroups: [group('main'), group('side')] })
const wide = switchOf({ name: 'wide', kind: 'distributed', portgroups: [group('far')] })
const order = orderOf('web', [
  { switchName: 'lan', portgroup: 'main' },
  { switchName: 'wide', portgroup: 'far' },
])
const joined = { name: 'compute', members: [], drs: true, ha: false, vsan: false }

async function climb(provider: Provider): Promise<void> {
  await provider.putSwitch(lan, 'one', never)
  await provider.putSwitch(wide, 'one', never)
  await provider.create(order, never)
  await provider.start('web', never)
  await provider.putCluster?.({ cluster: joined, members: [], digest: 'one' }, never)
}

/** As `down` does: what the server shows is all that is gone by. */
async function fall(provider: Provider): Promise<void> {
  const { machines, switches, clusters = [] } = await provider.inspect(never)
  for (const { name } of clusters) await provider.dropCluster?.(name, never)
  for (const { name } of machines) await provider.remove(name, never)
  for (const { name } of switches) await provider.dropSwitch(name, never)
  await provider.clear(never)
}

/** Names of all that the server has, with the networks of its hosts. */
async function everything(server: Vcsim): Promise<readonly string[]> {
  const connection = await connectTo(server)
  try {
    const types = ['Folder', 'VirtualMachine', 'ResourcePool', 'ComputeResource', 'DistributedVirtualSwitch']
    const paths = Object.fromEntries([...types, 'Network'].map((type) => [type, ['name']]))
    const things = await allBelow(connection, connection.service('rootFolder'), paths)
    const hosts = await allBelow(connection, connection.service('rootFolder'), {
      HostSystem: ['configManager.networkSystem'],
    })
    const systems = hosts.flatMap(({ properties }) => {
      const ref = properties.get('configManager.networkSystem')
      return isRef(ref) ? [ref] : []
    })
    const networks = await propertiesOf(connection, systems, { HostNetworkSystem: ['networkInfo'] })
    const own = networks.flatMap(({ ref, properties }) => {
      const info = properties.get('networkInfo')
      const groups = listAt(info, 'portgroup').map((one) => textAt(one, 'spec', 'name'))
      return [...listAt(info, 'vswitch').map((one) => textAt(one, 'name')), ...groups].map(
        (name) => `${ref.value} ${name}`,
      )
    })
    return [
      ...things.map(({ ref, properties }) => `${ref.type} ${properties.get('name')}`),
      ...own,
    ].toSorted()
  } finally {
    await connection.close()
  }
}

/** The ordinary run cuts before every so many calls, and others for each way to go up. */
const everyCut = 4

/** Calls that change something. */
const writes =
  /_Task$|^ImportVApp$|^HttpNfcLease(Complete|Abort)$|^(Add|Remove|Update)(VirtualSwitch|PortGroup)$|^Create(Folder|ResourcePool|ClusterEx)$/

interface Source {
  readonly source: ImageSource
  /** What machines are made from is there before. */
  prepare?(server: Vcsim): Promise<void>
}

const empty: Source = { source: { kind: 'empty' } }

const linked: Source = {
  source: { kind: 'template', name: 'golden', linked: {} },
  prepare: async (server) => {
    const connection = await connectTo(server)
    const devices = [change('add', scsi), change('add', disk(64), 'create')]
    const config = { name: 'golden', deviceChange: devices }
    const machine = await createMachine(connection, await placeOn(connection), config)
    const take = { name: 'sealed', memory: false, quiesce: false }
    await runTask(connection, 'CreateSnapshot_Task', machine, take)
    await connection.close()
  },
}

const folder = await mkdtemp(join(tmpdir(), 'nestlab-cut-'))
after(() => rm(folder, { recursive: true, force: true }))

const imported: Source = { source: { kind: 'package', file: await ovaIn({ folder }) } }

/** How many such calls the work made; the last one that may be made is followed by the cut. */
async function cutAfter(server: Vcsim & Source, most: number, work: (provider: Provider) => Promise<void>) {
  let made = 0
  const provider = await openOn(server, {
    lab: 'tried',
    source: server.source,
    onCall: (method) => {
      if (!writes.test(method)) return
      if (made >= most) throw new Error('cut off')
      made += 1
    },
  })
  try {
    await work(provider)
    return { made, isCut: false }
  } catch (error) {
    assert.match(String(error), /cut off/)
    return { made, isCut: true }
  } finally {
    await provider.close()
  }
}

type CutServer = Vcsim & Source & Pick<Strict, 'endLeases'>

/** How many calls the work makes that nobody cuts off; what it did is gone again. */
async function callsOf(server: CutServer, kind: 'up' | 'down'): Promise<number> {
  const up = await cutAfter(server, Number.POSITIVE_INFINITY, climb)
  server.endLeases()
  const down = await cutAfter(server, Number.POSITIVE_INFINITY, fall)
  return kind === 'up' ? up.made : down.made
}

for (const [phase, [name, kind, from]] of (
  [
    ['going up', 'up', empty],
    ['going down', 'down', empty],
    ['going up with a linked copy', 'up', linked],
    ['going up with an import', 'up', imported],
  ] as const
).entries()) {
  test(`${name}, cut off before one call after another, ends as if nothing had happened`, async (t) => {
    const inventory = { machinesPerHost: 1 }
    const strict = { ...(await startStrict({ kind: 'vcenter', apiVersion: '6.7', inventory })), pid: 0 }
    t.after(() => strict.close())
    await from.prepare?.(strict)
    const server = { ...strict, ...from }
    const before = await everything(server)
    const calls = await callsOf(server, kind)
    assert.ok(calls >= 12, `${calls} calls`)
    const cuts = sampleOf(
      Array.from({ length: calls + 1 }, (_, most) => most),
      everyCut,
      phase,
    )
    for (const [round, most] of cuts.entries()) {
      if (kind === 'down') await cutAfter(server, Number.POSITIVE_INFINITY, climb)
      const { isCut } = await cutAfter(server, most, kind === 'up' ? climb : fall)
      assert.equal(isCut, most < calls, `after ${most} of ${calls} calls`)
      // What nobody asks about any more is let go of.
      server.endLeases()
      if (kind === 'up' && round % 2 === 1) {
        // Every other time the next command goes on instead of giving up.
        await cutAfter(server, Number.POSITIVE_INFINITY, climb)
        const provider = await openOn(server, { lab: 'tried' })
        const { machines, switches } = await provider.inspect(never)
        await provider.close()
        assert.deepEqual(
          machines.map(({ state }) => state),
          ['running'],
        )
        assert.ok(switches.every(({ alive, digest }) => alive && digest === 'one'))
      }
      await cutAfter(server, Number.POSITIVE_INFINITY, fall)
      assert.deepEqual(await everything(server), before, `after ${most} calls`)
    }
  })
}
