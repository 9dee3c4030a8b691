/** The decision against the truth table: who gets which frame, with which tag, and why the others do not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from './decide.ts'
import { retagged } from './frame.ts'
import { type DropReason, dropReasons, explainDrop } from './reasons.ts'
import type { PortGroupSpec, SwitchPort } from './spec.ts'
import { compileSwitch } from './state.ts'
import {
  frameOf,
  groups,
  type PortChange,
  portsOf,
  type Sent,
  spec,
  truthTable,
} from './truth-table.fixture.ts'

/** `B V+10 !D:REASON`: B unchanged, V with a tag of VLAN 10 pushed, D dropped it. `-` popped, `~` retagged. */
function outcome(letters: string, changes: Record<string, PortChange>, from: string, sent: Sent): string {
  const ports = portsOf(letters, changes)
  const decision = decide(compileSwitch(spec, ports), letters.indexOf(from), frameOf(from, sent))
  const marks = { pass: '', push: `+${decision.vlan}`, pop: '-', retag: `~${decision.vlan}` }
  const nameOf = (index: number) => ports[index]?.id ?? '?'
  return [
    ...decision.deliveries.map(({ port, tag }) => nameOf(port) + marks[tag]).sort(),
    ...decision.drops.map(({ port, reason }) => `!${nameOf(port)}:${reason}`),
  ].join(' ')
}

for (const [title, ports, from, sent, expected, changes] of truthTable) {
  test(`standard switch: ${title} (${from} of ${ports})`, () => {
    assert.equal(outcome(ports, changes ?? {}, from, sent), expected)
  })
}

test('a frame that ends within its header is a runt', () => {
  const state = compileSwitch(spec, portsOf('AB'))
  for (const bytes of [0, 1, 13]) {
    const frame = frameOf('A', { to: 'B' }).subarray(0, bytes)
    assert.deepEqual(decide(state, 0, frame).drops, [{ port: 0, reason: 'RUNT' }])
  }
  const cutTag = frameOf('A', { to: 'B', tag: 0 }).subarray(0, 17)
  assert.deepEqual(decide(state, 0, cutTag).drops, [{ port: 0, reason: 'RUNT' }])
})

test('a service tag (QinQ) is data on every port', () => {
  const frame = Buffer.from(frameOf('A', { to: 'B', tag: 20 }))
  frame.writeUInt16BE(0x88a8, 12)
  const state = compileSwitch(spec, portsOf('AB'))
  assert.deepEqual(decide(state, 0, frame).deliveries, [{ port: 1, tag: 'pass' }])
})

test('push, pop and retag change the tag and nothing else', () => {
  const plain = frameOf('A', { to: 'B', bytes: 61 })
  const tagged = frameOf('A', { to: 'B', tag: 0x0abc, bytes: 65 })
  assert.deepEqual(Buffer.from(retagged(plain, 'push', 0xabc)), Buffer.from(tagged))
  assert.deepEqual(Buffer.from(retagged(tagged, 'pop', 0)), Buffer.from(plain))
  const urgent = frameOf('A', { to: 'B', tag: 0xe000 })
  assert.deepEqual(
    Buffer.from(retagged(urgent, 'retag', 0x123)),
    Buffer.from(frameOf('A', { to: 'B', tag: 0xe123 })),
  )
})

test('a port of a port group that does not exist is refused by name', () => {
  const port: SwitchPort = { ...portsOf('A')[0], portgroup: 'gone' } as SwitchPort
  assert.throws(() => compileSwitch(spec, [port]), /A: vSwitch0 has no port group gone/)
})

test('every reason says what it means, which setting is responsible and what helps', () => {
  for (const reason of dropReasons) {
    const said = explainDrop(reason, { on: spec, portgroup: groups.web as PortGroupSpec })
    for (const text of Object.values(said)) assert.ok(text.length > 3, `${reason}: ${text}`)
  }
})

test('the explanation of a drop names switch, port group and setting', () => {
  const on = (reason: DropReason, name: string) =>
    explainDrop(reason, { on: spec, portgroup: groups[name] as PortGroupSpec }).setting
  assert.equal(on('FORGED_TRANSMIT', 'web'), 'vSwitch0/web security.forgedTransmits: reject')
  assert.equal(on('PORT_BLOCKED', 'web'), 'vSwitch0/web security.macChanges: reject')
  assert.equal(on('VLAN_NOT_ALLOWED', 'range'), 'vSwitch0/range vlan: 10-15')
  assert.equal(on('MTU_EXCEEDED', 'web'), 'vSwitch0 mtu: 1500')
  assert.match(on('UNKNOWN_UNICAST', 'web'), /vSwitch0\/web security\.promiscuous: reject/)
})
