/**
 * The words of the OCI image layout and manifest that a blueprint is made of.
 * Source: opencontainers/image-spec 1.1, image-layout.md, manifest.md, descriptor.md.
 */
import { createHash } from 'node:crypto'
import type { Json } from './parcel.ts'

export type Digest = `sha256:${string}`

/** A blob, as its hash and size name it. */
export interface Blob {
  readonly digest: Digest
  readonly size: number
}

export interface Descriptor extends Blob {
  readonly mediaType: string
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
}

export const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  blueprint: 'application/vnd.nestlab.blueprint.v1',
  config: 'application/vnd.nestlab.blueprint.config.v1+json',
  entry: 'application/vnd.nestlab.blueprint.entry.v1+zstd',
  signature: 'application/vnd.nestlab.signature.v1',
}

export const annotations = {
  title: 'org.opencontainers.image.title',
  created: 'org.opencontainers.image.created',
  ref: 'org.opencontainers.image.ref.name',
  signature: 'dev.nestlab.signature.ed25519',
}

export const layoutFile = bytesOf({ imageLayoutVersion: '1.0.0' })

/** The one blob of artifacts that need none: `{}`. */
export const emptyBlob = bytesOf({})

/** What a manifest and an index may measure, as registries have it, and the description. */
export const limitsBytes = { manifest: 4 * 1024 * 1024, config: 16 * 1024 * 1024 }

/** The same value always gives the same bytes, whatever order its keys were made in. */
export function bytesOf(value: Json): Buffer {
  return Buffer.from(JSON.stringify(sorted(value)))
}

function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const entries = Object.entries(value as { readonly [key: string]: Json })
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]),
  )
}

export function blobOf(bytes: Uint8Array): Blob {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, size: bytes.length }
}

export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length)
}

/** Where a blob lies in a layout. */
export function blobPath(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`
}

export interface IndexEntry {
  readonly manifest: Descriptor
  readonly signatures: readonly Descriptor[]
  readonly tag: string
}

/** `index.json` of a layout with one blueprint, the same whether it was packed here or pulled from a registry. */
export function indexBytes({ manifest, signatures, tag }: IndexEntry): Buffer {
  const { digest, size } = manifest
  return bytesOf({
    schemaVersion: 2,
    mediaType: types.index,
    manifests: [
      {
        mediaType: types.manifest,
        artifactType: types.blueprint,
        digest,
        size,
        annotations: { [annotations.ref]: tag },
      },
      ...signatures.map((one) => ({
        mediaType: types.manifest,
        artifactType: types.signature,
        digest: one.digest,
        size: one.size,
      })),
    ],
  })
}
