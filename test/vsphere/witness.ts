/** Stands in front of a server of vSphere and writes down what comes by: methods, sessions and passwords. */
import { once } from 'node:events'
import { type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http'
import { createServer, request as tlsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import {
  type MadeCertificate,
  makeCertificate,
} from '../../src/providers/vsphere/soap/certificate.fixture.ts'

export interface Witness extends AsyncDisposable {
  /** `https://127.0.0.1:PORT/sdk` */
  readonly url: URL
  readonly fingerprint: string
  /** Methods of the API in their order, and `PUT /folder/…` for files. */
  readonly methods: string[]
  /** Values of the cookies that the server gave. */
  readonly sessions: ReadonlySet<string>
  /** From now on it shows this one, as a server does that was installed anew. */
  show(certificate: MadeCertificate): void
}

export async function startWitness(server: URL): Promise<Witness> {
  const first = makeCertificate()
  const methods: string[] = []
  const sessions = new Set<string>()
  const front = createServer({ key: first.key, cert: first.cert }, (request, response) => {
    passOn(server, { request, response, methods, sessions }).catch(() => response.destroy())
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  const { port } = front.address() as AddressInfo
  return {
    url: new URL(`https://127.0.0.1:${port}${server.pathname}`),
    fingerprint: first.fingerprint,
    methods,
    sessions,
    show: ({ key, cert }) => front.setSecureContext({ key, cert }),
    [Symbol.asyncDispose]: async () => {
      front.closeAllConnections()
      front.close()
      await once(front, 'close')
    },
  }
}

interface Passing {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly methods: string[]
  readonly sessions: Set<string>
}

async function passOn(server: URL, { request, response, methods, sessions }: Passing): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  const { method = 'GET', url: path = '/' } = request
  const called = /<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?(\w+)/.exec(body.toString('utf8'))?.[1]
  methods.push(called ?? `${method} ${new URL(path, server).pathname}`)
  const { host: _, ...headers } = request.headers
  const options = { method, headers, rejectUnauthorized: false }
  const target = new URL(path, server)
  const onwards = server.protocol === 'https:' ? tlsRequest(target, options) : plainRequest(target, options)
  onwards.end(body)
  const [answer] = (await once(onwards, 'response')) as [IncomingMessage]
  for (const cookie of answer.headers['set-cookie'] ?? []) {
    const value = /^vmware_soap_session="?([^";]+)/.exec(cookie)?.[1]
    if (value !== undefined) sessions.add(value)
  }
  response.writeHead(answer.statusCode ?? 502, answer.headers)
  answer.pipe(response)
}
