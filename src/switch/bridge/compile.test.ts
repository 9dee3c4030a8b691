/** What a Linux bridge is told, as text; `kernel.test.ts` tells it to a real one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PortGroupSpec, SwitchSpec, VlanSpec } from '../spec.ts'
import { groups, spec } from '../truth-table.fixture.ts'
import { compileBridge, compilePorts, removePorts } from './compile.ts'
import { bridgeGaps } from './gaps.ts'
import { bridgeDeviceName } from './names.ts'
import type { BridgePlan } from './plan.ts'
import { bridgeVlans, uplinkVlans, vlanCommands } from './vlans.ts'

const port = { portgroup: 'web', tapDevice: 'tap0', mac: '02:00:00:00:00:41' }

test('a bridge is called after its switch where that fits', () => {
  assert.equal(bridgeDeviceName('br0'), 'br-br0')
  assert.equal(bridgeDeviceName('vSwitch0'), 'br-vSwitch0')
  assert.equal(bridgeDeviceName('abcdefghijkl'), 'br-abcdefghijkl')
})

test('every switch name gives a link name of its own that the kernel and a shell take', () => {
  const names = [
    ...[
      'br0',
      'br.0',
      'br 0',
      'BR0',
      'abcdefghijklm',
      'abcdefghijkln',
      'Größe',
      '数据',
      '$(reboot)',
      '-x',
      '..',
    ],
    ...Array.from({ length: 2000 }, (_, i) => `distributed switch number ${i}`),
  ]
  const devices = names.map(bridgeDeviceName)
  for (const device of devices) assert.match(device, /^br-[A-Za-z0-9_.-]{1,12}$/)
  assert.equal(new Set(devices).size, names.length)
})

const vlanRows: readonly [VlanSpec, string[]][] = [
  [{ mode: 'none' }, ['add 4094 pvid untagged', 'del 1-4093']],
  [{ mode: 'access', id: 10 }, ['add 10 pvid untagged', 'del 1-9', 'del 11-4094']],
  [{ mode: 'access', id: 1 }, ['add 1 pvid untagged', 'del 2-4094']],
  [{ mode: 'trunk', ranges: [{ from: 10, to: 15 }] }, ['add 10-15', 'del 1-9', 'del 16-4094']],
  [{ mode: 'trunk', ranges: [{ from: 0, to: 4094 }] }, ['add 1-4093', 'add 4094 pvid untagged']],
  [
    {
      mode: 'trunk',
      ranges: [
        { from: 30, to: 30 },
        { from: 0, to: 0 },
        { from: 10, to: 20 },
        { from: 15, to: 25 },
      ],
    },
    ['add 10-25', 'add 30', 'add 4094 pvid untagged', 'del 1-9', 'del 26-29', 'del 31-4093'],
  ],
]

for (const [vlan, expected] of vlanRows) {
  test(`a bridge port of ${JSON.stringify(vlan)} carries just that`, () => {
    const lines = vlanCommands('tap0', bridgeVlans(vlan)).map((line) =>
      line.replace('vlan ', '').replace('dev tap0 vid ', ''),
    )
    assert.deepEqual(lines, expected)
  })
}

test('an uplink carries what any port group carries', () => {
  const vlans = ['web', 'twenty', 'range'].map((name) => groups[name]?.vlan ?? { mode: 'none' as const })
  assert.deepEqual(uplinkVlans(vlans), {
    tagged: [
      { from: 10, to: 15 },
      { from: 20, to: 20 },
    ],
    native: undefined,
  })
  assert.equal(uplinkVlans([{ mode: 'none' }]).native, 4094)
})

const planOf = (changes: Partial<BridgePlan>): BridgePlan => ({
  spec,
  uplinks: [],
  ports: [port],
  ...changes,
})

test('the rules of a port follow its policies', () => {
  const rulesOf = (portgroup: string) => {
    const own = { ...port, portgroup }
    return compilePorts(planOf({ ports: [own] }), [own])[0]?.[2] ?? ''
  }
  assert.match(
    rulesOf('web'),
    /from_tap0 ether saddr != 02:00:00:00:00:41 counter name "drop_tap0_FORGED_TRANSMIT" drop/,
  )
  assert.match(rulesOf('web'), /to_tap0 drop/)
  assert.match(rulesOf('web'), /vlan id != 0 counter name "drop_tap0_VLAN_TAGGED_ON_ACCESS" drop/)
  assert.doesNotMatch(rulesOf('spytrunk'), /saddr != 02|TAGGED_ON_ACCESS/)
  assert.match(rulesOf('spytrunk'), /to_tap0 accept/)
})

test('names and addresses that could be commands are refused', () => {
  for (const tapDevice of ['tap 0', 'tap0;reboot', '', 'a'.repeat(16), '../x', '-j', 'tap0\nEND', "tap'0"]) {
    const ports = [{ ...port, tapDevice }]
    assert.throws(() => compilePorts(planOf({ ports }), ports), { code: 'bridge-name' })
    assert.throws(() => removePorts(planOf({}), ports), { code: 'bridge-name' })
    assert.throws(() => compileBridge(planOf({ uplinks: [{ device: tapDevice }] })), { code: 'bridge-name' })
  }
  const wrong = { ...port, mac: '02:00:00:00:00:41 }' }
  assert.throws(() => compileBridge(planOf({ ports: [wrong] })), { code: 'bridge-name' })
  const gone = { ...port, portgroup: 'gone' }
  assert.throws(() => compileBridge(planOf({ ports: [gone] })), { code: 'bridge-name' })
})

const strict: PortGroupSpec = {
  name: 'web',
  vlan: { mode: 'access', id: 10 },
  security: { promiscuous: 'accept', forgedTransmits: 'reject', macChanges: 'reject' },
}
const plain: SwitchSpec = { name: 'br0', kind: 'standard', mtu: 1500, uplinks: [], portgroups: [strict] }

test('a switch that a bridge can be has no gaps, and neither have the defaults of a standard switch', () => {
  const security = { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'accept' } as const
  const trunk = { mode: 'trunk', ranges: [{ from: 0, to: 4094 }] } as const
  const portgroups = [strict, { ...strict, name: 'usual', security }, { ...strict, name: 'all', vlan: trunk }]
  assert.deepEqual(bridgeGaps({ ...plain, uplinks: [{ kind: 'nic', name: 'nic1' }], portgroups }), [])
})

test('what a bridge does not do is said, one sentence each', () => {
  const said = bridgeGaps({
    ...plain,
    uplinks: [{ kind: 'nat' }, { kind: 'nic', name: 'nic1' }, { kind: 'nic', name: 'nic2' }],
    portgroups: [
      { ...strict, vlan: { mode: 'access', id: 4094 } },
      { ...strict, name: 'tags', vlan: { mode: 'trunk', ranges: [{ from: 4000, to: 4094 }] } },
      { ...strict, name: 'db', security: { ...strict.security, macChanges: 'accept' } },
      { ...strict, name: 'app', security: { ...strict.security, forgedTransmits: 'accept' } },
    ],
  })
  const change = 'a guest that changes the MAC of its NIC'
  assert.deepEqual(said, [
    'br0: the uplink nat has no effect inside a hypervisor.',
    'br0/web: VLAN 4094 is not carried; the bridge needs it for untagged frames.',
    'br0/tags: VLAN 4094 is not carried; the bridge needs it for untagged frames.',
    `br0/db: ${change} can no longer send (macChanges: accept), since forgedTransmits: reject drops its frames.`,
    `br0/app: ${change} is not blocked (macChanges: reject), since forgedTransmits: accept lets its frames pass.`,
  ])
})
