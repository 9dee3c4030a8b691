/** Puts what taps saw and what the kernel's log says of it together: each frame once, in the order of time. */
import type { CapturedFrame } from '#switch'

/** The two come on different ways; under emulation one may be that much later than the other. */
const waitMs = 400
/** Frames that agree so far, and in length, have the same fate: rules look at no more of them. */
const comparedBytes = 128

interface Held {
  frame: CapturedFrame
  readonly arrivedMs: number
  /** Frames that, like this one, wait for their other half; in the order of arrival. */
  readonly among: Held[] | undefined
}

export class JoinedDrops {
  readonly #show: (frame: CapturedFrame) => void
  /** In the order of arrival. */
  #held: Held[] = []
  readonly #seen = new Map<string, Held[]>()
  readonly #dropped = new Map<string, Held[]>()
  #timer: NodeJS.Timeout | undefined

  constructor(show: (frame: CapturedFrame) => void) {
    this.#show = show
  }

  /** What a tap saw. */
  see(frame: CapturedFrame): void {
    const drop = this.#otherHalf(this.#dropped, frame)
    if (drop) drop.frame = { ...drop.frame, timeNs: frame.timeNs }
    else this.#hold(frame, this.#seen)
  }

  /** What the log says was dropped; it has a comment. */
  drop(frame: CapturedFrame): void {
    const seen = this.#otherHalf(this.#seen, frame)
    if (seen) seen.frame = { ...frame, timeNs: seen.frame.timeNs }
    else this.#hold(frame, this.#dropped)
  }

  /** Shows all that waits. */
  flush(): void {
    this.#release(Number.POSITIVE_INFINITY)
  }

  /** Forgets all that waits. */
  close(): void {
    clearTimeout(this.#timer)
    this.#held = []
  }

  #otherHalf(among: ReadonlyMap<string, Held[]>, frame: CapturedFrame): Held | undefined {
    return among.get(keyOf(frame))?.shift()
  }

  #hold(frame: CapturedFrame, waiting: Map<string, Held[]>): void {
    // Taps do not see what never leaves by them.
    const among = frame.direction === 'in' ? queueOf(waiting, keyOf(frame)) : undefined
    const held: Held = { frame, arrivedMs: performance.now(), among }
    this.#held.push(held)
    among?.push(held)
    this.#timer ??= setTimeout(() => this.#release(performance.now() - waitMs), waitMs)
  }

  #release(arrivedMs: number): void {
    clearTimeout(this.#timer)
    const first = this.#held.findIndex((held) => held.arrivedMs > arrivedMs)
    const due = this.#held.splice(0, first < 0 ? this.#held.length : first)
    for (const held of due) if (held.among?.[0] === held) held.among.shift()
    for (const waiting of [this.#seen, this.#dropped])
      for (const [key, queue] of waiting) if (queue.length === 0) waiting.delete(key)
    const isLater = this.#held.length > 0
    this.#timer = isLater
      ? setTimeout(() => this.#release(performance.now() - waitMs), waitMs / 4)
      : undefined
    for (const { frame } of due.toSorted((a, b) => (a.frame.timeNs < b.frame.timeNs ? -1 : 1)))
      this.#show(frame)
  }
}

function queueOf(waiting: Map<string, Held[]>, key: string): Held[] {
  const queue = waiting.get(key) ?? []
  waiting.set(key, queue)
  return queue
}

function keyOf({ interfaceId, direction, frame, frameBytes }: CapturedFrame): string {
  const begin = Buffer.from(frame.buffer, frame.byteOffset, Math.min(frame.length, comparedBytes))
  return `${interfaceId} ${direction} ${frameBytes} ${begin.toString('latin1')}`
}
