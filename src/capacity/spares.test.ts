import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostsText, labOf } from './labs.fixture.ts'
import { sizeLab } from './size-lab.ts'

const hosts = hostsText(['a', 'b', 'c'], 'product: kvm, memory: 32GiB')
/** A host of 32 GiB has room for three of 10 GiB, not for four. */
const vms = (count: number) => `machines: { vm: { image: tiny, count: ${count}, memory: 10GiB } }\n`
const spareOf = (text: string) => sizeLab(labOf(text)).spare

test('three hosts survive the loss of one with six machines, and not with seven', () => {
  const survives = (count: number) => spareOf(hosts + vms(count)).map((check) => check.survives)
  assert.deepEqual(survives(6), ['yes'])
  assert.deepEqual(survives(7), ['no'])
})

test('a single host is no question', () => {
  assert.deepEqual(spareOf(hostsText(['a'], 'product: kvm, memory: 32GiB') + vms(1)), [])
})

test('an HA cluster is asked about its own hosts only', () => {
  const cluster = 'clusters: { ab: { members: [a, b], ha: true, drs: true } }\n'
  const [check, ...others] = spareOf(hosts + cluster + vms(3))
  assert.deepEqual(others, [])
  assert.deepEqual(
    [check?.cluster, check?.hosts.map(({ host }) => host), check?.survives],
    ['ab', ['a', 'b'], 'yes'],
  )
})

test('without DRS the machines of other hosts do not make room', () => {
  // Each host of 33 GiB has 22 of them in use, so none takes 15 GiB more as long as nothing else moves.
  const lab = (drs: boolean) => `${hostsText(['a', 'b', 'c', 'd'], 'product: kvm, memory: 33GiB')}
clusters: { all: { members: [a, b, c, d], ha: true, drs: ${drs} } }
machines:
  big: { image: tiny, count: 4, memory: 15GiB }
  small: { image: tiny, count: 4, memory: 7GiB }
`
  assert.deepEqual(
    [true, false].map((drs) => spareOf(lab(drs))[0]?.survives),
    ['yes', 'no'],
  )
})

test('a cluster of nested hypervisors is asked about the machines inside', () => {
  const lab = (count: number) => `clusters: { inner: { members: [node], ha: true } }
machines:
  node:
    image: kvm-node
    count: 2
    memory: 4GiB
    hypervisor: { product: kvm, machines: { vm: { image: tiny, count: ${count}, memory: 600MiB } } }
`
  assert.deepEqual(
    [3, 4].map((count) => spareOf(lab(count))[0]?.survives),
    ['yes', 'no'],
  )
})
