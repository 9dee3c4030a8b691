/** Packs a lab into one file or a folder. */
import { access } from 'node:fs/promises'
import { configBytes, type Description, manifestBytes } from './description.ts'
import { fail, withFiles } from './errors.ts'
import { openFolderWriter } from './folder-writer.ts'
import { type Blob, blobOf, type Digest, emptyBlob, indexBytes, limitsBytes, types } from './oci.ts'
import { checkedEntries, leftOutOf, type Parcel, type ParcelEntry, type ParcelFile } from './parcel.ts'
import { signatureBytes } from './signature.ts'
import { openTarWriter } from './tar-writer.ts'
import { type BlueprintForm, knownOrigin, type LayoutWriter } from './writer.ts'
import { compressed } from './zstd.ts'

export interface PackOptions {
  readonly form: BlueprintForm
  /** Whether a file of that name may be replaced; a folder never is. Default false. */
  readonly replace?: boolean
  /** A private Ed25519 key in PEM. */
  readonly signKey?: string
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: BlueprintProgress) => void
}

export interface BlueprintProgress {
  readonly path: string
  /** Of this entry. */
  readonly doneBytes: number
  readonly totalBytes: number
}

export interface Packed {
  /** Of the manifest: names the blueprint and all it holds. */
  readonly digest: Digest
  readonly description: Description
}

/**
 * `target` appears when it is whole. Until then, and after a failure or a kill, there is `TARGET.part`, which the same
 * call goes on with. Fails with `parcel-wrong`, `parcel-changed`, `blueprint-there`, `key-unusable`, and with what the
 * file system says (`disk-full`).
 */
export async function packBlueprint(parcel: Parcel, target: string, options: PackOptions): Promise<Packed> {
  const entries = checkedEntries(parcel)
  await refuseExisting(target, options)
  return await withFiles('pack the blueprint', target, async () => {
    await using writer = await openWriter(target, options.form)
    const packed = await writeEntries(writer, entries, { kind: parcel.kind, options })
    const description = { kind: parcel.kind, lab: parcel.lab, createdAt: parcel.createdAt, entries: packed }
    const manifest = await writeHead(writer, description, options.signKey)
    return { digest: manifest.digest, description }
  })
}

export async function refuseExisting(
  target: string,
  options: Pick<PackOptions, 'form' | 'replace'>,
): Promise<void> {
  if (options.replace && options.form === 'file') return
  const isThere = await access(target).then(
    () => true,
    () => false,
  )
  if (isThere) throw fail('blueprint-there', { target })
}

export function openWriter(target: string, form: BlueprintForm): Promise<LayoutWriter> {
  return form === 'file' ? openTarWriter(target) : openFolderWriter(target)
}

type Work = { readonly kind: Parcel['kind']; readonly options: PackOptions }

async function writeEntries(
  writer: LayoutWriter,
  entries: readonly ParcelEntry[],
  { kind, options }: Work,
): Promise<Description['entries']> {
  const blobs = new Map<string, Blob>()
  const described: Description['entries'][number][] = []
  for (const entry of entries) {
    const leftOut = leftOutOf(kind, entry)
    if (leftOut) {
      described.push({ ...fileOf(entry), leftOut })
      continue
    }
    // Content that is there twice is packed once.
    const blob = blobs.get(entry.sha256) ?? (await writeEntry(writer, entry, options))
    blobs.set(entry.sha256, blob)
    described.push({ ...fileOf(entry), blob: blob.digest, packedBytes: blob.size })
  }
  return described
}

async function writeEntry(writer: LayoutWriter, entry: ParcelEntry, options: PackOptions): Promise<Blob> {
  options.signal?.throwIfAborted()
  return (
    (await writer.take(entry.sha256)) ??
    (await writer.make(compressed(entry, (bytes) => tell(entry, bytes, options))))
  )
}

function tell({ path, bytes }: ParcelFile, doneBytes: number, { signal, onProgress }: PackOptions): void {
  signal?.throwIfAborted()
  onProgress?.({ path, doneBytes, totalBytes: bytes })
}

function fileOf({ path, mediaType, bytes, sha256, redistributable, sparse }: ParcelFile): ParcelFile {
  return { path, mediaType, bytes, sha256, redistributable, sparse }
}

/** Description, manifest and signature; then the name. */
async function writeHead(writer: LayoutWriter, description: Description, signKey?: string): Promise<Blob> {
  const put = async (content: Buffer): Promise<Blob> => {
    const blob = blobOf(content)
    await writer.copy(blob, knownOrigin(content))
    return blob
  }
  const content = manifestBytes(description, await put(configBytes(description)))
  if (content.length > limitsBytes.manifest) {
    throw fail('parcel-wrong', { reason: 'it has too many files with too long paths for a registry' })
  }
  const manifest = await put(content)
  const signatures: Blob[] = []
  if (signKey !== undefined) {
    await put(emptyBlob)
    signatures.push(await put(signatureBytes(manifest, signKey)))
  }
  const described = (blob: Blob) => ({ mediaType: types.manifest, ...blob })
  await writer.finish(
    indexBytes({ manifest: described(manifest), signatures: signatures.map(described), tag: 'latest' }),
  )
  return manifest
}
