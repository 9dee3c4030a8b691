/** The resolved lab: what a lab file means once every default, name, MAC and address has been decided. */

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

export type SwitchKind = 'standard' | 'distributed'

export interface PortGroup {
  readonly name: string
  readonly vlan: VlanPolicy
  readonly security: SecurityPolicy
}

/** `nat` reaches the outside through the host; `nic` is a NIC of the hypervisor that owns the switch. */
export type Uplink = { readonly kind: 'nat' } | { readonly kind: 'nic'; readonly name: string }

export interface LabSwitch {
  readonly name: string
  readonly kind: SwitchKind
  readonly mtu: number
  readonly uplinks: readonly Uplink[]
  readonly portgroups: readonly PortGroup[]
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

/** A physical host as the file describes it; nothing on it is touched or asked. */
export interface HostFacts {
  readonly name: string
  readonly product?: string | undefined
  readonly version?: string | undefined
  readonly cpu?: HostCpu | undefined
  readonly memoryMiB?: number
  readonly disksMiB: readonly number[]
  readonly nics: readonly { readonly model?: string | undefined; readonly mbits?: number | undefined }[]
  readonly note?: string | undefined
}

export interface HostCpu {
  readonly model?: string | undefined
  readonly generation?: string | undefined
  readonly cores?: number | undefined
  readonly threads?: number | undefined
}

/** Hypervisors that act as one. */
export interface Cluster {
  readonly name: string
  /** Paths of machines, and names of hosts of the site. */
  readonly members: readonly string[]
  readonly evc?: string
  readonly drs: boolean
  readonly ha: boolean
}

export interface ResolvedLab {
  readonly name: string
  /** Name of the site that L0 is: `local`, `sim`, … */
  readonly site: string
  readonly purpose?: string
  readonly top: Level
  /** Physical hosts, when the file describes level 0 by facts. */
  readonly hosts?: readonly HostFacts[]
  readonly clusters?: readonly Cluster[]
  /** Sections without an effect yet (`datastores`, `overlays`, `expect`, `class`), as the file has them. */
  readonly sections?: Readonly<Record<string, unknown>>
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
