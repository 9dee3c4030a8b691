/** A damaged switch configuration is refused with the place that is wrong. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Failure } from '#failure'
import { configDigest, readLiveConfig } from './config.ts'

const good = {
  lab: 'demo',
  controlSocket: '/run/demo/control',
  pidFile: '/run/demo/pid',
  switches: [
    {
      name: 'vSwitch0',
      kind: 'standard',
      mtu: 1500,
      uplinks: [{ kind: 'nat' }, { kind: 'nic', name: 'eno1' }],
      portgroups: [
        {
          name: 'web',
          vlan: { mode: 'access', id: 10 },
          security: { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'accept' },
        },
        {
          name: 'trunk',
          vlan: { mode: 'trunk', ranges: [{ from: 0, to: 4094 }] },
          security: { promiscuous: 'reject', forgedTransmits: 'accept', macChanges: 'accept' },
        },
      ],
    },
  ],
  ports: [
    {
      id: 'kvm-1:nic0',
      switchName: 'vSwitch0',
      portgroup: 'web',
      initialMac: '02:00:00:00:00:01',
      socket: '/run/demo/a',
      rxFilter: { qmpSocket: '/run/demo/q', nicId: 'nic0' },
    },
  ],
  uplinks: [{ switchName: 'vSwitch0', uplink: 'eno1', socket: '/run/demo/eno1' }],
}

/** The good configuration with the value at `path` replaced, or taken away. */
function changed(path: string, value?: unknown): string {
  const copy = structuredClone(good) as unknown as Record<string, unknown>
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const target = keys.reduce((at, key) => at[key] as Record<string, unknown>, copy)
  if (value === undefined) delete target[last]
  else target[last] = value
  return JSON.stringify(copy)
}

test('a good configuration is read as it is', () => {
  assert.deepEqual(readLiveConfig(JSON.stringify(good), 'x'), good)
})

const damages: readonly [path: string, value: unknown, said: RegExp][] = [
  ['lab', undefined, /lab is not a text/],
  ['lab', 7, /lab is not a text/],
  ['surprise', 1, /surprise is not known/],
  ['controlSocket', 'run/control', /controlSocket is not an absolute path/],
  ['pidFile', 'pid', /pidFile is not an absolute path/],
  ['switches', {}, /switches is not a list/],
  ['switches.0', null, /switches\[0\] is not an object/],
  ['switches.0.kind', 'magic', /switches\[0\]\.kind is none of standard, distributed, learning, hyperv/],
  ['switches.0.mtu', 65_536, /switches\[0\]\.mtu is not a whole number from 68 to 65535/],
  ['switches.0.mtu', '1500', /switches\[0\]\.mtu is not a whole number/],
  ['switches.0.uplinks.1', { kind: 'nic' }, /switches\[0\]\.uplinks\[1\]\.name is not a text/],
  ['switches.0.portgroups.1.name', 'web', /switches\[0\]\.portgroups has the name web twice/],
  ['switches.0.portgroups.0.vlan.id', 4095, /portgroups\[0\]\.vlan\.id is not a whole number from 1 to 4094/],
  ['switches.0.portgroups.0.vlan.ranges', [], /portgroups\[0\]\.vlan\.ranges is not known/],
  [
    'switches.0.portgroups.1.vlan.ranges.0.to',
    4095,
    /vlan\.ranges\[0\]\.to is not a whole number from 0 to 4094/,
  ],
  ['switches.0.portgroups.0.security.macChanges', true, /security\.macChanges is none of accept, reject/],
  ['ports.0.switchName', 'other', /ports\[0\]\.switchName names no switch: other/],
  ['ports.0.portgroup', 'db', /ports\[0\]\.portgroup names no port group of vSwitch0: db/],
  ['ports.0.initialMac', '02:00', /ports\[0\]\.initialMac is not a MAC address/],
  ['ports.0.rxFilter', 'q', /ports\[0\]\.rxFilter is not an object/],
  ['uplinks', undefined, /uplinks is not a list/],
  ['uplinks.0.uplink', 'eno2', /uplinks\[0\]\.uplink names no uplink of vSwitch0: eno2/],
  ['uplinks.0.switchName', 'other', /uplinks\[0\]\.switchName names no switch: other/],
  ['uplinks.0.socket', '/run/demo/a', /ports has the socket \/run\/demo\/a twice/],
  ['switches.0.uplinks.0.kind', 'wifi', /uplinks\[0\]\.kind is none of nat, nic, tunnel, overlay/],
  ['switches.0.uplinks.0.vlan', 7, /uplinks\[0\]\.vlan is not an object/],
  ['switches.0.uplinks.2', { kind: 'nic', name: 'eno1' }, /switches\[0\]\.uplinks has the name eno1 twice/],
  ['switches.0.uplinks.2', { kind: 'overlay', name: 'red' }, /uplinks\[2\]\.vlan is not an object/],
  ['switches.0.promiscuousScope', 'all', /switches\[0\]\.promiscuousScope is none of vlan, portgroup/],
  ['switches.0.floodingGate', 'sender', /switches\[0\]\.floodingGate is none of receiver, both/],
  ['switches.0.reversePathCheck', 'no', /switches\[0\]\.reversePathCheck is neither true nor false/],
  ['switches.0.portgroups.0.macLearning', { by: 'magic' }, /macLearning\.by is none of switch, dvfilter/],
  [
    'switches.0.portgroups.0.macLearning',
    { by: 'dvfilter', limit: 0 },
    /limit is not a whole number from 1 to/,
  ],
  ['switches.0.portgroups.0.macLearning', { by: 'dvfilter', limit: 1, ageingS: 1 }, /ageingS is not known/],
  ['ports.1', good.ports[0], /ports has the name kvm-1:nic0 twice/],
  ['ports.1', { ...good.ports[0], id: 'b' }, /ports has the socket \/run\/demo\/a twice/],
]

