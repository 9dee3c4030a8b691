/** What a bad link does to frames, by seed and by the clock it is told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { framed } from '../peers.fixture.ts'
import { Link, rateQueueMs, underWayBytes } from './link.ts'
import { randomFrom, seedFor } from './random.ts'
import { type Impairment, perfectLink } from './spec.ts'

const linkOf = (changes: Partial<Impairment>, seed = 1) =>
  new Link({ ...perfectLink, ...changes }, randomFrom(seed))

/** Frames of 60 bytes that carry their number; with what became of each. */
function sendMany(link: Link, count: number, stepMs = 0): (string | undefined)[] {
  return Array.from({ length: count }, (_, i) => {
    const frame = Buffer.alloc(60)
    frame.writeUInt32BE(i, 14)
    return link.offer(framed(frame), i * stepMs)
  })
}

const numbersOf = (frames: readonly Buffer[]) => frames.map((frame) => frame.readUInt32BE(18))
const share = (hits: number, of: number) => (100 * hits) / of

test('the generator gives the numbers of its description', () => {
  const random = randomFrom(1)
  const first = Array.from({ length: 4 }, () => Math.round(random() * 2 ** 32))
  const again = randomFrom(1)
  assert.deepEqual(
    Array.from({ length: 4 }, () => Math.round(again() * 2 ** 32)),
    first,
  )
  assert.notDeepEqual(first, [0, 0, 0, 0])
  const other = randomFrom(2)
  assert.notEqual(Math.round(other() * 2 ** 32), first[0])
})

test('the generator is even over its range', () => {
  const random = randomFrom(42)
  const buckets = new Array<number>(16).fill(0)
  for (let i = 0; i < 160_000; i++) {
    const bucket = Math.floor(random() * 16)
    buckets[bucket] = (buckets[bucket] ?? 0) + 1
  }
  // Standard deviation of a bucket is 97; the seed is fixed.
  for (const count of buckets) assert.ok(Math.abs(count - 10_000) < 400, String(count))
})

test('each port and direction has a seed of its own', () => {
  const names = ['kvm-1:nic0 in', 'kvm-1:nic0 out', 'kvm-2:nic0 in', 'kvm-2:nic0 out']
  const seeds = [0, 1, 2].flatMap((seed) => names.map((name) => seedFor(seed, name)))
  assert.equal(new Set(seeds).size, seeds.length)
})

test('a good link delivers everything at once and in order', () => {
  const link = linkOf({})
  sendMany(link, 100)
  assert.deepEqual(numbersOf(link.arrived(0)), [...Array(100).keys()])
  assert.equal(link.bytes, 0)
  assert.equal(link.nextDueMs, undefined)
})

test('loss takes its percentage, and the same frames for the same seed', () => {
  const lost = (seed: number) => sendMany(linkOf({ lossPercent: 5 }, seed), 20_000)
  const [once, again, other] = [lost(7), lost(7), lost(8)]
  assert.deepEqual(once, again)
  assert.notDeepEqual(once, other)
  const hits = once.filter((why) => why === 'IMPAIRED_LOSS').length
  assert.ok(Math.abs(share(hits, 20_000) - 5) < 0.5, String(hits))
  assert.ok(sendMany(linkOf({ lossPercent: 100 }), 50).every((why) => why === 'IMPAIRED_LOSS'))
})

test('one condition does not shift what another one does', () => {
  const plain = sendMany(linkOf({ lossPercent: 10 }), 2000)
  const more = sendMany(
    linkOf({ lossPercent: 10, delayMs: 20, jitterMs: 10, corruptPercent: 50, duplicatePercent: 50 }),
    2000,
  )
  assert.deepEqual(more, plain)
})

test('a link that is down loses everything and says so', () => {
  assert.ok(sendMany(linkOf({ down: true }), 10).every((why) => why === 'IMPAIRED_DOWN'))
})

