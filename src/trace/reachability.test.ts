/** Who reaches whom, for many machines at once and from one version of a lab to the next. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { machinesOf, type ResolvedLab } from '#lab'
import { compareLabs, reachability, trace } from './index.ts'
import { atTop, changedLevel, loaded } from './labs.fixture.ts'

const trunk = '{ vlan: 4095, security: { promiscuous: accept, forgedTransmits: accept } }'

/** Three hypervisors; VLAN 20 is missing in the trunk of the last one, and two tenants have the same addresses. */
const mixed = `nestlab: 1
name: mixed
switches:
  vSwitch0: { portgroups: { m: {}, trunk: ${trunk}, narrow: ${trunk.replace('4095', '"10-19"')} } }
templates:
  node:
    image: kvm-node
    nics: [{ portgroup: m, address: 192.168.0.0/24 }, { portgroup: trunk }]
    hypervisor:
      product: kvm
      switches:
        br0: { uplinks: [nic1], portgroups: { ten: { vlan: 10 }, twenty: { vlan: 20 } } }
        alone: { portgroups: { apart: {} } }
      machines:
        ten: { count: 2, image: tiny, nics: [{ portgroup: ten, address: 10.0.10.0/24 }] }
        twenty: { count: 2, image: tiny, nics: [{ portgroup: twenty, address: 10.0.20.0/24 }] }
        apart: { image: tiny, nics: [{ portgroup: apart, address: 10.0.10.77/24 }] }
        mute: { image: tiny, nics: [{ portgroup: ten }] }
machines:
  kvm: { extends: node, count: 2 }
  last: { extends: node, nics: [{ portgroup: m, address: 192.168.0.0/24 }, { portgroup: narrow }] }
`

/** Pairs that reach each other by the groups' verdicts, each written out. */
function pairsOf(lab: ResolvedLab): string[] {
  const { groups, verdicts } = reachability(lab)
  const pairs = groups.flatMap((asking, row) =>
    groups.flatMap((asked, column) =>
      verdicts[row]?.[column]?.reached ? asking.flatMap((from) => asked.map((to) => `${from} ${to}`)) : [],
    ),
  )
  return pairs.filter((pair) => new Set(pair.split(' ')).size === 2).sort()
}

test('what is said of groups is what single traces say of each pair', () => {
  const lab = loaded(mixed)
  const machines = [...machinesOf(lab.top)].map(({ path }) => path)
  const traced = machines.flatMap((from) =>
    machines.flatMap((to) => {
      const { reached } = trace(lab, { from, to, what: { kind: 'icmp' } })
      return reached && from !== to ? [`${from} ${to}`] : []
    }),
  )
  assert.deepEqual(pairsOf(lab), traced.sort())
})

test('machines that are alike are one group, and those without an address are named', () => {
  const { groups, silent } = reachability(loaded(mixed))
  assert.deepEqual(groups[0], ['kvm-1', 'kvm-2', 'last'])
  assert.deepEqual(
    groups.find((group) => group.includes('kvm-1/ten-1')),
    ['kvm-1/ten-1', 'kvm-1/ten-2'],
  )
  assert.deepEqual(silent, ['kvm-1/mute', 'kvm-2/mute', 'last/mute'])
})

test('a pair that does not reach has its reason, where a question gets there at all', () => {
  const lab = atTop(changedLevel([['promiscuous: accept', 'promiscuous: reject']]))
  const { groups, verdicts } = reachability(lab)
  assert.deepEqual(groups, [['a/vm'], ['b/vm']])
  assert.deepEqual(verdicts, [
    [undefined, { reached: false, reason: 'UNKNOWN_UNICAST' }],
    [{ reached: false, reason: 'UNKNOWN_UNICAST' }, undefined],
  ])
})

test('two versions of a lab are compared by the pairs that one of them loses, with the cause', () => {
  const before = loaded(mixed)
  const more = '  new: { image: tiny, nics: [{ portgroup: m, address: 192.168.0.0/24 }] }\n  last:'
  const after = loaded(mixed.replace('"10-19"', '"10-29"').replace('  last:', more))
  const { changes, gone, added } = compareLabs(before, after, { kind: 'icmp' })
  assert.deepEqual([gone, added], [[], ['new']])
  const ends = (machine: string) => [`${machine}/twenty-1`, `${machine}/twenty-2`]
  const now = (from: string, to: string) => [ends(from), ends(to), false, 'vSwitch0/narrow vlan: 10-19']
  assert.deepEqual(
    changes.map(({ from, to, reachedBefore, trace: { cause } }) => [from, to, reachedBefore, cause?.setting]),
    [now('kvm-1', 'last'), now('kvm-2', 'last'), now('last', 'kvm-1'), now('last', 'kvm-2')],
  )
  assert.equal(compareLabs(before, before, { kind: 'icmp' }).changes.length, 0)
})

test('a second machine with the address that is asked for is named', () => {
  const lab = loaded(`nestlab: 1
name: rivals
switches: { vSwitch0: { portgroups: { one: { vlan: 10 }, trunk: ${trunk} } } }
machines:
  asks: { image: tiny, nics: [{ portgroup: one, address: 10.0.0.1/24 }] }
  meant: { image: tiny, nics: [{ portgroup: one, address: 10.0.0.2/24 }] }
  kvm:
    image: kvm-node
    nics: [{ portgroup: trunk }]
    hypervisor:
      product: kvm
      switches: { br0: { uplinks: [nic0], portgroups: { inner: { vlan: 10 } } } }
      machines: { rival: { image: tiny, nics: [{ portgroup: inner, address: 10.0.0.2/24 }] } }
`)
  const { reached, cause } = trace(lab, { from: 'asks', to: 'meant', what: { kind: 'icmp' } })
  assert.equal(reached, false)
  assert.equal(cause?.reason, 'DUPLICATE_ADDRESS')
  assert.equal(cause?.port, 'kvm/rival:nic0')
})
