/** Brings blobs and manifests to a registry; source of the requests: opencontainers/distribution-spec 1.1, "Push". */
import type { IncomingMessage } from 'node:http'
import type { OpenBlueprint } from '../layout.ts'
import { type Blob, types } from '../oci.ts'
import type { Connection } from './connection.ts'
import { saidBy } from './http.ts'

/** What is lost at most when a connection breaks. */
const pieceBytes = 16 * 1024 * 1024

export type OnBytes = (doneBytes: number) => void

/** False when the registry has it already. */
export async function uploadBlob(
  to: Connection,
  from: Pick<OpenBlueprint, 'read'>,
  { blob, onBytes }: { blob: Blob; onBytes: OnBytes },
): Promise<boolean> {
  if (await isThere(to, `blobs/${blob.digest}`)) return false
  const upload = new Upload(to, from, blob)
  await to.persist(
    () => upload.goOn(onBytes),
    () => upload.at,
  )
  return true
}

async function isThere(to: Connection, at: string): Promise<boolean> {
  const answer = await to.askAgain({ method: 'HEAD', at })
  answer.resume()
  return answer.statusCode === 200
}

class Upload {
  readonly #to: Connection
  readonly #from: Pick<OpenBlueprint, 'read'>
  readonly #blob: Blob
  #location: URL | undefined
  /** What the registry has. */
  at = 0

  constructor(to: Connection, from: Pick<OpenBlueprint, 'read'>, blob: Blob) {
    this.#to = to
    this.#from = from
    this.#blob = blob
  }

  /** Rejects when the connection breaks; then it can be called again. */
  async goOn(onBytes: OnBytes): Promise<void> {
    let location = await this.#resume()
    while (this.#blob.size - this.at > pieceBytes) {
      location = await this.#send(location, 'PATCH', this.at + pieceBytes)
      onBytes(this.at)
    }
    const whole = new URL(location)
    whole.searchParams.set('digest', this.#blob.digest)
    await this.#send(whole, 'PUT', this.#blob.size)
    onBytes(this.#blob.size)
  }

  /** Where to go on: the registry knows how much of it has arrived, or begins anew. */
  async #resume(): Promise<URL> {
    if (this.#location) {
      const url = this.#location
      const answer = await this.#to.ask({ method: 'GET', at: url })
      answer.resume()
      const end = /^(?:bytes=)?0-(\d+)$/.exec(answer.headers.range ?? '')?.[1]
      // `0-0` is told of one byte and of none; sending a byte twice would be refused.
      if (answer.statusCode === 204 && end !== undefined && end !== '0' && Number(end) < this.#blob.size) {
        this.at = Number(end) + 1
        this.#location = answer.headers.location === undefined ? url : this.#to.next(answer, url)
        return this.#location
      }
    }
    this.at = 0
    const at = 'blobs/uploads/'
    const answer = await this.#to.ask({
      method: 'POST',
      at,
      body: () => ({ content: new Uint8Array(), bytes: 0 }),
    })
    await this.#expect(answer, [202])
    this.#location = this.#to.next(answer, this.#to.url(at))
    return this.#location
  }

  async #send(location: URL, method: 'PATCH' | 'PUT', to: number): Promise<URL> {
    const from = this.at
    const answer = await this.#to.ask({
      method,
      at: location,
      headers: {
        'content-type': 'application/octet-stream',
        ...(to > from && { 'content-range': `${from}-${to - 1}` }),
      },
      body: () => ({ content: this.#from.read(this.#blob, { from, to }), bytes: to - from }),
    })
    await this.#expect(answer, method === 'PATCH' ? [202] : [201, 204])
    this.at = to
    if (method === 'PATCH') this.#location = this.#to.next(answer, location)
    return this.#location ?? location
  }

  async #expect(answer: IncomingMessage, statuses: readonly number[]): Promise<void> {
    const status = answer.statusCode ?? 0
    if (statuses.includes(status)) {
      answer.resume()
      return
    }
    const said = await saidBy(answer)
    // 404 and 416: the upload has been forgotten, or we do not agree how far it is; both heal by asking.
    if (status >= 500 || [404, 408, 416, 429].includes(status)) throw new Error(said)
    throw this.#to.refused(said)
  }
}

/** The answer's head tells whether the registry keeps track of what refers to a manifest. */
export async function uploadManifest(
  to: Connection,
  { name, content, mediaType = types.manifest }: { name: string; content: Buffer; mediaType?: string },
): Promise<IncomingMessage> {
  const answer = await to.askAgain({
    method: 'PUT',
    at: `manifests/${name}`,
    headers: { 'content-type': mediaType },
    body: () => ({ content, bytes: content.length }),
  })
  if (answer.statusCode !== 201) throw to.refused(await saidBy(answer))
  answer.resume()
  return answer
}
