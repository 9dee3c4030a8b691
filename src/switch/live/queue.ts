/** What waits for one port, in one piece of memory: frames, each behind its length. */
import { copyRetagged, tagGrowth } from '../frame.ts'
import { lengthBytes, queueBytes } from './framing.ts'
import type { FrameRun, TagChange } from './way.ts'

/** Copying less than this in a loop costs less than the way into native code. */
const shortBytes = 192

export class Queue {
  /** Memory that nothing has been written to costs nothing, so the full size is taken at once. */
  readonly #bytes = Buffer.allocUnsafeSlow(queueBytes)
  readonly #words = new Int32Array(this.#bytes.buffer)
  filled = 0
  frames = 0
  /** The buffer last copied from, and its memory in words. */
  #from: Buffer | undefined
  #fromWords: Int32Array | undefined

  /** What waits; it stays as it is until something is put in after `clear`. */
  chunk(): Buffer {
    return this.#bytes.subarray(0, this.filled)
  }

  clear(): void {
    this.filled = 0
    this.frames = 0
  }

  /** Takes all of the frames, or as many of the first as there is room for; returns how many it did not take. */
  put(bytes: Buffer, start: number, end: number, frames: number): number {
    if (this.filled + end - start > queueBytes) return this.#putFitting({ bytes, start, end, frames })
    this.#copy(bytes, start, end)
    this.frames += frames
    return 0
  }

  /** As `put`, each frame with its tag changed. */
  putChanged({ bytes, start: first, end: last }: FrameRun, change: TagChange): number {
    const growth = tagGrowth(change.tag)
    let refused = 0
    for (let at = first; at < last; ) {
      const start = at + lengthBytes
      at = start + bytes.readUInt32BE(at)
      const length = at - start + growth
      if (this.filled + lengthBytes + length > queueBytes) {
        refused += 1
        continue
      }
      this.#bytes.writeUInt32BE(length, this.filled)
      copyRetagged({ bytes, start, end: at }, { bytes: this.#bytes, at: this.filled + lengthBytes }, change)
      this.filled += lengthBytes + length
      this.frames += 1
    }
    return refused
  }

  #putFitting({ bytes, start, end, frames }: FrameRun): number {
    let fitting = start
    let taken = 0
    while (fitting < end) {
      const next = fitting + lengthBytes + bytes.readUInt32BE(fitting)
      if (this.filled + next - start > queueBytes) break
      fitting = next
      taken += 1
    }
    this.#copy(bytes, start, fitting)
    this.frames += taken
    return frames - taken
  }

  #copy(bytes: Buffer, start: number, end: number): void {
    const at = this.filled
    this.filled = at + end - start
    if (end - start > shortBytes || ((start | end | at) & 3) !== 0) {
      bytes.copy(this.#bytes, at, start, end)
      return
    }
    if (bytes !== this.#from) {
      this.#from = bytes
      this.#fromWords =
        bytes.byteOffset === 0 ? new Int32Array(bytes.buffer, 0, bytes.length >> 2) : undefined
    }
    const from = this.#fromWords
    if (!from) {
      bytes.copy(this.#bytes, at, start, end)
      return
    }
    const words = this.#words
    for (let word = start >> 2, to = at >> 2; word < end >> 2; word++, to++) words[to] = from[word] ?? 0
  }
}
