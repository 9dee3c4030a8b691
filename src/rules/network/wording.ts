/** How findings about networks name machines, port groups and VLANs. */
import type { PortGroup, SecurityPolicy } from '#lab'
import type { PlacedSwitch } from '../scene.ts'

export const policies = ['promiscuous', 'forgedTransmits', 'macChanges'] as const

export const policyWords: Readonly<Record<keyof SecurityPolicy, string>> = {
  promiscuous: 'promiscuous mode',
  forgedTransmits: 'forged transmits',
  macChanges: 'MAC changes',
}

/** `a`, `a and b`, `a, b and 3 more`: a finding names the first ones only. */
export function listed(names: Iterable<string>): string {
  const all = [...new Set(names)]
  const [first = '', second, third] = all
  if (second === undefined) return first
  if (all.length === 2) return `${first} and ${second}`
  if (all.length === 3) return `${first}, ${second} and ${third}`
  return `${first}, ${second} and ${all.length - 2} more`
}

/** `vSwitch0`, `br0 inside kvm-1`. */
export function switchText({ labSwitch, owner }: PlacedSwitch): string {
  return owner ? `${labSwitch.name} inside ${owner.machine.path}` : labSwitch.name
}

/** `trunk on vSwitch0`, `trunk on br0 inside kvm-1`. */
export function groupText(group: PortGroup, on: PlacedSwitch): string {
  return `${group.name} on ${switchText(on)}`
}

/** `in VLAN 10`, `without a VLAN`. */
export function inVlan(vlan: number): string {
  return vlan === 0 ? 'without a VLAN' : `in VLAN ${vlan}`
}

/** `VLAN 10`, `VLANs 10, 20 and 3 more`, with `no VLAN` for 0. */
export function vlansText(vlans: Iterable<number>): string {
  const all = [...new Set(vlans)].sort((left, right) => left - right)
  const names = all.map((vlan) => (vlan === 0 ? 'no VLAN' : String(vlan)))
  if (all.length === 1) return all[0] === 0 ? 'no VLAN' : `VLAN ${names[0]}`
  return `VLANs ${listed(names)}`
}
