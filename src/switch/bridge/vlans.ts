/** Which VLANs a bridge port carries, and the commands that bring it there without losing what it carries already. */
import type { VlanSpan, VlanSpec } from '../spec.ts'

/**
 * A Linux bridge with VLAN filtering has no "no VLAN": untagged frames outside every VLAN travel inside the bridge
 * in this one, which the lab can then not use itself.
 */
export const insideVlan = 4094
const lowest = 1

export interface BridgeVlans {
  readonly tagged: readonly VlanSpan[]
  /** VLAN of untagged frames. */
  readonly native: number | undefined
}

export function bridgeVlans(vlan: VlanSpec): BridgeVlans {
  if (vlan.mode === 'none') return { tagged: [], native: insideVlan }
  if (vlan.mode === 'access') return { tagged: [], native: vlan.id }
  const tagged = vlan.ranges
    .map(({ from, to }) => ({ from: Math.max(from, lowest), to: Math.min(to, insideVlan - 1) }))
    .filter(({ from, to }) => from <= to)
  const takesUntagged = vlan.ranges.some(({ from }) => from === 0)
  return { tagged: merged(tagged), native: takesUntagged ? insideVlan : undefined }
}

/**
 * An uplink carries what any port group does, but for VLANs that others have to themselves: the kernel takes memory and
 * time for each VLAN of a port.
 */
export function uplinkVlans(vlans: readonly VlanSpec[], taken: readonly VlanSpec[] = []): BridgeVlans {
  const carried = spansOf(vlans)
  const own = spansOf(taken)
  return {
    tagged: own.tagged.reduce((rest, span) => rest.flatMap((each) => without(each, span)), carried.tagged),
    native: own.native ? undefined : carried.native,
  }
}

function spansOf(vlans: readonly VlanSpec[]): BridgeVlans {
  const all = vlans.map(bridgeVlans)
  const tagged = all.flatMap(({ tagged, native }) =>
    native === undefined || native === insideVlan ? tagged : [...tagged, { from: native, to: native }],
  )
  const native = all.some((one) => one.native === insideVlan) ? insideVlan : undefined
  return { tagged: merged(tagged), native }
}

function without(span: VlanSpan, taken: VlanSpan): VlanSpan[] {
  const below = { from: span.from, to: Math.min(span.to, taken.from - 1) }
  const above = { from: Math.max(span.from, taken.to + 1), to: span.to }
  return [below, above].filter(({ from, to }) => from <= to)
}

/** Lines for `bridge -batch`. First what is wanted is added, then all else removed: what both states carry is carried all the time. */
export function vlanCommands(device: string, { tagged, native }: BridgeVlans): string[] {
  const nativeSpan = native === undefined ? [] : [{ from: native, to: native }]
  return [
    ...tagged.map((span) => `vlan add dev ${device} vid ${spanText(span)}`),
    ...nativeSpan.map((span) => `vlan add dev ${device} vid ${spanText(span)} pvid untagged`),
    ...gaps(merged([...tagged, ...nativeSpan])).map((span) => `vlan del dev ${device} vid ${spanText(span)}`),
  ]
}

function spanText({ from, to }: VlanSpan): string {
  return from === to ? `${from}` : `${from}-${to}`
}

/** In order and without overlaps. */
function merged(spans: readonly VlanSpan[]): VlanSpan[] {
  const result: VlanSpan[] = []
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1)
    if (last && span.from <= last.to + 1)
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, span.to) }
    else result.push(span)
  }
  return result
}

/** What lies between and around merged spans. */
function gaps(spans: readonly VlanSpan[]): VlanSpan[] {
  const ends = [lowest - 1, ...spans.map(({ to }) => to)]
  const starts = [...spans.map(({ from }) => from), insideVlan + 1]
  return ends
    .map((end, i) => ({ from: end + 1, to: (starts[i] ?? 0) - 1 }))
    .filter(({ from, to }) => from <= to)
}
