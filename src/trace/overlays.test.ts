/** Frames inside frames: overlays between hypervisors, and what stops them on the way below. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Leg, trace } from './index.ts'
import { loaded } from './labs.fixture.ts'

const ping = (from: string, to: string, payloadBytes = 56) =>
  ({ from, to, what: { kind: 'icmp' }, payloadBytes }) as const

/** `owner/switch`, and the overlay whose frames carry the frame there. */
function hops({ hops: passed }: Leg): string[] {
  return passed.map(({ owner, switchName, overlay }) => {
    return `${owner ? `${owner}/` : ''}${switchName}${overlay ? ` in ${overlay}` : ''}`
  })
}

const tenants = `nestlab: 1
name: tenants
switches: { vSwitch0: { mtu: 1600, portgroups: { management: {} } } }
overlays:
  red: { vni: 5001, between: [kvm] }
  blue: { vni: 5002, between: [kvm] }
machines:
  kvm:
    count: 3
    image: kvm-node
    nics: [{ portgroup: management, address: 192.168.9.0/24 }]
    hypervisor:
      product: kvm
      switches: { br0: { mtu: 1500, portgroups: { red: { vlan: 10 }, blue: { vlan: 20 } } } }
      machines:
        r: { image: tiny, nics: [{ portgroup: red, address: 10.0.0.0/24 }] }
        b: { image: tiny, nics: [{ portgroup: blue, address: 10.0.0.0/24 }] }
`

test('an overlay carries frames through the switch below, to all members until it knows better', () => {
  const { reached, legs } = trace(loaded(tenants), ping('kvm-1/r', 'kvm-3/r'))
  assert.equal(reached, true)
  assert.deepEqual(legs.map(hops), [
    ['kvm-1/br0', 'vSwitch0 in red', 'kvm-3/br0'],
    ['kvm-3/br0', 'vSwitch0 in red', 'kvm-1/br0'],
    ['kvm-1/br0', 'vSwitch0 in red', 'kvm-3/br0'],
    ['kvm-3/br0', 'vSwitch0 in red', 'kvm-1/br0'],
  ])
  assert.deepEqual(
    legs.map(({ cost }) => cost.decisions),
    // The question passes the switch below twice and enters both others, all else once and only the right one.
    [5, 3, 3, 3],
  )
})

test('without learning every frame goes to every member', () => {
  const lab = loaded(tenants.replace('vni: 5001', 'learning: false, vni: 5001'))
  const { legs } = trace(lab, ping('kvm-1/r', 'kvm-3/r'))
  assert.deepEqual(
    legs.map(({ cost }) => cost.decisions),
    [5, 5, 5, 5],
  )
})

test('tenants with the same addresses do not reach each other', () => {
  const { reached, cause } = trace(loaded(tenants), ping('kvm-1/r', 'kvm-2/b'))
  assert.equal(reached, false)
  assert.equal(cause?.reason, 'OTHER_VLAN')
  assert.deepEqual(cause?.at, [
    'machines',
    'kvm-2',
    'hypervisor',
    'switches',
    'br0',
    'portgroups',
    'blue',
    'vlan',
  ])
})

/** The hypervisors of the overlay are inside others, and the trunk between those rejects what it is told to. */
const nested = (security: string) => `nestlab: 1
name: nested
switches: { vSwitch0: { mtu: 9000, portgroups: { trunk: { vlan: 4095, security: ${security} } } } }
overlays: { red: { vni: 7, between: [left/kvm, right/kvm] } }
templates:
  outer:
    image: kvm-node
    nics: [{ portgroup: trunk }]
    hypervisor:
      product: kvm
      switches: { br0: { mtu: 9000, uplinks: [nic0], portgroups: { underlay: { vlan: 5 } } } }
      machines:
        kvm:
          image: kvm-node
          nics: [{ portgroup: underlay, address: 192.168.9.0/24 }]
          hypervisor:
            product: kvm
            switches: { br0: { portgroups: { red: {} } } }
            machines: { vm: { image: tiny, nics: [{ portgroup: red, address: 10.0.0.0/24 }] } }
machines: { left: { extends: outer }, right: { extends: outer } }
`

test('an overlay between nested hypervisors passes all switches below it', () => {
  const { reached, legs } = trace(
    loaded(nested('{ promiscuous: accept, forgedTransmits: accept }')),
    ping('left/kvm/vm', 'right/kvm/vm'),
  )
  assert.equal(reached, true)
  const below = ['left/br0 in red', 'vSwitch0 in red', 'right/br0 in red']
  assert.deepEqual(legs[0] && hops(legs[0]), ['left/kvm/br0', ...below, 'right/kvm/br0'])
})

test('a setting below an overlay that stops it is named', () => {
  const { cause, legs } = trace(
    loaded(nested('{ promiscuous: accept, forgedTransmits: reject }')),
    ping('left/kvm/vm', 'right/kvm/vm'),
  )
  assert.equal(cause?.reason, 'FORGED_TRANSMIT')
  assert.deepEqual(cause?.at, ['switches', 'vSwitch0', 'portgroups', 'trunk', 'security', 'forgedTransmits'])
  assert.deepEqual(legs[0] && hops(legs[0]), ['left/kvm/br0', 'left/br0 in red', 'vSwitch0 in red'])
})

test('an uplink does not carry the VLAN that an overlay has taken', () => {
  const lab = loaded(`nestlab: 1
name: taken
switches: { vSwitch0: { portgroups: { m: {}, trunk: { vlan: 4095, security: { promiscuous: accept } } } } }
overlays: { red: { vni: 9, between: [in-1, in-2] } }
templates:
  node:
    image: kvm-node
    nics: [{ portgroup: m, address: 192.168.9.0/24 }, { portgroup: trunk }]
    hypervisor:
      product: kvm
      switches: { br0: { uplinks: [nic1], portgroups: { red: { vlan: 10 } } } }
      machines: { vm: { image: tiny, nics: [{ portgroup: red, address: 10.0.0.0/24 }] } }
machines: { in: { extends: node, count: 2 }, out: { extends: node } }
`)
  assert.equal(trace(lab, ping('in-1/vm', 'in-2/vm')).reached, true)
  const { cause } = trace(lab, ping('in-1/vm', 'out/vm'))
  assert.equal(cause?.reason, 'UPLINK_VLAN')
  assert.deepEqual(cause?.at, ['machines', 'in-1', 'hypervisor', 'switches', 'br0', 'uplinks'])
})
