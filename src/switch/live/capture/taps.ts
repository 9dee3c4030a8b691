/** Ways that show frames to captures: beside a decision's deliveries, or before an outlet. */
import { copyRetagged, tagGrowth } from '../../frame.ts'
import { type DropReason, explainDrop } from '../../reasons.ts'
import type { SwitchSpec } from '../../spec.ts'
import type { CompiledPort } from '../../state.ts'
import { type Counters, reasonIndex } from '../counters.ts'
import { lengthBytes } from '../framing.ts'
import type { FrameRun, TagChange, Way } from '../way.ts'
import type { Sighting } from './session.ts'

/** Shows one frame to every capture that wants it. */
export type Show = (sighting: Sighting) => void

/** `FORGED_TRANSMIT: vSwitch0/trunk security.forgedTransmits: reject` */
export function dropComment(
  reason: DropReason,
  on: SwitchSpec,
  portgroup: CompiledPort['portgroup'],
): string {
  return `${reason}: ${explainDrop(reason, { on, ...(portgroup && { portgroup }) }).setting}`
}

/** Gets a copy of what a port sends or does not get, beside those whom it is for. */
export class Tap implements Way {
  touched = false
  readonly #show: Show
  readonly #direction: 'in' | 'out'

  constructor(show: Show, direction: 'in' | 'out') {
    this.#show = show
    this.#direction = direction
  }

  take(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const begin = at + lengthBytes
      at = begin + bytes.readUInt32BE(at)
      this.#show({ direction: this.#direction, bytes, start: begin, end: at })
    }
  }

  /** A tap sees frames as they come. */
  takeChanged({ bytes, start, end }: FrameRun): void {
    this.take(bytes, start, end)
  }

  flush(): boolean {
    this.touched = false
    return false
  }
}

const lossReasons = (['PORT_DOWN', 'TX_QUEUE_FULL'] as const).map((reason) => ({
  reason,
  index: reasonIndex(reason),
}))

/** Stands before a port's outlet: each frame goes on alone, so that it is known which ones the outlet drops. */
export class CapturedOutlet implements Way {
  touched = false
  readonly #outlet: Way
  readonly #counters: Counters
  readonly #show: Show
  readonly #comment: (reason: DropReason) => string

  constructor(
    outlet: Way,
    counters: Counters,
    to: { readonly show: Show; readonly comment: (reason: DropReason) => string },
  ) {
    this.#outlet = outlet
    this.#counters = counters
    this.#show = to.show
    this.#comment = to.comment
  }

  take(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const next = at + lengthBytes + bytes.readUInt32BE(at)
      const before = this.#losses()
      this.#outlet.take(bytes, at, next, 1)
      this.#seen({ bytes, start: at + lengthBytes, end: next }, before)
      at = next
    }
  }

  takeChanged({ bytes, start: first, end: last }: FrameRun, change: TagChange): void {
    for (let at = first; at < last; ) {
      const start = at + lengthBytes
      const end = start + bytes.readUInt32BE(at)
      const shown = Buffer.alloc(end - start + tagGrowth(change.tag))
      copyRetagged({ bytes, start, end }, { bytes: shown, at: 0 }, change)
      const before = this.#losses()
      this.#outlet.takeChanged({ bytes, start: at, end, frames: 1 }, change)
      this.#seen({ bytes: shown, start: 0, end: shown.length }, before)
      at = end
    }
  }

  flush(): boolean {
    this.touched = false
    return this.#outlet.flush()
  }

  #losses(): number[] {
    return lossReasons.map(({ index }) => this.#counters.dropped[index] ?? 0)
  }

  #seen(frame: Pick<Sighting, 'bytes' | 'start' | 'end'>, before: readonly number[]): void {
    const lost = lossReasons.find(({ index }, i) => (this.#counters.dropped[index] ?? 0) > (before[i] ?? 0))
    this.#show({ direction: 'out', ...frame, ...(lost && { comment: this.#comment(lost.reason) }) })
  }
}
