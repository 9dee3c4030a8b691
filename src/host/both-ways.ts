/** Makes one honest Duplex of a source and a sink that belong together. */
import { Duplex, type Readable, type Writable } from 'node:stream'

export interface BothWaysOptions {
  /** True when the other end may stop sending and still listen. */
  readonly halfOpen: boolean
  /** Called once when the stream is done with before the other end has gone. `cut` = not both directions had ended. */
  readonly onDestroy: (cut: boolean) => void
}

/**
 * Needed because neither a child's pipes nor an SSH channel act as a stream should: writes to one that the other
 * end has closed never call back or fail loudly, and destroying it tells nobody. Here such writes are dropped, the
 * end of the other side is seen as `end` and `close`.
 */
export class BothWays extends Duplex {
  readonly #source: Readable
  readonly #sink: Writable
  readonly #onDestroy: BothWaysOptions['onDestroy']
  #pendingWrite: (() => void) | undefined
  #sinkGone = false
  #otherEndGone = false

  constructor(source: Readable, sink: Writable, options: BothWaysOptions) {
    super({ allowHalfOpen: options.halfOpen })
    this.#source = source
    this.#sink = sink
    this.#onDestroy = options.onDestroy
    source.on('data', (chunk: Buffer) => {
      if (!this.destroyed && !this.push(chunk)) source.pause()
    })
    source.on('end', () => this.push(null))
    source.on('error', (error) => this.destroy(error))
    sink.on('error', () => this.#dropWrites())
  }

  /** To be called when the other end is gone in both directions. */
  otherEndClosed(): void {
    if (this.#otherEndGone) return
    this.#otherEndGone = true
    this.#dropWrites()
    if (!this.readableEnded) this.once('end', () => this.end())
    else this.end()
  }

  #dropWrites(): void {
    this.#sinkGone = true
    this.#settleWrite()
  }

  override _read(): void {
    this.#source.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#pendingWrite = done
    // Never within the call: when an SSH connection runs inside another, both would be amid encrypting a packet, and
    // ssh2's ChaCha20-Poly1305 keeps its state in one place for all connections.
    queueMicrotask(() => {
      if (this.#sinkGone || this.destroyed) this.#settleWrite()
      else this.#sink.write(chunk, () => this.#settleWrite())
    })
  }

  override _writev(chunks: readonly { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'binary', done)
  }

  override _final(done: (error?: Error | null) => void): void {
    if (!this.#sinkGone) this.#sink.end()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#settleWrite()
    const cut = !(this.readableEnded && this.writableFinished)
    if (!this.#otherEndGone) this.#onDestroy(cut)
    // What still comes is thrown away: an end that is not read up to is never noticed.
    this.#source.resume()
    done(error)
  }

  #settleWrite(): void {
    const done = this.#pendingWrite
    this.#pendingWrite = undefined
    done?.()
  }
}
