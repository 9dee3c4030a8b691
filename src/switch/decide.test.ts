/** What the table of cases does not show of the decision: how tags change, and what explanations say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { casesOf } from './cases/read.fixture.ts'
import { retagged } from './frame.ts'
import { type DropReason, dropReasons, explainDrop } from './reasons.ts'
import type { SwitchKind, SwitchSpec } from './spec.ts'
import { compileSwitch } from './state.ts'

function frame(step: string): Uint8Array {
  const [row] = casesOf('', [['', 'ABV', step]])
  return row?.steps[0]?.frame ?? new Uint8Array()
}

function specOf(kind: SwitchKind, settings: Partial<SwitchSpec> = {}): SwitchSpec {
  const [row] = casesOf('', [['', 'A', 'A>A']], { kind })
  assert.ok(row)
  return { ...row.on, ...settings }
}

/** What is said of a drop at a port of `portgroup`. */
function said(reason: DropReason, portgroup: string, on = specOf('standard')) {
  const group = on.portgroups.find(({ name }) => name === portgroup)
  return explainDrop(reason, { on, ...(group && { portgroup: group }) })
}

test('push, pop and retag change the tag and nothing else', () => {
  // The bytes after the header count from 0 in each of these frames.
  assert.deepEqual(retagged(frame('V>A/61'), 'push', 0xabc), frame('V>A#2748/65'))
  assert.deepEqual(retagged(frame('V>A#2748/65'), 'pop', 0), frame('V>A/61'))
  assert.deepEqual(retagged(frame('V>A#p0'), 'retag', 0x123), frame('V>A#p291'))
})

test('a port of a port group that does not exist is refused by name', () => {
  const port = { kind: 'vnic', id: 'A', portgroup: 'gone', guestPromiscuous: true } as const
  const macs = { initialMac: '02:00:00:00:00:01', effectiveMac: '02:00:00:00:00:01' }
  assert.throws(
    () => compileSwitch(specOf('standard'), [{ ...port, ...macs }]),
    /A: vSwitch0 has no port group gone/,
  )
})

test('every reason says what it means, which setting is responsible and what helps', () => {
  for (const kind of ['standard', 'distributed', 'learning', 'hyperv'] as const) {
    for (const reason of dropReasons) {
      for (const portgroup of ['web', 'none: an uplink']) {
        const texts = Object.values(said(reason, portgroup, specOf(kind)))
        for (const text of texts) assert.ok(text.length > 3, `${kind} ${reason}: ${text}`)
      }
    }
  }
})

test('the explanation of a drop names switch, port group and setting', () => {
  assert.equal(said('FORGED_TRANSMIT', 'web').setting, 'vSwitch0/web security.forgedTransmits: reject')
  assert.equal(said('PORT_BLOCKED', 'web').setting, 'vSwitch0/web security.macChanges: reject')
  assert.equal(said('VLAN_NOT_ALLOWED', 'range').setting, 'vSwitch0/range vlan: 10-15')
  assert.equal(said('MTU_EXCEEDED', 'web').setting, 'vSwitch0 mtu: 1500')
  assert.match(said('UNKNOWN_UNICAST', 'web').setting, /vSwitch0\/web security\.promiscuous: reject/)
  assert.match(said('UNKNOWN_UNICAST', 'web').setting, /vSwitch0 uplinks: \[\]/)
})

test('on a distributed switch, MAC learning is what unknown MACs need', () => {
  const { setting, remedy } = said('UNKNOWN_UNICAST', 'web', specOf('distributed'))
  assert.match(setting, /vSwitch0\/web macLearning: false/)
  assert.match(setting, /vSwitch0\/quiet macLearning\.flooding: false/)
  assert.doesNotMatch(setting, /promiscuous/)
  assert.match(remedy, /set macLearning: true \(with flooding\) and forgedTransmits: accept/)
  const gated = said('UNKNOWN_UNICAST', 'web', specOf('distributed', { floodingGate: 'both' }))
  assert.match(gated.setting, /floodingGate: both/)
})

test('on a learning switch, only flooding can be in the way of unknown MACs', () => {
  const { setting, remedy } = said('UNKNOWN_UNICAST', 'web', specOf('learning'))
  assert.match(setting, /^vSwitch0\/quiet macLearning\.flooding: false; /)
  assert.match(remedy, /macLearning\.flooding: true/)
})

test('on Hyper-V, one setting stands for forged transmits, MAC changes and learning', () => {
  const on = specOf('hyperv')
  assert.equal(said('FORGED_TRANSMIT', 'web', on).setting, 'vSwitch0/web macSpoofing: false')
  assert.match(said('PORT_BLOCKED', 'web', on).remedy, /macSpoofing: true on vSwitch0\/web/)
  assert.match(said('UNKNOWN_UNICAST', 'web', on).setting, /vSwitch0\/web macSpoofing: false/)
})

test('where promiscuous mode ends at the port group, the explanation says so', () => {
  const on = specOf('standard', { promiscuousScope: 'portgroup' })
  assert.match(said('UNKNOWN_UNICAST', 'web', on).setting, /vSwitch0 promiscuousScope: portgroup/)
})
