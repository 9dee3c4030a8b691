/** Room `guests`: how is this system installed, known to be up, and driven from outside? */

export type { Guests, ImageProgress } from './catalogue.ts'
export { failures as guestFailures } from './errors.ts'
export { type CloneIdentity, cloneScript, templateScript } from './esxi/clone.ts'
export { kernelOptions, kickstartOf } from './esxi/kickstart.ts'
export { type KickstartIso, type MadeIso, makeKickstartIso } from './esxi/kickstart-iso.ts'
export type { KickstartSettings } from './esxi/kickstart-settings.ts'
export {
  type BesideTheLab,
  kickstartSettingsOf,
  managementOf,
  type NestedEsxi,
} from './esxi/lab-settings.ts'
export { progressMark, type Stage as InstallStage } from './esxi/marks.ts'
export { type Ova, type OvaOptions, openOva } from './esxi/ova.ts'
export { type OvfDescriptor, readOvf } from './esxi/ovf-descriptor.ts'
export { type OvfPackage, openOvfPackage, type PackagedFile } from './esxi/ovf-package.ts'
export {
  type ApplianceSettings,
  applianceValues,
  checkedProperties,
  ovfProperties,
} from './esxi/ovf-properties.ts'
export { hashRootPassword } from './esxi/password.ts'
export type { ManagementNetwork } from './esxi/values.ts'
export type { Asking, Guest, GuestName, GuestReport, Image, LabKeys } from './guest.ts'
export { type GuestsOptions, type ImageCommands, type ImageWork, openGuests } from './guests.ts'
export { inspectDiskFile } from './images/inspect-file.ts'
export { imageNames } from './images/store.ts'
export { settingsOf } from './settings.ts'
