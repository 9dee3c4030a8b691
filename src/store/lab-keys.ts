/** The SSH keys of a lab, readable by its owner only. */
import { failStore } from './errors.ts'
import { labPaths, type Roots } from './paths.ts'
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

function keysFile(roots: Roots, lab: string): SealedFile {
  return { path: labPaths(roots, lab).keys, what: 'The key file' }
}

function isStoredKeys(value: unknown): value is StoredKeys {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => name in value && typeof (value as Record<string, unknown>)[name] === 'string')
}
