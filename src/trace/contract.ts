/** What is asked of a trace, and what it answers. */
import type { ResolvedLab, SwitchKind } from '#lab'
import type { DropReason, TagAction } from '#switch'
import type { OwnReason } from './own-reasons.ts'

/** What is sent. ICMP and TCP first ask for the MAC by ARP, as guests do. */
export type ProbeKind =
  | { readonly kind: 'icmp' }
  | { readonly kind: 'arp' }
  | { readonly kind: 'tcp'; readonly port: number }
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }

export interface Probe {
  /** Path of a machine; `kvm-1/web:nic1` means this NIC of it. */
  readonly from: string
  readonly to: string
  readonly what: ProbeKind
  /** Bytes behind the header of ICMP or TCP. Default: 56 for ICMP, as ping sends; none for TCP. */
  readonly payloadBytes?: number
}

/** What guests do that the lab file does not say. */
export interface Conditions {
  /** MACs that guests have given their NICs, by `kvm-1/web:nic0`. */
  readonly macs?: ReadonlyMap<string, string>
}

export interface PortAt {
  /** `kvm-1/web:nic0`, or the uplink's id. */
  readonly id: string
  /** Absent on uplinks. */
  readonly portgroup?: string
}

/** One switch that the frame passes on its way. */
export interface Hop {
  /** The hypervisor that the switch is in; empty for level 0. */
  readonly owner: string
  readonly level: number
  readonly switchName: string
  readonly in: PortAt
  /** Absent where the way ends. */
  readonly out?: PortAt
  /** VLAN inside the switch, 0 for none. */
  readonly vlan: number
  /** VLAN tags on the wire before and behind the switch; absent: none. */
  readonly tagIn?: number
  readonly tagOut?: number
  readonly tag?: TagAction
  /** Other ports that get a copy here. */
  readonly copies: number
  /** The first of them. */
  readonly seenBy: readonly string[]
  /** What lies behind `out`: a machine's own NIC, the switch inside or outside, a tunnel, or the world. */
  readonly leadsTo?: 'machine' | 'inside' | 'outside' | 'overlay' | 'out-of-lab'
  /** The frame travels inside the overlay of that name here. */
  readonly overlay?: string
}

export type LegName = 'arp request' | 'arp reply' | 'request' | 'reply' | 'frame'

export interface Leg {
  readonly name: LegName
  /** `kvm-1/web:nic0`. */
  readonly from: string
  readonly to: string
  readonly reached: boolean
  /** The way to the goal, or as near to it as the frame came. */
  readonly hops: readonly Hop[]
  /** Machines' NICs, beside the goal, that were handed the frame. */
  readonly copies: number
  /** How often a switch decided about it, and how many frames left ports. */
  readonly cost: { readonly decisions: number; readonly deliveries: number }
  /** Frames came back to where they had been, or there were more than would ever end. */
  readonly loop?: string
}

export type Reason = DropReason | OwnReason

/** Why a frame did not arrive. */
export interface Cause {
  readonly reason: Reason
  /** The hypervisor that the switch is in; empty for level 0. */
  readonly owner: string
  /** Empty where no switch is at fault. */
  readonly switchName: string
  /** Of the switch: it decides what applies where the file says nothing. Absent where no switch is at fault. */
  readonly kind?: SwitchKind
  /** The port whose setting is responsible. */
  readonly port: string
  readonly portgroup?: string
  readonly meaning: string
  /** The responsible setting with its value. */
  readonly setting: string
  readonly remedy: string
  /**
   * Where the lab says it: keys from the top, with machines by their own names. `LoadedLab.placeOf` finds what the
   * file has there (templates, `count`, inherited policies).
   */
  readonly at: readonly (string | number)[]
}

export interface Trace {
  readonly probe: Probe
  readonly reached: boolean
  /** In order, up to the one that failed. */
  readonly legs: readonly Leg[]
  readonly cause?: Cause
}

export type Tracer = (lab: ResolvedLab, probe: Probe, conditions?: Conditions) => Trace
