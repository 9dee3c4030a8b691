/** What clouds allow for nesting, and what their sizes have; sizes are known by the rules of their families. */
import writtenFamilies from './data/cloud-families.json' with { type: 'json' }
import written from './data/clouds.json' with { type: 'json' }
import { dataFile, onceRead, type Source } from './data-file.ts'

export type CloudProvider = 'ec2' | 'azure' | 'gcp' | 'azure-lab-services'

export interface CloudFacts {
  readonly provider: CloudProvider
  readonly title: string
  /** What a name of a size must look like, in small letters. */
  readonly sizeForm: string
  /** A size that nests, for who needs an example. */
  readonly suggestedSize: string
  /** Products that the cloud allows inside its nesting VMs. */
  readonly guestHypervisors: readonly string[]
  /** The day on which VMs that are not bare metal began to nest. */
  readonly nestedSince?: string
  readonly nestedSinceSource?: Source
  /** What must be set for a VM to nest. */
  readonly options: readonly string[]
  /** What does not go together with nesting, such as `spot`, `hibernation`, `trusted-launch`. */
  readonly forbids: readonly { readonly feature: string; readonly text: string }[]
  /** A Windows VM with more does not nest. */
  readonly mostWindowsCpus?: number
  /** Whether the network of the cloud carries frames of inner guests; where not, they need NAT. */
  readonly layer2: boolean
  /** Whether inner guests reach the name server of the virtual network. */
  readonly vnetDnsReachable: boolean
  /** A stop and start may end on another CPU generation. */
  readonly cpuMayChange?: boolean
  /** Keys of the processor generations that it may run on. */
  readonly hostProcessors?: readonly string[]
  readonly retires?: string
  readonly closedToNewSince?: string
  readonly retiresSource?: Source
  readonly source: Source
}

export interface CloudSize {
  readonly provider: CloudProvider
  readonly size: string
  /** Absent where the name does not tell. */
  readonly vcpus?: number
  readonly memoryMiB?: number
  /** `metal`: it is a physical machine, so it nests as one. */
  readonly nested: 'yes' | 'metal' | 'no' | 'unknown'
  readonly guestHypervisors: readonly string[]
  readonly note?: string
  readonly source: Source
}

interface FamilyRow {
  readonly provider: CloudProvider
  /** Of the size in small letters; the groups `vcpus`, `x` (units of 4 vCPUs, none is one) and `mib` give its figures. */
  readonly pattern: string
  readonly nested: CloudSize['nested']
  readonly vcpus?: number
  readonly gibPerVcpu?: number
  readonly memoryGiB?: number
  readonly guestHypervisors: readonly string[]
  readonly note?: string
  readonly examples: readonly string[]
  readonly source: Source
}

export const cloudData = onceRead(() => dataFile<CloudFacts>(written))

export const cloudFamilyData = onceRead(() => dataFile<FamilyRow>(writtenFamilies))

const families = onceRead(() =>
  cloudFamilyData().rows.map((row) => ({ ...row, pattern: new RegExp(row.pattern) })),
)

export function cloudFacts(provider: string): CloudFacts | undefined {
  return cloudData().rows.find((row) => row.provider === provider)
}

/** Undefined when the name cannot be one of this cloud; a size of no known family is `unknown`. */
export function cloudSize(provider: CloudProvider, size: string): CloudSize | undefined {
  const name = size.trim().toLowerCase()
  const facts = cloudFacts(provider)
  if (facts === undefined || !new RegExp(facts.sizeForm).test(name)) return undefined
  for (const family of families()) {
    const groups = family.provider === provider ? family.pattern.exec(name) : null
    if (groups !== null) return ofFamily(size, family, groups.groups ?? {})
  }
  return { provider, size, nested: 'unknown', guestHypervisors: [], source: facts.source }
}

type Family = ReturnType<typeof families>[number]

function ofFamily(
  size: string,
  family: Family,
  groups: Readonly<Record<string, string | undefined>>,
): CloudSize {
  const vcpus = family.vcpus ?? vcpusOf(groups)
  const memoryMiB = memoryOf(family, vcpus, groups)
  return {
    provider: family.provider,
    size,
    ...(vcpus === undefined ? {} : { vcpus }),
    ...(memoryMiB === undefined ? {} : { memoryMiB }),
    nested: family.nested,
    guestHypervisors: family.guestHypervisors,
    ...(family.note === undefined ? {} : { note: family.note }),
    source: family.source,
  }
}

function vcpusOf({ vcpus, x }: Readonly<Record<string, string | undefined>>): number | undefined {
  if (vcpus !== undefined) return Number(vcpus)
  return x === undefined ? undefined : 4 * Number(x === '' ? 1 : x)
}

function memoryOf(
  family: Family,
  vcpus: number | undefined,
  { mib }: Readonly<Record<string, string | undefined>>,
): number | undefined {
  if (mib !== undefined) return Number(mib)
  if (family.memoryGiB !== undefined) return family.memoryGiB * 1024
  if (family.gibPerVcpu === undefined || vcpus === undefined) return undefined
  return Math.round(family.gibPerVcpu * vcpus * 1024)
}
