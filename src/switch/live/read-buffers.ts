/** Lends out read buffers and takes them back once no socket reads from them any more. */
import { readBufferBytes } from './framing.ts'

/** More are left to the garbage collector; as many ports are seldom slow at once. */
const mostKept = 64

/**
 * A buffer whose frames the system did not take at once stays with the sockets that hold it. New memory for each
 * of those would cost more (fresh pages, collections) than all the forwarding.
 */
export class ReadBuffers {
  readonly #free: Buffer[] = []
  readonly #lent = new WeakSet<Buffer>()
  readonly #holders = new Map<Buffer, number>()

  lend(): Buffer {
    const bytes = this.#free.pop() ?? Buffer.allocUnsafeSlow(readBufferBytes)
    this.#lent.add(bytes)
    return bytes
  }

  /** One more socket reads from it; whoever borrowed it must not write to it again. */
  hold(bytes: Buffer): void {
    if (this.#lent.has(bytes)) this.#holders.set(bytes, (this.#holders.get(bytes) ?? 0) + 1)
  }

  /** The end of one `hold`. */
  release(bytes: Buffer): void {
    const holders = this.#holders.get(bytes)
    if (holders === undefined) return
    if (holders > 1) {
      this.#holders.set(bytes, holders - 1)
      return
    }
    this.#holders.delete(bytes)
    if (this.#free.length < mostKept) this.#free.push(bytes)
  }

  /** A socket that held it was destroyed, and nobody knows when it is really done: never lent again. */
  abandon(bytes: Buffer): void {
    this.#holders.delete(bytes)
  }
}
