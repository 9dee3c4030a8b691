/** What the kernel's log tells of dropped frames, as Linux 6.18 wrote it, and as nobody should. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spec } from '../truth-table.fixture.ts'
import { compileRules } from './compile.ts'
import { dropLogGroup, dropLogPattern, readLoggedDrop } from './drop-log.ts'

/** Of a frame from 02:00:00:00:00:66, with a tag of VLAN 10 and priority 3, that a rule of `prerouting` dropped. */
const message = [
  '07000005',
  '0800010008000000',
  `17000a00${Buffer.from('FORGED_TRANSMIT ap\0').toString('hex')}00`,
  '0800060000000003',
  '0800040000000002',
  '10000800000600000200000000660000',
  '06000f0000010000',
  '06001100000e0000',
  '1200100002000000000102000000006608000000',
  '14000300000000006b008c5300000000000e3196',
  '08000b0000000000',
  '08000e0000000000',
  '1400148006000200600a00000600010081000000',
  '1200150002000000000102000000006608000000',
  '0a000900000102030405',
]
const read = (parts: readonly string[]) => readLoggedDrop(Buffer.from(parts.join(''), 'hex'))

test('a logged drop names port, reason and direction, and is the frame with its tag again', () => {
  const drop = read(message)
  assert.equal(drop?.device, 'ap')
  assert.equal(drop.reason, 'FORGED_TRANSMIT')
  assert.equal(drop.direction, 'in')
  assert.equal(drop.frame.toString('hex'), '0200000000010200000000668100600a0800000102030405')
  assert.equal(drop.timeNs, 0x6b008c53n * 1_000_000_000n + 0x0e3196n * 1000n)
})

test('without a tag, a time or a payload the rest is the same, and rules of the way out say so', () => {
  const bare = message.filter((part) => !/^(14001480|14000300|0a000900)/.test(part))
  const out = bare.map((part) => (part.startsWith('08000100') ? '0800010008000200' : part))
  const drop = read(out)
  assert.equal(drop?.frame.toString('hex'), '0200000000010200000000660800')
  assert.equal(drop.direction, 'out')
  assert.equal('timeNs' in drop, false)
})

test('messages of other rules, and broken ones, are no drops', () => {
  const prefixed = (prefix: string) => {
    const text = Buffer.from(`${prefix}\0`)
    const head = Buffer.alloc(4)
    head.writeUInt16LE(text.length + 4, 0)
    head.writeUInt16LE(10, 2)
    const padding = '0'.repeat(2 * ((4 - (text.length % 4)) % 4))
    const own = head.toString('hex') + text.toString('hex') + padding
    return read(message.map((part) => (part.startsWith('17000a00') ? own : part)))
  }
  assert.equal(prefixed('OTHER_VLAN kvm-1.nic0')?.device, 'kvm-1.nic0')
  for (const prefix of ['', 'FORGED_TRANSMIT', 'forged ap', 'NO_SUCH_REASON ap', 'OTHER_VLAN a b'])
    assert.equal(prefixed(prefix), undefined, prefix)
  const whole = Buffer.from(message.join(''), 'hex')
  for (let end = 0; end < whole.length; end++) readLoggedDrop(whole.subarray(0, end))
  for (let at = 4; at < whole.length; at++) {
    const broken = Buffer.from(whole)
    broken[at] = 0xff
    readLoggedDrop(broken)
  }
  assert.equal(read(message.filter((part) => !part.startsWith('12001500'))), undefined)
})

test('every counted drop is told to the log when the plan asks for it, and the rest of the rules is the same', () => {
  const ports = [{ portgroup: 'web', tapDevice: 'tap0', mac: '02:00:00:00:00:0a' }]
  const plan = { spec, uplinks: [], ports }
  const plain = compileRules(plan).join('\n')
  const told = compileRules({ ...plan, logGroup: dropLogGroup }).join('\n')
  const drops = (text: string) => text.match(/counter name "drop_tap0_[A-Z_]+" drop/g)?.length ?? 0
  assert.ok(drops(plain) > 0)
  const logged = /log prefix "([A-Z_]+) (tap0)" group 5 queue-threshold 1 counter name "drop_\2_\1" drop/g
  assert.equal(told.match(logged)?.length, drops(plain))
  const statements = (text: string) => /<<'END'\n([\s\S]*)\nEND/.exec(text)?.[1] ?? ''
  assert.equal(statements(told).replaceAll(new RegExp(dropLogPattern, 'g'), ''), statements(plain))
})
