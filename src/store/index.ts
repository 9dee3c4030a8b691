/** Room `store`: what is on disk? */
export type { ClassDatabase } from './class-database.ts'
export { openClassDatabase } from './class-database.ts'
export type {
  ClassRow,
  ClassRows,
  GradeRow,
  JournalRow,
  SeatRow,
  SessionRow,
  TemplateRow,
} from './class-rows.ts'
export type { ClassState, SeatState } from './class-schema.ts'
export { fileFailure } from './errors.ts'
export { makePrivateFolder, readIfThere, writeWhole } from './files.ts'
export type { KeptInstant } from './frozen.ts'
export {
  beginFrozen,
  instantsUnder,
  listFrozen,
  loadFrozen,
  removeFrozen,
  saveFrozen,
  settleFrozen,
  shedFrozen,
} from './frozen.ts'
export type { Journal, JournalContent, JournalEntry, JournalStep } from './journal.ts'
export { openJournal, readJournal, unfinished } from './journal.ts'
export type { LabFileOptions, ReadLab } from './lab-file.ts'
export { readLabFile } from './lab-file.ts'
export type { StoredKeys } from './lab-keys.ts'
export { loadLabKeys, loadWarmKeys, removeWarmKeys, saveLabKeys, saveWarmKeys } from './lab-keys.ts'
export type { LabRecord } from './lab-record.ts'
export { loadLabRecord, saveLabRecord } from './lab-record.ts'
export { listLabs, removeLab } from './labs.ts'
export type { LabLock } from './lock.ts'
export { lockHolder, lockLab } from './lock.ts'
export {
  forgetNestedCertificate,
  loadNestedCertificate,
  saveNestedCertificate,
} from './nested-certificates.ts'
export type { LevelPaths, MachinePaths, Roots, UplinkPaths } from './paths.ts'
export {
  frozenMachinePaths,
  frozenPaths,
  insidePaths,
  insideRoots,
  keepingFolder,
  labPaths,
  levelPaths,
  longestRunBytes,
  machinePaths,
  receiverPaths,
  rootsFrom,
  sitePaths,
  uplinkPaths,
  uplinkPathsOf,
} from './paths.ts'
export { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.ts'
export { replaceLabFile } from './replace-lab-file.ts'
export { readSealed, type SealedFile, writeSealed } from './sealed.ts'
export { loadSite, readSites, removeSite, type SiteRecord, saveSite, type VsphereSite } from './sites.ts'
export { checkSocketPath } from './socket-path.ts'
