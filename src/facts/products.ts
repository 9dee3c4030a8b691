/** What hypervisor products need, and what they use for themselves, by version. */
import written from './data/products.json' with { type: 'json' }
import { dataFile, onceRead, type Source } from './data-file.ts'
import { compareVersions, versionCovering } from './versions.ts'

export interface ProductFacts {
  readonly product: string
  /** Absent where the product has no versions that matter here (`kvm`). */
  readonly version?: string
  /** For people. */
  readonly title: string
  /** Runs as a program of a desktop system, so it is only ever a host. */
  readonly hosted?: boolean
  /** What is assumed when a lab names no version. */
  readonly isDefault?: boolean
  /** The least number of CPU cores (vCPUs in a VM). */
  readonly cores: number
  /** The least memory with which it installs. */
  readonly memoryMiB: number
  readonly recommendedMemoryMiB?: number
  /** What the hypervisor (with the system that it runs on) uses itself: about, and more with many VMs. */
  readonly ownMemoryMiB: number
  readonly ownMemorySource: Source
  readonly bootDiskMiB?: number
  /** A smaller boot disk leaves no room for a datastore. */
  readonly datastoreBootDiskMiB?: number
  /** From here on every document agrees that the boot disk gets a datastore. */
  readonly datastoreSureBootDiskMiB?: number
  readonly datastoreSource?: Source
  readonly needsXsave?: boolean
  readonly xsaveSource?: Source
  /** Keys of processor generations that its installer refuses. */
  readonly refusedGenerations?: readonly string[]
  readonly refusedSource?: Source
  /** Turns that refusal into a warning. */
  readonly legacyCpuOption?: string
  /** Whether it shuts down cleanly and tells its address to a host of the same vendor without further installation. */
  readonly toolsBuiltIn?: boolean
  /** The setting of a VM by which this product, as the host, hands on hardware virtualization. */
  readonly virtualizationKey?: string
  /** `restricted`: only together with persistent storage for everything but the boot banks. */
  /** The year of the release's last update; absent while there are more to come, and where it does not matter. */
  readonly lastUpdateYear?: number
  readonly lastUpdateSource?: Source
  readonly usbBoot?: 'yes' | 'restricted' | 'no'
  readonly usbBootSource?: Source
  readonly source: Source
}

export const productData = onceRead(() => dataFile<ProductFacts>(written))

const byProduct = onceRead(() => Map.groupBy(productData().rows, (row) => row.product))

/**
 * Facts about a version, or about the update of the same release that is nearest before it (`8.0U3` → `8.0U2`).
 * Without a version: about the one that a lab gets by default.
 */
export function productFacts(product: string, version?: string): ProductFacts | undefined {
  const rows = byProduct().get(product) ?? []
  if (version === undefined) return rows.find((row) => row.isDefault || row.version === undefined)
  const covering = versionCovering(version, productVersions(product))
  return rows.find((row) => row.version === covering)
}

/** Oldest first; empty for a product without versions and for an unknown one. */
export function productVersions(product: string): readonly string[] {
  return (byProduct().get(product) ?? []).flatMap((row) => row.version ?? []).sort(compareVersions)
}
