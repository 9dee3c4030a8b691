/** The description of an image in the store; its SHA-256 is the image's name for machines. */
import { createHash } from 'node:crypto'
import type { GuestName, Image } from '../guest.ts'

export interface ImageInput {
  /** `busybox-static=1:1.35.0-4`, or the file or address a disk came from. */
  readonly name: string
  readonly sha256: string
}

export interface Manifest {
  readonly format: 1
  readonly name: string
  readonly guest: GuestName
  /** SHA-256 of the recipe that built it; absent for disks that were taken in. */
  readonly recipe?: string
  readonly inputs: readonly ImageInput[]
  readonly files: Image['files']
}

export const manifestFile = 'manifest.json'

/** The same manifest gives the same text. */
export function manifestText(manifest: Manifest): string {
  const files = Object.fromEntries(Object.entries(manifest.files).sort(([a], [b]) => (a < b ? -1 : 1)))
  const { format, name, guest, recipe, inputs } = manifest
  return `${JSON.stringify({ format, name, guest, recipe, inputs, files }, null, 2)}\n`
}

export function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** `undefined` when the text is no manifest. */
export function readManifest(text: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isManifest(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function imageOf(manifest: Manifest, sha256: string): Image {
  const { name, guest, files } = manifest
  return { name, sha256, guest, files }
}

const guests: readonly unknown[] = ['tiny', 'kvm-node', 'cloud'] satisfies GuestName[]

function isManifest(value: unknown): value is Manifest {
  if (!isRecord(value) || value.format !== 1 || typeof value.name !== 'string') return false
  if (!guests.includes(value.guest) || !isRecord(value.files) || !Array.isArray(value.inputs)) return false
  return Object.entries(value.files).every(([file, of]) => isFileName(file) && isFileFacts(of))
}

function isFileFacts(of: unknown): boolean {
  return isRecord(of) && isSha256(of.sha256) && Number.isSafeInteger(of.sizeBytes)
}

export function isSha256(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

function isFileName(file: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/i.test(file)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
