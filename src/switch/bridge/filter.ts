/**
 * The nftables rules of a bridge. The bridge learns nothing and floods every frame within its VLAN; each port then
 * lets out only what a standard switch would have sent there. That is exact, where a static forwarding table with
 * mirroring would make duplicates. One difference stays: a frame for a NIC of this switch that is in another VLAN does
 * not leave by the uplink.
 */
import type { PortGroupSpec } from '../spec.ts'

/** Every statement can be repeated: adding what exists changes nothing. */
export function tableRules(
  table: string,
  uplinks: { active?: string; standby: readonly string[]; overlays: readonly string[] },
): string[] {
  const t = `bridge ${table}`
  return [
    `add table ${t}`,
    `add set ${t} addresses { type ether_addr; }`,
    `add map ${t} arriving { type ifname : verdict; }`,
    `add map ${t} leaving { type ifname : verdict; }`,
    `add chain ${t} ingress { type filter hook prerouting priority -200; }`,
    `add chain ${t} egress { type filter hook forward priority 0; }`,
    `add chain ${t} uplink`,
    `flush chain ${t} ingress`,
    `flush chain ${t} egress`,
    `flush chain ${t} uplink`,
    // What is addressed to a port of this switch never leaves it.
    `add rule ${t} uplink ether daddr @addresses drop`,
    ...[...(uplinks.active ? [uplinks.active] : []), ...uplinks.overlays].map(
      (device) => `add rule ${t} egress oifname "${device}" jump uplink`,
    ),
    ...uplinks.standby.flatMap((device) => [
      `add rule ${t} ingress iifname "${device}" drop`,
      `add rule ${t} egress oifname "${device}" drop`,
    ]),
    `add rule ${t} ingress iifname vmap @arriving`,
    `add rule ${t} egress oifname vmap @leaving`,
  ]
}

export interface FilteredPort {
  readonly device: string
  readonly mac: string
}

export function portRules(table: string, { device, mac }: FilteredPort, group: PortGroupSpec): string[] {
  const t = `bridge ${table}`
  const { arriving, leaving, counter } = namesOf(device)
  const { security, vlan } = group
  const counted = (reason: string) => `counter name "${counter(reason)}" drop`
  return [
    ...countedReasons.map((reason) => `add counter ${t} ${counter(reason)}`),
    `add chain ${t} ${arriving}`,
    `add chain ${t} ${leaving}`,
    `flush chain ${t} ${arriving}`,
    `flush chain ${t} ${leaving}`,
    // A bridge would accept a tag of the port's own VLAN.
    ...(vlan.mode === 'trunk'
      ? []
      : [`add rule ${t} ${arriving} ether type 8021q vlan id != 0 ${counted('VLAN_TAGGED_ON_ACCESS')}`]),
    ...(security.forgedTransmits === 'reject'
      ? [`add rule ${t} ${arriving} ether saddr != ${mac} ${counted('FORGED_TRANSMIT')}`]
      : []),
    // As on a standard switch, nobody is shown what a NIC sends to itself.
    `add rule ${t} ${arriving} ether daddr ${mac} drop`,
    `add rule ${t} ${leaving} ether daddr ${mac} accept`,
    `add rule ${t} ${leaving} ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 accept`,
    // Whether the guest has set its NIC promiscuous is not known here and counts as yes.
    ...(security.promiscuous === 'accept' ? [] : [`add rule ${t} ${leaving} drop`]),
    `add element ${t} addresses { ${mac} }`,
    `add element ${t} arriving { "${device}" : jump ${arriving} }`,
    `add element ${t} leaving { "${device}" : jump ${leaving} }`,
  ]
}

/** Each thing is added before it is deleted, so that nothing there is fine. */
export function withoutPortRules(table: string, { device, mac }: FilteredPort): string[] {
  const t = `bridge ${table}`
  const { arriving, leaving, counter } = namesOf(device)
  const chains = [arriving, leaving]
  return [
    `add table ${t}`,
    `add set ${t} addresses { type ether_addr; }`,
    `add map ${t} arriving { type ifname : verdict; }`,
    `add map ${t} leaving { type ifname : verdict; }`,
    ...chains.map((chain) => `add chain ${t} ${chain}`),
    `add element ${t} addresses { ${mac} }`,
    `add element ${t} arriving { "${device}" : jump ${arriving} }`,
    `add element ${t} leaving { "${device}" : jump ${leaving} }`,
    `delete element ${t} addresses { ${mac} }`,
    `delete element ${t} arriving { "${device}" }`,
    `delete element ${t} leaving { "${device}" }`,
    ...chains.flatMap((chain) => [`flush chain ${t} ${chain}`, `delete chain ${t} ${chain}`]),
    ...countedReasons.flatMap((reason) => [
      `add counter ${t} ${counter(reason)}`,
      `delete counter ${t} ${counter(reason)}`,
    ]),
  ]
}

/** The drops that a bridge can count, by the codes of the live switch. */
const countedReasons = ['VLAN_TAGGED_ON_ACCESS', 'FORGED_TRANSMIT']

/** Prefixed, since a link may be called like a word of nftables. */
function namesOf(device: string) {
  return {
    arriving: `from_${device}`,
    leaving: `to_${device}`,
    counter: (reason: string) => `drop_${device}_${reason}`,
  }
}
