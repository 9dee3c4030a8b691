/** A session with a vCenter or ESXi host: logs in, stays logged in, and calls methods. */
import { fail } from '../errors.ts'
import { decodeValue } from './decode.ts'
import { type EncodeOptions, encodeCall } from './encode.ts'
import { failureOf, readFault, VimFault } from './faults.ts'
import { compareApi, methodOf, newestApi } from './table.ts'
import { type Server, Transport } from './transport.ts'
import { type MoRef, refAt, textAt, type VimObject, type VimValue } from './vim-value.ts'
import { childOf, readXml, type XmlElement } from './xml.ts'

export interface Credentials {
  readonly user: string
  /** Asked for at each login, so that it is held nowhere. */
  password(): Promise<string>
}

export interface ConnectOptions {
  readonly server: Server
  readonly credentials: Credentials
  readonly signal?: AbortSignal
  /** Told the name of each method that is sent. */
  readonly onCall?: (method: string, target: MoRef) => void
}

const serviceInstance: MoRef = { type: 'ServiceInstance', value: 'ServiceInstance' }
const oldestApi = '5.5'

/** Methods that may be sent again when it is not known whether the server has seen them. */
const repeatable =
  /^(Retrieve|ContinueRetrieve|CurrentTime$|Find|Query|SessionIsActive$|Login$|CreateContainerView$|FetchUser|HasPrivilege|WaitForUpdates)/
const retryAfterMs = [200, 1000]

export class Connection {
  readonly #transport: Transport
  readonly #options: ConnectOptions
  #cookie: string | undefined
  #api = oldestApi
  #content: VimObject = {}

  private constructor(options: ConnectOptions) {
    this.#options = options
    this.#transport = new Transport(options.server)
  }

  /** Asks what the server is, and logs in. */
  static async open(options: ConnectOptions): Promise<Connection> {
    const connection = new Connection(options)
    try {
      connection.#content = (await connection.#send(
        'RetrieveServiceContent',
        serviceInstance,
        {},
        options.signal,
      )) as VimObject
      const offered = textAt(connection.#content, 'about', 'apiVersion') ?? oldestApi
      connection.#api = compareApi(offered, newestApi) > 0 ? newestApi : offered
      await connection.#login(options.signal)
      return connection
    } catch (error) {
      connection.#transport.close()
      throw error
    }
  }

  /** `about`, `rootFolder`, `propertyCollector` and so on. */
  get content(): VimObject {
    return this.#content
  }

  /** API version that both sides know. */
  get api(): string {
    return this.#api
  }

  /** One of the server's own objects; fails when it has none, as a lone host has no folder of clusters. */
  service(name: string): MoRef {
    const ref = refAt(this.#content, name)
    if (ref) return ref
    throw fail('vsphere-not-supported', { method: name, message: 'the server has no such service.' })
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
    options: { readonly signal?: AbortSignal | undefined } & Partial<EncodeOptions> = {},
  ): Promise<VimValue | undefined> {
    const { signal, ...encoding } = options
    try {
      return await this.#send(method, target, parameters, signal, encoding)
    } catch (error) {
      if (!(error instanceof VimFault)) throw error
      if (error.fault !== 'NotAuthenticated') throw failureOf(error, method)
      await this.#login(signal)
    }
    try {
      return await this.#send(method, target, parameters, signal, encoding)
    } catch (error) {
      throw error instanceof VimFault ? failureOf(error, method) : error
    }
  }

  /** Ends the session on the server, too. */
  async close(): Promise<void> {
    const session = refAt(this.#content, 'sessionManager')
    try {
      if (session && this.#cookie !== undefined)
        await this.#send('Logout', session, {}, AbortSignal.timeout(5000))
    } catch {
      // The server ends sessions that nobody uses by itself.
    } finally {
      this.#transport.close()
    }
  }

  async #login(signal: AbortSignal | undefined): Promise<void> {
    const { credentials, server } = this.#options
    const { user } = credentials
    this.#cookie = undefined
    try {
      const password = await credentials.password()
      await this.#send('Login', this.service('sessionManager'), { userName: user, password }, signal)
    } catch (error) {
      if (!(error instanceof VimFault)) throw error
      if (error.fault === 'InvalidLogin')
        throw fail('vsphere-login-refused', { server: server.url.host, user })
      throw failureOf(error, 'Login')
    }
  }

  async #send(
    method: string,
    target: MoRef,
    parameters: VimObject,
    signal: AbortSignal | undefined,
    encoding: Partial<EncodeOptions> = {},
  ): Promise<VimValue | undefined> {
    const call = encodeCall(method, target, parameters, { ...encoding, api: this.#api })
    this.#options.onCall?.(method, target)
    const headers = {
      soapaction: `"urn:vim25/${this.#api}"`,
      ...(this.#cookie !== undefined && { cookie: this.#cookie }),
    }
    const answer = await this.#posted(envelope(call), headers, { method, signal })
    const [cookie] = answer.cookies.flatMap((one) => /^vmware_soap_session=[^;]+/.exec(one) ?? [])
    if (cookie !== undefined) this.#cookie = cookie
    return readAnswer(method, answer.status, answer.body)
  }

  async #posted(
    text: string,
    headers: Readonly<Record<string, string>>,
    { method, signal }: { readonly method: string; readonly signal: AbortSignal | undefined },
  ) {
    for (const waitMs of repeatable.test(method) ? retryAfterMs : []) {
      try {
        return await this.#transport.post(text, headers, signal)
      } catch (error) {
        if (!isUnreachable(error)) throw error
        await new Promise((resolve) => setTimeout(resolve, waitMs))
      }
    }
    return await this.#transport.post(text, headers, signal)
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'vsphere-unreachable'
}

function envelope(call: string): string {
  const spaces = [
    'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"',
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema"',
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
  ].join(' ')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope ${spaces}><soapenv:Body>${call}</soapenv:Body></soapenv:Envelope>`
}

function readAnswer(method: string, status: number, body: string): VimValue | undefined {
  const isXml = body.trimStart().startsWith('<')
  if (!isXml) throw fail('vsphere-answer-unreadable', { reason: `HTTP status ${status}, and no XML` })
  const root = readXml(body)
  const inner = childOf(root, 'Body')?.children[0]
  if (!inner) throw fail('vsphere-answer-unreadable', { reason: `HTTP status ${status}, and no SOAP` })
  if (inner.name === 'Fault') throw readFault(inner)
  return returned(method, inner)
}

function returned(method: string, element: XmlElement): VimValue | undefined {
  const type = methodOf(method)?.returns ?? 'void'
  const values = element.children.filter(({ name }) => name === 'returnval')
  if (type.endsWith('[]')) return values.map((value) => decodeValue(value, type.slice(0, -2)))
  return values[0] && decodeValue(values[0], type)
}
