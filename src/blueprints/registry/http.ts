/** One request to a registry or to where it sends us, without following anything by itself. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { pipeline } from 'node:stream/promises'

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: { readonly content: AsyncIterable<Uint8Array> | Uint8Array; readonly bytes: number }
  /** Certificates in PEM that are believed besides those of the system. */
  readonly ca?: string
  readonly signal?: AbortSignal
}

const silenceLimitMs = 60_000

/** Resolves when the head of the answer is there; its body must be read or destroyed. Rejects when the connection breaks. */
export function send(of: HttpRequest): Promise<IncomingMessage> {
  const { method, url, headers, body, signal } = of
  return new Promise((resolve, reject) => {
    const options = {
      method,
      headers: { ...headers, ...(body && { 'content-length': String(body.bytes) }) },
      ...(of.ca !== undefined && { ca: of.ca }),
      ...(signal && { signal }),
    }
    const request = url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options)
    request.setTimeout(silenceLimitMs, () => request.destroy(new Error('the server fell silent')))
    request.once('response', resolve)
    request.on('error', reject)
    if (!body) request.end()
    else if (body.content instanceof Uint8Array) request.end(body.content)
    // An early answer, such as a refusal, closes the way for the rest of the body: the answer is what counts.
    else
      pipeline(body.content, request).catch(
        (error: unknown) => request.destroyed || request.destroy(error as Error),
      )
  })
}

/** What an answer says, for people: short, and nothing that could steer a terminal. */
export async function saidBy(answer: IncomingMessage): Promise<string> {
  const text = (await smallBody(answer, 64 * 1024).catch(() => Buffer.alloc(0))).toString('utf8')
  const said = messageIn(text)
  const plain = said
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 200)
  return plain === '' ? `it answered ${answer.statusCode}` : `it answered ${answer.statusCode}: ${plain}`
}

/** Registries tell errors as `{"errors":[{"code","message"}]}`. */
function messageIn(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { errors?: readonly { code?: unknown; message?: unknown }[] }
    return (errors ?? [])
      .map(({ code, message }) => [code, message].filter((one) => typeof one === 'string').join(' '))
      .join('; ')
  } catch {
    return ''
  }
}

/** Rejects when the body is larger. */
export async function smallBody(answer: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of answer as AsyncIterable<Buffer>) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes > mostBytes) {
      answer.destroy()
      throw new Error(`the answer has more than ${mostBytes} bytes`)
    }
  }
  return Buffer.concat(pieces)
}
