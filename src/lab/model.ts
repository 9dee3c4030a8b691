/** The resolved lab: what a lab file means once every default, name, MAC and address has been decided. */
import type {
  CloudFacts,
  Datastore,
  HostFacts,
  LabClass,
  LabUse,
  MachineTraits,
  Suppression,
} from './model-traits.ts'

export type Verdict = 'accept' | 'reject'

/** The three security policies of a port group, inherited from its switch where it says nothing. */
export interface SecurityPolicy {
  readonly promiscuous: Verdict
  readonly forgedTransmits: Verdict
  readonly macChanges: Verdict
}

/** What a port group does with VLAN tags: EST (none), VST (access) or VGT (trunk; 4095 is every VLAN). */
export type VlanPolicy =
  | { readonly mode: 'none' }
  | { readonly mode: 'access'; readonly id: number }
  | { readonly mode: 'trunk'; readonly ranges: readonly VlanRange[] }

/** Both ends belong to the range; 0 stands for untagged frames. */
export interface VlanRange {
  readonly from: number
  readonly to: number
}

/** `learning`: a classical switch that learns on every port (Nexus 1000V). `hyperv`: learns where MACs may be spoofed. */
export type SwitchKind = 'standard' | 'distributed' | 'learning' | 'hyperv'

/** How a port group learns which MACs are behind its ports: the switch itself, or the dvfilter fling. */
export type MacLearning =
  | {
      readonly by: 'switch'
      readonly limit: number
      readonly limitPolicy: 'allow' | 'drop'
      readonly flooding: boolean
      /** 0: nothing is forgotten. */
      readonly ageingS: number
    }
  | { readonly by: 'dvfilter'; readonly limit: number }

export interface PortGroup {
  readonly name: string
  readonly vlan: VlanPolicy
  readonly security: SecurityPolicy
  readonly macLearning?: MacLearning
  /** Only on a distributed switch; absent: `static`. */
  readonly binding?: 'static' | 'ephemeral'
  /** Names of hosts of the site that have it, where not all do. */
  readonly hosts?: readonly string[]
}

/** A port of this machine that leads to a machine of the lab. */
export interface PortForward {
  readonly protocol: 'tcp' | 'udp'
  /** Where it listens, on loopback unless the file names an address. */
  readonly hostIp: string
  readonly hostPort: number
  readonly guestIp: string
  readonly guestPort: number
}

/** User-mode NAT: guests reach out through this machine, and what `forwards` names reaches in. */
export interface NatUplink {
  readonly kind: 'nat'
  /** The VLAN it serves; absent: frames without VLAN. */
  readonly vlan?: VlanPolicy
  /** The network it serves and its own address there, which is the guests' gateway. */
  readonly gateway: Address
  readonly forwards: readonly PortForward[]
}

/** A NIC of the hypervisor that owns the switch; at level 0 one of this machine. */
export interface NicUplink {
  readonly kind: 'nic'
  readonly name: string
}

/** The same switch of another Nestlab on another machine, over an authenticated and encrypted connection. */
export interface TunnelUplink {
  readonly kind: 'tunnel'
  /** Both ends use the same name; it also names the key. */
  readonly name: string
  /** One end listens, the other one dials. */
  readonly listen?: { readonly ip: string; readonly port: number }
  readonly dial?: { readonly host: string; readonly port: number }
}

/** An end of a VXLAN between hypervisors. */
export interface OverlayUplink {
  readonly kind: 'overlay'
  readonly name: string
  readonly vni: number
  /** The VLAN of the port groups it carries; it leaves the hypervisor by no other uplink. */
  readonly vlan: VlanPolicy
  /** Where the hypervisor sends encapsulated frames from. */
  readonly local: TunnelEnd
  /** Frames to all, and to MACs not known to be behind one of them, go to each. */
  readonly peers: readonly TunnelEnd[]
  readonly udpPort: number
  /** Whether it learns from arriving frames which peer a MAC is behind; otherwise every frame goes to all peers. */
  readonly learning: boolean
}

export interface TunnelEnd {
  /** Path of the hypervisor. */
  readonly machine: string
  readonly nic: string
  readonly ip: string
}

export type Uplink = NatUplink | NicUplink | TunnelUplink | OverlayUplink

export interface LabSwitch {
  readonly name: string
  readonly kind: SwitchKind
  readonly mtu: number
  readonly uplinks: readonly Uplink[]
  readonly portgroups: readonly PortGroup[]
  /** How far promiscuous ports see; absent: `vlan`. */
  readonly promiscuousScope?: 'vlan' | 'portgroup'
  /** Whose flooding setting decides about frames to unknown MACs; absent: `receiver`. */
  readonly floodingGate?: 'receiver' | 'both'
  /** Whether promiscuous ports take frames from their own uplink only; absent: they do not. */
  readonly reversePathCheck?: boolean
  /** Of a distributed switch. */
  readonly version?: string
  /** Machines that are not of this lab use it too. */
  readonly shared?: boolean
  /** It is there already, under this very name, and only gets port groups. */
  readonly existing?: boolean
  /** Names of hosts of the site that have it, where not all do. */
  readonly hosts?: readonly string[]
}

