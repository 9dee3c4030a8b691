/** Room `guests`: how is this system installed, known to be up, and driven from outside? */

export type { Guests, ImageProgress } from './catalogue.ts'
export { failures as guestFailures } from './errors.ts'
export type { Guest, GuestName, GuestReport, Image, LabKeys } from './guest.ts'
export { type GuestsOptions, type ImageCommands, type ImageWork, openGuests } from './guests.ts'
export { imageNames } from './images/store.ts'
export { settingsOf } from './settings.ts'
