/** Which VLANs a switch has to tell apart, and how a rule asks for them. */
import type { VlanSpan } from '../spec.ts'
import { type CompiledPort, highestVlan } from '../state.ts'
import { vlanBits, vlanMark } from './mark.ts'

/** VLANs with the same members. */
export interface VlanClass {
  readonly spans: readonly VlanSpan[]
  /** Any one of them. */
  readonly sample: number
}

/** Those that some port carries; in order of their lowest VLAN. */
export function vlanClasses(ports: readonly CompiledPort[]): VlanClass[] {
  const found = new Map<string, VlanSpan[]>()
  for (let vlan = 0; vlan <= highestVlan; vlan++) {
    const members = ports.map(({ carries }) => carries[vlan]).join('')
    if (!members.includes('1')) continue
    const spans = found.get(members) ?? []
    found.set(members, spans)
    const last = spans.at(-1)
    if (last?.to === vlan - 1) spans[spans.length - 1] = { from: last.from, to: vlan }
    else spans.push({ from: vlan, to: vlan })
  }
  return [...found.values()].map((spans) => ({ spans, sample: spans[0]?.from ?? 0 }))
}

/**
 * Conditions under which a frame that came in by `from` is in one of `classes`; any of them suffices. One without
 * words is always true.
 */
export function inClasses(
  from: CompiledPort,
  classes: readonly VlanClass[],
  all: readonly VlanClass[],
): string[] {
  const possible = all.filter(({ sample }) => from.carries[sample] === 1)
  const wanted = possible.filter((one) => classes.includes(one))
  if (wanted.length === possible.length) return wanted.length === 0 ? [] : ['']
  const spans = wanted.flatMap((one) => one.spans)
  const tagged = spans.filter(({ to }) => to > 0).map(({ from: low, to }) => spanText(Math.max(low, 1), to))
  const conditions = tagged.length > 0 ? [`vlan id { ${tagged.join(', ')} } `] : []
  // Untagged, or with a tag that only has a priority.
  if (spans.some(({ from: low }) => low === 0)) conditions.push(`meta mark & ${vlanBits} == ${vlanMark(0)} `)
  return conditions
}

export function spanText(from: number, to: number): string {
  return from === to ? `${from}` : `${from}-${to}`
}
