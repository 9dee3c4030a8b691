/** A bad link, without sockets or timers: what becomes of each frame, and when the others arrive. */
import { headerBytes } from '../../frame.ts'
import { lengthBytes } from '../framing.ts'
import type { Random } from './random.ts'
import type { Impairment } from './spec.ts'

export type LinkLoss = 'IMPAIRED_DOWN' | 'IMPAIRED_LOSS' | 'IMPAIRED_RATE' | 'IMPAIRED_QUEUE'

/** What may be under way in one direction of one port; `frameCostBytes` stands for what each frame costs besides. */
export const underWayBytes = 16_777_216
const frameCostBytes = 128
/** A frame that would wait longer than this for a link of limited rate is dropped. */
export const rateQueueMs = 200

/** What chance says about one frame; all of it is drawn for each, so that one setting does not shift another. */
interface Fate {
  readonly lost: boolean
  readonly duplicated: boolean
  readonly hasty: boolean
  readonly corrupted: boolean
  /** Both from 0 up to 1. */
  readonly bit: number
  readonly lateness: number
}

interface UnderWay {
  /** The frame behind its length. */
  readonly framed: Buffer
  readonly dueMs: number
}

/** Times are milliseconds of any clock that does not run backwards. */
export class Link {
  readonly #impairment: Impairment
  readonly #random: Random
  readonly #underWay: UnderWay[] = []
  /** What stands before it has arrived. */
  #head = 0
  #bytes = 0
  /** When the last bit of all frames so far has been sent. */
  #freeAtMs = 0
  #lastDueMs = 0

  constructor(impairment: Impairment, random: Random) {
    this.#impairment = impairment
    this.#random = random
  }

  /** When the next frame arrives; undefined when none is under way. */
  get nextDueMs(): number | undefined {
    return this.#underWay[this.#head]?.dueMs
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Takes a frame behind its length, to keep and to change. Says why it will not arrive. */
  offer(framed: Buffer, nowMs: number): LinkLoss | undefined {
    const fate = this.#fate()
    if (this.#impairment.down) return 'IMPAIRED_DOWN'
    if (fate.lost) return 'IMPAIRED_LOSS'
    if (fate.corrupted) flipBit(framed, fate.bit)
    const refused = this.#send(framed, fate, nowMs)
    if (refused) return refused
    if (fate.duplicated) this.#send(Buffer.from(framed), fate, nowMs)
    return undefined
  }

  /** The frames that have arrived by now, in order. */
  arrived(nowMs: number): Buffer[] {
    const queue = this.#underWay
    const from = this.#head
    for (let next = queue[from]; next && next.dueMs <= nowMs; next = queue[this.#head]) {
      this.#bytes -= next.framed.length + frameCostBytes
      this.#head += 1
    }
    const arrived = queue.slice(from, this.#head).map(({ framed }) => framed)
    // Cut now and then, so that it costs the same for each frame.
    if (this.#head > queue.length / 2) {
      queue.splice(0, this.#head)
      this.#head = 0
    }
    return arrived
  }

  #fate(): Fate {
    const random = this.#random
    const { lossPercent, duplicatePercent, reorderPercent, corruptPercent } = this.#impairment
    return {
      lost: random() * 100 < lossPercent,
      duplicated: random() * 100 < duplicatePercent,
      hasty: random() * 100 < reorderPercent,
      corrupted: random() * 100 < corruptPercent,
      bit: random(),
      lateness: random(),
    }
  }

  #send(framed: Buffer, fate: Fate, nowMs: number): LinkLoss | undefined {
    const { rateBitPerS, delayMs, jitterMs } = this.#impairment
    if (this.#bytes + framed.length + frameCostBytes > underWayBytes) return 'IMPAIRED_QUEUE'
    let sentMs = nowMs
    if (rateBitPerS > 0) {
      const beginsMs = Math.max(nowMs, this.#freeAtMs)
      if (beginsMs - nowMs > rateQueueMs) return 'IMPAIRED_RATE'
      sentMs = beginsMs + ((framed.length - lengthBytes) * 8000) / rateBitPerS
      this.#freeAtMs = sentMs
    }
    if (fate.hasty) {
      this.#queue(framed, sentMs)
      return undefined
    }
    const dueMs = sentMs + Math.max(0, delayMs + (fate.lateness * 2 - 1) * jitterMs)
    this.#lastDueMs = Math.max(dueMs, this.#lastDueMs)
    this.#queue(framed, this.#lastDueMs)
    return undefined
  }

  #queue(framed: Buffer, dueMs: number): void {
    const queue = this.#underWay
    let at = queue.length
    while (at > this.#head && (queue[at - 1]?.dueMs ?? 0) > dueMs) at -= 1
    if (at === queue.length) queue.push({ framed, dueMs })
    else queue.splice(at, 0, { framed, dueMs })
    this.#bytes += framed.length + frameCostBytes
  }
}

/** `where` from 0 up to 1 chooses a bit behind the Ethernet header; what ends there stays as it is. */
function flipBit(framed: Buffer, where: number): void {
  const first = lengthBytes + headerBytes
  const bits = (framed.length - first) * 8
  if (bits <= 0) return
  const bit = Math.floor(where * bits)
  const at = first + (bit >> 3)
  framed[at] = (framed[at] ?? 0) ^ (1 << (bit & 7))
}