test('delay holds each frame for its time and not longer', () => {
  const link = linkOf({ delayMs: 40 })
  sendMany(link, 3, 1)
  assert.equal(link.nextDueMs, 40)
  assert.deepEqual(numbersOf(link.arrived(39.99)), [])
  assert.deepEqual(numbersOf(link.arrived(41)), [0, 1])
  assert.deepEqual(numbersOf(link.arrived(42)), [2])
})

test('jitter stays within its bounds and keeps the order', () => {
  const link = linkOf({ delayMs: 40, jitterMs: 15 })
  const arrivals: number[] = []
  for (let i = 0; i < 5000; i++) {
    // Far enough apart that no frame waits for the one before it.
    const sentMs = i * 100
    assert.equal(link.offer(framed(Buffer.alloc(60)), sentMs), undefined)
    const dueMs = link.nextDueMs ?? Number.NaN
    arrivals.push(dueMs - sentMs)
    link.arrived(dueMs)
  }
  assert.ok(Math.min(...arrivals) >= 25 && Math.max(...arrivals) <= 55)
  assert.ok(Math.max(...arrivals) - Math.min(...arrivals) > 25)
  const close = linkOf({ delayMs: 40, jitterMs: 40 })
  sendMany(close, 1000, 0.1)
  assert.deepEqual(numbersOf(close.arrived(10_000)), [...Array(1000).keys()])
})

test('reordered frames overtake those that are being delayed', () => {
  const link = linkOf({ delayMs: 40, reorderPercent: 25 })
  sendMany(link, 4000)
  const hasty = numbersOf(link.arrived(0))
  assert.ok(Math.abs(share(hasty.length, 4000) - 25) < 3, String(hasty.length))
  const late = numbersOf(link.arrived(40))
  assert.equal(hasty.length + late.length, 4000)
  assert.deepEqual(
    late,
    late.toSorted((a, b) => a - b),
  )
})

test('duplicates follow their originals', () => {
  const link = linkOf({ duplicatePercent: 10 })
  sendMany(link, 5000)
  const numbers = numbersOf(link.arrived(0))
  assert.ok(Math.abs(share(numbers.length - 5000, 5000) - 10) < 2, String(numbers.length))
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  )
})

test('corruption changes one bit behind the Ethernet header', () => {
  const link = linkOf({ corruptPercent: 100 })
  const places = new Set<number>()
  for (let i = 0; i < 500; i++) {
    link.offer(framed(Buffer.alloc(60)), 0)
    const [frame] = link.arrived(0)
    const changed = [...(frame ?? Buffer.alloc(0)).subarray(4)].flatMap((byte, at) =>
      byte ? [[at, byte]] : [],
    )
    assert.equal(changed.length, 1)
    const [at = 0, byte = 0] = changed[0] ?? []
    assert.ok(at >= 14 && Number.isInteger(Math.log2(byte)))
    places.add(at)
  }
  assert.equal(places.size, 46)
  assert.equal(link.offer(framed(Buffer.alloc(14)), 0), undefined)
  assert.deepEqual(link.arrived(0), [framed(Buffer.alloc(14))])
})

test('a limited rate spaces frames by their length and drops what would wait too long', () => {
  // 60 bytes are 480 bit: one a millisecond.
  const link = linkOf({ rateBitPerS: 480_000 })
  const fates = sendMany(link, 400)
  assert.equal(fates.filter((why) => why === 'IMPAIRED_RATE').length, 400 - rateQueueMs - 1)
  assert.deepEqual(numbersOf(link.arrived(10)), [...Array(10).keys()])
  assert.equal(link.arrived(rateQueueMs + 1).length, rateQueueMs + 1 - 10)
})

test('what is under way is bounded by memory', () => {
  const link = linkOf({ delayMs: 60_000 })
  let refused = 0
  for (let i = 0; i < 2000; i++) {
    if (link.offer(framed(Buffer.alloc(16_000)), 0) === 'IMPAIRED_QUEUE') refused += 1
  }
  assert.ok(link.bytes <= underWayBytes)
  assert.ok(refused > 800 && refused < 1100, String(refused))
  assert.equal(link.arrived(60_000).length, 2000 - refused)
  assert.equal(link.bytes, 0)
})
