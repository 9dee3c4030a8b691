/** Door of the QEMU provider, for `main.ts` only. */
export { openBridgePlane } from './bridge-plane.ts'
export type { Accelerator } from './command-line.ts'
export type { NetworkPlane } from './plane.ts'
export { openQemuProvider, type QemuLevel } from './provider.ts'
export { openUserSwitchPlane, type UserSwitch } from './user-switch-plane.ts'
