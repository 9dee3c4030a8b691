/** The description of a blueprint (its config blob) and its manifest: written here, and read here when others wrote them. */
import { z } from 'zod'
import { pathProblem, pathsProblem } from './entry-path.ts'
import { fail } from './errors.ts'
import { annotations, type Blob, bytesOf, type Descriptor, type Digest, types } from './oci.ts'
import {
  forms,
  type Json,
  type LeftOut,
  leftOutOf,
  mostEntries,
  type Parcel,
  type ParcelFile,
} from './parcel.ts'

/** An entry as a blueprint tells it. */
export type BlueprintEntry = ParcelFile &
  (
    | {
        /** The compressed content. */
        readonly blob: Digest
        readonly packedBytes: number
      }
    | { readonly leftOut: LeftOut }
  )

export type Description = Omit<Parcel, 'entries'> & { readonly entries: readonly BlueprintEntry[] }

const format = 1

export function configBytes(description: Description): Buffer {
  const { kind, lab, createdAt, entries } = description
  return bytesOf({ format, kind, lab, createdAt, entries: entries.map((entry): Json => ({ ...entry })) })
}

export function manifestBytes(description: Description, config: Blob): Buffer {
  const { lab, createdAt, entries } = description
  const layers = entries.flatMap((entry): Json[] =>
    'blob' in entry
      ? [
          {
            mediaType: types.entry,
            digest: entry.blob,
            size: entry.packedBytes,
            annotations: { [annotations.title]: entry.path },
          },
        ]
      : [],
  )
  return bytesOf({
    schemaVersion: 2,
    mediaType: types.manifest,
    artifactType: types.blueprint,
    config: { mediaType: types.config, digest: config.digest, size: config.size },
    layers,
    annotations: { [annotations.title]: lab.name, [annotations.created]: createdAt },
  })
}

const digest = z.templateLiteral(['sha256:', z.string().regex(forms.hash)])
const bytes = z.int().nonnegative()
// Loose: what others say in an index of theirs stays as it is when a blueprint is added to it.
const descriptor = z.looseObject({
  mediaType: z.string().max(255),
  artifactType: z.string().max(255).optional(),
  digest,
  size: bytes,
  annotations: z.record(z.string(), z.string()).optional(),
})

const indexForm = z.object({ schemaVersion: z.literal(2), manifests: z.array(descriptor).max(1000) })

const manifestForm = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(types.manifest).optional(),
  artifactType: z.string(),
  config: descriptor,
  layers: z.array(descriptor).max(mostEntries),
  subject: descriptor.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})
export type Manifest = z.infer<typeof manifestForm>

const file = {
  path: z.string(),
  mediaType: z.string().regex(forms.type),
  bytes,
  sha256: z.string().regex(forms.hash),
  redistributable: z.boolean(),
  sparse: z.boolean(),
}
const configForm = z.strictObject({
  format: z.literal(format),
  kind: z.enum(['full', 'thin']),
  lab: z.looseObject({ name: z.string().regex(forms.labName) }),
  createdAt: z.string().regex(forms.moment),
  entries: z
    .array(
      z.union([
        z.strictObject({ ...file, blob: digest, packedBytes: bytes }),
        z.strictObject({ ...file, leftOut: z.enum(['thin', 'licence']) }),
      ]),
    )
    .max(mostEntries),
})

/** Fails with `blueprint-unreadable`. */
export function readIndex(content: Uint8Array, source: string): readonly Descriptor[] {
  return read(indexForm, content, { source, what: 'index.json' }).manifests as readonly Descriptor[]
}

/** Fails with `blueprint-unreadable`. */
export function readManifest(content: Uint8Array, source: string): Manifest {
  return read(manifestForm, content, { source, what: 'the manifest' })
}

/**
 * The description, proven to agree with the manifest and to lead nowhere outside. Fails with `blueprint-unreadable`,
 * `blueprint-newer` or `blueprint-unsafe`.
 */
export function readDescription(content: Uint8Array, manifest: Manifest, source: string): Description {
  const value = parse(content, { source, what: 'the description' })
  const written = z.object({ format: z.int() }).safeParse(value).data?.format
  if (written !== undefined && written > format) throw fail('blueprint-newer', { source, format: written })
  const { format: _, ...fields } = fit(configForm, value, { source, what: 'the description' })
  const description = fields as Description
  const reason = unsafe(description) ?? disagreement(description, manifest)
  if (reason) throw fail('blueprint-unsafe', { source, reason })
  return description
}

function unsafe({ kind, entries }: Description): string | undefined {
  for (const entry of entries) {
    const wrong = pathProblem(entry.path)
    if (wrong) return wrong
    const leftOut = 'leftOut' in entry ? entry.leftOut : undefined
    if (leftOut !== leftOutOf(kind, entry))
      return `${entry.path} is there or left out against the description`
  }
  return pathsProblem(entries.map(({ path }) => path))
}

function disagreement({ entries }: Description, { layers }: Manifest): string | undefined {
  const packed = entries.filter((entry) => 'blob' in entry)
  if (packed.length !== layers.length)
    return 'its manifest and its description name different numbers of files'
  for (const [index, { path, blob, packedBytes }] of packed.entries()) {
    const layer = layers[index]
    const same =
      layer?.annotations?.[annotations.title] === path &&
      layer.mediaType === types.entry &&
      layer.digest === blob &&
      layer.size === packedBytes
    if (!same) return `its manifest and its description disagree about ${path}`
  }
  return undefined
}

interface Place {
  readonly source: string
  readonly what: string
}

function read<Form extends z.ZodType>(form: Form, content: Uint8Array, place: Place): z.infer<Form> {
  return fit(form, parse(content, place), place)
}

function parse(content: Uint8Array, { source, what }: Place): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content))
  } catch (error) {
    throw fail('blueprint-unreadable', { source, reason: `${what} is no JSON` }, error)
  }
}

function fit<Form extends z.ZodType>(form: Form, value: unknown, { source, what }: Place): z.infer<Form> {
  const { success, data, error } = form.safeParse(value)
  if (success) return data
  // Words of the file itself are not repeated: they may hold anything.
  const where = error.issues[0]?.path.filter((part) => /^\w+$/.test(String(part))).join('.')
  throw fail('blueprint-unreadable', {
    source,
    reason: `${what} is not as it should be${where ? ` at ${where}` : ''}`,
  })
}
