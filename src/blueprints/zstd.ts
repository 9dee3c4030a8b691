/** Compresses and decompresses content without holding it in memory, and never to more than was announced. */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { fail } from './errors.ts'
import type { Digest } from './oci.ts'
import type { ParcelEntry } from './parcel.ts'

/** The compressor's output depends on the pieces it is given, so they are always of this size. */
const pieceBytes = 1024 * 1024

/** Nestlab packs with a window of 2 MiB; larger ones would only cost memory. */
const mostWindowLog = 23

/** Compressed pieces. Fails with `parcel-changed` at the end when the content is not what the entry says. */
export async function* compressed(
  entry: ParcelEntry,
  onBytes: (doneBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const zstd = createZstdCompress({
    pledgedSrcSize: entry.bytes,
    params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
    chunkSize: pieceBytes / 4,
  })
  yield* through(checked(entry, onBytes), zstd)
}

async function* checked(
  entry: ParcelEntry,
  onBytes: (doneBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const { path, bytes, sha256 } = entry
  const hash = createHash('sha256')
  let seen = 0
  for await (const piece of 'content' in entry ? cut(entry.content) : piecesOf(entry.file)) {
    seen += piece.length
    // The compressor would fail with words of its own.
    if (seen > bytes) throw fail('parcel-changed', { path, reason: 'it has grown' })
    hash.update(piece)
    onBytes(seen)
    yield piece
  }
  if (seen < bytes) throw fail('parcel-changed', { path, reason: 'it has shrunk' })
  if (hash.digest('hex') !== sha256) throw fail('parcel-changed', { path, reason: 'its content is another' })
}

function* cut(content: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < content.length; start += pieceBytes) {
    yield content.subarray(start, start + pieceBytes)
  }
}

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path)
  try {
    if (!(await file.stat()).isFile()) throw fail('parcel-wrong', { reason: `${path} is no ordinary file` })
    for (;;) {
      const piece = await fullPiece(file)
      if (piece.length > 0) yield piece
      if (piece.length < pieceBytes) return
    }
  } finally {
    await file.close()
  }
}

/** A read may bring less than asked for; only the last piece of a file may be short. */
async function fullPiece(file: FileHandle): Promise<Uint8Array> {
  const piece = Buffer.allocUnsafe(pieceBytes)
  let have = 0
  while (have < pieceBytes) {
    const { bytesRead } = await file.read(piece, have, pieceBytes - have, null)
    if (bytesRead === 0) break
    have += bytesRead
  }
  return piece.subarray(0, have)
}

/** Decompressed pieces. Rejects when the data cannot be decompressed. */
export async function* decompressed(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const zstd = createZstdDecompress({
    params: { [constants.ZSTD_d_windowLogMax]: mostWindowLog },
    chunkSize: pieceBytes / 4,
  })
  yield* through(content, zstd)
}

async function* through(content: AsyncIterable<Uint8Array>, zstd: Transform): AsyncGenerator<Uint8Array> {
  const feeding = pipeline(content, zstd)
  // Told by the loop, whose stream ends with the same error.
  feeding.catch(() => undefined)
  try {
    yield* zstd
    await feeding
  } finally {
    zstd.destroy()
  }
}

/** Passes the pieces on and hashes them on the way. */
export async function* hashing(
  content: AsyncIterable<Uint8Array>,
  hash: { update(piece: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    hash.update(piece)
    yield piece
  }
}

export interface Examined {
  readonly digest: Digest
  /** Of what it decompresses to. */
  readonly sha256: string
}

/** What a blob of an earlier run really is; undefined when it cannot be decompressed. */
export async function examine(content: AsyncIterable<Uint8Array>): Promise<Examined | undefined> {
  const outer = createHash('sha256')
  const inner = createHash('sha256')
  try {
    for await (const piece of decompressed(hashing(content, outer))) inner.update(piece)
  } catch {
    return undefined
  }
  return { digest: `sha256:${outer.digest('hex')}`, sha256: inner.digest('hex') }
}
