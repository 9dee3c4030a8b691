/** The whole answer to whether a lab fits, how fast it is, and what it costs: plain data. */
import type { Assumption } from './assumption.ts'
import type { Compatibility } from './compatibility.ts'
import type { CostReport } from './cost/cost.ts'
import type { CpuReport } from './cpus.ts'
import type { DatastoreUse } from './datastores.ts'
import type { DiskReport } from './disks.ts'
import type { Fit } from './fit.ts'
import type { Level0 } from './level0.ts'
import type { LicenceReport } from './licences.ts'
import type { HypervisorMemory } from './memory.ts'
import type { Placement } from './placement/place.ts'
import type { SpareCheck } from './placement/spare.ts'
import type { Sharing } from './sharing.ts'
import type { SiteMemory } from './site-memory.ts'
import type { BootEstimate, LevelSpeed } from './speed.ts'

/** Amounts are in MiB, prices in US dollars. What is not known is absent or said to be unknown, never 0. */
export interface SizeReport {
  readonly lab: string
  /** The gravest of all that decides whether the lab runs: memory at every level, placement, CPUs, datastores. */
  readonly verdict: Fit
  /** What makes the verdict worse than `fits`, in sentences, the gravest first. */
  readonly reasons: readonly Reason[]
  /** 1 where the lab is no class. */
  readonly seats: number
  /** How many seats share the hosts of level 0: all of them, or one where each has a host of its own. */
  readonly seatsPerSite: number
  readonly site: Pick<Level0, 'origin' | 'accelerator' | 'hosts' | 'hostPerSeat'>
  readonly memory: SiteMemory & {
    readonly hypervisors: readonly HypervisorMemory[]
    readonly sharing: Omit<Sharing, 'assumptions'>
  }
  readonly cpu: Omit<CpuReport, 'assumptions'>
  readonly disk: Omit<DiskReport, 'assumptions' | 'datastores'> & {
    readonly datastores: readonly Omit<DatastoreUse, 'assumptions'>[]
  }
  readonly speed: { readonly levels: readonly LevelSpeed[]; readonly boot: BootEstimate }
  /** Absent when the memory of a host is not known. */
  readonly placement?: Placement
  /** One host down; empty with a single host. */
  readonly spare: readonly SpareCheck[]
  readonly compatibility: Compatibility
  readonly cost: Omit<CostReport, 'assumptions'>
  readonly licences: Omit<LicenceReport, 'assumptions'>
  readonly assumptions: readonly Assumption[]
}

export interface Reason {
  readonly fit: Exclude<Fit, 'fits'>
  /** Path of a machine, name of a host or datastore; absent: level 0 as a whole. */
  readonly at?: string
  readonly text: string
}
