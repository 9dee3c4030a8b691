/** Memory of level 0: what the machines of level 1 want together, and how full that makes each host. */
import type { ResolvedLab } from '#lab'
import { type Fit, fitOf, gravest } from './fit.ts'
import { overheadOf } from './hypervisor-use.ts'
import type { Host, Level0 } from './level0.ts'
import type { Placement } from './placement/place.ts'
import { exactly, plus, type Range } from './range.ts'
import type { Sharing } from './sharing.ts'

export interface SiteMemory {
  /** Of the machines of level 1, all seats that share the hosts. */
  readonly wantedMiB: number
  /** Of all of them; absent where no host tells its product. A range where hosts differ. */
  readonly overheadMiB?: Range
  /** While everything starts: all memory is touched once, and nothing is shared yet. */
  readonly peakMiB: number
  /** Later on: from what sharing may save, up to the peak. */
  readonly runningMiB: Range
  /** Of all hosts together; absent when that of one is not known. */
  readonly givenMiB?: number
  /** What the hosts use themselves; absent when that of one is not known. */
  readonly ownMiB?: number
  /** Peak and own use of given; a lower bound where something is not known; absent without given. */
  readonly share?: number
  readonly fit: Fit
  readonly hosts: readonly HostMemory[]
}

export interface HostMemory {
  readonly name: string
  readonly product?: string
  readonly givenMiB?: number
  readonly ownMiB?: number
  /** By the machines placed there, with their overhead. */
  readonly usedMiB: number
  readonly machines: number
  readonly share?: number
  readonly fit: Fit
}

export interface SiteLoad {
  readonly level0: Level0
  /** Absent where the memory of a host is not known. */
  readonly placement?: Placement | undefined
  readonly sharing: Sharing
  /** How many copies of the lab share the hosts. */
  readonly copies: number
}

export function siteMemory(lab: ResolvedLab, load: SiteLoad): SiteMemory {
  const { level0, placement, sharing, copies } = load
  const wantedMiB = lab.top.machines.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0) * copies
  const overheadMiB = overheadRange(lab, level0.hosts, copies)
  const peakMiB = wantedMiB + (overheadMiB?.high ?? 0)
  const apart = wantedMiB - sharing.copiesMiB
  const hosts = level0.hosts.map((host) => hostMemory(host, placement))
  const sums = sumsOf(level0.hosts)
  const share = sums.givenMiB === undefined ? undefined : (peakMiB + sums.leastOwnMiB) / sums.givenMiB
  const isLeast = overheadMiB === undefined || sums.ownMiB === undefined
  return {
    wantedMiB,
    ...(overheadMiB && { overheadMiB }),
    peakMiB,
    runningMiB: plus(exactly(apart), sharing.sharedMiB, overheadMiB ?? exactly(0)),
    ...(sums.givenMiB !== undefined && { givenMiB: sums.givenMiB }),
    ...(sums.ownMiB !== undefined && { ownMiB: sums.ownMiB }),
    ...(share !== undefined && { share }),
    fit: share === undefined ? 'unknown' : gravest([fitOf(share, isLeast), placementFit(placement)]),
    hosts,
  }
}

function placementFit(placement: Placement | undefined): Fit {
  return placement === undefined || placement.outcome === 'placed' ? 'fits' : 'does-not-fit'
}

/** The machines may land on any host, so hosts of several products give a range. */
function overheadRange(lab: ResolvedLab, hosts: readonly Host[], copies: number): Range | undefined {
  const sums = new Map<string, number>()
  for (const { product } of hosts) {
    if (product === undefined) return undefined
    if (sums.has(product)) continue
    let sumMiB = 0
    for (const machine of lab.top.machines) {
      const overhead = overheadOf({ product }, machine)
      if (overhead === undefined) return undefined
      sumMiB += overhead.MiB
    }
    sums.set(product, sumMiB * copies)
  }
  if (sums.size === 0) return undefined
  return { low: Math.min(...sums.values()), high: Math.max(...sums.values()) }
}

interface Sums {
  readonly givenMiB?: number
  readonly ownMiB?: number
  readonly leastOwnMiB: number
}

function sumsOf(hosts: readonly Host[]): Sums {
  const sum = (amounts: readonly (number | undefined)[]): number | undefined => {
    const known = amounts.filter((amount) => amount !== undefined)
    return known.length === 0 || known.length < amounts.length
      ? undefined
      : known.reduce((total, amount) => total + amount, 0)
  }
  const givenMiB = sum(hosts.map(({ memoryMiB }) => memoryMiB))
  const ownMiB = sum(hosts.map((host) => host.ownMiB))
  return {
    ...(givenMiB !== undefined && { givenMiB }),
    ...(ownMiB !== undefined && { ownMiB }),
    leastOwnMiB: hosts.reduce((total, host) => total + (host.ownMiB ?? 0), 0),
  }
}

function hostMemory(host: Host, placement: Placement | undefined): HostMemory {
  const { name, product, memoryMiB, ownMiB } = host
  const placed = placement?.hosts.find((one) => one.name === name)
  const usedMiB = placed?.usedMiB ?? 0
  const share = memoryMiB === undefined ? undefined : (usedMiB + (ownMiB ?? 0)) / memoryMiB
  const machines = (placed?.machines ?? []).reduce((sum, { copies }) => sum + copies, 0)
  return {
    name,
    ...(product !== undefined && { product }),
    ...(memoryMiB !== undefined && { givenMiB: memoryMiB }),
    ...(ownMiB !== undefined && { ownMiB }),
    usedMiB,
    machines,
    ...(share !== undefined && { share }),
    fit: share === undefined ? 'unknown' : fitOf(share, ownMiB === undefined),
  }
}
