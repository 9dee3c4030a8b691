/** What a virtual switch is asked to be. A lab's `LabSwitch` fits `SwitchSpec`; this room knows no labs. */

export type Verdict = 'accept' | 'reject'

/**
 * `standard` and `distributed` as vSphere means them; `learning` is a classical switch that learns on every port
 * (Nexus 1000V, VEPA-less bridges); `hyperv` learns only where MAC spoofing is on.
 */
export type SwitchKind = 'standard' | 'distributed' | 'learning' | 'hyperv'

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

/**
 * `switch`: the switch learns which MACs are behind a port, as `macManagementPolicy` of a distributed switch does.
 * `dvfilter`: the "ESXi MAC learn dvfilter" fling, which only thins out what promiscuous mode shows to a NIC; it
 * forgets nothing and lets everything pass once it is full.
 */
export type MacLearningSpec =
  | {
      readonly by: 'switch'
      /** Most MACs behind one port. */
      readonly limit: number
      /** What happens to a frame of one MAC more: `drop` it, or `allow` it without learning. */
      readonly limitPolicy: 'allow' | 'drop'
      /** Whether the port gets unicast frames whose MAC nobody is known to have. */
      readonly flooding: boolean
      /** Seconds after the last frame until a MAC is forgotten; 0 never. */
      readonly ageingS: number
    }
  | { readonly by: 'dvfilter'; readonly limit: number }

export interface PortGroupSpec {
  readonly name: string
  readonly vlan: VlanSpec
  readonly security: SecuritySpec
  readonly macLearning?: MacLearningSpec
}

/** What lies behind an uplink is others' business; an uplink that names a VLAN carries that one, untagged. */
export type UplinkSpec =
  /** Frames without VLAN when it names none. */
  | { readonly kind: 'nat'; readonly vlan?: VlanSpec }
  | { readonly kind: 'nic'; readonly name: string }
  | { readonly kind: 'tunnel'; readonly name: string }
  | { readonly kind: 'overlay'; readonly name: string; readonly vlan: VlanSpec }

export interface SwitchSpec {
  readonly name: string
  readonly kind: SwitchKind
  /** Longest payload of a frame in bytes, VLAN tag not counted. */
  readonly mtu: number
  readonly uplinks: readonly UplinkSpec[]
  readonly portgroups: readonly PortGroupSpec[]
  /** How far promiscuous ports see: their VLANs on the whole switch (default), or their own port group. */
  readonly promiscuousScope?: 'vlan' | 'portgroup'
  /** Whose `flooding` decides about frames to unknown MACs: the receiver's (default), or the sender's as well. */
  readonly floodingGate?: 'receiver' | 'both'
  /** `Net.ReversePathFwdCheckPromisc`: promiscuous ports too get frames from their own uplink only. Default false. */
  readonly reversePathCheck?: boolean
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
  /** The group MACs the guest listens to. Absent: not known, which counts as `all`. */
  readonly multicast?: readonly string[] | 'all'
}

/** A way out of the switch. */
export interface UplinkPort {
  readonly kind: 'uplink'
  readonly id: string
  /** Absent: every VLAN, tagged, but for those that an uplink with a VLAN of its own has taken. */
  readonly vlan?: VlanSpec
}

export type SwitchPort = VnicPort | UplinkPort

/** A switch may have a NAT for each of its VLANs. */
function natId(vlan: VlanSpec | undefined): string {
  return vlan?.mode === 'access' ? `nat:${vlan.id}` : 'nat'
}

/** The port that an uplink is on its switch. */
export function uplinkPortOf(uplink: UplinkSpec): UplinkPort {
  if (uplink.kind === 'nic') return { kind: 'uplink', id: uplink.name }
  const id = uplink.kind === 'nat' ? natId(uplink.vlan) : `${uplink.kind}:${uplink.name}`
  if (uplink.kind === 'tunnel') return { kind: 'uplink', id }
  return { kind: 'uplink', id, vlan: uplink.vlan ?? { mode: 'none' } }
}
