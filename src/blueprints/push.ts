/** Hands a blueprint to a registry, or to a folder that holds several. */
import { readIndex } from './description.ts'
import { fail, withFiles } from './errors.ts'
import { openLayoutWriter } from './folder-writer.ts'
import { type InspectOptions, type Looked, look, openSource } from './inspect.ts'
import { listedIn, type OpenBlueprint, readChecked } from './layout.ts'
import {
  annotations,
  type Blob,
  blobOf,
  bytesOf,
  type Descriptor,
  type Digest,
  emptyBlob,
  limitsBytes,
  types,
} from './oci.ts'
import type { Json } from './parcel.ts'
import { type FolderReference, type RegistryReference, readReference } from './reference.ts'
import { Connection, type RegistryAccess } from './registry/connection.ts'
import { manifestBody, referrersTag } from './registry/remote.ts'
import { uploadBlob, uploadManifest } from './registry/upload.ts'
import { signaturesOf } from './signature.ts'
import { blobsOf, copyBlobs, type TransferProgress } from './transfer.ts'

export interface PushOptions extends RegistryAccess, InspectOptions {
  readonly onProgress?: (progress: TransferProgress) => void
}

export interface Pushed {
  readonly digest: Digest
  /** Blobs that were not there yet. */
  readonly writtenBlobs: number
  readonly keptBlobs: number
}

/**
 * The name shows the blueprint when everything of it is there. `source` is as for `inspectBlueprint`, `reference` as
 * for `readReference`. Fails like those two, and with `registry-unreachable`, `registry-login`, `registry-refused`,
 * `registry-unsafe`; the same call then goes on, blob by blob.
 */
export async function pushBlueprint(
  source: string,
  reference: string,
  options: PushOptions = {},
): Promise<Pushed> {
  const target = readReference(reference)
  await using blueprint = await openSource(source)
  const looked = await look(blueprint, options)
  if (target.kind === 'folder') return await pushToFolder(blueprint, { target, looked, options })
  if (target.digest !== undefined && target.digest !== looked.inspected.digest) {
    throw fail('reference-wrong', { reference, reason: `the blueprint is ${looked.inspected.digest}` })
  }
  return await pushToRegistry(blueprint, { target, looked, options })
}

interface Pushing<Target> {
  readonly target: Target
  readonly looked: Looked
  readonly options: PushOptions
}

async function pushToRegistry(blueprint: OpenBlueprint, of: Pushing<RegistryReference>): Promise<Pushed> {
  const { target, looked, options } = of
  const to = new Connection(target, options, 'pull,push')
  let writtenBlobs = 0
  const blobs = blobsOf(looked.manifest)
  for (const blob of blobs) {
    const onBytes = (doneBytes: number) =>
      options.onProgress?.({ digest: blob.digest, doneBytes, totalBytes: blob.size })
    if (await uploadBlob(to, blueprint, { blob, onBytes })) writtenBlobs++
  }
  const content = await readChecked(blueprint, blueprint.manifest, limitsBytes.manifest)
  const { digest } = looked.inspected
  await uploadManifest(to, { name: digest, content })
  await pushSignatures(to, blueprint)
  // The tag comes last: whoever follows it finds everything, signatures too.
  if (target.digest === undefined) await uploadManifest(to, { name: target.tag, content })
  return { digest, writtenBlobs, keptBlobs: blobs.length - writtenBlobs }
}

async function pushSignatures(to: Connection, blueprint: OpenBlueprint): Promise<void> {
  const signatures = await signaturesOf(blueprint)
  if (signatures.length === 0) return
  const empty = {
    read: async function* () {
      yield emptyBlob
    },
  }
  await uploadBlob(to, empty, { blob: blobOf(emptyBlob), onBytes: () => undefined })
  const untold: Descriptor[] = []
  for (const one of signatures) {
    const content = await readChecked(blueprint, one, limitsBytes.manifest)
    const answer = await uploadManifest(to, { name: one.digest, content })
    if (answer.headers['oci-subject'] === undefined) untold.push(one)
  }
  if (untold.length > 0) await listReferrers(to, blueprint.manifest, untold)
}

/** For registries that do not list what refers to a manifest themselves: distribution-spec 1.1, "Referrers Tag Schema". */
async function listReferrers(to: Connection, subject: Blob, added: readonly Descriptor[]): Promise<void> {
  const name = referrersTag(subject)
  const before = await manifestBody(to, name, types.index)
  const listed = before ? readIndex(before, to.reference.host) : []
  const digests = new Set(added.map(({ digest }) => digest))
  const manifests = [
    ...listed.filter(({ digest }) => !digests.has(digest)),
    ...added.map((one) => ({ ...one, artifactType: types.signature })),
  ]
  await uploadManifest(to, { name, content: indexOf(manifests), mediaType: types.index })
}

async function pushToFolder(blueprint: OpenBlueprint, of: Pushing<FolderReference>): Promise<Pushed> {
  const { target, looked, options } = of
  const { folder, tag = 'latest' } = target
  return await withFiles('write the blueprint', folder, async () => {
    const listed = (await listedIn(folder)) ?? []
    await using writer = await openLayoutWriter(folder)
    const { signatures, ...counted } = await copyBlobs(blueprint, {
      writer,
      manifest: looked.manifest,
      options,
    })
    const { digest, size } = blueprint.manifest
    const own = new Set([digest, ...signatures.map((one) => one.digest)])
    const others = listed.filter(
      (one) => !own.has(one.digest) || one.annotations?.[annotations.ref] !== undefined,
    )
    const kept = others.filter((one) => one.annotations?.[annotations.ref] !== tag)
    const named = { mediaType: types.manifest, artifactType: types.blueprint, digest, size }
    await writer.finish(
      indexOf([
        ...kept,
        { ...named, annotations: { [annotations.ref]: tag } },
        ...signatures.map((one) => ({ ...one, artifactType: types.signature })),
      ]),
    )
    return { digest, ...counted }
  })
}

function indexOf(manifests: readonly Descriptor[]): Buffer {
  return bytesOf({
    schemaVersion: 2,
    mediaType: types.index,
    manifests: manifests as unknown as readonly Json[],
  })
}
