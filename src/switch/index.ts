/** Door of `switch`: where does this frame go, and why not? */
export {
  type Argv,
  compileBridge,
  compilePorts,
  compileRules,
  removeBridge,
  removePorts,
  removeRules,
} from './bridge/compile.ts'
export { dropLogGroup, type LoggedDrop, readLoggedDrop } from './bridge/drop-log.ts'
export { bridgeGaps } from './bridge/gaps.ts'
export { readLearnedSets, type SetMac } from './bridge/learned-sets.ts'
export { bridgeDeviceName } from './bridge/names.ts'
export {
  makeOverlays,
  removeOverlays,
  settleOverlays,
  type VxlanEnd,
  vxlanDevice,
} from './bridge/overlay.ts'
export { asksForVlans, type BridgePlan, type BridgePort, type BridgeUplink } from './bridge/plan.ts'
export { type Decision, type Delivery, type Drop, decide } from './decide.ts'
export { retagged, type TagAction } from './frame.ts'
export { emptyMacTable, type LearnedMac, LearnedMacs, type Lesson, type MacTable } from './learned.ts'
export { openCapture } from './live/capture/open.ts'
export {
  type CapturedFrame,
  interfaceBlock,
  packetBlock,
  sectionBlock,
  statisticsBlock,
} from './live/capture/pcapng.ts'
export { type ReadCapture, type ReadPacket, readPcapng } from './live/capture/read.ts'
export type { CaptureRequest } from './live/capture/request.ts'
export { dropComment } from './live/capture/taps.ts'
export {
  type LiveMac,
  type LivePortStats,
  type LiveStats,
  type LiveSwitchMacs,
  SwitchControl,
  type SwitchPing,
  switchAlive,
} from './live/client.ts'
export {
  type LiveConfig,
  type LivePortConfig,
  type LiveUplinkConfig,
  type RxFilterSource,
  readLiveConfig,
} from './live/config.ts'
export { highestSeed, type Impairment, longestDelayMs, perfectLink } from './live/impair/spec.ts'
export { applySwitch, type SwitchLaunch, startSwitch, stopSwitch } from './live/start.ts'
export { type DropExplanation, type DropPlace, type DropReason, dropReasons, explainDrop } from './reasons.ts'
export type {
  MacLearningSpec,
  PortGroupSpec,
  SecuritySpec,
  SwitchKind,
  SwitchPort,
  SwitchSpec,
  UplinkPort,
  UplinkSpec,
  Verdict,
  VlanSpan,
  VlanSpec,
  VnicPort,
} from './spec.ts'
export { uplinkPortOf } from './spec.ts'
export { type CompiledPort, compileSwitch, type SwitchState } from './state.ts'
