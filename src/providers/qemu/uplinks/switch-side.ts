/** The socket on which a switch process finds an uplink; it dials and redials, and the newest connection counts. */
import { createServer, type Server, type Socket } from 'node:net'
import { type Batch, FrameReader, FramingError, sendBatch } from './frames.ts'

export interface SwitchSideEvents {
  /** Decides what of the switch's frames goes on. */
  readonly wanted: (frame: Buffer) => boolean
  readonly onFrames: (batch: Batch) => void
  readonly say: (event: string, example?: string) => void
}

export class SwitchSide {
  readonly #server: Server
  readonly #events: SwitchSideEvents
  #socket: Socket | undefined

  constructor(events: SwitchSideEvents) {
    this.#events = events
    this.#server = createServer((socket) => this.#take(socket))
  }

  /** The path must be free; the process's mask keeps others away from it. */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path, () => {
        this.#server.off('error', reject)
        this.#server.on('error', (error) =>
          this.#events.say('the socket for the switch failed', error.message),
        )
        resolve()
      })
    })
  }

  /** Number of frames that were dropped. */
  send(batch: Batch): number {
    return sendBatch(this.#socket, batch)
  }

  close(): void {
    this.#socket?.destroy()
    this.#server.close()
  }

  #take(socket: Socket): void {
    this.#socket?.destroy()
    this.#socket = socket
    const reader = new FrameReader(this.#events.wanted)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined
    })
    socket.on('data', (chunk) => {
      try {
        this.#events.onFrames(reader.push(chunk))
      } catch (error) {
        if (!(error instanceof FramingError)) throw error
        this.#events.say('the switch lost its framing', error.message)
        socket.destroy()
      }
    })
  }
}
