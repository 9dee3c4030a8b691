/** A blueprint in a registry, read like one on this machine; source of the requests: opencontainers/distribution-spec 1.1, "Pull". */
import type { IncomingMessage } from 'node:http'
import { readIndex } from '../description.ts'
import { fail } from '../errors.ts'
import type { OpenBlueprint } from '../layout.ts'
import { type Blob, blobOf, type Descriptor, hexOf, limitsBytes, types } from '../oci.ts'
import { mostSignatures } from '../signature.ts'
import type { Connection } from './connection.ts'
import { saidBy, smallBody } from './http.ts'

/** Fails with `not-in-registry`, `registry-login`, `registry-unreachable`, `registry-refused`. */
export async function openRemote(from: Connection): Promise<OpenBlueprint> {
  const { host, repository, tag, digest } = from.reference
  const source = `${host}/${repository}${digest ? `@${digest}` : `:${tag}`}`
  const content = await manifestBody(from, digest ?? tag)
  if (!content) throw fail('not-in-registry', { registry: host, name: `${repository}:${digest ?? tag}` })
  const manifest = { mediaType: types.manifest, ...blobOf(content) }
  if (digest !== undefined && manifest.digest !== digest) {
    throw fail('blueprint-tampered', { source, blob: digest, reason: 'is not what its hash says' })
  }
  const signatures = await signaturesOf(from, manifest)
  const manifests = new Set([manifest, ...signatures].map((one) => one.digest))
  return {
    source,
    manifest,
    signatures,
    async *read(blob, range = { from: 0 }) {
      if (blob.digest === manifest.digest) yield content.subarray(range.from, range.to)
      else if (manifests.has(blob.digest)) yield* manifestPieces(from, blob)
      else yield* new Download(from, blob, source).pieces(range.from)
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

async function* manifestPieces(from: Connection, blob: Blob): AsyncGenerator<Uint8Array> {
  yield (await manifestBody(from, blob.digest)) ?? Buffer.alloc(0)
}

/** Undefined when there is none. */
export async function manifestBody(
  from: Connection,
  name: string,
  mediaType = types.manifest,
): Promise<Buffer | undefined> {
  return await from.persist(async () => {
    const answer = await from.askAgain({
      method: 'GET',
      at: `manifests/${name}`,
      headers: { accept: mediaType },
    })
    if (answer.statusCode === 404) {
      answer.resume()
      return undefined
    }
    if (answer.statusCode !== 200) throw from.refused(await saidBy(answer))
    return await body(from, answer)
  })
}

async function body(from: Connection, answer: IncomingMessage): Promise<Buffer> {
  if (Number(answer.headers['content-length'] ?? 0) <= limitsBytes.manifest) {
    return await smallBody(answer, limitsBytes.manifest)
  }
  answer.destroy()
  throw from.refused(`its manifest has more than ${limitsBytes.manifest} bytes`)
}

/** The name that a registry without an own list of referrers keeps them under. */
export function referrersTag(blob: Blob): string {
  return `sha256-${hexOf(blob.digest)}`
}

/** What refers to a manifest, as an index; undefined when nothing does. */
async function signaturesOf(from: Connection, manifest: Blob): Promise<readonly Descriptor[]> {
  const answer = await from.askAgain({ method: 'GET', at: `referrers/${manifest.digest}` })
  if (answer.statusCode !== 200) answer.resume()
  const content =
    answer.statusCode === 200
      ? await body(from, answer)
      : await manifestBody(from, referrersTag(manifest), types.index)
  if (!content) return []
  const listed = readIndex(content, from.reference.host)
  return listed.filter(({ artifactType }) => artifactType === types.signature).slice(0, mostSignatures)
}

/** One blob, over as many connections as it takes. */
class Download {
  readonly #from: Connection
  readonly #blob: Blob
  readonly #source: string
  #answer: IncomingMessage | undefined

  constructor(from: Connection, blob: Blob, source: string) {
    this.#from = from
    this.#blob = blob
    this.#source = source
  }

  async *pieces(fromBytes: number): AsyncGenerator<Uint8Array> {
    let at = fromBytes
    try {
      while (at < this.#blob.size) {
        const piece = await this.#from.persist(
          () => this.#next(at),
          () => at,
        )
        at += piece.length
        yield piece
      }
    } finally {
      this.#answer?.destroy()
    }
  }

  /** Rejects when the connection breaks, and opens another when it is called again. */
  async #next(at: number): Promise<Uint8Array> {
    this.#answer ??= await this.#open(at)
    try {
      const piece = await pieceOf(this.#answer)
      if (piece) return piece
      throw new Error('the server ended the transfer early')
    } catch (error) {
      this.#answer.destroy()
      this.#answer = undefined
      throw error
    }
  }

  async #open(at: number): Promise<IncomingMessage> {
    const answer = await this.#from.ask({
      method: 'GET',
      at: `blobs/${this.#blob.digest}`,
      headers: { 'accept-encoding': 'identity', ...(at > 0 && { range: `bytes=${at}-` }) },
    })
    const status = answer.statusCode ?? 0
    if (status === 206 && answer.headers['content-range']?.startsWith(`bytes ${at}-`)) return answer
    if (status === 200) return await skipped(answer, at)
    const said = await saidBy(answer)
    if (status === 404)
      throw fail('blueprint-unreadable', {
        source: this.#source,
        reason: `${this.#blob.digest} is not there`,
      })
    if (status >= 500 || status === 429 || status === 206) throw new Error(said)
    throw this.#from.refused(said)
  }
}

async function pieceOf(answer: IncomingMessage): Promise<Buffer | undefined> {
  for (;;) {
    const piece = answer.read() as Buffer | null
    if (piece) return piece
    if (answer.errored) throw answer.errored
    if (answer.readableEnded || answer.destroyed) return undefined
    await readableOrOver(answer)
  }
}

function readableOrOver(answer: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const events = ['readable', 'end', 'close', 'error']
    const done = () => {
      for (const event of events) answer.off(event, done)
      resolve()
    }
    for (const event of events) answer.on(event, done)
  })
}

/** A server may ignore the range. */
async function skipped(answer: IncomingMessage, bytes: number): Promise<IncomingMessage> {
  for (let left = bytes; left > 0; ) {
    const piece = await pieceOf(answer)
    if (!piece) throw new Error('the server ended the transfer early')
    if (piece.length > left) answer.unshift(piece.subarray(left))
    left -= Math.min(left, piece.length)
  }
  return answer
}
