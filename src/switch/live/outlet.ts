/** The way out to one port: at most one write for each batch of frames, and a bounded queue while the guest is slow. */
import type { Socket } from 'node:net'
import { type Counters, reasonIndex } from './counters.ts'
import { lengthBytes } from './framing.ts'
import { Queue } from './queue.ts'
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
  /** What waits, and what was handed to the system last. */
  #queue: Queue | undefined
  #spare: Queue | undefined

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
    if (this.#queue) this.#counters.drop(portDown, this.#queue.frames)
    this.#socket = undefined
    this.#writing = false
    if (this.#held) this.#buffers.abandon(this.#held)
    this.#held = undefined
    this.#source = undefined
    this.#queue = undefined
    this.#spare = undefined
  }

  /** Frames that leave as they came. `bytes` must stay as it is until `flush`. */
  take(bytes: Buffer, start: number, end: number, frames: number): void {
    if (!this.#socket) {
      this.#counters.drop(portDown, frames)
      return
    }
    const queue = this.#queue
    if (!this.#writing && (queue === undefined || queue.filled === 0)) {
      if (!this.#source) {
        this.#source = bytes
        this.#start = start
        this.#end = end
        this.#frames = frames
        return
      }
      if (this.#end === start && this.#source === bytes) {
        this.#end = end
        this.#frames += frames
        return
      }
      this.#copySource()
    }
    const refused = this.#room().put(bytes, start, end, frames)
    if (refused > 0) this.#counters.drop(queueFull, refused)
  }

  /** Frames whose tag changes on the way. */
  takeChanged(run: FrameRun, change: TagChange): void {
    if (!this.#socket) {
      this.#counters.drop(portDown, run.frames)
      return
    }
    this.#copySource()
    const refused = this.#room().putChanged(run, change)
    if (refused > 0) this.#counters.drop(queueFull, refused)
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
    if (!queue || queue.filled === 0) return
    const written = this.#write(queue.chunk(), queue.frames)
    queue.clear()
    if (written) return
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
    // Nothing waits, or the run would not have been kept out of the queue.
    this.#room().put(bytes, this.#start, this.#end, this.#frames)
  }

  #room(): Queue {
    this.#queue ??= new Queue()
    return this.#queue
  }
}
