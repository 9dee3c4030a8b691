/** The contract of places that can keep the whole state of running machines and make machines that begin there. */
import type { Machine } from '#lab'

/** What was kept of one machine at one instant; its files are in a folder of its own, which never changes again. */
export interface FrozenMachine {
  readonly name: string
  /** Digest given at creation. */
  readonly digest: string
  /** Absent when the machine did not run: then only its disks were kept. */
  readonly memory?: FrozenMemory
  /** The record it was made by, without secrets; its form is the provider's own. Undefined: by an order like the next. */
  readonly record: unknown
  /** Indexes of the disks in the boot order that are kept as files. */
  readonly disks: readonly number[]
  /** Each file's size and SHA-256, by its name in the folder. */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>
}

/** What must be the same where the memory is to be used again. */
export interface FrozenMemory {
  /** Of the program that ran it; of the simulation where that did. */
  readonly qemuVersion: string
  readonly accelerator: 'tcg' | 'kvm' | 'simulated'
  readonly cpuModel: string
  readonly memoryMiB: number
  /** How long the machine stood still, and how often it was stopped until no inner guest was being executed. */
  readonly pausedMs: number
  readonly tries: number
}

export interface FrozenSource {
  /** The machine's own folder. */
  readonly folder: string
  readonly machine: FrozenMachine
}

export interface FreezeOrder {
  /** Gets a folder for each machine; a failed call leaves only what disks of machines stand on. */
  readonly folder: string
  readonly machines: readonly string[]
}

/** Keeping the whole state of machines that go on running, and making machines that begin there. */
export interface MachineCopies {
  /** Why these machines cannot be frozen as they are now, one whole sentence with its remedy each. */
  hindrances(machines: readonly Machine[], signal: AbortSignal): Promise<readonly string[]>
  /** Stops all at one instant, keeps memory, devices and disks, and lets those that ran go on. */
  freeze(order: FreezeOrder, signal: AbortSignal): Promise<readonly FrozenMachine[]>
  /** Why what was frozen cannot run here, one whole sentence each. */
  misfits(frozen: readonly FrozenSource[], signal: AbortSignal): Promise<readonly string[]>
  /** Machines that run stand still until they are resumed. */
  pause(names: readonly string[], signal: AbortSignal): Promise<void>
  resume(names: readonly string[], signal: AbortSignal): Promise<void>
}
