/** Talks to one repository of a registry: logs in when asked, follows redirects without showing who we are, tries again what broke. */
import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { Failure } from '#failure'
import { fail } from '../errors.ts'
import type { RegistryReference } from '../reference.ts'
import { type HttpRequest, saidBy, send } from './http.ts'
import { type AskCredentials, Login } from './login.ts'

export interface RegistryAccess {
  /** Absent: HTTP for this machine itself, and HTTPS for all others. */
  readonly plainHttp?: boolean
  readonly credentials?: AskCredentials
  /** Certificates in PEM that are believed instead of those of the system. */
  readonly ca?: string
  readonly signal?: AbortSignal
}

export interface Asking {
  readonly method: HttpRequest['method']
  /** Below `/v2/REPOSITORY/`, or an address that the registry gave. */
  readonly at: string | URL
  readonly headers?: Readonly<Record<string, string>>
  /** Made anew for every attempt. */
  readonly body?: () => NonNullable<HttpRequest['body']>
}

const mostRedirects = 5
/** Attempts in a row that fail. */
const mostAttempts = 4

export class Connection {
  readonly reference: RegistryReference
  readonly signal: AbortSignal | undefined
  readonly #access: RegistryAccess
  readonly #base: URL
  readonly #login: Login
  readonly #scope: string

  constructor(reference: RegistryReference, access: RegistryAccess, rights: 'pull' | 'pull,push') {
    this.reference = reference
    this.signal = access.signal
    this.#access = access
    const plain = access.plainHttp ?? isThisMachine(reference.host)
    this.#base = new URL(`${plain ? 'http' : 'https'}://${reference.host}/v2/${reference.repository}/`)
    this.#scope = `repository:${reference.repository}:${rights}`
    this.#login = new Login({
      ...access,
      registry: reference.host,
      mayBePlain: (url) => this.#mayBePlain(url),
    })
  }

  /** Resolves with an answer whatever its status; 401 only when logging in did not help, which fails. */
  async ask(asking: Asking): Promise<IncomingMessage> {
    const answer = await this.#follow(asking)
    if (answer.statusCode !== 401) return answer
    await this.#login.answer(answer, this.#scope)
    const second = await this.#follow(asking)
    if (second.statusCode !== 401 && second.statusCode !== 403) return second
    throw fail('registry-login', { registry: this.reference.host, reason: await saidBy(second) })
  }

  /** The same, tried again when the connection breaks or the server is busy; only for what may be done twice. */
  async askAgain(asking: Asking): Promise<IncomingMessage> {
    return await this.persist(async () => {
      const answer = await this.ask(asking)
      if ((answer.statusCode ?? 0) < 500 && answer.statusCode !== 429) return answer
      throw new Error(await saidBy(answer))
    })
  }

  /** `progress` says how far the work is: attempts that get further do not count as failed. */
  async persist<Result>(work: () => Promise<Result>, progress = () => 0): Promise<Result> {
    for (let failed = 0, before = progress(); ; ) {
      try {
        return await work()
      } catch (error) {
        this.signal?.throwIfAborted()
        if (error instanceof Failure || isOfThisMachine(error)) throw error
        failed = progress() > before ? 1 : failed + 1
        before = progress()
        if (failed >= mostAttempts) throw this.#unreachable(error)
        await delay(250 * 2 ** failed, undefined, this.signal ? { signal: this.signal } : {})
      }
    }
  }

  /** Where the registry sends us next: an address, perhaps relative to the request that it answers. */
  next(answer: IncomingMessage, from: URL): URL {
    const { location } = answer.headers
    const url =
      location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined
    if (!url) throw this.refused('it does not say where to go on')
    if (url.protocol === 'https:' || (url.protocol === 'http:' && this.#mayBePlain(url))) return url
    throw fail('registry-unsafe', {
      registry: this.reference.host,
      reason: 'it sends us to an address without HTTPS',
    })
  }

  url(at: string | URL): URL {
    return typeof at === 'string' ? new URL(at, this.#base) : at
  }

  refused(reason: string): Failure {
    return fail('registry-refused', { registry: this.reference.host, reason })
  }

  async #follow({ method, at, headers, body }: Asking): Promise<IncomingMessage> {
    let url = this.url(at)
    for (let redirects = 0; ; redirects++) {
      const answer = await send({
        method,
        url,
        headers: { ...headers, ...this.#shownTo(url) },
        ...(body && { body: body() }),
        ...(this.#access.ca !== undefined && { ca: this.#access.ca }),
        ...(this.signal && { signal: this.signal }),
      })
      const isRedirect = [301, 302, 303, 307, 308].includes(answer.statusCode ?? 0)
      if (!isRedirect || (method !== 'GET' && method !== 'HEAD')) return answer
      answer.resume()
      if (redirects === mostRedirects) throw this.refused('it sends us round in circles')
      url = this.next(answer, url)
    }
  }

  /** Only the registry itself is shown who we are, whoever it sends us to. */
  #shownTo(url: URL): Readonly<Record<string, string>> {
    const { header } = this.#login
    return header !== undefined && url.origin === this.#base.origin ? { authorization: header } : {}
  }

  #mayBePlain(url: URL): boolean {
    if (url.protocol !== 'http:' || this.#base.protocol !== 'http:') return false
    return this.#access.plainHttp === true || isThisMachine(url.host)
  }

  #unreachable(error: unknown): Failure {
    const reason = error instanceof Error ? error.message || String(error) : String(error)
    return fail('registry-unreachable', { registry: this.reference.host, reason }, error)
  }
}

export function isThisMachine(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host)
}

/** A full disk is no trouble of the network. */
function isOfThisMachine(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EIO', 'ENOENT', 'EISDIR'].includes(code)
}
