/** The control socket of the switch process: one JSON object a line, requests in, answers out. */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { Failure } from '#failure'
import { Lines } from './lines.ts'

/** Enough for the configuration of some ten thousand ports. */
const longestRequestBytes = 8_388_608
/** A client that does not read its answers is let go. */
const mostUnreadBytes = 16_777_216
/** More at once are leftovers; the oldest is let go. */
const mostClients = 32

export type Handlers = Readonly<Record<string, (request: Readonly<Record<string, unknown>>) => unknown>>

/** Answers, and from then on the connection is the answer's to write to and to end; nothing further is read as requests. */
export type StreamHandler = (request: Readonly<Record<string, unknown>>) => (socket: Socket) => void

export interface Answer {
  readonly id: unknown
  readonly ok: boolean
  readonly result?: unknown
  readonly error?: { readonly code: string; readonly message: string }
}

export class ControlServer {
  readonly #path: string
  readonly #handlers: Handlers
  readonly #streams: Readonly<Record<string, StreamHandler>>
  readonly #server: Server
  readonly #clients = new Set<Socket>()

  constructor(path: string, handlers: Handlers, streams: Readonly<Record<string, StreamHandler>> = {}) {
    this.#path = path
    this.#handlers = handlers
    this.#streams = streams
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket))
  }

  /** The folder is the caller's and closed to others; the socket is closed to them as well. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#path, () => {
        chmodSync(this.#path, 0o600)
        resolve()
      })
    })
  }

  /** Gives up the socket; clients still get the answers that are on their way. */
  close(): void {
    this.#server.close()
    rmSync(this.#path, { force: true })
    // The client that asked for it hears the answer first.
    setImmediate(() => {
      for (const client of this.#clients) client.destroySoon()
    })
  }

  #serve(socket: Socket): void {
    const [oldest] = this.#clients
    if (oldest && this.#clients.size >= mostClients) oldest.destroy()
    this.#clients.add(socket)
    const lines = new Lines(longestRequestBytes)
    socket.on('error', () => {})
    socket.on('close', () => this.#clients.delete(socket))
    const hear = (chunk: Buffer): void => {
      try {
        for (const line of lines.push(chunk)) {
          if (this.#answer(socket, JSON.parse(line))) continue
          socket.off('data', hear).off('end', leave)
          return
        }
      } catch {
        // Whoever does not speak the protocol is not talked to.
        socket.destroy()
      }
    }
    const leave = () => void socket.end()
    socket.on('data', hear).on('end', leave)
  }

  /** False when the connection has become a stream. */
  #answer(socket: Socket, request: unknown): boolean {
    if (typeof request !== 'object' || request === null) throw new TypeError('not a request')
    if (socket.destroyed) return true
    const asked = request as Readonly<Record<string, unknown>>
    let streaming: ((socket: Socket) => void) | undefined
    const stream =
      typeof asked.do === 'string' && Object.hasOwn(this.#streams, asked.do) && this.#streams[asked.do]
    const answer = stream
      ? answered(asked.id, () => {
          streaming = stream(asked)
        })
      : this.#handle(asked)
    socket.write(`${JSON.stringify(answer)}\n`)
    if (socket.writableLength > mostUnreadBytes) socket.destroy()
    streaming?.(socket)
    return streaming === undefined
  }

  #handle(request: Readonly<Record<string, unknown>>): Answer {
    const { id, do: name } = request
    const handler = typeof name === 'string' && Object.hasOwn(this.#handlers, name) && this.#handlers[name]
    return answered(id, () => {
      if (!handler) throw new TypeError(`no request ${JSON.stringify(name)} is known`)
      return handler(request)
    })
  }
}

function answered(id: unknown, work: () => unknown): Answer {
  try {
    return { id, ok: true, result: work() ?? null }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { id, ok: false, error: { code: error instanceof Failure ? error.code : 'request', message } }
  }
}
