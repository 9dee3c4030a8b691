/** Room `capacity`: does it fit, how fast, what does it cost, what hardware? */

export type { Assumption } from './assumption.ts'
export type { Compatibility, HostBaseline, Migration } from './compatibility.ts'
export type { CostReport, Saving } from './cost/cost.ts'
export type { CostOffer, NoOffer, OfferKind } from './cost/offer.ts'
export type { CpuReport, HypervisorCpus, ReadyRisk } from './cpus.ts'
export type { DatastoreUse } from './datastores.ts'
export type { CopyGroup, DiskReport } from './disks.ts'
export { priceFailure } from './errors.ts'
export type { Fit } from './fit.ts'
export {
  adviseHardware,
  type HardwareAdvice,
  type Miss,
  type Offer,
  type Purchase,
} from './hardware/advise.ts'
export type { Bom, BomNeeds, BomPart } from './hardware/bom.ts'
export { checkBom } from './hardware/check-bom.ts'
export { bomFailure } from './hardware/errors.ts'
export type { BomFinding } from './hardware/finding.ts'
export { bomFileBytes, type LoadedBom, loadBom } from './hardware/read-bom.ts'
export { type HardwareRequirements, requirementsOf } from './hardware/requirements.ts'
export type { IopsEstimate } from './iops.ts'
export type { Host, Level0, ProbedSite } from './level0.ts'
export type { LicenceReport, ProductInstances } from './licences.ts'
export type { GuestRoom, HypervisorMemory } from './memory.ts'
export type { Bin, Copies, Item } from './placement/item.ts'
export { type PlacedHost, type Placement, place } from './placement/place.ts'
export { checkSpare, type HostDown, type SpareCheck } from './placement/spare.ts'
export type { Range } from './range.ts'
export type { Reason, SizeReport } from './report.ts'
export type { Sharing } from './sharing.ts'
export type { HostMemory, SiteMemory } from './site-memory.ts'
export { type SizeOptions, sizeLab } from './size-lab.ts'
export type { BootEstimate, LevelSpeed } from './speed.ts'
