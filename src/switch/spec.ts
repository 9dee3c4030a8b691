/** What a virtual switch is asked to be. A lab's `LabSwitch` fits `SwitchSpec`; this room knows no labs. */

export type Verdict = 'accept' | 'reject'

export interface SecuritySpec {
  readonly promiscuous: Verdict
  readonly forgedTransmits: Verdict
  readonly macChanges: Verdict
}

/** Both ends belong to the range; 0 stands for untagged frames. */
export interface VlanSpan {
  readonly from: number
  readonly to: number
}

/** EST (none), VST (access) or VGT (trunk). */
export type VlanSpec =
  | { readonly mode: 'none' }
  | { readonly mode: 'access'; readonly id: number }
  | { readonly mode: 'trunk'; readonly ranges: readonly VlanSpan[] }

export interface PortGroupSpec {
  readonly name: string
  readonly vlan: VlanSpec
  readonly security: SecuritySpec
}

export type UplinkSpec = { readonly kind: 'nat' } | { readonly kind: 'nic'; readonly name: string }

export interface SwitchSpec {
  readonly name: string
  readonly kind: 'standard' | 'distributed'
  /** Longest payload of a frame in bytes, VLAN tag not counted. */
  readonly mtu: number
  readonly uplinks: readonly UplinkSpec[]
  readonly portgroups: readonly PortGroupSpec[]
}

/** A virtual NIC plugged into a port group. MACs are written with colons. */
export interface VnicPort {
  readonly kind: 'vnic'
  /** `kvm-1:nic0`, unique on the switch. */
  readonly id: string
  readonly portgroup: string
  /** The MAC the lab gave the NIC. */
  readonly initialMac: string
  /** The MAC the guest uses now; the initial one unless the guest changed it. */
  readonly effectiveMac: string
  /** Whether the guest has set its NIC promiscuous; `unknown` counts as yes. */
  readonly guestPromiscuous: boolean | 'unknown'
}

/** The way out of the switch; carries every VLAN, tagged. */
export interface UplinkPort {
  readonly kind: 'uplink'
  readonly id: string
}

export type SwitchPort = VnicPort | UplinkPort
