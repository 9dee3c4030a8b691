/** Room `trace`: would the frame arrive, by which way, and if not, which setting of the file is responsible? */

export { compareLabs, type LabComparison, type ReachChange } from './changes.ts'
export { type Comparison, compareWithReality, type Seen, type SeenHop, type SeenLeg } from './compare.ts'
export type * from './contract.ts'
export { draw } from './drawing.ts'
export { type Verification, verifyExpectations } from './expectations.ts'
export { type Fix, type FixAnswer, type FixLimits, findFix, type LabSource } from './fix.ts'
export type { Change } from './fix-search.ts'
export type { Opening } from './opens.ts'
export { type OwnReason, ownReasons } from './own-reasons.ts'
export { type PairVerdict, type Reachability, reachability } from './reachability.ts'
export { trace } from './trace.ts'
