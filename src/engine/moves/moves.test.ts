import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLabObject, machinesOf, type ResolvedLab } from '#lab'
import type { MoveFacts } from '#providers'
import { commonAddress, lacksMemory, lacksName, lacksNetworks, lacksProcessor } from './fits.ts'
import { placeAll, proposeMoves, type Shelter } from './placing.ts'
import { machineAt, relocated, relocatedMade } from './relocate.ts'

const nics = [{ portgroup: 'management', address: '192.168.10.0/24' }]
const node = (machines: Record<string, unknown>, groups = ['web']) => ({
  image: 'kvm-node',
  memory: '1GiB',
  nics,
  hypervisor: {
    product: 'kvm',
    switches: { br0: { portgroups: Object.fromEntries(groups.map((group) => [group, {}])) } },
    machines,
  },
})
const small = (memory = '96MiB') => ({ image: 'tiny', memory, nics: [{ portgroup: 'web' }] })

function labOf(machines: Record<string, unknown>): ResolvedLab {
  const switches = { vSwitch0: { portgroups: { management: {}, other: {} } } }
  const source = { nestlab: 1, name: 'moves', switches, machines }
  const { lab, problems } = loadLabObject(source, { file: '/moves.lab.yaml' })
  if (lab) return lab
  throw new Error(JSON.stringify(problems))
}

function at(lab: ResolvedLab, path: string) {
  const machine = machineAt(lab.top, path)
  assert.ok(machine, path)
  return machine
}

function insideOf(lab: ResolvedLab, path: string) {
  const { hypervisor } = at(lab, path)
  assert.ok(hypervisor)
  return hypervisor.inside
}

const facts: MoveFacts = {
  qemuVersion: '7.2.0',
  accelerator: 'kvm',
  cpuModel: 'host',
  cpuFeatures: ['aes', 'sse4_2'],
  memoryAvailableMiB: 500,
  load: 0,
}

test('a machine is inside another hypervisor with its name, identity and all that is inside it', () => {
  const lab = labOf({
    'kvm-1': node({ web: small(), deep: { ...node({ far: small() }), nics: [{ portgroup: 'web' }] } }),
    'kvm-2': node({}),
  })
  const moved = relocated(relocated(lab, 'kvm-1/web', 'kvm-2'), 'kvm-1/deep', 'kvm-2')
  const paths = [...machinesOf(moved.top)].map(({ path }) => path)
  assert.deepEqual(paths, ['kvm-1', 'kvm-2', 'kvm-2/web', 'kvm-2/deep', 'kvm-2/deep/far'])
  assert.equal(at(moved, 'kvm-2/web').uuid, at(lab, 'kvm-1/web').uuid)
  assert.equal(insideOf(moved, 'kvm-2/deep').owner, 'kvm-2/deep')
  assert.deepEqual([...machinesOf(lab.top)].length, 5, 'the lab itself is as it was')
  const made = {
    'kvm-1/deep': { digest: 'a' },
    'kvm-1/deep/far': { digest: 'b' },
    'kvm-1/deeper': { digest: 'c' },
  }
  assert.deepEqual(Object.keys(relocatedMade(made as never, 'kvm-1/deep', 'kvm-2')), [
    'kvm-2/deep',
    'kvm-2/deep/far',
    'kvm-1/deeper',
  ])
})

