/** What of a blueprint is carried from place to place, in which order. */
import type { Manifest } from './description.ts'
import { type OpenBlueprint, readChecked } from './layout.ts'
import { type Blob, blobOf, type Descriptor, type Digest, emptyBlob, limitsBytes } from './oci.ts'
import { signaturesOf } from './signature.ts'
import { type BlobOrigin, knownOrigin, type LayoutWriter } from './writer.ts'

export interface TransferProgress {
  readonly digest: Digest
  readonly doneBytes: number
  readonly totalBytes: number
}

/** Contents in the order of their paths, then the description; each once. */
export function blobsOf({ layers, config }: Manifest): readonly Blob[] {
  const blobs = new Map(
    [...layers, config].map(({ digest, size }) => [digest, { digest: digest as Digest, size }]),
  )
  return [...blobs.values()]
}

interface Copying {
  readonly writer: LayoutWriter
  readonly manifest: Manifest
  readonly options: {
    readonly signal?: AbortSignal
    readonly onProgress?: (progress: TransferProgress) => void
  }
}

export interface Copied {
  readonly writtenBlobs: number
  readonly keptBlobs: number
  readonly signatures: readonly Descriptor[]
}

/** The same order as in packing, so that what is pulled is byte for byte what was packed. */
export async function copyBlobs(
  blueprint: OpenBlueprint,
  { writer, manifest, options }: Copying,
): Promise<Copied> {
  const blobs = blobsOf(manifest)
  let writtenBlobs = 0
  for (const blob of blobs) {
    if (await writer.copy(blob, originOf(blueprint, blob, options))) writtenBlobs++
  }
  await copyManifest(blueprint, writer, blueprint.manifest)
  const signatures = await signaturesOf(blueprint)
  if (signatures.length > 0) await writer.copy(blobOf(emptyBlob), knownOrigin(emptyBlob))
  for (const one of signatures) await copyManifest(blueprint, writer, one)
  return { writtenBlobs, keptBlobs: blobs.length - writtenBlobs, signatures }
}

async function copyManifest(blueprint: OpenBlueprint, writer: LayoutWriter, one: Blob): Promise<void> {
  await writer.copy(one, knownOrigin(await readChecked(blueprint, one, limitsBytes.manifest)))
}

function originOf(
  blueprint: OpenBlueprint,
  blob: Blob,
  { signal, onProgress }: Copying['options'],
): BlobOrigin {
  return {
    source: blueprint.source,
    async *read(fromBytes) {
      let doneBytes = fromBytes
      for await (const piece of blueprint.read(blob, { from: fromBytes })) {
        signal?.throwIfAborted()
        doneBytes += piece.length
        onProgress?.({ digest: blob.digest, doneBytes, totalBytes: blob.size })
        yield piece
      }
    },
  }
}