/** An IPv4 address with the length of its network's prefix, as in 10.0.10.7/24. */
export interface Address {
  readonly ip: string
  readonly prefixLength: number
}

export interface Nic {
  /** `nic0`, `nic1`, … in the order of the lab file; also the link's name inside Linux guests we build. */
  readonly name: string
  readonly switchName: string
  readonly portgroup: string
  /** Lower case with colons. */
  readonly mac: string
  readonly address?: Address
}

/**
 * Where a machine's disk or kernel comes from. File paths are absolute; `sha256` is lower-case hex. `root` is the
 * folder of the lab file: what `file` really leads to, symbolic links followed, must lie in it.
 */
export type ImageReference =
  | { readonly from: 'catalogue'; readonly name: string }
  | { readonly from: 'file'; readonly file: string; readonly root: string; readonly sha256: string }
  | { readonly from: 'url'; readonly url: string; readonly sha256: string }

export interface Hypervisor {
  readonly product: string
  readonly version?: string
  readonly inside: Level
}

export interface Machine {
  /** Unique in the lab: `kvm-1/web`. */
  readonly path: string
  /** Unique in its level: `web`. Also the guest's host name. */
  readonly name: string
  /** 1 = runs directly on L0, 2 = inside a level-1 hypervisor, and so on. */
  readonly level: number
  readonly uuid: string
  readonly image: ImageReference
  readonly cpus: number
  readonly memoryMiB: number
  readonly nics: readonly Nic[]
  readonly hypervisor?: Hypervisor
  /** What the file declares about it for those who judge the lab; absent: nothing. */
  readonly traits?: MachineTraits
}

/** Switches and the machines plugged into them; `owner` is the hypervisor's path, empty for L0. */
export interface Level {
  readonly owner: string
  readonly switches: readonly LabSwitch[]
  readonly machines: readonly Machine[]
}

/** A key that the file uses and that this version understands but cannot put into effect. */
export interface PendingKey {
  /** Where in the file, as `machines.kvm.disks`. */
  readonly at: string
  readonly text: string
  /** Paths of the machines it is about; absent = the whole lab. Without these machines `up` may go on. */
  readonly machines?: readonly string[]
}

/** What a class makes of an expectation. */
interface Graded {
  /** What students are asked to do. */
  readonly exercise?: string
  /** Absent: 1. */
  readonly points?: number
}

/** One assertion on the lab. `from`, `to`, `on` are paths of machines. */
export type Expectation = Graded &
  (
    | { readonly kind: 'reach' | 'isolated'; readonly from: string; readonly to: string }
    | {
        readonly kind: 'http'
        readonly from: string
        readonly to: string
        readonly port: number
        readonly status: number
      }
    | {
        readonly kind: 'exec'
        readonly on: string
        readonly command: readonly string[]
        readonly exitCode: number
      }
  )

/** A network between hypervisors, tunnelled through the one below; its ends are the uplinks of kind `overlay`. */
export interface Overlay {
  readonly name: string
  readonly kind: 'vxlan'
  readonly vni: number
  /** Paths of all members, also of those whose product cannot be set up. */
  readonly between: readonly string[]
  /** Name of the port group inside each member; its VLAN may differ from member to member. */
  readonly portgroup: string
  /** Largest packet inside the tunnel in bytes, without its Ethernet header. */
  readonly mtu: number
  /** NIC or port group of the members that the tunnel goes through, where the file has to say. */
  readonly over?: string
  readonly udpPort: number
  readonly learning: boolean
  readonly ends: readonly TunnelEnd[]
}

/** Hypervisors that act as one. */
export interface Cluster {
  readonly name: string
  /** Paths of machines, and names of hosts of the site. */
  readonly members: readonly string[]
  readonly evc?: string
  readonly drs: boolean
  readonly ha: boolean
  readonly vsan: boolean
  /** Path of the witness of a vSAN with two data sites. */
  readonly witness?: string
}

export interface ResolvedLab {
  readonly name: string
  /** Name of the site that L0 is: `local`, `sim`, … */
  readonly site: string
  readonly purpose?: string
  readonly use?: LabUse
  /** Whether snapshots are planned, and of what. */
  readonly snapshots?: 'running' | 'stopped'
  readonly top: Level
  /** Physical hosts, when the file describes level 0 by facts. */
  readonly hosts?: readonly HostFacts[]
  /** The instance in a cloud that level 0 is, when the file describes it by facts. */
  readonly cloud?: CloudFacts
  readonly clusters?: readonly Cluster[]
  readonly overlays?: readonly Overlay[]
  /** What must be true of the lab once it is up, in file order. */
  readonly expect?: readonly Expectation[]
  readonly datastores?: readonly Datastore[]
  readonly class?: LabClass
  /** Findings of the rules that are accepted. */
  readonly suppress?: readonly Suppression[]
  /** Keys that `up` must refuse, never ignore. */
  readonly pending: readonly PendingKey[]
}

/** Every machine of a level and of the levels inside, outermost first, in file order. */
export function* machinesOf(level: Level): Generator<Machine> {
  for (const machine of level.machines) {
    yield machine
    if (machine.hypervisor) yield* machinesOf(machine.hypervisor.inside)
  }
}