test('what is in the way of a move is named, and its nearest neighbour is not', () => {
  const lab = labOf({
    'kvm-1': node({ web: small() }),
    'kvm-2': node({ web: small() }),
    'kvm-3': node({}, ['db']),
  })
  const web = at(lab, 'kvm-1/web')
  assert.match(lacksName(web, insideOf(lab, 'kvm-2')).join(), /kvm-2 has a machine web/)
  assert.deepEqual(lacksName(web, insideOf(lab, 'kvm-3')), [])
  assert.match(lacksNetworks(web, insideOf(lab, 'kvm-3')).join(), /kvm-3 has no port group br0\/web/)
  assert.deepEqual(lacksNetworks(web, insideOf(lab, 'kvm-2')), [])
  assert.deepEqual(lacksProcessor(facts, { ...facts, cpuFeatures: ['aes', 'avx', 'sse4_2'] }, 'kvm-2'), [])
  assert.match(lacksProcessor(facts, { ...facts, cpuFeatures: ['aes'] }, 'kvm-2').join(), /lacks .*sse4_2/)
  assert.match(lacksProcessor(facts, { ...facts, qemuVersion: '8.0.0' }, 'kvm-2').join(), /QEMU 8\.0\.0/)
  assert.match(lacksProcessor(facts, { ...facts, accelerator: 'tcg' }, 'kvm-2').join(), /on tcg/)
  assert.deepEqual(lacksMemory(web, { ...facts, memoryAvailableMiB: 144 }, 'kvm-2'), [])
  assert.match(lacksMemory(web, { ...facts, memoryAvailableMiB: 143 }, 'kvm-2').join(), /143 MiB/)
})

test('the state is sent over a network that both hypervisors are in', () => {
  const apart = { ...node({}), nics: [{ portgroup: 'other', address: '192.168.20.0/24' }] }
  const lab = labOf({ 'kvm-1': node({}), 'kvm-2': node({}), 'kvm-3': apart })
  const [one, two, three] = ['kvm-1', 'kvm-2', 'kvm-3'].map((path) => at(lab, path))
  assert.ok(one && two && three)
  assert.equal(commonAddress(one, two), two.nics[0]?.address?.ip)
  assert.equal(commonAddress(one, three), undefined)
})

const shelter = (lab: ResolvedLab, path: string, freeMiB: number, usedMiB = 0): Shelter => ({
  path,
  inside: insideOf(lab, path),
  freeMiB,
  usedMiB,
})

test('after a failure machines go where most memory is left, in the order of the file, as long as there is any', () => {
  const lab = labOf({
    'kvm-1': node({ a: small('200MiB'), b: small('200MiB'), c: small('200MiB') }),
    'kvm-2': node({}),
    'kvm-3': node({ b: small() }),
  })
  const machines = insideOf(lab, 'kvm-1').machines
  const { placed, unplaced } = placeAll(machines, [shelter(lab, 'kvm-2', 300), shelter(lab, 'kvm-3', 600)])
  assert.deepEqual(
    placed.map(({ machine, to }) => `${machine.name} ${to}`),
    ['a kvm-3', 'b kvm-2', 'c kvm-3'],
  )
  assert.deepEqual(unplaced, [])
  const full = placeAll(machines, [shelter(lab, 'kvm-2', 300)])
  assert.deepEqual(
    full.placed.map(({ machine }) => machine.name),
    ['a'],
  )
  assert.match(full.unplaced[0]?.reasons.join() ?? '', /kvm-2 has 52 MiB left, and kvm-1\/b takes 248 MiB/)
})

test('a cluster is balanced by moves that each lessen the difference, and then no more', () => {
  const lab = labOf({
    'kvm-1': node({ a: small('300MiB'), b: small('200MiB'), c: small('100MiB') }),
    'kvm-2': node({}),
  })
  const movable = insideOf(lab, 'kvm-1').machines
  const proposals = proposeMoves([shelter(lab, 'kvm-1', 400, 600), shelter(lab, 'kvm-2', 1000)], movable)
  assert.deepEqual(
    proposals.map(({ path, to }) => `${path} → ${to}`),
    ['kvm-1/a → kvm-2'],
  )
  assert.match(proposals[0]?.because ?? '', /kvm-1 is used to 60 %, kvm-2 to 0 %/)
  assert.deepEqual(
    proposeMoves([shelter(lab, 'kvm-1', 500, 500), shelter(lab, 'kvm-2', 520, 480)], movable),
    [],
  )
})
