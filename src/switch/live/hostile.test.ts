/** Bytes that nobody sensible would send: the switch lives on, in bounded memory and a bounded log. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { decide } from '../decide.ts'
import { compileSwitch } from '../state.ts'
import { frameOf, macOf, portsOf, spec } from '../truth-table.fixture.ts'
import { Board } from './board.ts'
import { Counters } from './counters.ts'
import { longestBelieved, longestTaken } from './framing.ts'
import { Inlet } from './inlet.ts'
import { Lines, LineTooLong } from './lines.ts'
import { seldom } from './log.ts'
import { Outlet } from './outlet.ts'
import { Bench, framed, until } from './peers.fixture.ts'

/** The same bytes in every run. */
function randomBytes(seed: number): (length: number) => Buffer {
  let state = seed
  return (length) => {
    const bytes = Buffer.alloc(length)
    for (let i = 0; i < length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      bytes[i] = state >>> 24
    }
    return bytes
  }
}

test('whatever the frame, each port gets it at most once, never the sender, and no frame goes without a reason', () => {
  const random = randomBytes(7)
  const letters = 'ABCDEFVRGSWMUX'
  const state = compileSwitch(spec, portsOf(letters))
  const known = [...letters].map((letter) => Buffer.from(macOf(letter).replaceAll(':', ''), 'hex'))
  for (let i = 0; i < 200_000; i++) {
    const frame = random(i % 40)
    const [a = 0, b = 0, c = 0, d = 0] = random(4)
    if (a < 200 && frame.length >= 12) frame.set(known[b % known.length] ?? [], 0)
    if (b < 200 && frame.length >= 12) frame.set(known[c % known.length] ?? [], 6)
    if (c < 100 && frame.length >= 14) frame.writeUInt16BE(0x8100, 12)
    const ingress = d % letters.length
    const { deliveries, drops } = decide(state, ingress, frame)
    const reached = deliveries.map(({ port }) => port)
    assert.equal(new Set(reached).size, reached.length)
    assert.ok(!reached.includes(ingress))
    assert.ok(reached.length > 0 || drops.length > 0)
  }
})

/** Frames of the stream up to the first length that makes no sense; a giant counts when it has begun. */
function framesIn(stream: Buffer): number {
  let frames = 0
  for (let at = 0; stream.length - at >= 4; frames++) {
    const length = stream.readUInt32BE(at)
    const taken = length <= longestTaken ? at + 4 + length <= stream.length : length <= longestBelieved
    if (!taken) break
    at += 4 + length
  }
  return frames
}

/** One stream: up to five frames of up to 90 bytes, and sometimes something wild or a giant behind them. */
function randomStream(random: (length: number) => Buffer): Buffer {
  const [count = 0, kind = 0, ...lengths] = random(7)
  const frames = lengths.slice(0, count % 6).map((length) => framed(random(length % 90)))
  if (kind < 16) frames.push(random(9))
  if (kind === 255 && count < 16)
    frames.push(framed(Buffer.alloc(longestTaken + (count << 13))), framed(random(30)))
  return Buffer.concat(frames)
}

test('a million random streams in random pieces are read as one piece would be, in the same memory', () => {
  const random = randomBytes(23)
  const state = compileSwitch(spec, portsOf('AB'))
  const exits = [0, 1].map(() => {
    const counters = new Counters()
    return { counters, outlet: new Outlet(counters) }
  })
  const counters = new Counters()
  const inlet = new Inlet({ board: new Board(state, exits), index: 0 }, counters)
  let expected = 0
  let early = 0
  for (let i = 0; i < 1_000_000; i++) {
    if (i === 100_000) early = process.memoryUsage().arrayBuffers
    const stream = randomStream(random)
    const [seed = 0] = random(1)
    inlet.reset()
    for (let at = 0, step = 0; at < stream.length; step++) {
      const size = Math.min(stream.length - at, 1 + ((seed * (step + 3)) % 61), inlet.room().length)
      const piece = stream.length > longestTaken ? Math.min(stream.length - at, 40_000) : size
      stream.copy(inlet.room(), 0, at, at + piece)
      at += piece
      if (!inlet.take(piece)) break
    }
    expected += framesIn(stream)
    if (counters.received !== expected)
      assert.fail(
        `stream ${i}: ${stream.subarray(0, 600).toString('hex')}, ${counters.received - expected} more`,
      )
  }
  assert.ok(counters.giants > 100, `${counters.giants} giants`)
  assert.ok(process.memoryUsage().arrayBuffers - early < 64_000_000)
})