for (const [path, value, said] of damages) {
  test(`a configuration with ${path} = ${JSON.stringify(value)} is refused`, () => {
    assert.throws(
      () => readLiveConfig(changed(path, value), 'demo.json'),
      (error: Failure) => {
        assert.equal(error.code, 'switch-config')
        assert.match(error.message, /^The switch configuration demo\.json is damaged: /)
        assert.match(error.message, said)
        return true
      },
    )
  })
}

test('what is not JSON, and what is not an object, is refused', () => {
  for (const text of ['', '{', '\0\0', '[]', 'null', '7']) {
    assert.throws(() => readLiveConfig(text, 'demo.json'), { code: 'switch-config' })
  }
})

test('a socket path that the system cannot take is refused with its length', () => {
  const long = `/run/${'x'.repeat(103)}`
  assert.throws(
    () => readLiveConfig(changed('ports.0.socket', long), 'x'),
    /has 108 bytes; the system takes at most 107/,
  )
})

test('everything a switch can be asked for is read, and what lies behind an uplink is passed over', () => {
  const learning = { by: 'switch', limit: 4096, limitPolicy: 'drop', flooding: true, ageingS: 300 }
  const [group] = good.switches[0]?.portgroups ?? []
  const wanted = {
    ...good.switches[0],
    kind: 'distributed',
    uplinks: [
      { kind: 'nat', vlan: { mode: 'access', id: 7 } },
      { kind: 'nic', name: 'eno1' },
      { kind: 'tunnel', name: 'far' },
      { kind: 'overlay', name: 'red', vlan: { mode: 'access', id: 8 } },
    ],
    portgroups: [
      { ...group, macLearning: learning },
      { ...group, name: 'fling', macLearning: { by: 'dvfilter', limit: 9 } },
    ],
    promiscuousScope: 'portgroup',
    floodingGate: 'both',
    reversePathCheck: true,
  }
  const behind = wanted.uplinks.map((uplink) => ({ ...uplink, gateway: '10.0.0.1', peers: [] }))
  const file = { ...good, switches: [{ ...wanted, uplinks: behind }] }
  assert.deepEqual(readLiveConfig(JSON.stringify(file), 'x').switches, [wanted])
})

test('the digest is that of the meaning, not of the order of keys', () => {
  const config = readLiveConfig(JSON.stringify(good), 'x')
  const turned = Object.fromEntries(Object.entries(config).reverse()) as typeof config
  assert.equal(configDigest(turned), configDigest(config))
  assert.notEqual(configDigest({ ...config, lab: 'other' }), configDigest(config))
})
