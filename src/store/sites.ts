/** The sites that a person has added: where they are and how to log in, but no password. */
import { readdir, rm } from 'node:fs/promises'
import { errorCode, failStore, fileFailure } from './errors.ts'
import { makePrivateFolder } from './files.ts'
import { type Roots, sitePaths } from './paths.ts'
import { readSealed, type SealedFile, writeSealed } from './sealed.ts'

/** A vCenter or a lone ESXi host. */
export interface VsphereSite {
  readonly name: string
  readonly kind: 'vsphere'
  /** `https://vcenter.lab/sdk`. */
  readonly url: string
  readonly user: string
  /** SHA-256 of the certificate that was accepted; absent: an authority must vouch for it. */
  readonly fingerprint?: string
  /** The server knows no TLS newer than 1.1, as ESXi 5.5; only with a fingerprint. */
  readonly allowsOldTls?: boolean
  /** Where labs go. Absent: the only one there is. */
  readonly datacenter?: string
  readonly cluster?: string
  readonly datastore?: string
  /** Folder of machines under which labs get theirs. */
  readonly folder?: string
  /** By names of images, or paths of machines that have their own: a template, or an ISO on a datastore (`[nas] iso/esxi.iso`). */
  readonly images?: Readonly<Record<string, string>>
  /** Who logs in to the nested ESXi hosts of a lab. */
  readonly nested?: { readonly user: string }
  /** Where the API of a nested host is reached, by its path, when not at its own address. */
  readonly reach?: Readonly<Record<string, string>>
  /** When a machine counts as up: when its tools say so, or (on simulators) as soon as it has power. */
  readonly proof?: 'tools' | 'power'
  /** Machines without a known image get an empty disk, as for installations over the network. */
  readonly emptyDisks?: boolean
  /** Whether clusters of the lab file are made on the server. */
  readonly clusters?: 'create' | 'none'
}

export type SiteRecord = VsphereSite

export async function saveSite(roots: Roots, site: SiteRecord): Promise<void> {
  await makePrivateFolder(sitePaths(roots).sites)
  await writeSealed(siteFile(roots, site.name), site)
}

export async function loadSite(roots: Roots, name: string): Promise<SiteRecord | undefined> {
  const file = siteFile(roots, name)
  const content = await readSealed(file)
  if (content === undefined) return undefined
  if (!isSite(content) || content.name !== name) {
    throw failStore('state-damaged', { ...file, reason: `it does not describe site ${name}` })
  }
  return content
}

/** By name. Fails when one of them is damaged. */
export async function readSites(roots: Roots): Promise<readonly SiteRecord[]> {
  const sites = await Promise.all((await siteNames(roots)).map((name) => loadSite(roots, name)))
  return sites.filter((site) => site !== undefined)
}

/** True when there was one. */
export async function removeSite(roots: Roots, name: string): Promise<boolean> {
  const wasThere = (await siteNames(roots)).includes(name)
  await rm(siteFile(roots, name).path, { force: true })
  return wasThere
}

async function siteNames(roots: Roots): Promise<readonly string[]> {
  const folder = sitePaths(roots).sites
  try {
    const files = await readdir(folder)
    return files.flatMap((file) => /^([a-z][a-z0-9-]*)\.json$/.exec(file)?.[1] ?? []).sort()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw fileFailure('list the sites', folder, error)
  }
}

function siteFile(roots: Roots, name: string): SealedFile {
  return { path: sitePaths(roots).site(name), what: 'The record of the site' }
}

/** The checksum has already shown that the content is what Nestlab wrote; this tells sites from other files. */
function isSite(value: unknown): value is SiteRecord {
  if (typeof value !== 'object' || value === null) return false
  const { name, kind, url, user } = value as Partial<Record<keyof SiteRecord, unknown>>
  return [name, url, user].every((one) => typeof one === 'string') && kind === 'vsphere'
}
