/** What a blueprint is, without unpacking anything of it. */
import { type Description, type Manifest, readDescription } from './description.ts'
import { fail, withFiles } from './errors.ts'
import { manifestOf, type OpenBlueprint, openBlueprint, readChecked } from './layout.ts'
import { type Blob, type Digest, limitsBytes } from './oci.ts'
import { folderReference } from './reference.ts'
import { verifySignature } from './signature.ts'

export interface InspectOptions {
  /** A public Ed25519 key in PEM that the blueprint must be signed with. */
  readonly key?: string
  /** The blueprint must be this one. */
  readonly digest?: Digest
}

export interface Inspected {
  readonly digest: Digest
  readonly description: Description
  /** Of all entries that are in it, when they are unpacked. */
  readonly unpackedBytes: number
  /** Of their blobs; content that is there twice counts once. */
  readonly packedBytes: number
  /** Signatures that are there, by whatever key; only `key` says whether one can be believed. */
  readonly signatures: number
}

/**
 * `source` is a file, a folder, or `oci:FOLDER[:TAG]`. Fails with `blueprint-unreadable`, `blueprint-unsafe`,
 * `blueprint-tampered`, `blueprint-newer` and, with a key, `signature-missing`. Contents are not verified here: they
 * are when they are unpacked.
 */
export async function inspectBlueprint(source: string, options: InspectOptions = {}): Promise<Inspected> {
  await using blueprint = await openSource(source)
  return (await look(blueprint, options)).inspected
}

export async function openSource(source: string): Promise<OpenBlueprint> {
  const folder = folderReference(source)
  return await openBlueprint(folder?.folder ?? source, folder?.tag)
}

export interface Looked {
  readonly inspected: Inspected
  readonly manifest: Manifest
}

export async function look(blueprint: OpenBlueprint, { key, digest }: InspectOptions): Promise<Looked> {
  return await withFiles('read the blueprint', blueprint.source, async () => {
    if (digest !== undefined && digest !== blueprint.manifest.digest) throw anotherOne(blueprint)
    const manifest = await manifestOf(blueprint)
    if (key !== undefined) await verifySignature(blueprint, key)
    const config = await readChecked(blueprint, manifest.config as Blob, limitsBytes.config)
    const description = readDescription(config, manifest, blueprint.source)
    return { manifest, inspected: summary(blueprint, description) }
  })
}

function anotherOne({ source, manifest }: OpenBlueprint) {
  return fail('blueprint-tampered', {
    source,
    blob: manifest.digest,
    reason: 'is not the blueprint that was asked for',
  })
}

function summary(blueprint: OpenBlueprint, description: Description): Inspected {
  const packed = description.entries.filter((entry) => 'blob' in entry)
  const sizes = new Map(packed.map(({ blob, packedBytes }) => [blob, packedBytes]))
  return {
    digest: blueprint.manifest.digest,
    description,
    unpackedBytes: packed.reduce((sum, { bytes }) => sum + bytes, 0),
    packedBytes: [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0),
    signatures: blueprint.signatures.length,
  }
}
