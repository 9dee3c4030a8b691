/** The HTTP side: the endpoint, cookies, files of datastores, and connections that end when it is ordered. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { answered, type SdkServerParts } from './dispatch.ts'
import { putOrGetFile } from './file-door.ts'
import { takeFile } from './lease-calls.ts'
import { allVersions, isNewer } from './schema.ts'

const mostBytes = 16 * 1024 * 1024

export function listenerFor(parts: SdkServerParts): RequestListener {
  return (request, response) => {
    serve(parts, request, response).catch(() => response.destroy())
  }
}

async function serve(
  parts: SdkServerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  if (pathname.startsWith('/folder')) return await putOrGetFile(parts, request, response)
  if (pathname.startsWith('/nfc/')) return await takeFile(parts, request, response)
  if (pathname === '/sdk/vimServiceVersions.xml') return ended(response, 200, versionsText(parts.world.api))
  if (pathname.replace(/\/$/, '') !== '/sdk') return ended(response, 404, '')
  if (request.method !== 'POST') return ended(response, 405, '')
  await serveCall(parts, request, response)
}

async function serveCall(
  parts: SdkServerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { controls } = parts
  const body = await bodyOf(request)
  // As it is only read here to find the order, whatever it is: the strict reading comes later.
  const method = /<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?(\w+)/.exec(body)?.[1] ?? ''
  const cut = controls.takeCut(method)
  if (cut === 'before') {
    controls.calls.push(method)
    response.destroy()
    return
  }
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const header = request.headers.soapaction
  const answer = await answered(parts, {
    body,
    soapAction: typeof header === 'string' ? header : undefined,
    cookie: cookieOf(request),
    signal: gone.signal,
  })
  const slowMs = controls.slowMs.get(method)
  // Nobody waits any longer when the connection has ended.
  if (slowMs !== undefined) await sleep(slowMs, undefined, { signal: gone.signal }).catch(() => undefined)
  if (cut === 'after' || gone.signal.aborted) {
    response.destroy()
    return
  }
  const headers = {
    'content-type': 'text/xml; charset=utf-8',
    'cache-control': 'no-cache',
    ...(answer.cookie !== undefined && {
      'set-cookie': `vmware_soap_session="${answer.cookie}"; Path=/; HttpOnly; Secure;`,
    }),
  }
  response.writeHead(answer.status, { ...headers, 'content-length': Buffer.byteLength(answer.text) })
  if (cut !== 'midway') {
    response.end(answer.text)
    return
  }
  const half = answer.text.slice(0, answer.text.length / 2)
  await new Promise<void>((resolve) => response.write(half, () => resolve()))
  response.destroy()
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new Error('the request is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export function cookieOf({ headers }: IncomingMessage): string | undefined {
  return /(?:^|;\s*)vmware_soap_session="?([^";]+)"?/.exec(headers.cookie ?? '')?.[1]
}

export function ended(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/xml; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

function versionsText(api: string): string {
  const known = allVersions.filter((version) => !isNewer(version, api)).toReversed()
  const [newest, ...prior] = known
  const list = prior.map((version) => `<version>${version}</version>`).join('')
  return [
    '<?xml version="1.0" encoding="UTF-8" ?>',
    `<namespaces version="1.0"><namespace><name>urn:vim25</name><version>${newest}</version>`,
    `<priorVersions>${list}</priorVersions></namespace></namespaces>`,
  ].join('\n')
}
