/** Shows a registry who we are, when it asks: a token of its token server, or user and password. */
import type { IncomingMessage } from 'node:http'
import { fail } from '../errors.ts'
import { saidBy, send, smallBody } from './http.ts'

export interface RegistryCredentials {
  readonly user: string
  /** Or a token that stands for it. */
  readonly password: string
}

/** Asked at most once for a registry, when it lets nobody in; undefined: there are none. */
export type AskCredentials = (registry: string) => Promise<RegistryCredentials | undefined>

export interface LoginOptions {
  readonly registry: string
  readonly credentials?: AskCredentials
  /** Whether a token server may be asked without TLS. */
  readonly mayBePlain: (url: URL) => boolean
  readonly ca?: string
  readonly signal?: AbortSignal
}

interface Challenge {
  readonly scheme: 'basic' | 'bearer'
  readonly parameters: Readonly<Record<string, string>>
}

/** Remembers what got us in, in memory and for one command only. */
export class Login {
  readonly #options: LoginOptions
  #asked: Promise<RegistryCredentials | undefined> | undefined
  #header: string | undefined

  constructor(options: LoginOptions) {
    this.#options = options
  }

  /** The value of `Authorization`, once there is one. */
  get header(): string | undefined {
    return this.#header
  }

  /** After an answer 401: gets what it asks for. Fails with `registry-login` when there is nothing to show. */
  async answer(refusal: IncomingMessage, scope: string): Promise<void> {
    const challenge = challengeOf(refusal.headers['www-authenticate'] ?? '')
    refusal.resume()
    if (!challenge) throw this.#refused('it does not say how to log in')
    if (challenge.scheme === 'bearer') {
      this.#header = `Bearer ${await this.#token(challenge.parameters, scope)}`
      return
    }
    const credentials = await this.#credentials()
    if (!credentials) throw this.#refused('it wants a user and a password')
    this.#header = basic(credentials)
  }

  /** Source: distribution/distribution, docs/spec/auth/token.md. */
  async #token(parameters: Challenge['parameters'], scope: string): Promise<string> {
    const { realm = '', service } = parameters
    const url = URL.canParse(realm) ? new URL(realm) : undefined
    if (!url || !(url.protocol === 'https:' || this.#options.mayBePlain(url))) {
      throw fail('registry-unsafe', {
        registry: this.#options.registry,
        reason: 'its token server does not speak HTTPS',
      })
    }
    if (service !== undefined) url.searchParams.set('service', service)
    url.searchParams.set('scope', parameters.scope ?? scope)
    const credentials = await this.#credentials()
    const { ca, signal } = this.#options
    const headers = credentials ? { authorization: basic(credentials) } : {}
    // Redirects are not followed here: the password would go along.
    const answer = await send({
      method: 'GET',
      url,
      headers,
      ...(ca !== undefined && { ca }),
      ...(signal && { signal }),
    })
    if (answer.statusCode !== 200) throw this.#refused(await saidBy(answer))
    const token = tokenIn(await smallBody(answer, 256 * 1024))
    if (token === undefined) throw this.#refused('its token server gave no token')
    return token
  }

  #credentials(): Promise<RegistryCredentials | undefined> {
    this.#asked ??= this.#options.credentials?.(this.#options.registry) ?? Promise.resolve(undefined)
    return this.#asked
  }

  #refused(reason: string) {
    return fail('registry-login', { registry: this.#options.registry, reason })
  }
}

function basic({ user, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function tokenIn(body: Buffer): string | undefined {
  try {
    const { token, access_token } = JSON.parse(body.toString('utf8')) as Record<string, unknown>
    const found = token ?? access_token
    return typeof found === 'string' && /^[\x21-\x7e]+$/.test(found) ? found : undefined
  } catch {
    return undefined
  }
}

/** `Bearer realm="https://…",service="…",scope="…"` */
function challengeOf(header: string): Challenge | undefined {
  const scheme = /^\s*(basic|bearer)\b/i.exec(header)?.[1]?.toLowerCase()
  if (scheme !== 'basic' && scheme !== 'bearer') return undefined
  const pairs = [...header.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/gi)]
  return {
    scheme,
    parameters: Object.fromEntries(pairs.map(([, key = '', value = '']) => [key.toLowerCase(), value])),
  }
}
