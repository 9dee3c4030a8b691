/** Door of `switch`: where does this frame go, and why not? */
export {
  type Argv,
  type BridgePort,
  bridgeDeviceName,
  bridgeGaps,
  compileBridge,
  compilePort,
  removeBridge,
  removePort,
} from './bridge/compile.ts'
export {
  type LivePortStats,
  type LiveStats,
  SwitchControl,
  type SwitchPing,
  switchAlive,
} from './live/client.ts'
export { type LiveConfig, type LivePortConfig, type RxFilterSource, readLiveConfig } from './live/config.ts'
export { applySwitch, type SwitchLaunch, startSwitch, stopSwitch } from './live/start.ts'
export type {
  PortGroupSpec,
  SecuritySpec,
  SwitchPort,
  SwitchSpec,
  UplinkPort,
  UplinkSpec,
  Verdict,
  VlanSpan,
  VlanSpec,
  VnicPort,
} from './spec.ts'
