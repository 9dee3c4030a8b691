import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BridgePlan } from '#switch'
import { RulesTold } from './rules-told.ts'

const spec = { name: 'br0', kind: 'standard', mtu: 1500, uplinks: [], portgroups: [] } as const
const planOf = (...devices: string[]): BridgePlan => ({
  spec,
  ports: [],
  uplinks: devices.map((device) => ({ device })),
})

test('a script that ran alone knew everything', () => {
  const rules = new RulesTold()
  rules.begin()
  rules.told('br0', planOf('a'))
  assert.deepEqual(rules.settle(), [])
  rules.begin()
  rules.told('br0', planOf('a', 'b'))
  assert.deepEqual(rules.settle(), [])
})

test('after scripts that overlapped and said different things, each asks for the rules anew', () => {
  const rules = new RulesTold()
  rules.begin()
  rules.told('br0', planOf('a'))
  rules.begin()
  rules.told('br0', planOf('a', 'b'))
  rules.told('br1', planOf('c'))
  assert.deepEqual(rules.settle(), ['br0'])
  assert.deepEqual(rules.settle(), ['br0'])
  assert.deepEqual(rules.settle(), [])
})
