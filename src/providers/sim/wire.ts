/** Two connected streams in one process that behave as the ends of a socket. */
import { Duplex } from 'node:stream'

/**
 * What one end writes arrives at the other in a later turn of the event loop: SSH's two sides must not run inside
 * each other, as they would on `duplexPair` of node:stream. Either end's close closes the other.
 */
export function wire(): readonly [Duplex, Duplex] {
  const near = new End()
  const far = new End()
  near.join(far)
  far.join(near)
  return [near, far]
}

/** A connection that the other end closes without a word, a moment after it was made. */
export function closedWire(): Duplex {
  const [near, far] = wire()
  setImmediate(() => far.destroy())
  return near
}

class End extends Duplex {
  private peer: End | undefined
  private held: (() => void) | undefined

  constructor() {
    // As a socket: when the other side has ended and was read to its end, so do we, and both close.
    super({ allowHalfOpen: false })
  }

  join(peer: End): void {
    this.peer = peer
    this.on('error', () => undefined)
    this.once('close', () => {
      // After an orderly end the other side may still read what it was sent; after a break nothing arrives.
      if (this.writableFinished && !peer.readableEnded) peer.once('end', () => peer.destroy())
      else setImmediate(() => peer.destroy())
    })
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    setImmediate(() => this.peer?.receive(chunk, done))
  }

  override _final(done: () => void): void {
    setImmediate(() => this.peer?.receive(null, done))
  }

  override _read(): void {
    const { held } = this
    this.held = undefined
    held?.()
  }

  override _destroy(problem: Error | null, done: (problem: Error | null) => void): void {
    this._read()
    done(problem)
  }

  private receive(chunk: Buffer | null, done: () => void): void {
    // `done` waits for the reader: a slow one holds the writer up, as on a socket.
    if (this.destroyed || this.readableEnded || this.push(chunk) || chunk === null) done()
    else this.held = done
  }
}
