/** Reads the names of places that blueprints are pushed to and pulled from. */
import { fail } from './errors.ts'
import type { Digest } from './oci.ts'

export interface RegistryReference {
  readonly kind: 'registry'
  /** `ghcr.io`, `127.0.0.1:5000`, `[::1]:5000` */
  readonly host: string
  readonly repository: string
  readonly tag: string
  /** Where it is given, the tag does not matter for pulling. */
  readonly digest?: Digest
}

export interface FolderReference {
  readonly kind: 'folder'
  readonly folder: string
  /** Absent: `latest`, or the only blueprint there is. */
  readonly tag?: string
}

export type Reference = RegistryReference | FolderReference

// The grammar of names and tags: opencontainers/distribution-spec 1.1, "Pulling manifests".
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const repositoryForm = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const hostForm = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/

/** Fails with `reference-wrong`. */
export function readReference(text: string): Reference {
  return folderReference(text) ?? registryReference(text)
}

/** `oci:FOLDER[:TAG]`; undefined when it is none. */
export function folderReference(text: string): FolderReference | undefined {
  if (!text.startsWith('oci:')) return undefined
  const rest = text.slice('oci:'.length)
  const [, folder = rest, tag] = /^(.*):([^:/]+)$/s.exec(rest) ?? []
  if (folder === '') throw fail('reference-wrong', { reference: text, reason: 'it names no folder' })
  if (tag === undefined) return { kind: 'folder', folder }
  if (!tagForm.test(tag))
    throw fail('reference-wrong', { reference: text, reason: `${JSON.stringify(tag)} is no tag` })
  return { kind: 'folder', folder, tag }
}

function registryReference(text: string): RegistryReference {
  const wrong = (reason: string) => fail('reference-wrong', { reference: text.slice(0, 300), reason })
  if (text.includes('://')) throw wrong('an address is not wanted, only host and name')
  const [name = '', digest, ...more] = text.split('@')
  const slash = name.indexOf('/')
  const host = name.slice(0, Math.max(slash, 0))
  // Without a host, others silently take that of a company.
  if (slash < 1 || !hostForm.test(host) || !/[.:]|^localhost$/.test(host))
    throw wrong('the host of a registry comes first')
  const [, repository = '', tag = 'latest'] = /^([^:]*)(?::(.*))?$/s.exec(name.slice(slash + 1)) ?? []
  if (!repositoryForm.test(repository) || repository.length > 255) {
    throw wrong('a name is of a-z, 0-9, and inner dots, hyphens, underscores and slashes')
  }
  if (!tagForm.test(tag)) throw wrong(`${JSON.stringify(tag)} is no tag`)
  if (digest === undefined) return { kind: 'registry', host, repository, tag }
  if (more.length > 0 || !isDigest(digest)) throw wrong('what follows the @ is no sha256:…')
  return { kind: 'registry', host, repository, tag, digest }
}

export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text)
}
