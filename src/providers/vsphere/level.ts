/** What a provider is told about the vCenter or ESXi host that it works on, and how machines are to be made there. */
import type { Readable } from 'node:stream'
import type { Machine } from '#lab'
import type { Connection } from './soap/connection.ts'

/** Where a lab goes; what is absent is the only one there is. */
export interface Target {
  readonly datacenter?: string | undefined
  /** A cluster, or a host without one. */
  readonly cluster?: string | undefined
  readonly datastore?: string | undefined
  /** Machines go to the first of these that is there. */
  readonly stores?: readonly string[]
  /** Folder of machines in which the lab gets its own: `labs/mine`. */
  readonly folder?: string | undefined
}

/** What a machine starts from: an installer, a machine that is copied, or nothing. */
export type ImageSource =
  /** `[nas] iso/esxi.iso` */
  | {
      readonly kind: 'iso'
      readonly path: string
      /** It lies in a drive of the nested host around the machine, and is on a datastore of level 0. */
      readonly isPassedOn?: boolean
    }
  | TemplateSource
  | PackageSource
  | LibrarySource
  | DiskSource
  | { readonly kind: 'empty' }

/** A disk image of this machine that holds a whole system, as those of cloud-init. */
export interface DiskSource {
  readonly kind: 'disk'
  /** For people. */
  readonly name: string
  readonly sha256: string
}

export interface DiskContent {
  /** The same for the same content in the same size. */
  readonly key: string
  readonly capacityMiB: number
  /** As one sparse VMDK. */
  open(
    signal: AbortSignal,
  ): Promise<AsyncDisposable & { readonly sizeBytes: number; read(signal: AbortSignal): Readable }>
}

/** An OVA, or an OVF descriptor with its files beside it, on this machine. */
export interface PackageSource {
  readonly kind: 'package'
  /** Absolute path. */
  readonly file: string
}

/** An OVF item of a content library of the vCenter. */
export interface LibrarySource {
  readonly kind: 'library'
  readonly library: string
  readonly item: string
}

/** What is opened of such a package, as far as it is imported. */
export interface OvfContent extends AsyncDisposable {
  /** Text of the descriptor. */
  readonly descriptor: string
  /** Names of the networks that it wants. */
  readonly networks: readonly string[]
  /** What its properties are to be for one machine, by their keys; some are secrets. */
  readonly properties: Readonly<Record<string, string>>
  readonly files: readonly {
    readonly name: string
    readonly sizeBytes: number
    read(signal: AbortSignal): Readable
  }[]
}

/** A machine or template of the site that was prepared for being copied; it is never changed. */
export interface TemplateSource {
  readonly kind: 'template'
  /** Its name, or its path in the inventory: `DC0/vm/golden/esxi`. */
  readonly name: string
  /** Absent: all of it is copied. Otherwise the disks of the copy lie on those of a snapshot. */
  readonly linked?: { readonly snapshot?: string | undefined } | undefined
}

/** Choices that follow from the product and from the hosts. */
export interface HardwareChoice {
  /** `vmx-19` is 19. */
  readonly version: number
  /** The newest that every host runs. */
  readonly newest: number
  readonly guestId: string
  readonly bootDiskMiB: number
  /** Whether the product has a driver for the paravirtual controller. */
  readonly hasParavirtualScsi: boolean
  readonly maxCpus: number
  /** Absent: not known. */
  readonly maxMemoryMiB?: number
}

export interface HostLogin {
  /** Name or address, as vCenter reaches it. */
  readonly hostName: string
  readonly user: string
  readonly password: string
  /** SHA-1 of its certificate with colons, which is what AddHost_Task asks for; absent: vCenter trusts it already. */
  readonly thumbprint?: string
}

/** Of a nested host that was copied: what is to be its own. */
export interface CopyIdentity {
  readonly hostName: string
  /** Whether copied VMFS datastores get a signature of their own. */
  readonly resignature: boolean
}

export interface VsphereLevel {
  readonly connection: Connection
  readonly lab: string
  /** Who has the keys of the lab. Absent: nobody yet, so nothing there is of the lab, and nothing is made. */
  readonly owner?: string | undefined
  readonly target: Target
  /** The nested ESXi that this is the inside of; absent at level 0. */
  readonly hypervisor?: Machine | undefined
  /** Absent: that host is no copy. */
  readonly copy?: CopyIdentity | undefined
  /** `versions`: of the hosts, as `6.7.0`. */
  hardwareOf(machine: Machine, versions: readonly string[]): HardwareChoice
  /** Undefined: nobody has said what it starts from. */
  sourceOf(machine: Machine): ImageSource | undefined
  /** `skipsSums`: the files are only to be looked at. Absent: packages cannot be opened. */
  openPackage?(
    source: PackageSource,
    machine: Machine,
    options: { readonly signal: AbortSignal; readonly skipsSums: boolean },
  ): Promise<OvfContent>
  /** What a descriptor says for one machine. */
  describedBy?(descriptor: string, machine: Machine): Promise<Pick<OvfContent, 'networks' | 'properties'>>
  /** Key of an EVC mode that people have several names for. Absent: they say the key. */
  evcModeOf?(text: string): string
  /** Undefined: nobody knows how. */
  openDisk?(source: DiskSource, machine: Machine, signal: AbortSignal): Promise<DiskContent>
  /** Names that datastores of the lab have here, by those that they have in its file. */
  readonly stores?: ReadonlyMap<string, string>
  /**
   * ISO files of the site that lie in drives of this machine for what is inside it, in the order of the drives: one copy
   * at level 0 serves all.
   */
  passedOn?(machine: Machine): readonly string[]
  /** Port groups (`switch/portgroup`) in front of whose NICs the dvfilter fling learns. */
  readonly filters?: ReadonlySet<string>
  /** Whether the guest of a machine says by itself how it is. */
  hasTools(machine: Machine): boolean
  /** When a machine counts as up: its tools say so, or it has power. */
  readonly proof: 'tools' | 'power'
  /** How vCenter logs in to a nested host that joins a cluster. Absent: it cannot. */
  loginOf?(machine: Machine): Promise<HostLogin>
  /** Told of a nested host that is in a cluster now, with the certificate that vCenter has of it: it may have made a new one. */
  joined?(machine: Machine, certificate: Uint8Array | undefined): Promise<void>
  /** Told before a machine is made: what was known of an earlier one of its path counts no more. */
  forgets?(machine: Machine): Promise<void>
  /** Settings for the guest by their names, such as `guestinfo.hostname`. */
  guestInfoOf(machine: Machine, settings: string): Readonly<Record<string, string>>
}
