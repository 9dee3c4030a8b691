/** A connection that is made again whenever it ends, sooner at first and later less often. */
import type { Duplex } from 'node:stream'
import { FramingError } from './frames.ts'

const firstWaitMs = 200

export interface Dialling {
  /** Makes one attempt; the stream may still be connecting. */
  readonly dial: () => Duplex
  /** Which event of the stream says that it is usable. */
  readonly ready: 'connect' | 'secureConnect'
  readonly longestWaitMs: number
  readonly onReady: (stream: Duplex) => void
  readonly onData: (chunk: Buffer) => void
  readonly onLost: (why: string) => void
  readonly random: () => number
}

export class Dialled {
  readonly #how: Dialling
  #stream: Duplex | undefined
  #usable: Duplex | undefined
  #waitMs = firstWaitMs
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(how: Dialling) {
    this.#how = how
    this.#dial()
  }

  /** Undefined while there is no connection. */
  get stream(): Duplex | undefined {
    return this.#usable
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#stream?.destroy()
  }

  #dial(): void {
    const stream = this.#how.dial()
    this.#stream = stream
    let why = 'it ended'
    stream.once(this.#how.ready, () => {
      this.#usable = stream
      this.#waitMs = firstWaitMs
      this.#how.onReady(stream)
    })
    stream.on('data', (chunk: Buffer) => {
      try {
        this.#how.onData(chunk)
      } catch (error) {
        if (!(error instanceof FramingError)) throw error
        stream.destroy(error)
      }
    })
    stream.on('error', (error) => {
      why = error.message
    })
    stream.once('close', () => {
      this.#usable = undefined
      if (this.#closed) return
      this.#how.onLost(why)
      // Both ends of a broken line would otherwise try in step.
      this.#timer = setTimeout(() => this.#dial(), this.#waitMs * (0.5 + this.#how.random() / 2))
      this.#waitMs = Math.min(this.#waitMs * 2, this.#how.longestWaitMs)
    })
  }
}
