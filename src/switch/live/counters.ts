/** What one port has seen since the process began. */
import { type DropReason, dropReasons } from '../reasons.ts'

const indexes = new Map(dropReasons.map((reason, index) => [reason, index]))

/** Position of a reason in `Counters.dropped`. */
export function reasonIndex(reason: DropReason): number {
  const index = indexes.get(reason)
  if (index === undefined) throw new RangeError(`no reason ${reason}`)
  return index
}

export class Counters {
  received = 0
  receivedBytes = 0
  sent = 0
  sentBytes = 0
  /** Established connections that ended. */
  lost = 0
  /** Frames longer than QEMU takes; they are not kept, only counted. */
  giants = 0
  /** Streams given up because a length made no sense. */
  malformed = 0
  /** Frames by `reasonIndex`. */
  readonly dropped = new Float64Array(dropReasons.length)

  drop(reason: number, frames: number): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + frames
  }

  droppedByReason(): Record<string, number> {
    const counted = dropReasons.map((reason, index) => [reason, this.dropped[index] ?? 0] as const)
    return Object.fromEntries(counted.filter(([, frames]) => frames > 0))
  }
}
