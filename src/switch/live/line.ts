/** One port's connection: dials the socket QEMU listens on, and again whenever it is not there. */
import { connect, type Socket } from 'node:net'
import type { Counters } from './counters.ts'
import type { Inlet } from './inlet.ts'
import type { Outlet } from './outlet.ts'

/** QEMU may be away for long; a second is what a restarted machine waits at most. */
const backoff = { firstMs: 50, longestMs: 1000 }
/** A connection that lasted this long was a real one, so that the next attempt comes soon. */
const settledMs = 1000

/**
 * Node reads a socket again while reads fill the buffer, up to 32 times before others have their turn. A guest that
 * sends without end may have so many.
 */
const fullReadsAtOnce = 2

/** `malformed`: a length made no sense, and the connection is given up. */
export type LineEvent = 'connected' | 'lost' | 'malformed'

export interface LineEnds {
  readonly path: string
  readonly inlet: Inlet
  readonly outlet: Outlet
  readonly counters: Counters
  readonly onEvent: (event: LineEvent) => void
}

export class Line {
  readonly #ends: LineEnds
  #socket: Socket | undefined
  #timer: NodeJS.Timeout | undefined
  #waitMs = backoff.firstMs
  #connectedAt = 0
  #closed = false
  #fullReads = 0

  constructor(ends: LineEnds) {
    this.#ends = ends
    this.#dial()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#ends.outlet.detach()
    this.#socket?.destroy()
  }

  #dial(): void {
    const { path, inlet, outlet } = this.#ends
    // Before connecting: that is when Node asks where the first read goes.
    inlet.reset()
    const socket: Socket = connect({
      path,
      onread: {
        buffer: () => inlet.room(),
        callback: (bytesRead, room) => {
          if (!this.#closed && !inlet.take(bytesRead)) this.#giveUp(socket)
          return bytesRead < room.length || this.#mayGoOn(socket)
        },
      },
    })
    this.#socket = socket
    socket.on('connect', () => {
      this.#connectedAt = performance.now()
      outlet.attach(socket)
      this.#ends.onEvent('connected')
    })
    // What went wrong does not matter: 'close' follows, and the line is dialled again.
    socket.on('error', () => {})
    socket.on('close', () => this.#redial())
  }

  /** False once the port has had its share; it goes on when the others have been looked at. */
  #mayGoOn(socket: Socket): boolean {
    this.#fullReads += 1
    if (this.#fullReads < fullReadsAtOnce) return true
    this.#fullReads = 0
    setImmediate(() => socket.resume())
    return false
  }

  #giveUp(socket: Socket): void {
    this.#ends.counters.malformed += 1
    this.#ends.onEvent('malformed')
    socket.destroy()
  }

  #redial(): void {
    if (this.#closed) return
    if (this.#connectedAt > 0) {
      this.#ends.outlet.detach()
      this.#ends.counters.lost += 1
      this.#ends.onEvent('lost')
      if (performance.now() - this.#connectedAt > settledMs) this.#waitMs = backoff.firstMs
      this.#connectedAt = 0
    }
    this.#timer = setTimeout(() => this.#dial(), this.#waitMs)
    this.#waitMs = Math.min(this.#waitMs * 2, backoff.longestMs)
  }
}
