/** A session with a vCenter or ESXi host: logs in, stays logged in, and calls methods. */
import { Failure } from '#failure'
import { fail } from '../errors.ts'
import { type EncodeOptions, encodeCall } from './encode.ts'
import { envelope, readAnswer } from './envelope.ts'
import { failureOf, VimFault } from './faults.ts'
import { compareApi, newestApi } from './table.ts'
import { type Answer, type Limits, LostConnection, type Server, Transport } from './transport.ts'
import { type MoRef, refAt, textAt, type VimObject, type VimValue } from './vim-value.ts'
import { pause, untilAborted } from './waiting.ts'

export interface Credentials {
  readonly user: string
  /** Asked for at each login, so that it is held nowhere. */
  password(): Promise<string>
}

export interface ConnectOptions {
  readonly server: Server
  readonly credentials: Credentials
  /** Ends the attempt to connect; an open connection ends with `close`. */
  readonly signal?: AbortSignal
  /** Told the name of each method that is sent. */
  readonly onCall?: (method: string, target: MoRef) => void
  readonly limits?: Partial<Limits>
  /** Servers end sessions that nobody has used for half an hour; default is a third of that. */
  readonly keepAliveMs?: number
}

export type CallOptions = Omit<EncodeOptions, 'api'> & { readonly signal?: AbortSignal | undefined }

/** Each login makes another one. */
interface Session {
  readonly cookie: string
}

interface Letter {
  readonly method: string
  readonly target: MoRef
  readonly text: string
  readonly signal: AbortSignal | undefined
  /** Without the session that there may be. */
  readonly isAnonymous?: boolean
}

const serviceInstance: MoRef = { type: 'ServiceInstance', value: 'ServiceInstance' }
/** What the first question is put in, since it is not known yet what the server speaks; all that we are for know it. */
const oldestApi = '5.5'

/**
 * Methods that may be sent again when it is not known whether the server has seen them. Not
 * ContinueRetrievePropertiesEx: its token is good for one use.
 */
const repeatable =
  /^(Retrieve|CurrentTime$|Find|Query|SessionIsActive$|Login$|Logout$|CreateContainerView$|CreatePropertyCollector$|CreateFilter$|FetchUser|HasPrivilege|WaitForUpdates)/
const retryAfterMs = [200, 1000]
const usualKeepAliveMs = 600_000
const logoutLimitMs = 5000
/** How often work is done anew whose session has ended in the midst of it. */
const mostSessions = 3

export class Connection {
  readonly #transport: Transport
  readonly #options: ConnectOptions
  readonly #closing = new AbortController()
  #keepAlive: NodeJS.Timeout | undefined
  #session: Session | undefined
  #renewing: Promise<void> | undefined
  /** A password that was refused once is not tried again: servers lock accounts. */
  #refused: Failure | undefined
  #api = oldestApi
  #content: VimObject = {}

  private constructor(options: ConnectOptions) {
    this.#options = options
    this.#transport = new Transport(options.server, options.limits)
  }

  /** Asks what the server is, and logs in. */
  static async open(options: ConnectOptions): Promise<Connection> {
    const connection = new Connection(options)
    try {
      await connection.#introduce(options.signal)
      await connection.#login(options.signal)
      const aliveMs = options.keepAliveMs ?? usualKeepAliveMs
      connection.#keepAlive = setInterval(() => connection.#stayAlive(), aliveMs).unref()
      return connection
    } catch (error) {
      connection.#transport.close()
      if (error instanceof VimFault) throw failureOf(error, 'RetrieveServiceContent')
      throw error
    }
  }

  /** `about`, `rootFolder`, `propertyCollector` and so on. */
  get content(): VimObject {
    return this.#content
  }

  /** Where it is, and what it is held to. */
  get server(): Server {
    return this.#options.server
  }

  /** For services of the same server that have sessions of their own. */
  get credentials(): Credentials {
    return this.#options.credentials
  }

  /** API version that both sides know. */
  get api(): string {
    return this.#api
  }

