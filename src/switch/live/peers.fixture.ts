/** For tests: machines' ends of the stream sockets, as QEMU serves them, and a switch process between them. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { SwitchSpec } from '../spec.ts'
import { SwitchControl } from './client.ts'
import type { LiveConfig, LivePortConfig } from './config.ts'
import { type SwitchLaunch, startSwitch, stopSwitch } from './start.ts'

const waitLimitMs = 30_000

/** Looks again after each turn of the event loop; a condition that never comes fails by name. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + waitLimitMs
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`)
    await turn()
  }
}

/** Frame bytes behind their length, as they stand on the stream. */
export function framed(frame: Uint8Array): Buffer {
  const out = Buffer.alloc(4 + frame.length)
  out.writeUInt32BE(frame.length)
  out.set(frame, 4)
  return out
}

export class Peer {
  readonly path: string
  /** Every whole frame since the last `clear`. */
  received: Buffer[] = []
  readonly #server: Server
  #socket: Socket | undefined
  #rest = Buffer.alloc(0)

  private constructor(path: string, server: Server) {
    this.path = path
    this.#server = server
    server.on('connection', (socket) => this.#serve(socket))
  }

  static async listen(path: string): Promise<Peer> {
    const server = createServer()
    const peer = new Peer(path, server)
    server.listen(path)
    await once(server, 'listening')
    return peer
  }

  get connected(): boolean {
    return this.#socket !== undefined
  }

  get waiting(): number {
    return this.#socket?.writableLength ?? 0
  }

  send(...frames: Uint8Array[]): void {
    this.raw(Buffer.concat(frames.map(framed)))
  }

  raw(bytes: Uint8Array): void {
    if (!this.#socket) throw new Error(`${this.path} is not connected`)
    this.#socket.write(bytes)
  }

  pause(): void {
    this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  clear(): void {
    this.received = []
  }

  /** Ends the connection and listens on. */
  hangUp(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  close(): void {
    this.hangUp()
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
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    let at = 0
    while (bytes.length - at >= 4 && bytes.length - at - 4 >= bytes.readUInt32BE(at)) {
      const end = at + 4 + bytes.readUInt32BE(at)
      this.received.push(bytes.subarray(at + 4, end))
      at = end
    }
    this.#rest = Buffer.from(bytes.subarray(at))
  }
}

/** A switch process of its own folder with one peer for each port. */
export class Bench {
  readonly folder: string
  readonly peers = new Map<string, Peer>()
  readonly launch: SwitchLaunch
  #control: SwitchControl | undefined

  private constructor(folder: string, switches: readonly SwitchSpec[], ports: readonly BenchPort[]) {
    this.folder = folder
    this.launch = {
      config: {
        lab: 'bench',
        controlSocket: join(folder, 'control'),
        pidFile: join(folder, 'pid'),
        switches,
        ports: ports.map((port) => ({ ...port, socket: join(folder, `${port.id}.sock`) })),
        uplinks: [],
      },
      configFile: join(folder, 'switch.json'),
      logFile: join(folder, 'switch.log'),
      node: process.execPath,
      entry: join(import.meta.dirname, '..', 'live-main.ts'),
    }
  }

  /** Returns when every port is connected. */
  static async start(switches: readonly SwitchSpec[], ports: readonly BenchPort[]): Promise<Bench> {
    const bench = new Bench(mkdtempSync(join(tmpdir(), 'nestlab-switch-')), switches, ports)
    for (const { id, socket } of bench.config.ports) bench.peers.set(id, await Peer.listen(socket))
    bench.#control = await startSwitch(bench.launch)
    await bench.allConnected()
    return bench
  }

  get config(): LiveConfig {
    return this.launch.config
  }

  get control(): SwitchControl {
    if (!this.#control) throw new Error('the bench has not been started')
    return this.#control
  }

  peer(id: string): Peer {
    const peer = this.peers.get(id)
    if (!peer) throw new Error(`no peer ${id}`)
    return peer
  }

  async stats(id: string) {
    const { ports } = await this.control.stats()
    const found = ports.find(({ port }) => port === id)
    if (!found) throw new Error(`no port ${id}`)
    return found
  }

  async allConnected(): Promise<void> {
    await until('all ports are connected', async () => {
      const { ports } = await this.control.stats()
      return ports.every(({ port, connected }) => connected && this.peer(port).connected)
    })
  }

  /** Starts the process anew after it has gone. */
  async restart(): Promise<void> {
    this.#control?.close()
    this.#control = await startSwitch(this.launch)
    await this.allConnected()
  }

  /** A control connection of its own again, for a test that has driven the first one out. */
  async restartControl(): Promise<void> {
    this.#control?.close()
    this.#control = await SwitchControl.connect(this.config.controlSocket)
  }

  async end(): Promise<void> {
    this.#control?.close()
    await stopSwitch(this.config)
    for (const peer of this.peers.values()) peer.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export type BenchPort = Omit<LivePortConfig, 'socket'>
