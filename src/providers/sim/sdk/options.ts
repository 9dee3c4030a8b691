/** How a simulated server is ordered. */
import type { ServerKind } from './world.ts'

/** `free` is the edition of ESXi whose API only reads. */
export type Licence = 'evaluation' | 'paid' | 'free'

export interface SdkDatastore {
  readonly name: string
  readonly capacityMiB: number
  readonly freeMiB: number
}

/** A disk of a host. */
export interface SdkDisk {
  /** `mpx.vmhba0:C0:T1:L0` */
  readonly name: string
  readonly sizeMiB: number
  /** Whether something is on it from the beginning. */
  readonly isWritten?: boolean
}

/** A drive of a host for CDs, which a nested one shows to machines inside. */
export interface SdkDrive {
  /** `mpx.vmhba1:C0:T0:L0` */
  readonly name: string
  /** Which tells the place of a virtual one: `VMware IDE CDR10` is the first of the second controller. */
  readonly model: string
}

/** A VMFS of the original on a disk of a copied host, which does not mount it. */
export interface SdkCopiedVolume {
  /** Of the datastore that it was. */
  readonly name: string
  /** Name of the disk. */
  readonly disk: string
  /** Whether there is a second copy, so that it cannot be resolved. */
  readonly isAmbiguous?: boolean
}

/** Of each host. Counts that are absent: one data centre with one cluster of two hosts, no lone host. */
export interface SdkInventory {
  readonly datacenter?: string
  /** Names of clusters. */
  readonly clusters?: readonly string[]
  readonly hostsPerCluster?: number
  /** Hosts without a cluster. */
  readonly loneHosts?: number
  /** Machines of each host that are there from the beginning, powered off. */
  readonly machinesPerHost?: number
  /** Shared by all hosts. */
  readonly datastores?: readonly SdkDatastore[]
  readonly hostMemoryMiB?: number
  /** Absent: as old servers, the host does not say. */
  readonly nestedSupported?: boolean
  /** Physical NICs of each host; the first one is the uplink of vSwitch0. */
  readonly physicalNics?: number
  /** Absent: the one it starts from. */
  readonly disks?: readonly SdkDisk[]
  /** Absent: none. */
  readonly drives?: readonly SdkDrive[]
  /** Of a lone host, with its domain. Absent: that of one that nobody has named. */
  readonly hostName?: string
  /** Absent: none. */
  readonly copiedVolumes?: readonly SdkCopiedVolume[]
}

/** A host that is not in the inventory yet, for `AddHost_Task`. */
export interface SdkSpareHost {
  readonly name: string
  readonly user: string
  readonly password: string
  /** SHA-1 of its certificate, as the API wants it. */
  readonly thumbprint: string
}

export interface SdkOptions {
  readonly kind: ServerKind
  /** `5.5` … `9.0.0.0`, as `about.apiVersion` says it. */
  readonly apiVersion: string
  readonly user: string
  readonly password: string
  readonly inventory?: SdkInventory
  readonly spareHosts?: readonly SdkSpareHost[]
  readonly licence?: Licence
  /** Key and certificate in PEM, or `self-signed` for one that is made now with the program openssl; absent: plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string } | 'self-signed'
  /** Absent: one that is free. Only loopback is listened on. */
  readonly port?: number
  readonly now?: () => Date
  /** Machines by their names in whose guests no tools run. */
  readonly withoutTools?: readonly string[]
  /** Told when its host was shut down, or one of its hosts by name. */
  readonly onShutdown?: (host: string) => void
}
