/** Frames in a stream as QEMU writes them: each after its length, 4 bytes big-endian. A length of 0 is a sign of life. */
import type { Duplex } from 'node:stream'

export const lengthBytes = 4
/** Longer ones are not believed: QEMU (net/net.c, NET_BUFSIZE) never sends more. */
const longestFrame = 69_632
/** Ethernet's header. */
const shortestFrame = 14
/** What may wait for a slow receiver before frames are dropped. */
const queueBytes = 2_097_152

/** The stream has lost its framing and must be given up. */
export class FramingError extends Error {}

/** What became whole with a chunk: `bytes` hold the wanted frames with their lengths, in order. */
export interface Batch {
  readonly bytes: readonly Buffer[]
  readonly frames: number
}

export const signOfLife: Buffer = Buffer.alloc(lengthBytes)

/** Splits a stream into frames and keeps those that `wanted` says yes to, without copying them. */
export class FrameReader {
  readonly #wanted: (frame: Buffer) => boolean
  #rest: Buffer = Buffer.alloc(0)

  constructor(wanted: (frame: Buffer) => boolean) {
    this.#wanted = wanted
  }

  /** Fails with a `FramingError` when a length makes no sense. */
  push(chunk: Buffer): Batch {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    const bytes: Buffer[] = []
    let frames = 0
    let at = 0
    /** Where the wanted frames begin that follow each other without a gap. */
    let run = 0
    while (data.length - at >= lengthBytes) {
      const length = data.readUInt32BE(at)
      if (length > longestFrame) throw new FramingError(`a frame of ${length} bytes`)
      const end = at + lengthBytes + length
      if (end > data.length) break
      if (length >= shortestFrame && this.#wanted(data.subarray(at + lengthBytes, end))) frames += 1
      else {
        if (at > run) bytes.push(data.subarray(run, at))
        run = end
      }
      at = end
    }
    if (at > run) bytes.push(data.subarray(run, at))
    this.#rest = data.subarray(at)
    return { bytes, frames }
  }
}

/** Writes a batch, or none of it when too much waits already. Returns the number of frames that were dropped. */
export function sendBatch(to: Duplex | undefined, { bytes, frames }: Batch): number {
  if (!to?.writable || to.writableLength > queueBytes) return frames
  for (const part of bytes) to.write(part)
  return 0
}
