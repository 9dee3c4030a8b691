import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { FrameReader, FramingError, sendBatch, signOfLife } from './frames.ts'

const frame = (bytes: number, fill: number): Buffer => Buffer.alloc(bytes, fill)

function framed(...frames: Buffer[]): Buffer {
  return Buffer.concat(
    frames.flatMap((one) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(one.length)
      return [length, one]
    }),
  )
}

test('frames come out whole and in order, however the stream is cut', () => {
  const frames = Array.from({ length: 40 }, (_, at) => frame(14 + at * 37, at))
  const stream = framed(...frames)
  for (const size of [1, 3, 17, 64, 1000, stream.length]) {
    const reader = new FrameReader(() => true)
    const out: Buffer[] = []
    let count = 0
    for (let at = 0; at < stream.length; at += size) {
      const batch = reader.push(stream.subarray(at, at + size))
      out.push(...batch.bytes)
      count += batch.frames
    }
    assert.deepEqual(Buffer.concat(out), stream, `cut every ${size} bytes`)
    assert.equal(count, frames.length)
  }
})

test('what is not wanted is left out and nothing else, runts and signs of life never pass', () => {
  const reader = new FrameReader((one) => one[0] !== 7)
  const kept = [frame(60, 1), frame(100, 2), frame(61, 3)]
  const [a, b, c] = kept.map((one) => framed(one))
  const no = framed(frame(90, 7))
  const stream = [no, a, no, no, b, signOfLife, framed(frame(13, 1)), c, no].map(
    (part) => part ?? Buffer.alloc(0),
  )
  const batch = reader.push(Buffer.concat(stream))
  assert.equal(batch.frames, 3)
  assert.deepEqual(Buffer.concat(batch.bytes), framed(...kept))
})

test('a length that no frame has is a framing error, whatever came before', () => {
  const reader = new FrameReader(() => true)
  reader.push(framed(frame(60, 1)))
  assert.throws(() => reader.push(Buffer.from([0, 1, 0x11, 0])), FramingError)
})

test('a receiver that takes nothing costs a bounded amount of memory, and the rest is counted', () => {
  const stuck = new PassThrough({ highWaterMark: 1 })
  const one = framed(frame(1500, 1))
  let dropped = 0
  for (let at = 0; at < 10_000; at++) dropped += sendBatch(stuck, { bytes: [one], frames: 1 })
  assert.ok(stuck.writableLength + stuck.readableLength < 3_000_000, `${stuck.writableLength} bytes wait`)
  assert.ok(dropped > 8000, `${dropped} were dropped`)
  assert.equal(sendBatch(undefined, { bytes: [one], frames: 1 }), 1)
})
