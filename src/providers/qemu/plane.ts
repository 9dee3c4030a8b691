/** The contract of what carries the frames of one level's switches. */
import type { LabSwitch, Nic } from '#lab'
import type { PortStats } from '../provider.ts'
import type { Options } from './command-line.ts'
import type { Found } from './look.ts'
import type { MachineRecord } from './record.ts'

/** `LabSwitch`es and machines as they shall be from now on. */
export interface Wiring {
  readonly switches: readonly LabSwitch[]
  readonly machines: readonly MachineRecord[]
}

export interface SwitchChange {
  readonly wanted: LabSwitch
  /** Shell lines that write down what is about to be done, and what is done; to be run around it. */
  readonly before: string
  readonly after: string
}

/** Calls never overlap: the provider keeps them in line. Every call may be repeated. */
export interface NetworkPlane {
  /** Back end of a lab NIC, without its id. */
  netdev(machine: string, nic: Nic): Options
  /** Shell lines that run as part of the machine's start, before its process. */
  plugScript(machine: MachineRecord, wiring: Wiring): string
  /** Shell lines that run as part of the machine's removal, after its process. */
  unplugScript(machine: MachineRecord, wiring: Wiring): string
  /** Makes one switch what it shall be, while it runs. `wiring` has it already. */
  put(change: SwitchChange, wiring: Wiring, signal: AbortSignal): Promise<void>
  /** `wiring` has it no more. */
  drop(change: SwitchChange, wiring: Wiring, signal: AbortSignal): Promise<void>
  /** Machines were started or removed. `wiring` is looked up only when asked for. */
  follow(wiring: () => Promise<Wiring>, signal: AbortSignal): Promise<void>
  /** Tells of each switch whether it carries frames now. */
  alive(found: Found): Promise<(name: string) => boolean>
  stats(found: Found, signal: AbortSignal): Promise<readonly PortStats[]>
  /** Ends what runs for the level as a whole. Says what it was, in words for people. */
  clear(signal: AbortSignal): Promise<readonly string[]>
}
