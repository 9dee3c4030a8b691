/** A session with the REST services of a vCenter, which has what its SOAP does not: content libraries. */
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { Readable } from 'node:stream'
import { Failure } from '#failure'
import { fail } from '../errors.ts'
import type { Credentials } from '../soap/connection.ts'
import { hostOf, PinnedAgent, type PinnedRequest, type Server, usualConnectMs } from '../soap/secure.ts'

export interface RestQuestion {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Behind `/rest/com/vmware/`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
}

const root = '/rest/com/vmware/'
const silenceMs = 120_000
const mostBytes = 16 * 1024 * 1024
const isLoopback = (host: string) => /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(host)

export class RestSession {
  readonly #server: Server
  readonly #agent: http.Agent
  #id = ''

  private constructor(server: Server) {
    const { url } = server
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
      throw fail('vsphere-unreachable', {
        server: url.host,
        reason: 'passwords are not sent without encryption',
      })
    this.#server = server
    this.#agent =
      url.protocol === 'https:'
        ? new PinnedAgent(server, usualConnectMs, { keepAlive: true })
        : new http.Agent()
  }

  /** Fails with `vsphere-login-refused`, `vsphere-not-supported` where there is no such service, `vsphere-unreachable`. */
  static async open(server: Server, credentials: Credentials, signal: AbortSignal): Promise<RestSession> {
    const session = new RestSession(server)
    try {
      const login = Buffer.from(`${credentials.user}:${await credentials.password()}`).toString('base64')
      const answer = await session.#send(
        { method: 'POST', path: 'cis/session' },
        { authorization: `Basic ${login}` },
        signal,
      )
      if (answer.status === 401)
        throw fail('vsphere-login-refused', { server: server.url.host, user: credentials.user })
      const id = answered(answer, 'its REST services')
      if (typeof id !== 'string')
        throw fail('vsphere-answer-unreadable', { reason: 'no session came with the login' })
      session.#id = id
      return session
    } catch (error) {
      session.#agent.destroy()
      throw error
    }
  }

  /** What the service answers, without its wrapping. */
  async ask(question: RestQuestion, signal: AbortSignal): Promise<unknown> {
    return answered(await this.#send(question, this.#headers(), signal), question.path)
  }

  /** The bytes at an address that this server has named; of another server only what its certificate vouches for. */
  async download(url: URL, signal: AbortSignal): Promise<Readable> {
    const isOwn = url.host === this.#server.url.host
    const target: Server = isOwn ? { ...this.#server, url } : { url }
    const agent = url.protocol === 'https:' ? new PinnedAgent(target, usualConnectMs, {}) : new http.Agent()
    const response = await this.#response(url, {
      method: 'GET',
      agent,
      headers: isOwn ? this.#headers() : {},
      signal,
    })
    response.once('close', () => agent.destroy())
    if (response.statusCode === 200) return response
    response.destroy()
    throw fail('vsphere-unreachable', {
      server: url.host,
      reason: `it answers with HTTP status ${response.statusCode}`,
    })
  }

  /** Ends the session on the server, too. */
  async close(): Promise<void> {
    const signal = AbortSignal.timeout(5000)
    await this.#send({ method: 'DELETE', path: 'cis/session' }, this.#headers(), signal).catch(
      () => undefined,
    )
    this.#agent.destroy()
  }

  #headers(): Readonly<Record<string, string>> {
    return { 'vmware-api-session-id': this.#id }
  }

  async #send(
    { method, path, query, body }: RestQuestion,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answer> {
    const url = new URL(`${root}${path}`, this.#server.url)
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
    const text = body === undefined ? '' : JSON.stringify(body)
    const all = { ...headers, ...(text !== '' && { 'content-type': 'application/json' }) }
    const response = await this.#response(url, { method, agent: this.#agent, headers: all, text, signal })
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > mostBytes)
        throw fail('vsphere-answer-unreadable', { reason: `it has more than ${mostBytes} bytes` })
      chunks.push(chunk)
    }
    return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }
  }

  async #response(url: URL, sending: Sending): Promise<http.IncomingMessage> {
    const { method, agent, headers, text = '', signal } = sending
    const wanted: PinnedRequest = {
      host: hostOf(url),
      port: url.port,
      // Servers of 6.5 take the mark of an action only as it is.
      path: `${url.pathname}${url.search.replaceAll('%7E', '~')}`,
      headers: { accept: 'application/json', 'user-agent': 'Nestlab', ...headers },
      timeout: silenceMs,
      ...{ method, agent, signal, giveUp: signal },
    }
    const request = url.protocol === 'https:' ? https.request(wanted) : http.request(wanted)
    request.on('timeout', () => request.destroy(new Error(`nothing came for ${silenceMs / 1000} s`)))
    request.end(text)
    try {
      const [response] = (await once(request, 'response')) as [http.IncomingMessage]
      return response
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof Failure) throw error
      const reason = error instanceof Error ? error.message || error.name : String(error)
      throw fail('vsphere-unreachable', { server: url.host, reason }, error)
    }
  }
}

interface Sending {
  readonly method: string
  readonly agent: http.Agent
  readonly headers: Readonly<Record<string, string>>
  readonly text?: string
  readonly signal: AbortSignal
}

interface Answer {
  readonly status: number
  readonly text: string
}

function answered({ status, text }: Answer, what: string): unknown {
  if (status === 404)
    throw fail('vsphere-not-supported', { method: what, message: 'the server has no such service.' })
  if (status < 200 || status > 299)
    throw fail('vsphere-refused', {
      method: what,
      fault: `HTTP status ${status}`,
      message: text.slice(0, 300),
    })
  if (text === '') return undefined
  try {
    const answer: unknown = JSON.parse(text)
    return typeof answer === 'object' && answer !== null && 'value' in answer ? answer.value : answer
  } catch (error) {
    throw fail('vsphere-answer-unreadable', { reason: `${what} answers no JSON` }, error)
  }
}