  /** One of the server's own objects; fails when it has none, as a lone host has no manager of distributed switches. */
  service(name: string): MoRef {
    const ref = refAt(this.#content, name)
    if (ref) return ref
    throw fail('vsphere-not-supported', { method: name, message: 'the server has no such service.' })
  }

  /** By this a request beside the calls belongs to the session: for this server alone, and for no log. */
  get headers(): Readonly<Record<string, string>> {
    return this.#session ? { cookie: this.#session.cookie } : {}
  }

  /** Whether vCenter is there; a lone ESXi host is the other kind. */
  get isVCenter(): boolean {
    return textAt(this.#content, 'about', 'apiType') === 'VirtualCenter'
  }

  /** Logs in again when the session has ended; the call is then sent once more, since it was not carried out. */
  async call(
    method: string,
    target: MoRef,
    parameters: VimObject = {},
    options: CallOptions = {},
  ): Promise<VimValue | undefined> {
    if (this.#closing.signal.aborted) throw new Error('The connection is closed.')
    const { signal, ...encoding } = options
    const text = envelope(encodeCall(method, target, parameters, { ...encoding, api: this.#api }))
    const send = async () => readAnswer(method, await this.#post({ method, target, text, signal }))
    try {
      await untilAborted(this.#renewing, signal)
      const session = this.#session
      try {
        return await send()
      } catch (error) {
        if (!(error instanceof VimFault) || error.fault !== 'NotAuthenticated') throw error
        await this.#renew(session, signal)
      }
      return await send()
    } catch (error) {
      throw error instanceof VimFault ? failureOf(error, method) : error
    }
  }

  /**
   * Does the work anew when another session has begun in the midst of it: what it has made for itself on the server
   * (views, collectors, the rest of a long answer) has gone with the old one. `isOver` says that the work has noticed
   * by itself: properties of an ended session are merely missing.
   */
  async perSession<Result>(
    work: (isOver: () => Promise<never>) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    for (let left = mostSessions; ; left -= 1) {
      await untilAborted(this.#renewing, signal)
      const session = this.#session
      try {
        return await work(async () => {
          await this.#renew(session, signal)
          throw fail('vsphere-session-over', { method: 'RetrievePropertiesEx' })
        })
      } catch (error) {
        if (left <= 1 || session === this.#session || !(error instanceof Failure)) throw error
      }
    }
  }

  /** Ends the session on the server, too. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    clearInterval(this.#keepAlive)
    this.#closing.abort()
    try {
      const target = refAt(this.#content, 'sessionManager')
      if (target && this.#session) {
        const text = envelope(encodeCall('Logout', target, {}, { api: this.#api }))
        await this.#post({ method: 'Logout', target, text, signal: AbortSignal.timeout(logoutLimitMs) })
      }
    } catch {
      // The server ends sessions that nobody uses by itself.
    } finally {
      this.#transport.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** A server that is too new for the old words is asked in the newest ones. */
  async #introduce(signal: AbortSignal | undefined): Promise<void> {
    const method = 'RetrieveServiceContent'
    const target = serviceInstance
    const ask = async () => {
      const text = envelope(encodeCall(method, target, {}, { api: this.#api }))
      return readAnswer(method, await this.#post({ method, target, text, signal }))
    }
    let content: VimValue | undefined
    try {
      content = await ask()
    } catch (error) {
      if (!(error instanceof VimFault)) throw error
      this.#api = newestApi
      content = await ask()
    }
    const offered = textAt(content, 'about', 'apiVersion') ?? ''
    if (typeof content !== 'object' || !/^\d+(\.\d+)*$/.test(offered))
      throw fail('vsphere-answer-unreadable', { reason: 'it does not say which API it has' })
    this.#content = content as VimObject
    this.#api = compareApi(offered, newestApi) > 0 ? newestApi : offered
  }

  /** Many calls find out at the same time that the session has ended; only one of them logs in. */
  async #renew(ended: Session | undefined, signal: AbortSignal | undefined): Promise<void> {
    if (ended === this.#session) {
      this.#renewing ??= this.#login(this.#closing.signal).finally(() => {
        this.#renewing = undefined
      })
    }
    await untilAborted(this.#renewing, signal)
  }

  async #login(signal: AbortSignal | undefined): Promise<void> {
    if (this.#refused) throw this.#refused
    const { credentials, server } = this.#options
    const { user } = credentials
    const method = 'Login'
    const target = this.service('sessionManager')
    const password = await credentials.password()
    const text = envelope(encodeCall(method, target, { userName: user, password }, { api: this.#api }))
    try {
      const answer = await this.#post({ method, target, text, signal, isAnonymous: true })
      readAnswer(method, answer)
      const [cookie] = answer.cookies.flatMap((one) => /^vmware_soap_session=[^;]+/.exec(one) ?? [])
      if (cookie === undefined)
        throw fail('vsphere-answer-unreadable', { reason: 'no session came with the login' })
      this.#session = { cookie }
    } catch (error) {
      if (!(error instanceof VimFault)) throw error
      if (error.fault !== 'InvalidLogin') throw failureOf(error, method)
      this.#refused = fail('vsphere-login-refused', { server: server.url.host, user })
      throw this.#refused
    }
  }

  async #post({ method, target, text, signal, isAnonymous = false }: Letter): Promise<Answer> {
    const session = isAnonymous ? undefined : this.#session
    const headers = {
      soapaction: `"urn:vim25/${this.#api}"`,
      ...(session && { cookie: session.cookie }),
    }
    const waits = [...retryAfterMs]
    for (;;) {
      this.#options.onCall?.(method, target)
      try {
        return await this.#transport.post(text, headers, signal)
      } catch (error) {
        if (!(error instanceof LostConnection)) throw error
        // Whoever has just connected is told at once that nothing listens there.
        const isWorthIt = error.wasSent ? repeatable.test(method) : this.#session !== undefined
        const waitMs = waits.shift()
        if (waitMs === undefined || !isWorthIt || this.#closing.signal.aborted) throw error.failure
        await pause(waitMs, signal)
      }
    }
  }

  /** Nobody waits for it; whoever calls next sees what is wrong. */
  async #stayAlive(): Promise<void> {
    await this.call('CurrentTime', serviceInstance, {}, { signal: this.#closing.signal }).catch(
      () => undefined,
    )
  }
}
