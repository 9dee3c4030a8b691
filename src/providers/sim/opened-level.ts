/** One level of a simulation as a provider holds it open. */
import type { SimClock } from './clock.ts'
import type { ParkFile } from './park-file.ts'

export interface LevelOfPark {
  readonly park: ParkFile
  readonly clock: SimClock
  /** The hypervisor's path; empty for L0. */
  readonly owner: string
  /** The run of the hypervisor that this level belongs to (see `runOf`). */
  readonly hypervisorRun?: string
}
