import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLabObject, machinesOf, type ResolvedLab } from '#lab'
import { planStop } from './plan-end.ts'
import { ownerOf } from './select.ts'
import { managersOf, stopNeeds } from './stop-order.ts'

const esxi = (more: Record<string, unknown> = {}) => ({
  memory: '8GiB',
  hypervisor: { product: 'esxi', version: '8.0', ...more },
})
const center = (more: Record<string, unknown> = {}) => ({
  image: 'vcsa',
  memory: '14GiB',
  role: 'vcenter',
  ...more,
})
const app = { image: 'tiny' }

function labOf(more: Record<string, unknown>): ResolvedLab {
  const source = { nestlab: 1, name: 'ordered', site: 'sim', ...more }
  const { lab, problems } = loadLabObject(source, {
    file: '/ordered.lab.yaml',
    knownImages: ['vcsa'],
  })
  if (lab) return lab
  throw new Error(JSON.stringify(problems))
}

/** Everything runs. */
function ordered(lab: ResolvedLab, chosen?: readonly string[]): readonly string[] {
  const machines = [...machinesOf(lab.top)]
  const levels = Map.groupBy(machines, ({ path }) => ownerOf(path))
  const seen = new Map(
    [...levels].map(([owner, all]) => {
      const inventory = {
        switches: [],
        machines: all.map(({ name }) => ({ name, state: 'running' as const, digest: '' })),
      }
      return [owner, { kind: 'seen' as const, inventory }]
    }),
  )
  const paths = new Set(chosen ?? lab.top.machines.map(({ path }) => path))
  const { steps } = planStop(lab, { levels: seen, reports: new Map() }, paths)
  for (const [at, { needs }] of steps.entries())
    for (const need of needs)
      assert.ok(steps.findIndex(({ id }) => id === need) < at, `${need} comes too late`)
  return steps.map(({ path }) => path)
}

const isBefore = (order: readonly string[], first: string, second: string) => {
  assert.ok(order.includes(first) && order.includes(second), order.join(', '))
  assert.ok(order.indexOf(first) < order.indexOf(second), `${first} before ${second}: ${order.join(', ')}`)
}

test('what is inside stops first, hosts before their vCenter, and the vCenter last', () => {
  const lab = labOf({
    clusters: { compute: { members: ['a', 'b'] } },
    machines: {
      vc: center({ manages: ['compute'] }),
      a: esxi({ machines: { app } }),
      b: esxi(),
      other: app,
    },
  })
  const order = ordered(lab)
  isBefore(order, 'a/app', 'a')
  assert.equal(order.at(-1), 'vc')
  assert.deepEqual([...(stopNeeds(lab, new Set(order)).get('vc') ?? [])].toSorted(), [
    'a',
    'a/app',
    'b',
    'other',
  ])
  assert.deepEqual(ordered(lab, ['vc']), ['vc'])
  assert.deepEqual(ordered(lab, ['a']), ['a/app', 'a'])
})

test('a vCenter on a host that it manages stops after the other hosts, and before its own', () => {
  const order = ordered(
    labOf({ machines: { a: esxi({ machines: { vc: center(), app } }), b: esxi({ machines: { app } }) } }),
  )
  isBefore(order, 'b', 'a/vc')
  isBefore(order, 'a/app', 'a/vc')
  assert.equal(order.at(-1), 'a')
})

test('what serves a datastore stops after the hosts that use it, also when a vCenter stands on it', () => {
  const lab = labOf({
    datastores: { shared: { kind: 'nfs', server: 'nas', export: '/data', members: ['a'] } },
    machines: { nas: { image: 'tiny', role: 'nas' }, a: esxi({ machines: { vc: center() } }), b: esxi() },
  })
  const order = ordered(lab)
  isBefore(order, 'b', 'a/vc')
  isBefore(order, 'a/vc', 'a')
  assert.equal(order.at(-1), 'nas')
})

test('machines that would wait for each other are stopped all the same', () => {
  const lab = labOf({
    datastores: {
      one: { kind: 'nfs', server: 'a/nas', export: '/data', members: ['b'] },
      two: { kind: 'nfs', server: 'b/nas', export: '/data', members: ['a'] },
    },
    machines: {
      a: esxi({ machines: { nas: app } }),
      b: esxi({ machines: { nas: app } }),
      vc: center(),
      other: center(),
    },
  })
  assert.equal(ordered(lab).length, 6)
})

test('a cluster is managed by the vCenter that names it, or by one that names none', () => {
  const lab = labOf({
    clusters: { one: { members: ['a'] }, two: { members: ['b'] } },
    machines: { a: esxi(), b: esxi(), first: center({ manages: ['one'] }), second: center() },
  })
  const namesOf = (cluster: string) => managersOf(lab, cluster).map(({ path }) => path)
  assert.deepEqual([namesOf('one'), namesOf('two')], [['first', 'second'], ['second']])
})
