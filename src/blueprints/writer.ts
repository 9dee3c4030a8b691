/** What packing and pulling write to: one file or a folder, that gets its name when it is whole, and is gone on with when it is not. */
import { createHash, type Hash } from 'node:crypto'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fail } from './errors.ts'
import type { Blob, Digest } from './oci.ts'

/** One file (tar), or a folder. */
export type BlueprintForm = 'file' | 'folder'

export interface LayoutWriter extends AsyncDisposable {
  /** The next blob, when an earlier run has written it whole out of content with this hash. */
  take(contentSha256: string): Promise<Blob | undefined>
  /** Writes the next blob, whose hash is known when it is written. */
  make(content: AsyncIterable<Uint8Array>): Promise<Blob>
  /**
   * Writes the next blob, whose hash is known, unless it is there; goes on where an earlier run was cut off. Fails
   * with `blueprint-tampered`. Says whether anything was written.
   */
  copy(blob: Blob, from: BlobOrigin): Promise<boolean>
  /** Gives the whole its name. */
  finish(index: Uint8Array): Promise<void>
}

export interface BlobOrigin {
  /** For messages. */
  readonly source: string
  read(fromBytes: number): AsyncIterable<Uint8Array>
}

/** Bytes that are known. */
export function knownOrigin(content: Uint8Array): BlobOrigin {
  return {
    source: 'memory',
    async *read(fromBytes) {
      yield content.subarray(fromBytes)
    },
  }
}

export interface Appending {
  readonly hash: Hash
  /** In the blob; where the next piece belongs. */
  at: number
}

/**
 * Brings the rest of a blob, piece by piece, and holds it to size and hash. Rejects with `blueprint-tampered` when it
 * is another one; what was written is then worth nothing.
 */
export async function bring(
  blob: Blob,
  from: BlobOrigin,
  { state, write }: { state: Appending; write: (piece: Uint8Array, at: number) => Promise<void> },
): Promise<void> {
  const wrong = (reason: string) =>
    fail('blueprint-tampered', { source: from.source, blob: blob.digest, reason })
  for await (const piece of from.read(state.at)) {
    if (state.at + piece.length > blob.size) throw wrong('is longer than its manifest says')
    state.hash.update(piece)
    await write(piece, state.at)
    state.at += piece.length
  }
  if (state.at < blob.size) throw wrong('is shorter than its manifest says')
  if (digestOf(state.hash) !== blob.digest) throw wrong('is not what its hash says')
}

export function digestOf(hash: Hash): Digest {
  return `sha256:${hash.copy().digest('hex')}`
}

export async function hashOf(content: AsyncIterable<Uint8Array>): Promise<Hash> {
  const hash = createHash('sha256')
  for await (const piece of content) hash.update(piece)
  return hash
}

/** A rename that a power cut does not undo. */
export async function putInPlace(part: string, target: string): Promise<void> {
  await rename(part, target)
  await using folder = await open(dirname(target), 'r')
  await folder.sync()
}
