/** Frames that arrive: through several levels, overlays and loops, and who else hears them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Leg, trace } from './index.ts'
import { atTop, changedLevel, loaded } from './labs.fixture.ts'

const ping = (from: string, to: string) => ({ from, to, what: { kind: 'icmp' } as const })

/** `owner/switch vlan`, with the tags on the wire before and behind. */
function hops({ hops: passed }: Leg): string[] {
  return passed.map(({ owner, switchName, vlan, tagIn, tagOut, overlay }) => {
    const tags = `${tagIn ?? '-'}>${vlan}>${tagOut ?? '-'}`
    return `${owner ? `${owner}/` : ''}${switchName} ${tags}${overlay ? ` in ${overlay}` : ''}`
  })
}

test('a ping is four frames, each with the switches it passes', () => {
  const { reached, legs, cause } = trace(atTop(changedLevel([])), ping('a/vm', 'b/vm'))
  assert.equal(reached, true)
  assert.equal(cause, undefined)
  assert.deepEqual(
    legs.map(({ name, from, to }) => `${name}: ${from} > ${to}`),
    [
      'arp request: a/vm:nic0 > b/vm:nic0',
      'arp reply: b/vm:nic0 > a/vm:nic0',
      'request: a/vm:nic0 > b/vm:nic0',
      'reply: b/vm:nic0 > a/vm:nic0',
    ],
  )
  const there = ['a/br0 ->10>10', 'sw 10>10>10', 'b/br0 10>10>-']
  const back = ['b/br0 ->10>10', 'sw 10>10>10', 'a/br0 10>10>-']
  assert.deepEqual(legs.map(hops), [there, back, there, back])
})

test('ARP alone is two frames, a raw frame is one', () => {
  const lab = atTop(changedLevel([]))
  const arp = trace(lab, { from: 'a/vm', to: 'b/vm', what: { kind: 'arp' } })
  assert.deepEqual(
    arp.legs.map(({ name }) => name),
    ['arp request', 'arp reply'],
  )
  const bytes = new Uint8Array(60).fill(255, 0, 6)
  const raw = trace(lab, { from: 'a/vm', to: 'b/vm', what: { kind: 'frame', bytes } })
  assert.deepEqual(
    raw.legs.map(({ name, reached }) => [name, reached]),
    [['frame', true]],
  )
})

const trunk = '{ vlan: 4095, security: { promiscuous: accept, forgedTransmits: accept } }'

/** A VM on level 3 at each side, three switches and three more apart. */
const deep = (first: string) => `nestlab: 1
name: deep
switches: { vSwitch0: { portgroups: { trunk: ${trunk} } } }
templates:
  outer:
    image: kvm-node
    nics: [{ portgroup: trunk }]
    hypervisor: { product: kvm, switches: { br0: { uplinks: [nic0], portgroups: { middle: ${first} } } } }
  inner:
    image: kvm-node
    nics: [{ portgroup: middle }]
    hypervisor:
      product: kvm
      switches: { br0: { uplinks: [nic0], portgroups: { apps: { vlan: 7 } } } }
      machines: { app: { image: tiny, nics: [{ portgroup: apps, address: 10.7.0.0/24 }] } }
machines:
  left: { extends: outer, hypervisor: { machines: { deep: { extends: inner } } } }
  right: { extends: outer, hypervisor: { machines: { deep: { extends: inner, count: 2 } } } }
`

test('three levels of hypervisors are passed upwards and downwards', () => {
  const { reached, legs } = trace(loaded(deep(trunk)), ping('left/deep/app', 'right/deep-2/app'))
  assert.equal(reached, true)
  const [first] = legs
  assert.ok(first)
  assert.deepEqual(hops(first), [
    'left/deep/br0 ->7>7',
    'left/br0 7>7>7',
    'vSwitch0 7>7>7',
    'right/br0 7>7>7',
    'right/deep-2/br0 7>7>-',
  ])
  // The other hypervisor beside the goal, and the VM in it.
  assert.equal(first.copies, 2)
})

test('on three levels the level that stops the frame is named', () => {
  const closed = trunk.replace('promiscuous: accept', 'promiscuous: reject')
  const { cause, legs } = trace(loaded(deep(closed)), ping('left/deep/app', 'right/deep-2/app'))
  assert.equal(cause?.reason, 'UNKNOWN_UNICAST')
  assert.equal(cause?.owner, 'left')
  assert.equal(legs.at(-1)?.name, 'arp reply')
  assert.deepEqual(
    legs.at(-1)?.hops.map(({ owner, switchName }) => `${owner}/${switchName}`),
    ['right/deep-2/br0', 'right/br0', '/vSwitch0', 'left/br0'],
  )
})

test('in a promiscuous port group every hypervisor hears what is for another one', () => {
  const hub = `nestlab: 1
name: hub
switches: { vSwitch0: { portgroups: { trunk: ${trunk} } } }
machines:
  kvm:
    count: 16
    image: kvm-node
    nics: [{ portgroup: trunk }]
    hypervisor:
      product: kvm
      switches: { br0: { uplinks: [nic0], portgroups: { web: { vlan: 10 } } } }
      machines: { vm: { image: tiny, nics: [{ portgroup: web, address: 10.0.0.0/24 }] } }
`
  const { legs } = trace(loaded(hub), ping('kvm-1/vm', 'kvm-9/vm'))
  assert.deepEqual(
    legs.map(({ copies }) => copies),
    // Of the question 14 VMs hear too, through as many hypervisors; of the rest the hypervisors only.
    [28, 14, 14, 14],
  )
  const hop = legs.at(-1)?.hops[1]
  assert.deepEqual([hop?.copies, hop?.seenBy.length, hop?.seenBy[0]], [14, 14, 'kvm-2:nic0'])
})

test('a machine reaches itself without a frame', () => {
  assert.deepEqual(trace(atTop(changedLevel([])), ping('a/vm', 'a/vm')).legs, [])
})

test('a NIC can be named, and what the lab does not have is refused', () => {
  const lab = atTop(changedLevel([]))
  assert.equal(trace(lab, ping('a/vm:nic0', 'b/vm:nic0')).reached, true)
  assert.throws(() => trace(lab, ping('a/vm:nic1', 'b/vm')), { code: 'trace-unknown-nic' })
  assert.throws(() => trace(lab, ping('a/web', 'b/vm')), { code: 'trace-unknown-machine' })
})
