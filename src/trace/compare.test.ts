/** What was foretold beside what ports saw: where the two part, in words. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLabObject, type ResolvedLab } from '#lab'
import { compareWithReality, type Seen } from './compare.ts'
import type { Trace } from './contract.ts'
import { arpReply, arpRequest, echo, vxlan } from './frames.ts'
import { trace } from './trace.ts'

const macs = { a: '02:00:00:00:00:0a', b: '02:00:00:00:00:0b' }

function labWith(vlanOfB: number): ResolvedLab {
  const loaded = loadLabObject(
    {
      nestlab: 1,
      name: 'two',
      switches: { lan: { portgroups: { ten: { vlan: 10 }, twenty: { vlan: 20 } } } },
      machines: {
        a: { image: 'tiny', nics: [{ portgroup: 'ten', mac: macs.a, address: '10.9.0.1/24' }] },
        b: {
          image: 'tiny',
          nics: [{ portgroup: vlanOfB === 10 ? 'ten' : 'twenty', mac: macs.b, address: '10.9.0.2/24' }],
        },
      },
    },
    { file: '/two.lab.yaml' },
  )
  assert.ok(loaded.lab, JSON.stringify(loaded.problems))
  return loaded.lab
}

const speaker = (name: 'a' | 'b') => ({
  mac: macs[name],
  address: { ip: name === 'a' ? '10.9.0.1' : '10.9.0.2', prefixLength: 24 },
})
const [a, b] = [speaker('a'), speaker('b')]
const size = { payloadBytes: 56, most: 1500 }
const frames = {
  ask: arpRequest(a, b),
  told: arpReply(b, a),
  ping: echo(a, b, { ...size, isReply: false }),
  pong: echo(b, a, { ...size, isReply: true }),
}
const crossing = (frame: Uint8Array, from: 'a' | 'b', to: 'a' | 'b'): Seen[] => [
  { port: `${from}:nic0`, direction: 'in', frame },
  { port: `${to}:nic0`, direction: 'out', frame },
]
const ports = ['a:nic0', 'b:nic0']
const all = [
  ...crossing(frames.ask, 'a', 'b'),
  ...crossing(frames.told, 'b', 'a'),
  ...crossing(frames.ping, 'a', 'b'),
  ...crossing(frames.pong, 'b', 'a'),
]

function compared(seen: readonly Seen[], reached: boolean, vlanOfB = 10) {
  const lab = labWith(vlanOfB)
  const traced: Trace = trace(lab, { from: 'a', to: 'b', what: { kind: 'icmp' } })
  return compareWithReality(lab, traced, { seen, ports, reached })
}

test('a ping that went as foretold is seen at every port', () => {
  const { legs, parting } = compared(all, true)
  assert.equal(parting, undefined)
  assert.deepEqual(
    legs.flatMap(({ hops }) => hops.map((hop) => [hop.in, hop.out])),
    [1, 2, 3, 4].map(() => [true, true]),
  )
})

test('a MAC that the guest remembered need not be asked for', () => {
  const { legs, parting } = compared(all.slice(4), true)
  assert.equal(parting, undefined)
  assert.deepEqual(
    legs.map(({ unseen }) => unseen),
    [true, true, false, false],
  )
})

test('a frame that a port drops is where they part, with the reason of the drop', () => {
  const lost: Seen = { port: 'b:nic0', direction: 'out', frame: frames.ping, drop: 'IMPAIRED_LOSS: loss' }
  const { parting } = compared([...all.slice(0, 5), lost], false)
  assert.equal(parting, 'The request came to lan by a:nic0, but did not leave by b:nic0: IMPAIRED_LOSS: loss')
})

test('a guest that sends nothing, and one that does not answer, are told apart', () => {
  assert.match(compared([], false).parting ?? '', /The arp request was never sent, or not by a:nic0/)
  assert.match(
    compared(all.slice(0, 2), false).parting ?? '',
    /The arp reply was never sent, or not by b:nic0/,
  )
  assert.match(compared(all, false).parting ?? '', /look inside the machine that is asked/)
  assert.match(compared(all.slice(0, 6), false).parting ?? '', /The reply was never sent, or not by b:nic0/)
})

test('a ping that the file does not allow and that arrives shows a lab unlike its file', () => {
  assert.match(compared(all, true, 20).parting ?? '', /running lab is not what the file says/)
  assert.equal(compared([], false, 20).parting, undefined)
})

test('frames of others, and the same frame with a tag or inside a tunnel, are told apart', () => {
  const stranger = echo({ ...a, mac: '02:00:00:00:00:0c' }, b, { ...size, isReply: false })
  assert.match(compared(crossing(stranger, 'a', 'b'), false).parting ?? '', /was never sent/)
  const tag = Uint8Array.of(0x81, 0, 0, 10)
  const tagged = Uint8Array.from([...frames.ping.subarray(0, 12), ...tag, ...frames.ping.subarray(12)])
  const wrapped = vxlan(b, a, { vni: 7, udpPort: 4789, frame: frames.pong })
  const { parting } = compared([...crossing(tagged, 'a', 'b'), ...crossing(wrapped, 'b', 'a')], true)
  assert.equal(parting, undefined)
})
