/** Which certificate each nested host of a lab showed when it was first looked into: one file a host. */
import { rm } from 'node:fs/promises'
import { failStore } from './errors.ts'
import { makePrivateFolder } from './files.ts'
import { labPaths, type Roots } from './paths.ts'
import { readSealed, type SealedFile, writeSealed } from './sealed.ts'

/** SHA-256 in capitals with colons; undefined when nobody has looked yet. `path`: of the host. */
export async function loadNestedCertificate(
  roots: Roots,
  lab: string,
  path: string,
): Promise<string | undefined> {
  const file = fileOf(roots, lab, path)
  const content = await readSealed(file)
  if (content === undefined) return undefined
  if (!isNote(content) || content.path !== path)
    throw failStore('state-damaged', { ...file, reason: `it is not about ${path}` })
  return content.fingerprint
}

export async function saveNestedCertificate(
  roots: Roots,
  lab: string,
  { path, fingerprint }: { readonly path: string; readonly fingerprint: string },
): Promise<void> {
  await makePrivateFolder(labPaths(roots, lab).certificates)
  await writeSealed(fileOf(roots, lab, path), { path, fingerprint })
}

/** Before a host is installed anew: it makes itself another one then. */
export async function forgetNestedCertificate(roots: Roots, lab: string, path: string): Promise<void> {
  await rm(fileOf(roots, lab, path).path, { force: true })
}

function fileOf(roots: Roots, lab: string, path: string): SealedFile {
  return {
    path: labPaths(roots, lab).certificate(path),
    what: `What is known of the certificate of ${path}`,
  }
}

function isNote(value: unknown): value is { readonly path: string; readonly fingerprint: string } {
  if (typeof value !== 'object' || value === null) return false
  const { path, fingerprint } = value as Partial<Record<'path' | 'fingerprint', unknown>>
  return typeof path === 'string' && typeof fingerprint === 'string'
}
