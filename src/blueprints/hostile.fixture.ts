/** Makes blueprints that somebody made to do harm: layouts and tar files with whatever a test puts into them. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { type Blob, blobOf, blobPath, bytesOf, layoutFile } from './oci.ts'
import { sha256 } from './parcel.fixture.ts'
import type { Json } from './parcel.ts'
import { padded, tarEnd, tarHeader } from './tar.ts'

export type Fields = { [key: string]: Json }

/** What may be changed of a blueprint with one file, `lab.yaml`; everything else follows from it, with right hashes. */
export interface Harm {
  readonly content?: Uint8Array
  readonly packed?: Uint8Array
  readonly entry?: Fields
  readonly config?: Fields
  readonly layer?: Fields
  readonly manifest?: Fields
  readonly index?: Fields
}

export type Files = ReadonlyMap<string, Uint8Array>

export function harmful(harm: Harm): Files {
  const files = new Map<string, Uint8Array>([['oci-layout', layoutFile]])
  const put = (content: Uint8Array): Blob => {
    const blob = blobOf(content)
    files.set(blobPath(blob.digest), content)
    return blob
  }
  const { content = Buffer.from('nestlab: 1\n') } = harm
  const blob = put(harm.packed ?? zstdCompressSync(content))
  const file = { path: 'lab.yaml', mediaType: 'text/plain', redistributable: true, sparse: false }
  const facts = { bytes: content.length, sha256: sha256(content), blob: blob.digest, packedBytes: blob.size }
  const entry: Fields = { ...file, ...facts, ...harm.entry }
  const config = put(
    bytesOf({
      format: 1,
      kind: 'full',
      lab: { name: 'x' },
      createdAt: '2026-11-28T12:00:00Z',
      entries: [entry],
      ...harm.config,
    }),
  )
  const layer = {
    mediaType: 'application/vnd.nestlab.blueprint.entry.v1+zstd',
    digest: blob.digest,
    size: blob.size,
    annotations: { 'org.opencontainers.image.title': entry.path ?? null },
    ...harm.layer,
  }
  const manifest = put(
    bytesOf({
      schemaVersion: 2,
      artifactType: 'application/vnd.nestlab.blueprint.v1',
      config: { mediaType: 'application/vnd.nestlab.blueprint.config.v1+json', ...config },
      layers: [layer],
      ...harm.manifest,
    }),
  )
  const listed = [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', ...manifest }]
  files.set('index.json', bytesOf({ schemaVersion: 2, manifests: listed, ...harm.index }))
  return files
}

export async function writeLayout(folder: string, files: Files): Promise<void> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true })
  for (const [name, content] of files) await writeFile(join(folder, name), content)
}

export interface TarPart {
  readonly header: Buffer
  readonly content: Uint8Array
}

export function partsOf(files: Files): TarPart[] {
  return [...files].map(([name, content]) => ({ header: tarHeader(name, content.length), content }))
}

export function tarOf(parts: readonly TarPart[]): Buffer {
  const pieces = parts.flatMap(({ header, content }) => [
    header,
    content,
    Buffer.alloc(padded(content.length) - content.length),
  ])
  return Buffer.concat([...pieces, tarEnd])
}

/** A header with one of its fields changed, and the right sum of it. */
export function changedHeader(header: Buffer, change: (header: Buffer) => void): Buffer {
  const changed = Buffer.from(header)
  change(changed)
  changed.fill(0x20, 148, 156)
  const sum = changed.reduce((all, byte) => all + byte, 0)
  changed.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return changed
}
