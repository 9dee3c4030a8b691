/** Remembers the decision for each kind of frame a port sends, so that the next of its kind is not decided again. */
import { headerBytes, type TagAction, tagBytes, tagProtocol } from '../frame.ts'
import type { Lesson } from '../learned.ts'
import type { Board, Exit } from './board.ts'
import { type Counters, reasonIndex } from './counters.ts'
import type { Way } from './way.ts'

/** A decision in the form in which it is carried out. */
export interface Flow {
  readonly vlan: number
  readonly pass: readonly Way[]
  readonly changed: readonly { readonly outlet: Way; readonly tag: TagAction }[]
  readonly drops: readonly { readonly counters: Counters; readonly reason: number }[]
  /** What its frames teach the switch again and again, and when they last did (`Clock`). */
  readonly lesson: Lesson | undefined
  toldAtS: number
}

/**
 * Asks for the decision on one frame of port `ingress`. It holds for later frames only while the generation of
 * the board stays what it was before the call: a frame that teaches something new is the only one of its kind.
 */
export function flowOf(board: Board, ingress: number, frame: Uint8Array): Flow {
  const { vlan, deliveries, drops, lesson } = board.decide(ingress, frame)
  const exit = (port: number): Exit => {
    const found = board.exits[port]
    if (!found) throw new RangeError(`${board.state.spec.name} has no exit ${port}`)
    return found
  }
  return {
    vlan,
    pass: deliveries.filter(({ tag }) => tag === 'pass').map(({ port }) => exit(port).outlet),
    changed: deliveries
      .filter(({ tag }) => tag !== 'pass')
      .map(({ port, tag }) => ({ outlet: exit(port).outlet, tag })),
    drops: drops.map(({ port, reason }) => ({ counters: exit(port).counters, reason: reasonIndex(reason) })),
    lesson,
    toldAtS: board.clock.nowS,
  }
}

/** Frames up to this length can be told apart by their addresses and tag alone. */
export function longestAlike(board: Board): number {
  return headerBytes + board.state.spec.mtu
}

/** The shortest frame whose addresses, type and tag can all be read. */
export const shortestAlike = headerBytes + tagBytes

const slots = 512
/** Set in the fourth key of frames that have a tag, so that VID 0 differs from none. */
const hasTag = 0x10000

/** Direct mapped: two kinds of frame that fall into one slot evict each other. Keys are the addresses and the VID. */
export class FlowCache {
  readonly #keys = new Int32Array(slots * 4)
  readonly #flows: (Flow | undefined)[] = new Array(slots).fill(undefined)
  /** The key looked for last, where it belongs, and what was there. */
  #key0 = 0
  #key1 = 0
  #key2 = 0
  #key3 = 0
  #slot = 0
  #last: Flow | undefined

  clear(): void {
    this.#flows.fill(undefined)
    this.#last = undefined
  }

  /** The flow of the frame that begins at `at` and has at least `shortestAlike` bytes, if it is known. */
  find(view: DataView, at: number): Flow | undefined {
    const key0 = view.getInt32(at)
    const key1 = view.getInt32(at + 4)
    const key2 = view.getInt32(at + 8)
    const key3 = view.getUint16(at + 12) === tagProtocol ? hasTag | (view.getUint16(at + 14) & 0xfff) : 0
    if (key1 === this.#key1 && key0 === this.#key0 && key2 === this.#key2 && key3 === this.#key3) {
      return this.#last
    }
    this.#key0 = key0
    this.#key1 = key1
    this.#key2 = key2
    this.#key3 = key3
    this.#slot = slotOf(key0, key1, key2, key3)
    this.#last = this.#holdsKey() ? this.#flows[this.#slot] : undefined
    return this.#last
  }

  /** Keeps the flow for the frame that was looked for last. */
  remember(flow: Flow): void {
    const at = this.#slot * 4
    this.#keys[at] = this.#key0
    this.#keys[at + 1] = this.#key1
    this.#keys[at + 2] = this.#key2
    this.#keys[at + 3] = this.#key3
    this.#flows[this.#slot] = flow
    this.#last = flow
  }

  #holdsKey(): boolean {
    const at = this.#slot * 4
    const keys = this.#keys
    return (
      keys[at + 1] === this.#key1 &&
      keys[at] === this.#key0 &&
      keys[at + 2] === this.#key2 &&
      keys[at + 3] === this.#key3
    )
  }
}

/** Multiplicative hashing; addresses of one lab differ mostly in their last bytes. */
function slotOf(key0: number, key1: number, key2: number, key3: number): number {
  const mixed = Math.imul(Math.imul(key0 ^ key3, 0x85ebca6b) ^ key1, 0x9e3779b1) ^ key2
  return (Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35) >>> 16) % slots
}
