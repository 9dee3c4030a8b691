import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NatFilter } from './nat-filter.ts'
import { packet } from './packets.fixture.ts'

const spec = { gateway: '10.0.10.1', prefixLength: 24, nameServer: '10.0.10.254' }
const guest = '10.0.10.7'

function filter(): NatFilter {
  const made = new NatFilter(spec)
  made.setOwnAddresses(['127.0.0.1', '192.168.1.5', '172.17.0.1'])
  return made
}

type Case = readonly [what: string, frame: Buffer, verdict: 'pass' | 'quiet' | RegExp]

const outside = '198.51.100.9'
const cases: readonly Case[] = [
  [
    'opens a connection to the world',
    packet({ from: guest, to: outside, tcp: { port: 443, flags: 0x02 } }),
    'pass',
  ],
  ['sends a datagram to the world', packet({ from: guest, to: outside, udp: { port: 123 } }), 'pass'],
  ['pings the world', packet({ from: guest, to: outside, protocol: 1 }), 'pass'],
  [
    'sends a fragment to the world',
    packet({ from: guest, to: outside, protocol: 17, fragment: 185 }),
    'pass',
  ],
  [
    'reaches another network of a company',
    packet({ from: guest, to: '10.20.0.4', tcp: { port: 80, flags: 2 } }),
    'pass',
  ],
  ['pings the gateway', packet({ from: guest, to: spec.gateway, protocol: 1 }), 'pass'],
  ['asks for a name', packet({ from: guest, to: spec.nameServer, udp: { port: 53 } }), 'pass'],
  ['asks for a long name', packet({ from: guest, to: spec.nameServer, tcp: { port: 53, flags: 2 } }), 'pass'],
  [
    'answers a forwarded connection',
    packet({ from: guest, to: spec.gateway, tcp: { port: 40_000, flags: 0x12 } }),
    'pass',
  ],
  [
    'refuses a forwarded connection',
    packet({ from: guest, to: spec.gateway, tcp: { port: 40_000, flags: 0x04 } }),
    'pass',
  ],
  [
    'connects to this machine through the gateway',
    packet({ from: guest, to: spec.gateway, tcp: { port: 22, flags: 2 } }),
    /10\.0\.10\.7 may not reach 10\.0\.10\.1:22/,
  ],
  [
    'connects with odd flags',
    packet({ from: guest, to: spec.gateway, tcp: { port: 22, flags: 0x03 } }),
    /this machine/,
  ],
  [
    'connects with no flags',
    packet({ from: guest, to: spec.gateway, tcp: { port: 22, flags: 0 } }),
    /this machine/,
  ],
  [
    'connects and resets at once',
    packet({ from: guest, to: spec.gateway, tcp: { port: 22, flags: 0x06 } }),
    /this machine/,
  ],
  [
    'hides a connection in fragments',
    packet({ from: guest, to: spec.gateway, protocol: 6, fragment: 0x2000 }),
    /fragment/,
  ],
  [
    'sends the rest of a fragment',
    packet({ from: guest, to: spec.gateway, protocol: 6, fragment: 1 }),
    /fragment/,
  ],
  [
    'sends this machine a datagram',
    packet({ from: guest, to: spec.gateway, udp: { port: 161 } }),
    /10\.0\.10\.1:161\/udp/,
  ],
  [
    'reaches the resolver’s other ports',
    packet({ from: guest, to: spec.nameServer, tcp: { port: 22, flags: 2 } }),
    /names only/,
  ],
  [
    'reaches 127.0.0.1',
    packet({ from: guest, to: '127.0.0.1', tcp: { port: 22, flags: 2 } }),
    /this machine/,
  ],
  ['reaches 127.9.9.9', packet({ from: guest, to: '127.9.9.9', udp: { port: 22 } }), /this machine/],
  ['reaches 0.0.0.0', packet({ from: guest, to: '0.0.0.0', tcp: { port: 22, flags: 2 } }), /this machine/],
  [
    'reaches a cloud’s metadata',
    packet({ from: guest, to: '169.254.169.254', tcp: { port: 80, flags: 2 } }),
    /this machine/,
  ],
  [
    'reaches an address of this machine',
    packet({ from: guest, to: '192.168.1.5', tcp: { port: 22, flags: 2 } }),
    /this machine/,
  ],
  [
    'reaches a bridge of this machine',
    packet({ from: guest, to: '172.17.0.1', udp: { port: 53 } }),
    /this machine/,
  ],
  [
    'uses an address of the network that nobody has',
    packet({ from: guest, to: '10.0.10.99', tcp: { port: 22, flags: 2 } }),
    'quiet',
  ],
  ['broadcasts', packet({ from: guest, to: '255.255.255.255', udp: { port: 67 } }), 'quiet'],
  ['broadcasts in its network', packet({ from: guest, to: '10.0.10.255', udp: { port: 137 } }), 'quiet'],
  ['sends to a group', packet({ from: guest, to: '224.0.0.251', udp: { port: 5353 } }), 'quiet'],
  ['speaks another protocol', packet({ from: guest, to: outside, protocol: 47 }), 'quiet'],
  [
    'sends to another machine',
    packet({ from: guest, to: outside, tcp: { port: 80, flags: 2 }, mac: '020000000009' }),
    'quiet',
  ],
  [
    'sends with a broadcast MAC',
    packet({ from: guest, to: spec.gateway, tcp: { port: 22, flags: 2 }, mac: 'ffffffffffff' }),
    'quiet',
  ],
  [
    'speaks IPv6',
    Buffer.concat([Buffer.from('52550a000a0102000000000786dd', 'hex'), Buffer.alloc(60)]),
    'quiet',
  ],
  [
    'speaks to a controller of the NIC',
    Buffer.concat([Buffer.from('52550a000a0102000000000788f8', 'hex'), Buffer.alloc(60)]),
    'quiet',
  ],
  [
    'tags its frames',
    Buffer.concat([Buffer.from('52550a000a010200000000078100000a0800', 'hex'), Buffer.alloc(60)]),
    'quiet',
  ],
  [
    'asks who has an address',
    Buffer.concat([Buffer.from('ffffffffffff0200000000070806', 'hex'), Buffer.alloc(28)]),
    'pass',
  ],
]

