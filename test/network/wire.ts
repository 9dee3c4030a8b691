/** A cable's end as QEMU serves it: listens on a Unix socket, and hands every whole frame to whoever holds it. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

const lengthBytes = 4

export class Wire {
  /** Frames so far. */
  heard = 0
  onFrame: (frame: Uint8Array) => void = () => {}
  readonly path: string
  readonly #server: Server
  #socket: Socket | undefined
  #rest = Buffer.alloc(0)

  private constructor(path: string, server: Server) {
    this.path = path
    this.#server = server
    server.on('connection', (socket) => this.#serve(socket))
  }

  static async listen(path: string): Promise<Wire> {
    const server = createServer()
    const wire = new Wire(path, server)
    server.listen(path)
    await once(server, 'listening')
    return wire
  }

  get connected(): boolean {
    return this.#socket !== undefined
  }

  send(frame: Uint8Array): void {
    if (!this.#socket) throw new Error(`${this.path} is not connected`)
    const bytes = Buffer.alloc(lengthBytes + frame.length)
    bytes.writeUInt32BE(frame.length)
    bytes.set(frame, lengthBytes)
    this.#socket.write(bytes)
  }

  close(): void {
    this.#socket?.destroy()
    this.#server.close()
  }

  #serve(socket: Socket): void {
    this.#socket = socket
    this.#rest = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined
    })
  }

  #read(chunk: Buffer): void {
    let rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    while (rest.length >= lengthBytes && rest.length - lengthBytes >= rest.readUInt32BE()) {
      const end = lengthBytes + rest.readUInt32BE()
      this.heard += 1
      this.onFrame(rest.subarray(lengthBytes, end))
      rest = rest.subarray(end)
    }
    this.#rest = Buffer.from(rest)
  }
}
