import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostsText, labOf } from './labs.fixture.ts'
import { sizeLab } from './size-lab.ts'

const host = (name: string, generation: string, product = 'esxi') =>
  `    ${name}: { product: ${product}, memory: 32GiB, cpu: { generation: ${generation}, cores: 4 } }\n`
const lab = (hosts: string, rest = '') =>
  sizeLab(labOf(`site:\n  kind: facts\n  hosts:\n${hosts}${rest}machines: { vm: { image: tiny } }\n`))
    .compatibility

const homeLab = host('xeon', 'sandy-bridge') + host('atom', 'avoton')

test('Sandy Bridge and Avoton have Westmere in common, which QEMU calls Westmere', () => {
  const [{ baseline, hosts } = assert.fail()] = lab(homeLab).baselines
  assert.deepEqual(
    [baseline?.key, baseline?.qemuModel, hosts],
    ['intel-westmere', 'Westmere', ['xeon', 'atom']],
  )
})

test('with that EVC mode machines move both ways while they run, without it neither way', () => {
  const ways = (rest: string) => lab(homeLab, rest).migrations.map(({ from, how }) => [from, how])
  assert.deepEqual(ways('clusters: { one: { members: [xeon, atom], evc: westmere } }\n'), [
    ['xeon', 'live'],
    ['atom', 'live'],
  ])
  assert.deepEqual(ways(''), [
    ['xeon', 'powered-off'],
    ['atom', 'powered-off'],
  ])
})

test('a mode that not all hosts reach is told, and so is one that is lower than need be', () => {
  const declared = (evc: string) =>
    lab(homeLab, `clusters: { one: { members: [xeon, atom], evc: ${evc} } }\n`).baselines[0]?.declared
      ?.verdict
  assert.deepEqual(['westmere', 'nehalem', 'sandy-bridge', 'nonsense'].map(declared), [
    'right',
    'lower-than-needed',
    'not-reached',
    'unknown',
  ])
})

test('without EVC a machine moves to a newer generation while it runs, and back only powered off', () => {
  const { migrations } = lab(host('old', 'sandy-bridge') + host('new', 'haswell'))
  assert.deepEqual(
    migrations.map(({ from, to, how }) => [from, to, how]),
    [
      ['old', 'new', 'live'],
      ['new', 'old', 'powered-off'],
    ],
  )
  assert.match(migrations[1]?.why ?? '', /EVC Intel "Sandy Bridge" Generation would allow it/)
})

test('between Intel and AMD nothing moves while it runs, and they have no baseline', () => {
  const { migrations, baselines } = lab(host('intel', 'haswell') + host('amd', 'zen3'))
  assert.ok(migrations.every(({ how }) => how === 'powered-off'))
  assert.deepEqual([baselines[0]?.baseline, baselines[0]?.why], [undefined, 'EVC never joins Intel and AMD.'])
})

test('machines of another hypervisor have to be converted, and of unknown CPUs nothing is said', () => {
  const other = lab(host('a', 'haswell') + host('b', 'haswell', 'kvm')).migrations
  assert.ok(other.every(({ how }) => how === 'convert'))
  const unknown = lab(`${host('a', 'haswell')}    b: { product: esxi, memory: 32GiB }\n`)
  assert.ok(unknown.migrations.every(({ how }) => how === 'unknown'))
  assert.match(unknown.baselines[0]?.why ?? '', /CPU generation of b is not known/)
})

test('equal hosts exchange running machines, and a single host has nobody to exchange with', () => {
  const equal = hostsText(['a', 'b'], 'product: esxi, cpu: { model: Intel Xeon E3-1230 v3 }')
  const { migrations } = sizeLab(labOf(`${equal}machines: { vm: { image: tiny } }\n`)).compatibility
  assert.deepEqual(
    migrations.map(({ how }) => how),
    ['live', 'live'],
  )
  assert.deepEqual(lab(host('a', 'haswell')), { baselines: [], migrations: [] })
})
