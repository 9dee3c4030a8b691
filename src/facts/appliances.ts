/** What the appliances of a lab need: vCenter, NSX, witness, domain controller, NAS, by role, version and size. */
import written from './data/appliances.json' with { type: 'json' }
import { dataFile, onceRead, type Source } from './data-file.ts'
import { compareVersions, versionCovering } from './versions.ts'

export interface ApplianceSize {
  readonly role: string
  /** Absent where the role's needs do not change with versions. */
  readonly version?: string
  /** `tiny` to `x-large`, or what the vendor calls it. */
  readonly size: string
  /** For people. */
  readonly title: string
  /** The size that is taken when none is named: the smallest that makes sense in a lab. */
  readonly isDefault?: boolean
  readonly cpus: number
  readonly memoryMiB: number
  /** Of all its disks together, before thin provisioning. */
  readonly diskGiB?: number
  readonly diskSource?: Source
  /** How many hosts and VMs it can serve. */
  readonly hosts?: number
  readonly vms?: number
  /** vSAN components that a witness can hold. */
  readonly components?: number
  /** An ESXi that must not be given machines of its own. */
  readonly holdsNoMachines?: boolean
  readonly source: Source
}

export const applianceData = onceRead(() => dataFile<ApplianceSize>(written))

const byRole = onceRead(() => Map.groupBy(applianceData().rows, (row) => row.role))

export function applianceRoles(): readonly string[] {
  return [...byRole().keys()]
}

/** The sizes of a role, in the version given (or the release that it is an update of), else in the newest. */
export function applianceSizes(role: string, version?: string): readonly ApplianceSize[] {
  const rows = byRole().get(role) ?? []
  const versions = [...new Set(rows.flatMap((row) => row.version ?? []))].sort(compareVersions)
  const wanted = version === undefined ? versions.at(-1) : versionCovering(version, versions)
  return rows.filter((row) => row.version === undefined || row.version === wanted)
}

/** Without a size: the one that a lab takes. Undefined when role, version or size is unknown. */
export function applianceSize(role: string, version?: string, size?: string): ApplianceSize | undefined {
  const sizes = applianceSizes(role, version)
  return size === undefined ? sizes.find((row) => row.isDefault) : sizes.find((row) => row.size === size)
}
