/** Learned MACs as nftables 1.0.6 tells of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLearnedSets } from './learned-sets.ts'

const set = (name: string, elem?: readonly unknown[]) => ({
  set: { family: 'bridge', name, table: 'br-lan', handle: 1, size: 9, ...(elem && { elem }) },
})
const reading = (...nftables: readonly unknown[]) =>
  readLearnedSets(JSON.stringify({ nftables: [{ metainfo: { version: '1.0.6' } }, ...nftables] }))

test('each port’s set tells MAC, VLAN and age; VLANs stand there with the high byte first', () => {
  const ageing = { val: { concat: ['02:00:00:00:00:01', 0x0a00] }, timeout: 300, expires: 249 }
  const learned = set('learned_4096_kvm-1.nic0', [
    { elem: ageing },
    { concat: ['02:00:00:00:00:02', 0xff0f] },
    { concat: ['02:00:00:00:00:03', 0] },
  ])
  const other = { set: { family: 'bridge', name: 'learned_9_x', table: 'br-wan', elem: [] } }
  const found = reading(learned, other)
  assert.deepEqual(found.get('br-lan'), [
    { mac: '02:00:00:00:00:01', device: 'kvm-1.nic0', kind: 'learned', vlan: 10, ageS: 51 },
    { mac: '02:00:00:00:00:02', device: 'kvm-1.nic0', kind: 'learned', vlan: 4095 },
    { mac: '02:00:00:00:00:03', device: 'kvm-1.nic0', kind: 'learned', vlan: 0 },
  ])
  assert.deepEqual(found.get('br-wan'), [])
})

test('what a dvfilter has seen is told once, and other sets not at all', () => {
  const found = reading(
    set('filter_32_web-nic0', ['02:00:00:00:00:04']),
    set('nearly_filter_32_web-nic0', ['02:00:00:00:00:04']),
    set('addresses', ['02:00:00:00:00:05']),
    set('full'),
    set('learned_9_empty'),
  )
  assert.deepEqual(
    [...found],
    [['br-lan', [{ mac: '02:00:00:00:00:04', device: 'web-nic0', kind: 'filter' }]]],
  )
})
