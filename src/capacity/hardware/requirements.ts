/** What a lab asks of each physical machine under it. */
import { productFacts } from '#facts'
import type { ResolvedLab } from '#lab'

/** What one machine must have, and how many of them carry the lab together. */
export interface HardwareRequirements {
  /** Of each physical machine, with what its hypervisor takes itself. */
  readonly memoryMiB: number
  readonly cores: number
  readonly nicPorts: number
  /** Absent: it does not matter. */
  readonly sataPorts?: number
  /** Absent: not needed. */
  readonly outOfBand?: boolean
  /** Whether hypervisors run inside machines. */
  readonly nested: boolean
  /** The hypervisor of the physical machines. */
  readonly product?: string
  readonly version?: string
  /** Absent: the disks are elsewhere, or nobody said. */
  readonly diskMiB?: number
  readonly hosts: number
}

/** A usual rule of thumb; machines of a lab are idle most of the time. */
const vcpusPerCore = 4

/** What a hypervisor takes of which nothing is known: about what the articles say of ESXi. */
const usualOwnMemoryMiB = 2048

/** A plain sum over the machines of level 1, spread evenly over the hosts that the file describes, or on one. */
export function requirementsOf(lab: ResolvedLab): HardwareRequirements {
  const { machines, switches } = lab.top
  const hosts = Math.max(1, lab.hosts?.length ?? 0)
  const { product, version } = softwareOf(lab)
  const own = (product === undefined ? undefined : productFacts(product, version))?.ownMemoryMiB
  const memory = machines.map(({ memoryMiB }) => memoryMiB)
  // A machine cannot be split: the largest one must fit whole.
  const share = Math.max(0, ...memory, Math.ceil(total(memory) / hosts))
  const uplinks = switches.flatMap(({ uplinks: own }) =>
    own.flatMap((one) => (one.kind === 'nic' ? [one.name] : [])),
  )
  const disks = machines.flatMap(({ traits }) => traits?.disks ?? []).map(({ sizeMiB }) => sizeMiB)
  return {
    memoryMiB: share + (own ?? usualOwnMemoryMiB),
    cores: Math.max(1, Math.ceil(total(machines.map(({ cpus }) => cpus)) / vcpusPerCore / hosts)),
    nicPorts: Math.max(1, new Set(uplinks).size),
    nested: machines.some(({ hypervisor }) => hypervisor !== undefined),
    ...(product !== undefined && { product }),
    ...(version !== undefined && { version }),
    ...(disks.length > 0 && { diskMiB: Math.ceil(total(disks) / hosts) }),
    hosts,
  }
}

/** What the described hosts run, when it is the same on all of them. */
function softwareOf({ hosts = [] }: ResolvedLab): { product?: string; version?: string } {
  const [first, ...others] = hosts
  if (first?.product === undefined || others.some(({ product }) => product !== first.product)) return {}
  const { product, version } = first
  const isSame = others.every((host) => host.version === version)
  return { product, ...(isSame && version !== undefined && { version }) }
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
