/** Room `capacity`: does it fit, how fast, what does it cost, what hardware? */

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