for (const [what, frame, wanted] of cases) {
  test(`a guest that ${what}: ${wanted instanceof RegExp ? 'refused' : wanted}`, () => {
    const verdict = filter().fromGuest(frame, 0)
    if (wanted instanceof RegExp) {
      assert.ok(typeof verdict === 'object', String(verdict))
      assert.match(verdict.refused, wanted)
    } else assert.equal(typeof verdict === 'object' ? verdict.refused : verdict, wanted)
  })
}

test('whoever was asked over UDP from this machine may answer, from the port that was asked and for a while', () => {
  const one = filter()
  const answer = (from: string, fromPort: number, port: number) =>
    one.fromGuest(packet({ from, to: spec.gateway, udp: { port, fromPort } }), 1000)
  one.fromNat(packet({ from: spec.gateway, to: guest, udp: { port: 53, fromPort: 41_000 } }), 0)
  assert.equal(answer(guest, 53, 41_000), 'pass')
  for (const [from, fromPort, port] of [
    ['10.0.10.8', 53, 41_000],
    [guest, 54, 41_000],
    [guest, 53, 41_001],
  ] as const) {
    assert.notEqual(answer(from, fromPort, port), 'pass')
  }
  assert.notEqual(
    one.fromGuest(packet({ from: guest, to: spec.gateway, udp: { port: 41_000, fromPort: 53 } }), 300_000),
    'pass',
  )
})

test('no frame that is cut anywhere passes for more than it is, and none stops the filter', () => {
  const whole = packet({ from: guest, to: spec.gateway, tcp: { port: 22, flags: 2 } })
  for (let bytes = 0; bytes <= whole.length; bytes++) {
    assert.notEqual(filter().fromGuest(whole.subarray(0, bytes), 0), 'pass', `${bytes} bytes`)
  }
  const longHeader = Buffer.from(packet({ from: guest, to: spec.gateway, tcp: { port: 22, flags: 0x10 } }))
  longHeader[14] = 0x4f
  assert.equal(filter().fromGuest(longHeader, 0), 'quiet')
})

test('whatever bytes a guest sends, the filter judges them, and lets no connection to this machine begin', () => {
  let seed = 20_261_120
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const one = filter()
  const targets = [spec.gateway, '127.0.0.1', '192.168.1.5', '0.0.0.0', '10.0.10.99', '169.254.169.254']
  for (let turn = 0; turn < 20_000; turn++) {
    const to = targets[random(targets.length)] ?? spec.gateway
    const frame = packet({ from: guest, to, tcp: { port: 22, flags: 0x02 } })
    const kept = frame.subarray(0, random(8) === 0 ? random(frame.length) : frame.length)
    // Everything but what makes it a connection to that address: addresses, protocol, ports and flags of TCP.
    const spared = new Set([12, 13, 14, 23, ...Array.from({ length: 24 }, (_, at) => 26 + at)])
    for (let times = random(4); times > 0; times--) {
      const at = random(kept.length || 1)
      if (!spared.has(at) && at < kept.length) kept[at] = random(256)
    }
    assert.notEqual(one.fromGuest(kept, 0), 'pass', kept.toString('hex'))
    one.fromNat(kept, 0)
  }
})
