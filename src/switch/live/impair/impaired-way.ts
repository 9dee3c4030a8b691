/** One direction of a port whose link is bad, given by `change`: takes frames as an outlet does, and hands them on when they arrive. */
import { copyRetagged, tagGrowth } from '../../frame.ts'
import { lengthBytes } from '../framing.ts'
import type { FrameRun, TagChange, Way } from '../way.ts'
import type { Link, LinkLoss } from './link.ts'

export interface LinkEnds {
  /** Frames that have arrived, each behind its length, one after the other. The memory is the taker's. */
  readonly deliver: (batch: Buffer, frames: number) => void
  /** A frame, behind its length, that will not arrive. */
  readonly lost: (framed: Buffer, why: LinkLoss) => void
}

export class ImpairedWay implements Way {
  touched = false
  #link: Link | undefined
  readonly #ends: LinkEnds
  #timer: NodeJS.Timeout | undefined
  #dueMs = Number.POSITIVE_INFINITY

  constructor(ends: LinkEnds) {
    this.#ends = ends
  }

  take(bytes: Buffer, start: number, end: number): void {
    const nowMs = performance.now()
    for (let at = start; at < end; ) {
      const next = at + lengthBytes + bytes.readUInt32BE(at)
      this.#offer(Buffer.from(bytes.subarray(at, next)), nowMs)
      at = next
    }
  }

  takeChanged({ bytes, start: first, end: last }: FrameRun, change: TagChange): void {
    const nowMs = performance.now()
    for (let at = first; at < last; ) {
      const start = at + lengthBytes
      const end = start + bytes.readUInt32BE(at)
      const framed = Buffer.alloc(end - at + tagGrowth(change.tag))
      framed.writeUInt32BE(framed.length - lengthBytes)
      copyRetagged({ bytes, start, end }, { bytes: framed, at: lengthBytes }, change)
      this.#offer(framed, nowMs)
      at = end
    }
  }

  flush(): boolean {
    this.touched = false
    this.#deliver(performance.now())
    return false
  }

  /** From now on the link is another; what is under way arrives at once and in order. */
  change(link: Link): void {
    this.#deliver(Number.POSITIVE_INFINITY)
    this.#link = link
  }

  /** Everything that is under way arrives now. */
  end(): void {
    this.#deliver(Number.POSITIVE_INFINITY)
    clearTimeout(this.#timer)
  }

  /** The port has gone, and what was under way with it. */
  cut(): void {
    clearTimeout(this.#timer)
  }

  #offer(framed: Buffer, nowMs: number): void {
    const why = this.#link?.offer(framed, nowMs)
    if (why) this.#ends.lost(framed, why)
  }

  #deliver(nowMs: number): void {
    const arrived = this.#link?.arrived(nowMs) ?? []
    if (arrived.length > 0) this.#ends.deliver(Buffer.concat(arrived), arrived.length)
    const dueMs = this.#link?.nextDueMs ?? Number.POSITIVE_INFINITY
    if (dueMs === this.#dueMs) return
    this.#dueMs = dueMs
    clearTimeout(this.#timer)
    if (dueMs === Number.POSITIVE_INFINITY) return
    const again = () => {
      this.#dueMs = Number.POSITIVE_INFINITY
      this.#deliver(performance.now())
    }
    this.#timer = setTimeout(again, Math.max(0, dueMs - performance.now()))
  }
}
