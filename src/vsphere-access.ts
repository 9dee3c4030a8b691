/** Opens sites of vSphere that were added, with the passwords that they need. */
import { once } from 'node:events'
import { connect } from 'node:tls'
import type { Engine } from '#engine'
import { isSiteName } from '#lab'
import { loadSite, type VsphereSite } from '#store'
import { Connection } from './providers/vsphere/index.ts'
import type { Place } from './services.ts'
import { type PasswordSources, passwordsFrom } from './site-passwords.ts'
import { heldTo, type Pin } from './vsphere-pins.ts'
import { openVsphereEngine, type VsphereAccess } from './vsphere-site.ts'
import { openSiteConnection } from './vsphere-sites.ts'

const thumbprintLimitMs = 15_000

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
    nestedPassword: () => passwords(site.name, site.nested?.user ?? 'root', 'nested'),
    thumbprint,
    nested: async (url, signal, pin) => {
      const user = site.nested?.user ?? 'root'
      return await Connection.open({
        server: { url, ...(await heldTo(url, pin, signal)) },
        credentials: { user, password: () => passwords(site.name, user, 'nested') },
        signal,
      })
    },
  }
}

/** What vCenter compares when a host joins: SHA-1, as it has always been there. */
async function thumbprint(url: URL, pin: Pin): Promise<string | undefined> {
  if (url.protocol !== 'https:') return undefined
  const { fingerprint } = await heldTo(url, pin)
  const socket = connect({ host: url.hostname, port: Number(url.port || 443), rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(thumbprintLimitMs) })
    const { fingerprint: sha1, fingerprint256: sha256 } = socket.getPeerCertificate()
    return fingerprint === undefined || fingerprint === sha256 ? sha1 : undefined
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}
