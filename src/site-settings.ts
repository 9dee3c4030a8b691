/** What can be set about a site after it was added, by names that a person types: `images.kvm-node`. */
import type { SiteRecord } from '#store'
import { failSite } from './errors.ts'

const plain = ['datacenter', 'cluster', 'datastore', 'folder', 'user', 'fingerprint'] as const
const maps = ['images', 'reach'] as const
const words = {
  proof: ['tools', 'power'],
  clusters: ['create', 'none'],
  emptyDisks: ['true', 'false'],
} as const

export const settableKeys = [
  ...plain,
  ...maps.map((key) => `${key}.NAME`),
  'nested.user',
  ...Object.keys(words),
]

/** The site with the value set; without a value what was set is forgotten. */
export function settingFor(site: SiteRecord, key: string, value: string | undefined): SiteRecord {
  const name = plain.find((one) => one === key)
  if (name) return changed(site, name, value)
  const [map, ...rest] = key.split('.')
  const inMap = maps.find((one) => one === map)
  if (inMap && rest.length > 0) {
    const entries = { ...site[inMap] }
    const entry = rest.join('.')
    if (value === undefined) delete entries[entry]
    else entries[entry] = value
    return changed(site, inMap, Object.keys(entries).length > 0 ? entries : undefined)
  }
  if (key === 'nested.user') return changed(site, 'nested', value === undefined ? undefined : { user: value })
  if (key === 'proof' || key === 'clusters' || key === 'emptyDisks') return ofWords(site, key, value)
  throw failSite('site-setting', { key, reason: `only ${settableKeys.join(', ')} can` })
}

function ofWords(site: SiteRecord, key: keyof typeof words, value: string | undefined): SiteRecord {
  const allowed: readonly string[] = words[key]
  if (value !== undefined && !allowed.includes(value)) {
    throw failSite('site-setting', { key, reason: `it is ${allowed.join(' or ')}` })
  }
  return changed(site, key, key === 'emptyDisks' && value !== undefined ? value === 'true' : value)
}

function changed(site: SiteRecord, key: keyof SiteRecord, value: unknown): SiteRecord {
  const { [key]: _, ...rest } = site
  // The caller has looked at the value; a record without the key is one too.
  return (value === undefined ? rest : { ...rest, [key]: value }) as SiteRecord
}
