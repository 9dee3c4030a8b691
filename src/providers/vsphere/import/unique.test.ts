import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Addresses, Macs } from './unique.ts'

test('a MAC belongs to one NIC, and some to none', () => {
  const macs = new Macs()
  assert.equal(macs.claim('00:50:56:00:00:01', 'web'), undefined)
  assert.match(macs.claim('00:50:56:00:00:01', 'copy') ?? '', /also that of web/)
  for (const unusable of ['01:00:5e:00:00:01', '00:00:00:00:00:00', 'x', ''])
    assert.match(macs.claim(unusable, 'web') ?? '', /cannot be that of a NIC/)
})

test('an address is there once in a network, and networks do not cover each other in part', () => {
  const addresses = new Addresses()
  assert.ok(addresses.claim('10.0.0.5', 24, ['lan']))
  assert.ok(!addresses.claim('10.0.0.5', 24, ['lan', 'other']))
  assert.ok(addresses.claim('10.0.0.5', 24, ['other']))
  assert.ok(!addresses.claim('10.0.0.200', 25, ['lan']))
  assert.ok(addresses.claim('10.0.1.5', 24, ['lan']))
  const unusable = [
    ['10.0.0.0', 24],
    ['10.0.0.255', 24],
    ['127.0.0.1', 8],
    ['224.0.0.1', 24],
    ['10.0.2.15', 24],
    ['10.0.9.1', 32],
    ['300.1.1.1', 24],
  ] as const
  for (const [ip, prefix] of unusable) assert.ok(!addresses.claim(ip, prefix, ['else']), ip)
})
