/** The way in from one port: reads frames off the stream and hands runs of them on without copying. */
import type { Lesson } from '../learned.ts'
import type { Board } from './board.ts'
import { type Counters, reasonIndex } from './counters.ts'
import { type Flow, FlowCache, flowOf, longestAlike, shortestAlike } from './flows.ts'
import { lengthBytes, longestBelieved, longestTaken } from './framing.ts'
import { ReadBuffers } from './read-buffers.ts'
import type { Way } from './way.ts'

const tooLong = reasonIndex('MTU_EXCEEDED')

/** Which port of which board the frames come from; changes between reads only. */
export interface Place {
  readonly board: Board
  readonly index: number
}

export class Inlet {
  readonly #counters: Counters
  readonly #flows = new FlowCache()
  readonly #touched: Way[] = []
  #place: Place
  #longestAlike: number
  /** Of the board, when what `#flows` remembers was decided. */
  #generation: number
  readonly #buffers: ReadBuffers
  #buffer: Buffer
  #view: DataView
  /** Bytes of an unfinished frame at the start of the buffer. */
  #filled = 0
  /** Bytes of a giant that are still to come. */
  #toSkip = 0

  constructor(place: Place, counters: Counters, buffers = new ReadBuffers()) {
    this.#place = place
    this.#longestAlike = longestAlike(place.board)
    this.#generation = place.board.generation
    this.#counters = counters
    this.#buffers = buffers
    this.#buffer = buffers.lend()
    this.#view = viewOf(this.#buffer)
  }

  move(place: Place): void {
    this.#place = place
    this.#longestAlike = longestAlike(place.board)
    this.#forget()
  }

  /** A new connection begins with a length. */
  reset(): void {
    this.#filled = 0
    this.#toSkip = 0
  }

  /** Where the next read goes. */
  room(): Buffer {
    return this.#filled === 0 ? this.#buffer : this.#buffer.subarray(this.#filled)
  }

  /** Forwards what `room` has received. False when the stream has lost its framing and is of no further use. */
  take(bytesRead: number): boolean {
    const end = this.#filled + bytesRead
    if (this.#place.board.generation !== this.#generation) this.#forget()
    let at = this.#skip(0, end)
    let believed = true
    for (;;) {
      at = this.#forwardAll(at, end)
      const length = end - at >= lengthBytes ? this.#view.getUint32(at) : 0
      believed = length <= longestBelieved
      if (length <= longestTaken || !believed) break
      this.#countGiant(length)
      at = this.#skip(at, end)
    }
    this.#finish(at, end)
    return believed
  }

  /** Forwards the whole frames that stand in the buffer; returns where the first one begins that is not, or a giant. */
  #forwardAll(start: number, end: number): number {
    const view = this.#view
    let at = start
    let runStart = start
    let frames = 0
    let run: Flow | undefined
    // The first 16 bytes of the run's latest frame, while frames with the same ones go the same way.
    let [alike, word0, word1, word2, word3] = [false, 0, 0, 0, 0]
    while (end - at >= lengthBytes) {
      const length = view.getUint32(at)
      const next = at + lengthBytes + length
      if (length > longestTaken || next > end) break
      const fits = length >= shortestAlike && length <= this.#longestAlike
      if (
        alike &&
        fits &&
        view.getInt32(at + 8) === word1 &&
        view.getInt32(at + 4) === word0 &&
        view.getInt32(at + 12) === word2 &&
        view.getInt32(at + 16) === word3
      ) {
        frames += 1
        at = next
        continue
      }
      const flow = this.#flowAt(at + lengthBytes, length)
      alike = fits && lasts(flow)
      if (alike) {
        word0 = view.getInt32(at + 4)
        word1 = view.getInt32(at + 8)
        word2 = view.getInt32(at + 12)
        word3 = view.getInt32(at + 16)
      }
      if (flow !== run) {
        if (run) this.#forward(run, runStart, at, frames)
        run = flow
        runStart = at
        frames = 0
      }
      frames += 1
      at = next
    }
    if (run) this.#forward(run, runStart, at, frames)
    return at
  }

  #countGiant(length: number): void {
    const counters = this.#counters
    counters.received += 1
    counters.receivedBytes += length
    counters.giants += 1
    counters.drop(tooLong, 1)
    this.#toSkip = lengthBytes + length
  }

  #skip(at: number, end: number): number {
    const passed = Math.min(this.#toSkip, end - at)
    this.#toSkip -= passed
    return at + passed
  }

  #flowAt(at: number, length: number): Flow {
    const { board, index } = this.#place
    if (length < shortestAlike || length > this.#longestAlike) {
      return this.#decided(flowOf(board, index, this.#buffer.subarray(at, at + length)))
    }
    const known = this.#flows.find(this.#view, at)
    if (known) return known
    const flow = this.#decided(flowOf(board, index, this.#buffer.subarray(at, at + length)))
    if (lasts(flow)) this.#flows.remember(flow)
    return flow
  }

  /** Frames behind one that taught the switch something new may take another way. */
  #decided(flow: Flow): Flow {
    if (this.#place.board.generation !== this.#generation) this.#forget()
    return flow
  }

  #forget(): void {
    this.#generation = this.#place.board.generation
    this.#flows.clear()
  }

  /** Four parameters, since an object for each run would be the only garbage there is. */
  #forward(flow: Flow, start: number, end: number, frames: number): void {
    if (flow.lesson) this.#tell(flow, flow.lesson)
    const counters = this.#counters
    counters.received += frames
    counters.receivedBytes += end - start - frames * lengthBytes
    for (const outlet of flow.pass) {
      if (!outlet.touched) this.#touch(outlet)
      outlet.take(this.#buffer, start, end, frames)
    }
    for (const { outlet, tag } of flow.changed) {
      if (!outlet.touched) this.#touch(outlet)
      outlet.takeChanged({ bytes: this.#buffer, start, end, frames }, { tag, vlan: flow.vlan })
    }
    for (const { counters: where, reason } of flow.drops) where.drop(reason, frames)
  }

  /** Makes the age of a learned MAC begin anew, once in each tick of the clock. */
  #tell(flow: Flow, lesson: Lesson): void {
    const { board } = this.#place
    if (flow.toldAtS === board.clock.nowS) return
    flow.toldAtS = board.clock.nowS
    board.repeat(lesson)
  }

  #touch(outlet: Way): void {
    outlet.touched = true
    this.#touched.push(outlet)
  }

  /** Sends what has gathered and keeps the unfinished frame, in a new buffer if a socket still holds the old one. */
  #finish(at: number, end: number): void {
    let kept = false
    for (const outlet of this.#touched) if (outlet.flush()) kept = true
    this.#touched.length = 0
    const rest = end - at
    if (kept) {
      const old = this.#buffer
      this.#buffer = this.#buffers.lend()
      this.#view = viewOf(this.#buffer)
      old.copy(this.#buffer, 0, at, end)
    } else if (at > 0 && rest > 0) {
      this.#buffer.copyWithin(0, at, end)
    }
    this.#filled = rest
  }
}

/** What teaches something new is the only frame of its kind. */
function lasts({ lesson }: Flow): boolean {
  return lesson === undefined || lesson.known
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
