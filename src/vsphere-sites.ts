/** Sites of vSphere: added after a look at their certificate, tested, listed, and opened for labs and imports. */
import { resolve } from 'node:path'
import type { NewSite, SiteCommands, SiteReport } from '#cli'
import { isSiteName } from '#lab'
import {
  listLabs,
  loadLabRecord,
  loadSite,
  type Roots,
  readSites,
  removeSite,
  type SiteRecord,
  saveSite,
} from '#store'
import { failSite } from './errors.ts'
import { hardeningOf } from './providers/vsphere/probe/hardening.ts'
import { survey } from './providers/vsphere/probe/survey.ts'
import { Connection } from './providers/vsphere/soap/connection.ts'
import { shownCertificate } from './providers/vsphere/soap/transport.ts'
import { forgetInKeyring, keepInKeyring, type PasswordSources, passwordsFrom } from './site-passwords.ts'
import { settingFor } from './site-settings.ts'

const taken: readonly string[] = ['local', 'sim']

export interface SitesOptions extends PasswordSources {
  readonly roots: Roots
}

/** How a site is reached, with its password asked for when it is needed. Close the connection when done. */
export async function openSiteConnection(
  site: SiteRecord,
  passwords: ReturnType<typeof passwordsFrom>,
  options: Pick<Parameters<typeof Connection.open>[0], 'signal' | 'onCall'> = {},
): Promise<Connection> {
  const { name, url, user, fingerprint, allowsOldTls } = site
  return await Connection.open({
    ...options,
    server: {
      url: new URL(url),
      ...(fingerprint !== undefined && { fingerprint }),
      ...(allowsOldTls && { allowsOldTls }),
    },
    credentials: { user, password: () => passwords(name, user) },
  })
}

export function openSites(options: SitesOptions): SiteCommands {
  const { roots } = options
  const passwords = passwordsFrom(options)
  const found = async (name: string): Promise<SiteRecord> => {
    const site = isSiteName(name) ? await loadSite(roots, name) : undefined
    if (site) return site
    throw failSite('site-unknown', { site: name, sites: (await readSites(roots)).map((one) => one.name) })
  }
  const looked = async (site: SiteRecord, signal: AbortSignal): Promise<SiteReport> => {
    const connection = await openSiteConnection(site, passwords, { signal })
    try {
      const seen = await survey(connection, { signal })
      return { site, survey: seen, hardening: hardeningOf(seen) }
    } finally {
      await connection.close()
    }
  }
  return {
    list: () => readSites(roots),
    certificate: async (wanted) => await shownCertificate(new URL((await newSite(roots, wanted)).url)),
    test: async (name, signal) => await looked(await found(name), signal),
    add: async (wanted, signal) => {
      const site = await withItsTls(await newSite(roots, wanted))
      const report = await looked(site, signal)
      if (wanted.remember) await keepInKeyring(site.name, 'site', await passwords(site.name, site.user))
      await saveSite(roots, site)
      return report
    },
    set: async (name, key, value) => {
      const site = await found(name)
      await saveSite(roots, settingFor(site, key, value && wholePath(key, value)))
    },
    remove: async (name) => {
      await found(name)
      await refuseInUse(roots, name)
      await forgetInKeyring(name)
      return await removeSite(roots, name)
    },
  }
}

/** Of a package on this machine, however it was written. */
function wholePath(key: string, value: string): string {
  return key.startsWith('images.') && /\.(?:ova|ovf)$/i.test(value) ? resolve(value) : value
}

async function newSite(roots: Roots, wanted: NewSite): Promise<SiteRecord> {
  const { name, user, fingerprint, again } = wanted
  if (!isSiteName(name) || taken.includes(name)) throw failSite('site-name', { site: name })
  const url = urlOf(wanted.url).href
  const before = again ? undefined : await loadSite(roots, name)
  if (before) throw failSite('site-there', { site: name, url: before.url })
  return { name, kind: 'vsphere', url, user, ...(fingerprint !== undefined && { fingerprint }) }
}

/** A certificate that was accepted by its fingerprint may belong to a server that is too old for today's TLS. */
async function withItsTls(site: SiteRecord): Promise<SiteRecord> {
  if (site.fingerprint === undefined) return site
  const { isOldTls } = await shownCertificate(new URL(site.url))
  return isOldTls ? { ...site, allowsOldTls: true } : site
}

/** `vcenter.lab` and `https://vcenter.lab` are the SDK's address there. */
function urlOf(text: string): URL {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`
  let url: URL
  try {
    url = new URL(withScheme)
  } catch (error) {
    throw failSite('site-address', { url: text, reason: 'it cannot be read' }, error)
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw failSite('site-address', { url: text, reason: 'it is not https' })
  }
  if (url.username !== '' || url.password !== '') {
    const safe = new URL(url)
    safe.username = ''
    safe.password = ''
    throw failSite('site-address', { url: safe.href, reason: 'user and password do not belong into it' })
  }
  if (url.pathname === '/') url.pathname = '/sdk'
  return url
}

async function refuseInUse(roots: Roots, site: string): Promise<void> {
  const records = await Promise.all(
    (await listLabs(roots)).map((lab) => loadLabRecord(roots, lab).catch(() => undefined)),
  )
  const labs = records.flatMap((record) => (record?.lab.site === site ? [record.lab.name] : []))
  if (labs.length > 0) throw failSite('site-in-use', { site, labs })
}
