/** One end of a tunnel: frames of a switch here to the same switch on another machine, and back. */
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { Dialled } from './dialled.ts'
import { FrameReader, FramingError, sendBatch, signOfLife } from './frames.ts'
import type { Served, Serving } from './serving.ts'
import { SwitchSide } from './switch-side.ts'
import { dialTunnel, type TunnelSecret, tunnelServer } from './tunnel-tls.ts'

export interface TunnelSpec extends TunnelSecret {
  readonly listen?: { readonly ip: string; readonly port: number }
  readonly dial?: { readonly host: string; readonly port: number }
}

/** Both ends show that they live; who was silent for the limit is taken to be gone. */
const lifeEveryMs = 5000
const silenceLimitMs = 16_000
const longestRedialMs = 10_000

export async function serveTunnel(spec: TunnelSpec, serving: Serving): Promise<Served> {
  const link = new TunnelLink(serving)
  const far = spec.listen
    ? await waiting(spec, spec.listen, { link, serving })
    : calling(spec, { link, serving })
  try {
    await link.side.listen(serving.socket)
  } catch (error) {
    far.close()
    throw error
  }
  return {
    close() {
      far.close()
      link.close()
    },
  }
}

interface End {
  readonly link: TunnelLink
  readonly serving: Serving
}

function waiting(
  spec: TunnelSpec,
  at: { ip: string; port: number },
  { link, serving }: End,
): Promise<Served> {
  const server = tunnelServer(spec, {
    onPeer: (socket) => {
      link.join(socket)
      socket.on('data', (chunk: Buffer) => link.receive(socket, chunk))
      serving.say(`${socket.remoteAddress} came through the tunnel`)
    },
    onRefused: (why, from) => serving.say(`${from} was refused`, why),
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: at.ip, port: at.port, exclusive: true }, () => {
      server.off('error', reject)
      server.on('error', (error) => serving.say('the listening socket failed', error.message))
      resolve({ close: () => server.close() })
    })
  })
}

function calling(spec: TunnelSpec, { link, serving }: End): Served {
  const { host = '', port = 0 } = spec.dial ?? {}
  let socket: TLSSocket | undefined
  return new Dialled({
    dial: () => {
      socket = dialTunnel(spec, { host, port })
      return socket
    },
    ready: 'secureConnect',
    longestWaitMs: longestRedialMs,
    onReady: (stream) => {
      link.join(stream)
      serving.say(`the tunnel to ${host}:${port} stands`)
    },
    onData: (chunk) => {
      if (socket) link.receive(socket, chunk)
    },
    onLost: (why) => serving.say(`${host}:${port} is not reached`, why),
    random: Math.random,
  })
}

/** The connection in use; a newer one takes its place, since the other end knows best when its old one is dead. */
class TunnelLink {
  readonly side: SwitchSide
  readonly #serving: Serving
  readonly #timer: NodeJS.Timeout
  #peer: Duplex | undefined
  #reader = everything()
  #heardMs = 0

  constructor(serving: Serving) {
    this.#serving = serving
    this.side = new SwitchSide({
      wanted: () => true,
      onFrames: (batch) => serving.count('dropped', sendBatch(this.#peer, batch)),
      say: serving.say,
    })
    this.#timer = setInterval(() => this.#live(), lifeEveryMs)
  }

  join(peer: Duplex): void {
    this.#peer?.destroy()
    this.#peer = peer
    this.#reader = everything()
    this.#heardMs = this.#serving.nowMs()
    peer.once('close', () => {
      if (this.#peer === peer) this.#peer = undefined
    })
  }

  /** What does not follow the framing ends the connection. */
  receive(peer: Duplex, chunk: Buffer): void {
    if (peer !== this.#peer) return
    this.#heardMs = this.#serving.nowMs()
    try {
      this.#serving.count('dropped', this.side.send(this.#reader.push(chunk)))
    } catch (error) {
      if (!(error instanceof FramingError)) throw error
      peer.destroy(error)
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.#peer?.destroy()
    this.side.close()
  }

  #live(): void {
    if (!this.#peer) return
    if (this.#serving.nowMs() - this.#heardMs > silenceLimitMs) {
      this.#peer.destroy(new Error('the other end has gone silent'))
    } else sendBatch(this.#peer, { bytes: [signOfLife], frames: 0 })
  }
}

function everything(): FrameReader {
  return new FrameReader(() => true)
}
