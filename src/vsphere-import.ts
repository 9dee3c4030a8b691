/** Imports a vCenter or ESXi host that was added as a site: opens it and its nested hosts for reading only. */
import type { ImportCommands, ImportWish } from '#cli'
import { isSiteName } from '#lab'
import { loadSite, type Roots, readSites, type VsphereSite } from '#store'
import { failSite } from './errors.ts'
import { importVsphere } from './providers/vsphere/import/import-vsphere.ts'
import type { NestedDoor, OpenNested } from './providers/vsphere/import/look-inside.ts'
import { onlyReads } from './providers/vsphere/import/reads.ts'
import type { Scope } from './providers/vsphere/import/scope.ts'
import { Connection } from './providers/vsphere/soap/connection.ts'
import { shownCertificate } from './providers/vsphere/soap/transport.ts'
import { type PasswordSources, passwordsFrom } from './site-passwords.ts'
import { openSiteConnection } from './vsphere-sites.ts'

export interface ImportsOptions extends PasswordSources {
  readonly roots: Roots
  /** Told of each method that is sent, for tests. */
  readonly onCall?: (method: string) => void
}

export function openImports(options: ImportsOptions): ImportCommands {
  return {
    vsphere: async (wish, { signal, onProgress }) => {
      const site = await siteOf(options.roots, wish.site)
      const passwords = passwordsFrom(options)
      const onCall = (method: string) => {
        onlyReads(method)
        options.onCall?.(method)
      }
      const connection = await openSiteConnection(site, passwords, { signal, onCall })
      try {
        return await importVsphere(connection, {
          ...insideOf(site, wish, { passwords, onCall }),
          site: site.name,
          address: new URL(site.url).hostname.toLowerCase(),
          scope: scopeOf(wish),
          ...{ signal, onProgress },
        })
      } finally {
        await connection.close()
      }
    },
  }
}

async function siteOf(roots: Roots, name: string): Promise<VsphereSite> {
  const site = isSiteName(name) ? await loadSite(roots, name) : undefined
  if (site) return site
  throw failSite('site-unknown', { site: name, sites: (await readSites(roots)).map((one) => one.name) })
}

function scopeOf({ folder, cluster, machines }: ImportWish): Scope {
  return {
    ...(folder !== undefined && { folder }),
    ...(cluster !== undefined && { cluster }),
    ...(machines && { machines }),
  }
}

interface Nested {
  readonly passwords: ReturnType<typeof passwordsFrom>
  readonly onCall: (method: string) => void
}

/** Nobody is logged in anywhere without a person having named who. */
function insideOf(
  site: VsphereSite,
  wish: ImportWish,
  nested: Nested,
): { readonly openNested: OpenNested } | { readonly insideText: string } {
  const { nested: who, name } = site
  if (who) return { openNested: opener(site, who.user, { ...nested, trusts: wish.trustNested }) }
  return {
    insideText: `Its inside was not read: nobody is named who logs in to nested hosts (nestlab site set ${name} nested.user root).`,
  }
}

function opener(
  { name, reach = {} }: VsphereSite,
  user: string,
  { passwords, onCall, trusts }: Nested & { readonly trusts: boolean },
): OpenNested {
  return async ({ path, addresses }, signal): Promise<NestedDoor> => {
    const said = Object.hasOwn(reach, path) ? reach[path] : undefined
    const [address = said] = said === undefined ? addresses : [said]
    if (address === undefined) throw failSite('nested-address', { site: name, machine: path })
    const url = urlOf(address)
    const connection = await Connection.open({
      server: { url, ...(await trusted(url, path, { trusts, signal })) },
      credentials: { user, password: () => passwords(name, user, 'nested') },
      onCall,
      ...(signal && { signal }),
    })
    return { connection, isNamed: said !== undefined }
  }
}

function urlOf(address: string): URL {
  const url = new URL(/^https?:\/\//i.test(address) ? address : `https://${address}`)
  if (url.pathname === '/') url.pathname = '/sdk'
  return url
}

/** A nested host made its certificate itself: whoever wants its inside has to take what it shows. */
async function trusted(
  url: URL,
  path: string,
  { trusts, signal }: { readonly trusts: boolean; readonly signal: AbortSignal | undefined },
): Promise<{ readonly fingerprint?: string; readonly allowsOldTls?: boolean }> {
  if (url.protocol !== 'https:') return {}
  const { fingerprint, isVouched, isOldTls } = await shownCertificate(url, signal)
  if (isVouched) return {}
  if (!trusts) throw failSite('nested-certificate', { machine: path, server: url.host, fingerprint })
  return { fingerprint, allowsOldTls: isOldTls }
}
