/** What a lab file declares about machines, hosts and clouds for those who judge it: nothing here is started. */

export const machineRoles = [
  'vcenter',
  'nas',
  'vsan-witness',
  'nsx-manager',
  'nsx-edge',
  'contrail-controller',
  'directory',
  'dns',
  'router',
  'firewall',
  'monitor',
  'template',
] as const

/** What a machine is there for, where sizes and dependencies follow from it. */
export type MachineRole = (typeof machineRoles)[number]

/** What a lab is used for; some uses are not what nesting is good for. */
export const labUses = [
  'lab',
  'class',
  'demo',
  'upgrade-rehearsal',
  'malware',
  'benchmark',
  'production',
] as const
export type LabUse = (typeof labUses)[number]

/** Virtual hardware as vSphere, Hyper-V or QEMU name it. Absent: what the product's maker chooses. */
export interface Hardware {
  /** Hardware version of vSphere: 9 to 22. */
  readonly version?: number | undefined
  /** Configuration version of Hyper-V: `9.3`. */
  readonly configVersion?: string | undefined
  readonly guestId?: string | undefined
  /** Whether VT-x or AMD-V is shown to the machine. */
  readonly exposeVirtualization?: boolean | undefined
  /** CPU/MMU virtualization mode. */
  readonly execution?: 'hardware' | 'automatic' | 'software' | undefined
  /** CPU model of QEMU: `host`, `Westmere`, `qemu64`. */
  readonly cpuModel?: string | undefined
  readonly coresPerSocket?: number | undefined
  readonly firmware?: 'bios' | 'efi' | undefined
  /** Virtualization-based security of Windows. */
  readonly vbs?: boolean | undefined
  /** PCI devices of the host that the machine has for itself. */
  readonly passthrough?: readonly string[] | undefined
  /** Memory that Hyper-V may change while the machine runs. */
  readonly dynamicMemory?: boolean | undefined
  /** Processor compatibility mode of Hyper-V. */
  readonly processorCompatibility?: boolean | undefined
  /** What Hyper-V does with the machine when its host stops. */
  readonly automaticStop?: 'shutdown' | 'save' | 'turn-off' | undefined
  readonly bits?: 32 | 64 | undefined
  /** Further settings by their own names, as in a .vmx file. */
  readonly settings?: Readonly<Record<string, string>> | undefined
}

export const diskKinds = ['sata', 'sas', 'ssd', 'nvme'] as const
export type DiskKind = (typeof diskKinds)[number]

export interface DeclaredDisk {
  readonly sizeMiB: number
  readonly datastore?: string | undefined
  readonly kind?: DiskKind | undefined
  readonly thin?: boolean | undefined
  /** Of vSAN; absent: for data. */
  readonly use?: 'cache' | 'capacity' | undefined
}

export const nicModels = ['vmxnet3', 'vmxnet2', 'e1000', 'e1000e', 'virtio', 'pcnet32', 'sriov'] as const
export type NicModel = (typeof nicModels)[number]

/** A machine made as the copy of another one. */
export interface CloneOf {
  /** Path of the machine that was copied, or on vSphere the name of a prepared one that is no part of the lab. */
  readonly of: string
  /** Its disks hold only what differs from a snapshot of that machine. */
  readonly linked?: boolean | undefined
  /** Absent: the one that is current. */
  readonly snapshot?: string | undefined
  /** The VMkernel follows the MAC of the virtual NIC. */
  readonly followsMac: boolean
  /** The system UUID was removed before copying. */
  readonly newUuid: boolean
  /** VMFS datastores of the copy get a signature of their own. */
  readonly resignature: boolean
}

export const weekDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** At least one of `on` and `off`; all in UTC. */
export interface PowerSchedule {
  /** `07:30` */
  readonly on?: string | undefined
  readonly off?: string | undefined
  /** Absent: every day. */
  readonly days?: readonly (typeof weekDays)[number][] | undefined
}

export interface Licence {
  readonly kind: 'purchased' | 'evaluation' | 'free' | 'subscription'
  /** First day of an evaluation, as `2026-11-28`. */
  readonly since?: string | undefined
}

