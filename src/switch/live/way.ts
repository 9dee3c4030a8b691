/** What takes frames out of a batch: the way out to a port, or what has been put before it. */
import type { TagAction } from '../frame.ts'

/** Consecutive frames, each behind its length, that all go the same way. */
export interface FrameRun {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly frames: number
}

export interface TagChange {
  readonly tag: TagAction
  readonly vlan: number
}

/** An `Outlet` is one; whoever stands in its place does as it does. */
export interface Way {
  /** Set by the batch that has put something in; cleared by `flush`. */
  touched: boolean
  /** Frames that leave as they came. `bytes` must stay as it is until `flush`. */
  take(bytes: Buffer, start: number, end: number, frames: number): void
  /** Frames whose tag changes on the way. */
  takeChanged(run: FrameRun, change: TagChange): void
  /** Ends a batch. True when something keeps a part of the batch's own buffer, which must then not be reused. */
  flush(): boolean
}
