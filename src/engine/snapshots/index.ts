/** The snapshots of labs, for the engine's own files. */
export { collectInstants } from './collect.ts'
export { type SnapshotDetails, snapshotDetails } from './details.ts'
export { type HandedOut, handOut, type TakingIn, takeIn } from './hand-over.ts'
export { pauseLab, resumeLab } from './hold.ts'
export type { MachineFiles, PortableInstant } from './portable.ts'
export { type CloneWish, cloneLab, revertLab } from './revert.ts'
export type { Snapshot, SnapshotList } from './snapshot-list.ts'
export {
  compareSnapshots,
  labAt,
  listSnapshots,
  removeSnapshot,
  type SnapshotDifference,
  splitName,
} from './snapshots.ts'
export { keepAs, type SnapshotWish, takeSnapshot } from './take.ts'
export { wakeFor } from './wake.ts'
export { beginWarm, dropWarm, keepWarm } from './warm.ts'
export { loadWarm, type Warm } from './warm-list.ts'
