/** Reads the sets of learned MACs out of what `nft -j list sets bridge` says. */
import { vlanInMark } from './mark.ts'

export interface SetMac {
  readonly mac: string
  /** The bridge port it was learned at. */
  readonly device: string
  readonly kind: 'learned' | 'filter'
  readonly vlan?: number
  /** Seconds since a frame came from it, where it ages. */
  readonly ageS?: number
}

/** By the name of the bridge. Throws a SyntaxError when the text is no JSON. */
export function readLearnedSets(json: string): ReadonlyMap<string, readonly SetMac[]> {
  const { nftables = [] } = JSON.parse(json) as { nftables?: readonly unknown[] }
  const found = new Map<string, SetMac[]>()
  for (const one of nftables) {
    const { table, name, elem } = record(record(one).set)
    const [, prefix, device] = /^(learned|filter)_\d+_(.+)$/.exec(String(name)) ?? []
    if (!device || typeof table !== 'string' || !Array.isArray(elem)) continue
    const kind = prefix === 'filter' ? 'filter' : 'learned'
    const macs = elem.flatMap((element) => macOf(element, { device, kind }))
    found.set(table, [...(found.get(table) ?? []), ...macs])
  }
  return found
}

/** Elements that age are wrapped in their times. */
function macOf(element: unknown, of: Pick<SetMac, 'device' | 'kind'>): SetMac[] {
  const { val, timeout, expires } = record(record(element).elem)
  const value = val ?? element
  if (typeof value === 'string') return [{ mac: value, ...of }]
  const { concat } = record(value)
  if (!Array.isArray(concat)) return []
  const [mac, mark]: unknown[] = concat
  if (typeof mac !== 'string' || typeof mark !== 'number') return []
  const ages = typeof timeout === 'number' && typeof expires === 'number'
  return [{ mac, ...of, vlan: vlanInMark(mark), ...(ages && { ageS: Math.max(0, timeout - expires) }) }]
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
