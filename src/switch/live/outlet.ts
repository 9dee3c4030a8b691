/** The way out to one port: at most one write for each batch of frames, and a bounded queue while the guest is slow. */
import type { Socket } from 'node:net'
import { copyRetagged, tagGrowth } from '../frame.ts'
import { type Counters, reasonIndex } from './counters.ts'
import { lengthBytes, queueBytes } from './framing.ts'
import { ReadBuffers } from './read-buffers.ts'
import type { FrameRun, TagChange, Way } from './way.ts'

const nothing = new Uint8Array(0)
const portDown = reasonIndex('PORT_DOWN')
const queueFull = reasonIndex('TX_QUEUE_FULL')

/**
 * Between batches `#source` is empty: a run is remembered without copying only until `flush`. It is copied to the
 * queue as soon as something else must go out in between, or while an earlier write waits for the guest.
 */
export class Outlet implements Way {
  /** Set by the batch that has put something in; cleared by `flush`. */
  touched = false
  readonly #counters: Counters
  readonly #buffers: ReadBuffers
  #socket: Socket | undefined
  /** An earlier write has not been taken by the system yet. */
  #writing = false
  /** The memory that write is from, when it is a read buffer. */
  #held: Buffer | undefined
  #source: Buffer | undefined
  #start = 0
  #end = 0
  #frames = 0
  #queue: Buffer | undefined
  #spare: Buffer | undefined
  #queued = 0
  #queuedFrames = 0

  constructor(counters: Counters, buffers = new ReadBuffers()) {
    this.#counters = counters
    this.#buffers = buffers
  }

  get connected(): boolean {
    return this.#socket !== undefined
  }

  attach(socket: Socket): void {
    this.#socket = socket
  }

  /** What waits is lost with the connection. */
  detach(): void {
    if (this.#queuedFrames > 0) this.#counters.drop(portDown, this.#queuedFrames)
    this.#socket = undefined
    this.#writing = false
    if (this.#held) this.#buffers.abandon(this.#held)
    this.#held = undefined
    this.#source = undefined
    this.#queue = undefined
    this.#spare = undefined
    this.#queued = 0
    this.#queuedFrames = 0
  }

  /** Frames that leave as they came. `bytes` must stay as it is until `flush`. */
  take(bytes: Buffer, start: number, end: number, frames: number): void {
    if (!this.#socket) {
      this.#counters.drop(portDown, frames)
      return
    }
    if (!this.#writing && this.#queued === 0) {
      if (!this.#source) {
        this.#source = bytes
        this.#start = start
        this.#end = end
        this.#frames = frames
        return
      }
      if (this.#end === start) {
        this.#end = end
        this.#frames += frames
        return
      }
      this.#copySource()
    }
    this.#copy({ bytes, start, end, frames })
  }

  /** Frames whose tag changes on the way. */
  takeChanged(run: FrameRun, change: TagChange): void {
    if (!this.#socket) {
      this.#counters.drop(portDown, run.frames)
      return
    }
    this.#copySource()
    const queue = this.#room()
    const growth = tagGrowth(change.tag)
    for (let at = run.start; at < run.end; ) {
      const start = at + lengthBytes
      at = start + run.bytes.readUInt32BE(at)
      const length = at - start + growth
      if (this.#queued + lengthBytes + length > queue.length) {
        this.#counters.drop(queueFull, 1)
        continue
      }
      queue.writeUInt32BE(length, this.#queued)
      const target = { bytes: queue, at: this.#queued + lengthBytes }
      copyRetagged({ bytes: run.bytes, start, end: at }, target, change)
      this.#queued += lengthBytes + length
      this.#queuedFrames += 1
    }
  }

  /** Ends a batch. True when the socket keeps a part of the batch's own buffer, which must then not be reused. */
  flush(): boolean {
    this.touched = false
    const source = this.#source
    if (source) {
      this.#source = undefined
      if (this.#write(source.subarray(this.#start, this.#end), this.#frames)) return false
      this.#buffers.hold(source)
      this.#held = source
      return true
    }
    if (!this.#writing) this.#writeQueue()
    return false
  }

  #writeQueue(): void {
    const queue = this.#queue
    if (!queue || this.#queued === 0) return
    const chunk = queue.subarray(0, this.#queued)
    const frames = this.#queuedFrames
    this.#queued = 0
    this.#queuedFrames = 0
    if (this.#write(chunk, frames)) return
    this.#queue = this.#spare
    this.#spare = queue
  }

  /** True when the system took all of it at once, so that the memory is free again. */
  #write(chunk: Buffer, frames: number): boolean {
    const socket = this.#socket
    if (!socket) return true
    this.#counters.sent += frames
    this.#counters.sentBytes += chunk.length - frames * lengthBytes
    socket.write(chunk)
    if (socket.writableLength === 0) return true
    this.#writing = true
    // Not 'drain': that event comes only after more than the high-water mark was waiting.
    socket.write(nothing, () => {
      if (this.#socket === socket) this.#written()
    })
    return false
  }

  #written(): void {
    this.#writing = false
    if (this.#held) this.#buffers.release(this.#held)
    this.#held = undefined
    this.#writeQueue()
  }

  #copySource(): void {
    const bytes = this.#source
    if (!bytes) return
    this.#source = undefined
    this.#copy({ bytes, start: this.#start, end: this.#end, frames: this.#frames })
  }

  #copy(run: FrameRun): void {
    const queue = this.#room()
    const fitting =
      this.#queued + run.end - run.start <= queue.length ? run : fittingPart(run, queue.length - this.#queued)
    run.bytes.copy(queue, this.#queued, fitting.start, fitting.end)
    this.#queued += fitting.end - fitting.start
    this.#queuedFrames += fitting.frames
    if (fitting !== run) this.#counters.drop(queueFull, run.frames - fitting.frames)
  }

  /** Memory that nothing has been written to costs nothing, so the full size is taken at once. */
  #room(): Buffer {
    this.#queue ??= Buffer.allocUnsafeSlow(queueBytes)
    return this.#queue
  }
}

/** The first frames of the run that fit into `room` bytes. */
function fittingPart(run: FrameRun, room: number): FrameRun {
  let end = run.start
  let frames = 0
  while (end < run.end) {
    const next = end + lengthBytes + run.bytes.readUInt32BE(end)
    if (next - run.start > room) break
    end = next
    frames += 1
  }
  return { bytes: run.bytes, start: run.start, end, frames }
}
