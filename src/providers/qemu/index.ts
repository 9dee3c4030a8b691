/** Door of the QEMU provider, for `main.ts` only. */
export { openBridgePlane } from './bridge-plane.ts'
export type { Accelerator } from './command-line.ts'
export type { NetworkPlane } from './plane.ts'
export { openQemuProvider, type QemuLevel } from './provider.ts'
export { failUplink } from './uplinks/errors.ts'
export { parseTunnelKey, tunnelKeyBytes, tunnelKeyLine } from './uplinks/tunnel-tls.ts'
export { Uplinks } from './uplinks/uplinks.ts'
export { openUserSwitchPlane, type UserSwitch } from './user-switch-plane.ts'
