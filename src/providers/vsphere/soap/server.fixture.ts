/** A server for tests that answers as it is told to: with words, with faults, or by hanging up. */
import { once } from 'node:events'
import {
  createServer as createPlain,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type MadeCertificate, makeCertificate } from './certificate.fixture.ts'
import type { Server } from './secure.ts'

export interface Heard {
  readonly method: string
  readonly text: string
  /** What the client sent of its session. */
  readonly cookie: string | undefined
  readonly headers: IncomingHttpHeaders
}

/** The inside of the answer, or something done to the connection. */
export type Play = (
  heard: Heard,
  response: ServerResponse,
) => string | undefined | Promise<string | undefined>

export interface TestServerOptions {
  readonly certificate?: MadeCertificate
  /** Without TLS. */
  readonly isPlain?: boolean
  readonly tls?: Pick<ServerOptions, 'minVersion' | 'maxVersion' | 'ciphers'>
  readonly apiVersion?: string
  readonly password?: string
  /** Else one that is free. */
  readonly port?: number
  /** By method; the others are answered with nothing, and login and logout by themselves. */
  readonly plays?: Readonly<Record<string, Play>>
}

export interface TestServer extends Server, AsyncDisposable {
  readonly fingerprint: string
  readonly certificate: MadeCertificate
  /** All calls, in their order. */
  readonly heard: readonly Heard[]
  /** Connections that were opened, with a handshake or without. */
  readonly connections: () => number
  /** Those that are open now. */
  readonly open: () => number
  /** Sessions that are known; taking one away ends it. */
  readonly sessions: Set<string>
}

export const password = 'Very-Secret-<&>-Word'

export const fault = (type: string, inside = ''): string =>
  `<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>It is ${type}.</faultstring><detail><${type}Fault xmlns="urn:vim25" xsi:type="${type}">${inside}</${type}Fault></detail></soapenv:Fault>`

export const answer = (method: string, inside = ''): string =>
  `<${method}Response xmlns="urn:vim25">${inside}</${method}Response>`

const spaces =
  'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'

const services = ['propertyCollector', 'sessionManager', 'viewManager']
  .map((one) => `<${one} type="${one.charAt(0).toUpperCase()}${one.slice(1)}">${one}</${one}>`)
  .join('')

/** Methods that ask for no session. */
const anonymous: ReadonlySet<string> = new Set(['RetrieveServiceContent', 'Login', 'CurrentTime'])

export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const certificate = options.certificate ?? makeCertificate()
  const heard: Heard[] = []
  const sessions = new Set<string>()
  const sockets = new Set<Socket>()
  let connections = 0
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    void answerTo(request, response, { options, heard, sessions })
  }
  const server = options.isPlain
    ? createPlain(listener)
    : createServer({ key: certificate.key, cert: certificate.cert, ...options.tls }, listener)
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`${options.isPlain ? 'http' : 'https'}://127.0.0.1:${port}/sdk`),
    fingerprint: certificate.fingerprint,
    certificate,
    heard,
    connections: () => connections,
    open: () => sockets.size,
    sessions,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

interface State {
  readonly options: TestServerOptions
  readonly heard: Heard[]
  readonly sessions: Set<string>
}

async function answerTo(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const method = /<soapenv:Body><(\w+)/.exec(text)?.[1] ?? ''
  const { cookie } = request.headers
  const one: Heard = { method, text, cookie, headers: request.headers }
  state.heard.push(one)
  const play = state.options.plays?.[method]
  const isLocked = !anonymous.has(method) && !state.sessions.has(cookie ?? '')
  const inside = isLocked
    ? fault('NotAuthenticated')
    : play
      ? await play(one, response)
      : ownAnswer(one, response, state)
  if (inside === undefined) return
  const status = inside.startsWith('<soapenv:Fault') ? 500 : 200
  response.writeHead(status, { 'content-type': 'text/xml' })
  response.end(`<soapenv:Envelope ${spaces}><soapenv:Body>${inside}</soapenv:Body></soapenv:Envelope>`)
}

function ownAnswer({ method, text, cookie }: Heard, response: ServerResponse, state: State): string {
  const { apiVersion = '8.0.3.0', password: wanted = password } = state.options
  if (method === 'RetrieveServiceContent') {
    const about = `<about><name>test</name><apiType>VirtualCenter</apiType><apiVersion>${apiVersion}</apiVersion></about>`
    return answer(
      method,
      `<returnval><rootFolder type="Folder">group-d1</rootFolder>${about}${services}</returnval>`,
    )
  }
  if (method === 'Login') {
    if (!text.includes(`<password>${escaped(wanted)}</password>`)) return fault('InvalidLogin')
    const session = `vmware_soap_session="${state.heard.length}-secret-session"`
    state.sessions.add(session)
    response.setHeader('set-cookie', `${session}; Path=/; HttpOnly; Secure`)
    return answer(method, '<returnval><key>k</key><userName>u</userName></returnval>')
  }
  if (method === 'Logout') state.sessions.delete(cookie ?? '')
  return answer(method)
}

const escaped = (word: string) =>
  word.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Waits for what comes without being waited for. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
