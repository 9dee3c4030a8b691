/** The contract of levels that a running machine can move between without being stopped. */
import type { MachineOrder } from './provider.ts'

/** What must fit for a machine to move there. */
export interface MoveFacts {
  readonly qemuVersion: string
  readonly accelerator: 'tcg' | 'kvm'
  readonly cpuModel: string
  /** Features of the processor that machines there may use, as Linux names them. */
  readonly cpuFeatures: readonly string[]
  readonly memoryAvailableMiB: number
  /** Processes that want a processor, averaged over a minute. */
  readonly load: number
}

/** Where one QEMU listens for another: an address of a network of the lab. */
export interface MoveAddress {
  readonly address: string
  readonly port: number
  /** Present when disks have to be copied. */
  readonly diskPort?: number
}

export interface Moved {
  /** How long the machine stood still. */
  readonly downtimeMs: number
  readonly tookMs: number
  /** Bytes of memory that were sent. */
  readonly memoryBytes: number
}

/** How far a move has come, as each side sees it. `gone`: its state is somewhere else now. */
export type MoveState = 'absent' | 'runs' | 'waits' | 'arrived' | 'gone' | 'off'

/** One level's part in a move. Every call may be repeated. */
export interface MachineMoves {
  facts(signal: AbortSignal): Promise<MoveFacts>
  state(name: string, signal: AbortSignal): Promise<MoveState>
  /** Makes a machine that waits for the state of another one, and listens there for it. */
  receive(order: MachineOrder, address: string, signal: AbortSignal): Promise<MoveAddress>
  /** Sends the machine's state while it runs; it stands still here when this returns. */
  send(name: string, to: MoveAddress, signal: AbortSignal): Promise<Moved>
  /** The machine that has arrived goes on. */
  finish(name: string, signal: AbortSignal): Promise<void>
}
