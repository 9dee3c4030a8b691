/** Room `engine`: what must change, in which order? */
export type {
  ChosenSeats,
  ClassEvent,
  ClassExport,
  Classes,
  ClassRun,
  ClassSurroundings,
  ClassTimes,
  ClassView,
  ClassWish,
  Exercise,
  Room,
  SeatAccess,
  SeatAnswer,
  SeatGrade,
  SeatLook,
  SeatView,
  Visit,
} from './classes/index.ts'
export { openClasses } from './classes/index.ts'
export type * from './contract.ts'
export { openEngine } from './engine.ts'
export type { Checked, ExpectOptions } from './expect.ts'
export type { FailOver } from './moves/fail-over.ts'
export type { MoveDone, MoveWish } from './moves/move.ts'
export type { Proposal } from './moves/placing.ts'
export type * from './network-contract.ts'
export type * from './plan-types.ts'
export { selectMachines } from './select.ts'
export {
  type CloneWish,
  type HandedOut,
  type MachineFiles,
  type PortableInstant,
  type Snapshot,
  type SnapshotDetails,
  type SnapshotDifference,
  type SnapshotList,
  type SnapshotWish,
  splitName,
  type TakingIn,
  type Warm,
} from './snapshots/index.ts'
