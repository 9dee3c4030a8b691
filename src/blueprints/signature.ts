/**
 * Signs the hash of a blueprint's manifest with Ed25519, and finds the signature of a key. A signature is a small
 * manifest of its own whose `subject` is the blueprint, as OCI has it for what refers to an artifact.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { readManifest } from './description.ts'
import { fail } from './errors.ts'
import { type OpenBlueprint, readChecked } from './layout.ts'
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

/** More signatures than anybody gives, and few enough to look at. */
export const mostSignatures = 32

/** The manifest of a signature. `key` is a private Ed25519 key in PEM (PKCS #8). Fails with `key-unusable`. */
export function signatureBytes(blueprint: Blob, key: string): Buffer {
  const value = sign(null, statement(blueprint.digest), readKey(key, 'private')).toString('base64')
  const empty = { mediaType: types.empty, ...blobOf(emptyBlob) }
  return bytesOf({
    schemaVersion: 2,
    mediaType: types.manifest,
    artifactType: types.signature,
    config: empty,
    layers: [empty],
    subject: { mediaType: types.manifest, digest: blueprint.digest, size: blueprint.size },
    annotations: { [annotations.signature]: value },
  })
}

/** Fails with `signature-missing` unless one of the signatures is by this key, a public one in PEM. */
export async function verifySignature(blueprint: OpenBlueprint, key: string): Promise<void> {
  const wanted = readKey(key, 'public')
  const { source, manifest } = blueprint
  for (const one of blueprint.signatures.slice(0, mostSignatures)) {
    const content = await readChecked(blueprint, one, limitsBytes.manifest)
    const { subject, artifactType, annotations: notes } = readManifest(content, source)
    if (artifactType !== types.signature || subject?.digest !== manifest.digest) continue
    const value = Buffer.from(notes?.[annotations.signature] ?? '', 'base64')
    if (verify(null, statement(manifest.digest), wanted, value)) return
  }
  throw fail('signature-missing', { source })
}

/** The signatures of a blueprint that are nothing but that: no content comes along with them. */
export async function signaturesOf(blueprint: OpenBlueprint): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = []
  const empty = blobOf(emptyBlob).digest
  for (const one of blueprint.signatures.slice(0, mostSignatures)) {
    const content = await readChecked(blueprint, one, limitsBytes.manifest)
    const { subject, artifactType, config, layers } = readManifest(content, blueprint.source)
    const isEmpty = [config, ...layers].every(({ digest }) => digest === empty)
    const isOfThis = artifactType === types.signature && subject?.digest === blueprint.manifest.digest
    if (isOfThis && isEmpty) found.push({ mediaType: types.manifest, digest: one.digest, size: one.size })
  }
  return found
}

/** Words of our own before the hash: no signature over anything else passes for one of a blueprint. */
function statement(digest: Digest): Buffer {
  return Buffer.from(`nestlab blueprint 1\n${digest}\n`)
}

function readKey(pem: string, wanted: 'private' | 'public'): KeyObject {
  try {
    const key = wanted === 'private' ? createPrivateKey(pem) : createPublicKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // What the parser says could repeat parts of a key.
  }
  throw fail('key-unusable', { wanted })
}
