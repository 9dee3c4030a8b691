/** One way to a server: HTTPS whose certificate is pinned or vouched for, kept open between calls. */
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { Failure } from '#failure'
import { fail } from '../errors.ts'
import {
  hostOf,
  PinnedAgent,
  type PinnedRequest,
  type Server,
  seenCertificate,
  usualConnectMs,
} from './secure.ts'

export type { Server } from './secure.ts'

export interface Answer {
  readonly status: number
  readonly body: string
  readonly cookies: readonly string[]
}

export interface Limits {
  /** Until a connection is there and its certificate is seen. */
  readonly connectMs: number
  /** Nothing came for this long. Waiting for updates is answered within a minute; a slow file server that a host is to mount, within three. */
  readonly silenceMs: number
  /** Most bytes of an answer; a page of 500 machines with their whole configuration has 20 MB. */
  readonly answerBytes: number
}

const usualLimits: Limits = {
  connectMs: usualConnectMs,
  silenceMs: 300_000,
  answerBytes: 128 * 1024 * 1024,
}

/** Shorter than servers keep a connection, so that they do not close one at the moment it is used again. */
const idleLimitMs = 15_000

/** What a proxy in front of a server says while the server starts, ends or has too much to do. */
const busyStatuses: ReadonlySet<number> = new Set([502, 503, 504])

const isLoopback = (host: string) => /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(host)

/** The connection ended, or there was none: whoever may repeat the request may try again. */
export class LostConnection extends Error {
  /** Whether the server may have seen the request. */
  readonly wasSent: boolean
  readonly failure: Failure

  constructor(failure: Failure, wasSent: boolean) {
    super(failure.message, { cause: failure })
    this.name = 'LostConnection'
    this.failure = failure
    this.wasSent = wasSent
  }
}

export class Transport {
  readonly #server: Server
  readonly #agent: http.Agent
  readonly #limits: Limits

  constructor(server: Server, limits: Partial<Limits> = {}) {
    const { protocol, hostname, host } = server.url
    if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname))) {
      throw fail('vsphere-unreachable', { server: host, reason: 'passwords are not sent without encryption' })
    }
    this.#server = server
    this.#limits = { ...usualLimits, ...limits }
    const kept = { keepAlive: true, timeout: idleLimitMs }
    this.#agent =
      protocol === 'https:' ? new PinnedAgent(server, this.#limits.connectMs, kept) : new http.Agent(kept)
  }

  /** Rejects with a `Failure`, with a `LostConnection`, or with the reason of the signal. */
  async post(body: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Answer> {
    signal?.throwIfAborted()
    const request = this.#request(body, headers, signal)
    // Kept apart, since what happens to a connection in the midst of an answer is said less plainly there.
    let reason: unknown
    let wasSent = false
    request.on('error', (error) => {
      reason ??= error
    })
    request.on('socket', () => {
      wasSent = true
    })
    request.end(body)
    try {
      const [response] = (await once(request, 'response')) as [http.IncomingMessage]
      const answer = await readAnswer(response, this.#limits.answerBytes)
      if (!busyStatuses.has(answer.status)) return answer
      const said = `it starts, ends or is overloaded (HTTP status ${answer.status})`
      throw new LostConnection(unreachable(this.#server.url, said), wasSent)
    } catch (error) {
      signal?.throwIfAborted()
      throw asFailure(this.#server.url, reason ?? error, wasSent)
    }
  }

  #request(body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal | undefined) {
    const { url } = this.#server
    const { silenceMs } = this.#limits
    // Not the address itself: what stands before an @ in it would be sent along.
    const options: PinnedRequest = {
      host: hostOf(url),
      port: url.port,
      path: url.pathname,
      method: 'POST',
      agent: this.#agent,
      headers: {
        'content-type': 'text/xml; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Nestlab',
        ...headers,
      },
      timeout: silenceMs,
      ...(signal && { signal, giveUp: signal }),
    }
    const request = url.protocol === 'https:' ? https.request(options) : http.request(options)
    request.on('timeout', () => request.destroy(new Error(`nothing came for ${silenceMs / 1000} s`)))
    return request
  }

  close(): void {
    this.#agent.destroy()
  }
}

async function readAnswer(response: http.IncomingMessage, mostBytes: number): Promise<Answer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBytes)
      throw fail('vsphere-answer-unreadable', { reason: `it has more than ${mostBytes} bytes` })
    chunks.push(chunk)
  }
  const cookies = response.headers['set-cookie'] ?? []
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8'), cookies }
}

const plainReasons: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'no such name is known'],
  ['EAI_AGAIN', 'its name cannot be looked up now'],
  ['ECONNREFUSED', 'nothing listens there'],
  ['ECONNRESET', 'the connection was lost'],
  ['EPIPE', 'the connection was lost'],
  ['EHOSTUNREACH', 'there is no way to it'],
  ['ENETUNREACH', 'there is no way to it'],
  ['ETIMEDOUT', 'it does not answer'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'what listens there speaks no TLS'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'what listens there speaks no TLS'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'it speaks only TLS older than 1.2'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'it speaks only TLS older than 1.2'],
])

/** Trying again may help: the connection was there and ended, or is refused while the server starts. */
const passing: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE'])

const unreachable = (url: URL, reason: string, cause?: unknown) =>
  fail('vsphere-unreachable', { server: url.host, reason }, cause)

function asFailure(url: URL, error: unknown, wasSent: boolean): Error {
  if (error instanceof Failure || error instanceof LostConnection) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const said = error instanceof Error ? error.message || error.name : String(error)
  const failure = unreachable(url, plainReasons.get(code) ?? said, error)
  return passing.has(code) ? new LostConnection(failure, wasSent) : failure
}

/** What a server shows of itself before anything is sent to it. */
export interface ShownCertificate {
  readonly fingerprint: string
  /** An authority vouches for it. */
  readonly isVouched: boolean
  /** The server knows no TLS newer than 1.1, so that `Server.allowsOldTls` is needed. */
  readonly isOldTls: boolean
}

/** Nothing is sent, and nothing that is shown is believed. */
export async function shownCertificate(
  url: URL,
  signal?: AbortSignal,
  connectMs = usualConnectMs,
): Promise<ShownCertificate> {
  try {
    return await seenCertificate(url, { connectMs, signal })
  } catch (error) {
    signal?.throwIfAborted()
    const failure = asFailure(url, error, false)
    throw failure instanceof LostConnection ? failure.failure : failure
  }
}
