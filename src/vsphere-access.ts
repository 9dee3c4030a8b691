/** Opens sites of vSphere that were added, with the passwords that they need. */
import type { Engine } from '#engine'
import { isSiteName } from '#lab'
import { loadSite, type VsphereSite } from '#store'
import { Connection } from './providers/vsphere/index.ts'
import { shownCertificate } from './providers/vsphere/soap/transport.ts'
import type { Place } from './services.ts'
import { type PasswordSources, passwordsFrom } from './site-passwords.ts'
import { openVsphereEngine, type VsphereAccess } from './vsphere-site.ts'
import { openSiteConnection } from './vsphere-sites.ts'

/** Undefined when nobody has added a site of that name. */
export async function openAddedSite(
  place: Place,
  name: string,
  sources: PasswordSources,
): Promise<Engine | undefined> {
  const site = isSiteName(name) ? await loadSite(place.roots, name) : undefined
  return site && openVsphereEngine(place, site, accessTo(site, sources))
}

export function accessTo(site: VsphereSite, sources: PasswordSources): VsphereAccess {
  const passwords = passwordsFrom(sources)
  return {
    site: (signal) => openSiteConnection(site, passwords, { signal }),
    nested: async (url, signal) => {
      const user = site.nested?.user ?? 'root'
      return await Connection.open({
        server: { url, ...(await trusted(url)) },
        credentials: { user, password: () => passwords(site.name, user, 'nested') },
        signal,
      })
    },
  }
}

/** A nested host made its certificate when it was installed, and nobody can vouch for it: the one it shows is kept to. */
async function trusted(url: URL): Promise<{ readonly fingerprint?: string }> {
  if (url.protocol !== 'https:') return {}
  const { fingerprint, isVouched } = await shownCertificate(url)
  return isVouched ? {} : { fingerprint }
}
