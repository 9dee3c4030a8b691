/** The contract of what carries the frames of one level's switches. */
import type { Duplex } from 'node:stream'
import type { LabSwitch, Nic } from '#lab'
import type { ImpairedPort, PortCapture, SwitchMacs } from '../network.ts'
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

/** Conditions that are about to hold. */
export interface ImpairmentChange {
  /** Of every port of the level whose link is bad. */
  readonly all: readonly ImpairedPort[]
  /** The ports whose conditions change. */
  readonly changed: readonly string[]
}

/** What a plane offers at its ports. `impair` never overlaps with itself, nor with changes of the wiring. */
export interface PortTools {
  /** Which links can be reproduced by a seed: where true, every conditions have one. */
  readonly seeds: boolean
  impair(change: ImpairmentChange, wiring: Wiring, signal: AbortSignal): Promise<void>
  capture(request: PortCapture, wiring: Wiring, signal: AbortSignal): Promise<Duplex>
  macs(wiring: Wiring, signal: AbortSignal): Promise<readonly SwitchMacs[]>
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
  readonly ports?: PortTools
  stats(found: Found, signal: AbortSignal): Promise<readonly PortStats[]>
  /** Ends what runs for the level as a whole. Says what it was, in words for people. */
  clear(signal: AbortSignal): Promise<readonly string[]>
}
