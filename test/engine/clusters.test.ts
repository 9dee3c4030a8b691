/** Clusters of machines: joined when their members are up, again when one was made anew, and taken apart first. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Inventory, Provider, SeenCluster } from '#providers'
import { openBench, recorder } from './simulated.ts'
import { lan, node, up } from './two-hypervisors.ts'

/** The simulated park with clusters, which are only noted. */
function withClusters(provider: Provider, clusters: Map<string, SeenCluster>): Provider {
  const inspect = provider.inspect.bind(provider)
  return Object.assign(provider, {
    inspect: async (signal: AbortSignal): Promise<Inventory> => ({
      ...(await inspect(signal)),
      clusters: [...clusters.values()],
    }),
    putCluster: async ({ cluster, digest }: { cluster: { name: string }; digest: string }) => {
      clusters.set(cluster.name, { name: cluster.name, digest })
    },
    dropCluster: async (name: string) => {
      clusters.delete(name)
    },
  })
}

test('a cluster is joined when all its members are up, and taken apart before they go', async (t) => {
  const clusters = new Map<string, SeenCluster>()
  const bench = await openBench(t, {
    change: (plain) => ({
      ...plain,
      makesClusters: true,
      openSite: async (lab, signal, carrier) =>
        withClusters(await plain.openSite(lab, signal, carrier), clusters),
    }),
  })
  const lab = {
    name: 'joined',
    switches: lan,
    clusters: { compute: { members: ['kvm'], drs: true } },
    machines: { kvm: { ...node({}), count: 2 } },
  }
  // What the file may declare depends on the site; the engine does not know sites by their names.
  const resolved = { ...(await import('./simulated.ts')).labOf(lab), pending: [] }
  const run = async (one = resolved) => {
    const { events, onEvent } = recorder()
    await bench.engine.up(one, { onEvent, signal: bench.never })
    return events.flatMap((event) => (event.kind === 'step-done' ? [event.step] : []))
  }
  const steps = await run()
  const joined = steps.find(({ id }) => id === 'put-cluster compute')
  assert.deepEqual(joined?.needs, ['prove-guest kvm-1', 'prove-guest kvm-2'])
  assert.deepEqual(await run(), [])
  const [cluster] = resolved.clusters ?? []
  assert.ok(cluster)
  const changed = await run({ ...resolved, clusters: [{ ...cluster, ha: true }] })
  assert.deepEqual(
    changed.map(({ id }) => id),
    ['put-cluster compute'],
  )
  await bench.engine.stop('joined', ['kvm-1'], { onEvent: recorder().onEvent, signal: bench.never })
  const restarted = await run({ ...resolved, clusters: [{ ...cluster, ha: true }] })
  assert.deepEqual(
    restarted.map(({ id }) => id).filter((id) => !id.includes('/')),
    ['start-machine kvm-1', 'prove-guest kvm-1', 'put-cluster compute'],
  )
  const only = await bench.engine.plan(resolved, { only: ['kvm-1'] }, bench.never)
  assert.ok(only.steps.every(({ path }) => path !== 'compute'))
  const { events, onEvent } = recorder()
  await bench.engine.down('joined', { onEvent, signal: bench.never })
  const ended = events.flatMap((event) => (event.kind === 'step-done' ? [event.step.id] : []))
  assert.equal(ended[0], 'drop-cluster compute')
  assert.equal(clusters.size, 0)
})

test('a site that makes no clusters is not asked for them', async (t) => {
  const bench = await openBench(t)
  const { steps } = await up(bench, { name: 'plain', switches: lan, machines: { kvm: node({}) } })
  assert.ok(steps.every((step) => !step.includes('cluster')))
})
