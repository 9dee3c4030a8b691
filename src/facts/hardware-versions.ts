/** Virtual hardware versions of VMware: what a VM of each may have, and which ESXi runs it. */
import written from './data/hardware-versions.json' with { type: 'json' }
import { dataFile, onceRead, type Source } from './data-file.ts'
import { compareVersions } from './versions.ts'

export interface HardwareVersion {
  /** `vmx-19` is 19. */
  readonly version: number
  /** The product that brought it, for people. */
  readonly title: string
  /** The first ESXi that runs it; absent for those of Workstation, which no ESXi runs. */
  readonly firstEsxi?: string
  readonly maxCpus: number
  readonly maxCoresPerSocket: number
  readonly maxMemoryGiB?: number
  readonly maxNics: number
  readonly maxScsiControllers: number
  readonly maxNvmeControllers: number
  /** `untested`: only with the host-wide key of ESXi 5.0. */
  readonly nestedVirtualization: 'supported' | 'untested' | 'none'
  /** On which CPUs a Windows VM of this version may use virtualization-based security. */
  readonly vbs?: 'intel' | 'intel-and-amd'
  readonly source: Source
}

/** The first that officially hands hardware virtualization to a VM. */
export const firstNestedHardwareVersion = 9

export const hardwareData = onceRead(() => dataFile<HardwareVersion>(written))

const byVersion = onceRead(() => new Map(hardwareData().rows.map((row) => [row.version, row])))

export function hardwareVersions(): readonly HardwareVersion[] {
  return hardwareData().rows
}

export function hardwareVersion(version: number): HardwareVersion | undefined {
  return byVersion().get(version)
}

/** The newest that an ESXi of this version runs; undefined for an ESXi older than all of them. */
export function newestHardwareVersion(esxiVersion: string): number | undefined {
  const runs = ({ firstEsxi }: HardwareVersion) =>
    firstEsxi !== undefined && compareVersions(firstEsxi, esxiVersion) <= 0
  return hardwareVersions().filter(runs).at(-1)?.version
}
