/** What is handed to this room to be packed, and what must be true of it. */

import { pathProblem, pathsProblem } from './entry-path.ts'
import { fail } from './errors.ts'
import { bytesOf } from './oci.ts'

/** Any value that JSON has. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** `full` holds the images; `thin` names them by their hash only. */
export type ParcelKind = 'full' | 'thin'

/** A lab as it is to be shared: secrets and identities are left out by whoever makes the parcel. */
export interface Parcel {
  readonly kind: ParcelKind
  /** Told by `inspect`; at most 1 MiB as JSON. */
  readonly lab: { readonly name: string; readonly [key: string]: Json }
  /** ISO 8601 in UTC: `2026-11-28T12:00:00Z`. Part of the content: another time is another blueprint. */
  readonly createdAt: string
  readonly entries: readonly ParcelEntry[]
}

/** One file of a parcel. */
export type ParcelEntry = ParcelFile & (FromFile | FromMemory)

export interface ParcelFile {
  /** Relative, with `/`: `lab.yaml`, `machines/kvm-1/ram`. What begins with `images/` is an image. */
  readonly path: string
  /** `application/yaml` */
  readonly mediaType: string
  readonly bytes: number
  /** Of the content as it is, in hex. */
  readonly sha256: string
  /** False: its licence forbids to hand it out; it is named by its hash and never packed. */
  readonly redistributable: boolean
  /** Written with holes instead of zeros when it is unpacked. */
  readonly sparse: boolean
}

interface FromFile {
  /** Absolute path; nobody may write to it meanwhile. */
  readonly file: string
}

interface FromMemory {
  readonly content: Uint8Array
}

/** Why an entry is named and not packed. */
export type LeftOut = 'thin' | 'licence'

const hash = /^[0-9a-f]{64}$/
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/
const type = /^[a-z0-9][a-z0-9.+-]{0,62}\/[a-z0-9][a-z0-9.+-]{0,126}$/

/** Shared by what is packed and what is read from others. */
export const forms = { hash, moment, type, labName: /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/ }

export const mostEntries = 10_000
const mostLabBytes = 1024 * 1024

export function leftOutOf(
  kind: ParcelKind,
  entry: Pick<ParcelFile, 'path' | 'redistributable'>,
): LeftOut | undefined {
  if (!entry.redistributable) return 'licence'
  return kind === 'thin' && entry.path.startsWith('images/') ? 'thin' : undefined
}

/** The entries in the order of a blueprint, which is that of their paths. Fails with `parcel-wrong`. */
export function checkedEntries(parcel: Parcel): readonly ParcelEntry[] {
  const reason = problemOf(parcel)
  if (reason) throw fail('parcel-wrong', { reason })
  return parcel.entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function problemOf({ lab, createdAt, entries }: Parcel): string | undefined {
  if (!forms.labName.test(lab.name)) return `${JSON.stringify(lab.name)} cannot be the name of a lab`
  if (!moment.test(createdAt)) return `${createdAt} is no time in UTC`
  const labBytes = bytesOf(lab).length
  if (labBytes > mostLabBytes) return `its description has ${labBytes} bytes, and ${mostLabBytes} is the most`
  if (entries.length > mostEntries) return `it has ${entries.length} files, and ${mostEntries} is the most`
  for (const entry of entries) {
    const wrong = entryProblem(entry)
    if (wrong) return wrong
  }
  return pathsProblem(entries.map(({ path }) => path))
}

function entryProblem(entry: ParcelEntry): string | undefined {
  const { path, mediaType, bytes, sha256 } = entry
  const wrong = pathProblem(path)
  if (wrong) return wrong
  if (!type.test(mediaType)) return `${path} has the media type ${JSON.stringify(mediaType)}`
  if (!hash.test(sha256)) return `${path} has no SHA-256`
  if (!Number.isSafeInteger(bytes) || bytes < 0) return `${path} has ${bytes} bytes`
  return undefined
}
