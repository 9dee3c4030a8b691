/** One way to a server: HTTPS whose certificate is pinned or vouched for, kept open between calls. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import { fail } from '../errors.ts'

export interface Server {
  /** `https://vcenter.lab/sdk`; plain `http` only for loopback. */
  readonly url: URL
  /** SHA-256 of the certificate in capitals with colons, as `site add` has shown it; absent: an authority must vouch for it. */
  readonly fingerprint?: string
}

export interface Answer {
  readonly status: number
  readonly body: string
  readonly cookies: readonly string[]
}

/** Nothing came for this long. Waiting for updates is answered within a minute. */
const silenceLimitMs = 120_000
const connectLimitMs = 15_000
/** More than the largest answers by far: 50,000 machines with all we ask about. */
const mostBytes = 256 * 1024 * 1024

const isLoopback = (host: string) => /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(host)

export class Transport {
  readonly #server: Server
  readonly #agent: http.Agent

  constructor(server: Server) {
    this.#server = server
    if (server.url.protocol === 'http:' && !isLoopback(server.url.hostname)) {
      throw fail('vsphere-unreachable', {
        server: server.url.host,
        reason: 'passwords are not sent without encryption',
      })
    }
    this.#agent =
      server.url.protocol === 'http:' ? new http.Agent({ keepAlive: true }) : new PinnedAgent(server)
  }

  /** Rejects with a `Failure`; whether the server has seen the request is not known then. */
  async post(body: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Answer> {
    const { url } = this.#server
    const module = url.protocol === 'http:' ? http : https
    const options = {
      method: 'POST',
      agent: this.#agent,
      headers: {
        'content-type': 'text/xml; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        ...headers,
      },
      timeout: silenceLimitMs,
      ...(signal && { signal }),
    }
    try {
      const request = module.request(url, options)
      request.on('timeout', () => request.destroy(new Error(`nothing came for ${silenceLimitMs / 1000} s`)))
      request.end(body)
      const [response] = (await once(request, 'response')) as [http.IncomingMessage]
      return await readAnswer(response)
    } catch (error) {
      signal?.throwIfAborted()
      throw asFailure(url.host, error)
    }
  }

  close(): void {
    this.#agent.destroy()
  }
}

async function readAnswer(response: http.IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new Error(`the answer has more than ${mostBytes} bytes`)
    chunks.push(chunk)
  }
  const cookies = response.headers['set-cookie'] ?? []
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8'), cookies }
}

function asFailure(server: string, error: unknown): Error {
  if (error instanceof Error && error.name === 'Failure') return error
  const reason = error instanceof Error ? error.message || error.name : String(error)
  return fail('vsphere-unreachable', { server, reason }, error)
}

/** Hands a connection on only after its certificate has been looked at, so that nothing is sent before. */
class PinnedAgent extends https.Agent {
  readonly #server: Server

  constructor(server: Server) {
    super({ keepAlive: true })
    this.#server = server
  }

  override createConnection(
    _options: https.RequestOptions,
    callback?: (error: Error | null, stream: TLSSocket) => void,
  ): undefined {
    openTls(this.#server).then(
      (socket) => callback?.(null, socket),
      // The stream is not looked at when there is an error; Node's types want one all the same.
      (error: Error) => callback?.(error, undefined as unknown as TLSSocket),
    )
    return undefined
  }
}

async function openTls({ url, fingerprint }: Server): Promise<TLSSocket> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isName = !/^[\d.]+$|:/.test(host)
  const socket = connect({
    host,
    port: Number(url.port || 443),
    rejectUnauthorized: false,
    timeout: connectLimitMs,
    ...(isName && { servername: host }),
  })
  socket.once('timeout', () => socket.destroy(new Error(`no connection within ${connectLimitMs / 1000} s`)))
  await once(socket, 'secureConnect')
  socket.setTimeout(0)
  const found = certificateOf(socket)
  const isGood = fingerprint === undefined ? socket.authorized : fingerprint === found
  if (isGood) return socket
  socket.destroy()
  if (fingerprint === undefined) throw fail('vsphere-certificate-unknown', { server: url.host, found })
  throw fail('vsphere-certificate-changed', { server: url.host, expected: fingerprint, found })
}

function certificateOf(socket: TLSSocket): string {
  const { raw } = socket.getPeerCertificate()
  const hex = createHash('sha256').update(raw).digest('hex').toUpperCase()
  return hex.replace(/..(?!$)/g, '$&:')
}

/** The certificate that a server shows, and whether an authority vouches for it; nothing else is sent or believed. */
export async function shownCertificate(
  url: URL,
): Promise<{ readonly fingerprint: string; readonly isVouched: boolean }> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const socket = connect({
    host,
    port: Number(url.port || 443),
    rejectUnauthorized: false,
    timeout: connectLimitMs,
  })
  socket.once('timeout', () => socket.destroy(new Error(`no connection within ${connectLimitMs / 1000} s`)))
  try {
    await once(socket, 'secureConnect')
    return { fingerprint: certificateOf(socket), isVouched: socket.authorized }
  } catch (error) {
    throw asFailure(url.host, error)
  } finally {
    socket.destroy()
  }
}