/** What is declared about one machine. */
export interface MachineTraits {
  readonly role?: MachineRole | undefined
  /** Names of clusters that it manages, as a vCenter does. */
  readonly manages?: readonly string[] | undefined
  /** Operating system: `windows-server-2022`, `linux`. */
  readonly os?: string | undefined
  readonly hardware?: Hardware | undefined
  readonly bootDiskMiB?: number | undefined
  readonly bootMedia?: 'disk' | 'usb' | 'sd' | 'network' | undefined
  /** Where logs and scratch go when the boot medium cannot hold them: a datastore, or `remote`. */
  readonly logs?: string | undefined
  readonly disks?: readonly DeclaredDisk[] | undefined
  /** By NIC, in their order; undefined: what the product's maker chooses. */
  readonly nicModels?: readonly (NicModel | undefined)[] | undefined
  /** Where the installer comes from: passed through by the host, or a copy inside. */
  readonly iso?: 'host-device' | 'datastore' | undefined
  /** VMware Tools: built into the system, the package for nested ESXi 5, or none. */
  readonly tools?: 'built-in' | 'vib' | 'none' | undefined
  readonly clone?: CloneOf | undefined
  readonly powerSchedule?: PowerSchedule | undefined
  readonly licence?: Licence | undefined
  /** Addresses of its name servers. */
  readonly dns?: readonly string[] | undefined
}

/** Facts about a physical host beyond its size. */
export interface HostTraits {
  /** Whether its hypervisor passes hardware virtualization on to guests. */
  readonly nested?: boolean | undefined
  /** Whether Windows on it runs with Hyper-V or virtualization-based security. */
  readonly vbs?: boolean | undefined
  /** Other hypervisors installed beside its own. */
  readonly alsoRuns?: readonly string[] | undefined
  /** A security baseline that was applied. */
  readonly baseline?: 'stig' | 'scg' | undefined
  readonly bootMedia?: 'disk' | 'usb' | 'sd' | 'network' | undefined
  readonly logs?: string | undefined
}

/** A physical host as the file describes it; nothing on it is touched or asked. */
export interface HostFacts extends HostTraits {
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
  /** Absent: 1. */
  readonly sockets?: number | undefined
  readonly cores?: number | undefined
  readonly threads?: number | undefined
  readonly bits?: 32 | 64 | undefined
  /** Whether VT-x or AMD-V is switched on in the firmware; absent: not known. */
  readonly virtualization?: boolean | undefined
  /** It has cores of two kinds. */
  readonly hybrid?: boolean | undefined
}

export const cloudProviders = ['ec2', 'azure', 'gcp', 'azure-lab-services'] as const
export type CloudProvider = (typeof cloudProviders)[number]

/** Level 0 as a cloud instance. */
export interface CloudFacts {
  readonly provider: CloudProvider
  /** As the provider calls it: `m8i.2xlarge`. */
  readonly size: string
  /** Whether nested virtualization is asked for when the instance is made. */
  readonly nested: boolean
  readonly spot: boolean
  readonly hibernation: boolean
  /** Of Azure. */
  readonly securityType?: 'standard' | 'trusted-launch' | 'confidential' | undefined
  readonly os?: string | undefined
  /** Address of the name server of its network. */
  readonly dns?: string | undefined
}

/** A place where hypervisors keep disks. */
export interface Datastore {
  readonly name: string
  readonly kind: 'local' | 'nfs' | 'iscsi' | 'vmfs' | 'vsan'
  readonly sizeMiB?: number | undefined
  /** Machines by path and hosts by name that see it; absent: all of its level. */
  readonly members?: readonly string[] | undefined
  /** Path of the machine that serves it by NFS. */
  readonly server?: string | undefined
  /** The folder that it exports. */
  readonly export?: string | undefined
  readonly disks?:
    | {
        readonly count: number
        readonly kind: DiskKind
        readonly layout: 'single' | 'stripe' | 'mirror' | 'parity'
      }
    | undefined
  readonly cacheMiB?: number | undefined
}

/** The lab as many equal seats. */
export interface LabClass {
  readonly seats: number
  readonly opens?: string | undefined
  readonly closes?: string | undefined
  readonly hours?: number | undefined
  /** `30min`, or `never`. */
  readonly idle?: string | undefined
  readonly power?: PowerSchedule | undefined
  readonly template?: string | undefined
  readonly provider?: CloudProvider | undefined
  readonly size?: string | undefined
  /** Whether students are administrators of their machine. */
  readonly administrators?: boolean | undefined
  readonly groups?: readonly string[] | undefined
  /** Whether inner machines are behind a NAT of their seat. */
  readonly nat?: boolean | undefined
  /** Folder of virtual disks inside a seat. */
  readonly diskFolder?: string | undefined
  readonly diskKind?: 'dynamic' | 'fixed' | undefined
}

/** A finding of `nestlab check` that the file accepts. */
export interface Suppression {
  /** Id of a rule: `network/forged-transmits`. */
  readonly rule: string
  /** Only findings about this machine, switch or section; absent: all of the rule. */
  readonly at?: string | undefined
  readonly reason: string
}