test('random bytes on a port end no more than that port’s connection', async () => {
  const random = randomBytes(11)
  const ports = ['A', 'B', 'C'].map((id) => ({
    id,
    switchName: spec.name,
    portgroup: 'web',
    initialMac: macOf(id),
  }))
  const bench = await Bench.start([spec], ports)
  try {
    const { pid } = await bench.control.ping()
    for (let i = 0; i < 6; i++) {
      const lengths = [random(4), Buffer.from([0, 0, i, 9]), Buffer.from([0, 3, 255, 255])]
      bench.peer('A').raw(Buffer.concat([lengths[i % 3] ?? random(4), random(5000)]))
      bench.peer('A').hangUp()
      await until('the port is dialled again', () => bench.peer('A').connected)
    }
    bench.peer('C').clear()
    bench.peer('B').send(frameOf('B', { to: 'C' }))
    await until('others go on', () => bench.peer('C').received.length > 0)
    assert.equal((await bench.control.ping()).pid, pid)
    assert.equal((await bench.stats('B')).lost, 0)
  } finally {
    await bench.end()
  }
})

test('memory stays bounded while a guest that reads nothing is sent 200 MB', async () => {
  const ports = ['A', 'B'].map((id) => ({
    id,
    switchName: spec.name,
    portgroup: 'web',
    initialMac: macOf(id),
  }))
  const bench = await Bench.start([spec], ports)
  try {
    const { pid } = await bench.control.ping()
    const residentMiB = () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
    bench.peer('B').pause()
    const burst = Buffer.concat(
      Array.from({ length: 700 }, () => framed(frameOf('A', { to: 'B', bytes: 1500 }))),
    )
    const rounds = 200
    let early = 0
    for (let i = 1; i <= rounds; i++) {
      bench.peer('A').raw(burst)
      await until('the switch has read it', async () => (await bench.stats('A')).received === i * 700)
      if (i === rounds / 4) early = residentMiB()
    }
    const { dropped } = await bench.stats('B')
    assert.ok((dropped.TX_QUEUE_FULL ?? 0) > 100_000)
    assert.ok(residentMiB() - early < 24, `${early} MiB after a quarter, ${residentMiB()} MiB at the end`)
  } finally {
    await bench.end()
  }
})

test('lines come out whole however they are cut, and an endless one is refused', () => {
  const text = 'one\ntwo\r\n\nfour€\n'
  for (let size = 1; size < 20; size++) {
    const lines = new Lines(100)
    const bytes = Buffer.from(text)
    const got: string[] = []
    for (let at = 0; at < bytes.length; at += size) got.push(...lines.push(bytes.subarray(at, at + size)))
    assert.deepEqual(got, ['one', 'two\r', '', 'four€'])
  }
  const lines = new Lines(10)
  lines.push(Buffer.from('0123456789\n01234'))
  assert.throws(() => lines.push(Buffer.from('567890')), LineTooLong)
})

test('an event that repeats is logged each time its number has doubled', () => {
  const said: string[] = []
  const note = seldom((text) => said.push(text))
  for (let i = 0; i < 1000; i++) note('kvm-1:nic0', 'lost')
  note('kvm-2:nic0', 'lost')
  assert.equal(said.length, 11)
  assert.equal(said[0], 'kvm-1:nic0 lost')
  assert.equal(said[9], 'kvm-1:nic0 lost (512 times)')
})

test('a log of more than a mebibyte begins anew', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nestlab-log-'))
  const file = join(folder, 'log')
  const fd = openSync(file, 'a')
  try {
    const program = `
      import { log } from ${JSON.stringify(join(import.meta.dirname, 'log.ts'))}
      for (let i = 0; i < 3000; i++) log('x'.repeat(1000) + ' ' + i)`
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'ignore', fd],
    })
    assert.ok(statSync(file).size < 1_200_000)
    assert.match(readFileSync(file, 'utf8'), / 2999\n$/)
  } finally {
    closeSync(fd)
    rmSync(folder, { recursive: true, force: true })
  }
})
