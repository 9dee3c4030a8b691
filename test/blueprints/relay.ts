/** Stands between a client and a registry, notes the requests, and breaks connections where a test wants it. */
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'

export interface Relayed {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
}

export interface RelayOptions {
  /** Bytes of the request's body after which the connection breaks; undefined: never. */
  readonly cutRequest?: (request: Relayed, count: number) => number | undefined
  /** The same for the answer's body. */
  readonly cutAnswer?: (request: Relayed, count: number) => number | undefined
  /** Answers itself, and says so with true. */
  readonly answer?: (request: Relayed, response: ServerResponse, count: number) => boolean
}

export interface Relay {
  readonly host: string
  readonly seen: readonly Relayed[]
}

/** What asks it gets what `target` (`127.0.0.1:PORT`) answers. */
export async function startRelay(t: TestContext, target: string, options: RelayOptions): Promise<Relay> {
  const seen: Relayed[] = []
  const server = createServer((request, response) => {
    const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers }
    seen.push(one)
    if (options.answer?.(one, response, seen.length)) return request.resume()
    const [host, port] = target.split(':')
    // The Host of the client goes along, so that the registry's own addresses lead back here.
    const onward = httpRequest({ host, port, method: one.method, path: one.path, headers: request.headers })
    onward.on('error', () => response.destroy())
    forward(request, onward, {
      limit: options.cutRequest?.(one, seen.length),
      cut: () => request.socket.destroy(),
    })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      forward(answer, response, {
        limit: options.cutAnswer?.(one, seen.length),
        cut: () => response.destroy(),
      })
    })
    return undefined
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no address')
  return { host: `127.0.0.1:${address.port}`, seen }
}

function forward(
  from: IncomingMessage,
  to: { write(piece: Buffer): boolean; end(): unknown; destroy(): unknown },
  { limit, cut }: { limit: number | undefined; cut: () => void },
): void {
  let bytes = 0
  from.on('data', (piece: Buffer) => {
    if (limit === undefined || bytes + piece.length < limit) to.write(piece)
    bytes += piece.length
    if (limit === undefined || bytes < limit) return
    to.destroy()
    cut()
  })
  from.on('end', () => to.end())
  from.on('error', () => to.destroy())
}
