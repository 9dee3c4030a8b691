/** The SSH keys of a lab, readable by its owner only. */
import { rm } from 'node:fs/promises'
import { failStore } from './errors.ts'
import { labPaths, type Roots, sitePaths } from './paths.ts'
import { readSealed, type SealedFile, writeSealed } from './sealed.ts'

const names = ['clientPrivate', 'clientPublic', 'hostPrivate', 'hostPublic'] as const

/** The same shape as `LabKeys` of room `guests`, which this room must not import. */
export type StoredKeys = Readonly<Record<(typeof names)[number], string>>

export async function saveLabKeys(roots: Roots, lab: string, keys: StoredKeys): Promise<void> {
  await writeSealed(keysFile(roots, lab), keys)
}

/** `undefined` before the lab's first `up`. */
export async function loadLabKeys(roots: Roots, lab: string): Promise<StoredKeys | undefined> {
  const file = keysFile(roots, lab)
  const content = await readSealed(file)
  if (content === undefined) return undefined
  if (!isStoredKeys(content)) throw failStore('state-damaged', { ...file, reason: 'a key is missing' })
  return content
}

/** Of a lab that was kept warm: guests that go on from there know no others. Never among the files that are kept. */
export async function saveWarmKeys(roots: Roots, id: string, keys: StoredKeys): Promise<void> {
  await writeSealed(warmKeysFile(roots, id), keys)
}

export async function loadWarmKeys(roots: Roots, id: string): Promise<StoredKeys | undefined> {
  const content = await readSealed(warmKeysFile(roots, id))
  return isStoredKeys(content) ? content : undefined
}

export async function removeWarmKeys(roots: Roots, id: string): Promise<void> {
  await rm(warmKeysFile(roots, id).path, { force: true })
}

function warmKeysFile(roots: Roots, id: string): SealedFile {
  return { path: sitePaths(roots).warmKeys(id), what: 'The key file of the warm lab' }
}

function keysFile(roots: Roots, lab: string): SealedFile {
  return { path: labPaths(roots, lab).keys, what: 'The key file' }
}

function isStoredKeys(value: unknown): value is StoredKeys {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => name in value && typeof (value as Record<string, unknown>)[name] === 'string')
}
