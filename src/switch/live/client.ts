/** Talks to a running switch process over its control socket. */
import type { LiveConfig } from './config.ts'

/** One port's counters since the process began; `dropped` by reason code. Fits the providers' `PortStats`. */
export interface LivePortStats {
  readonly switchName: string
  readonly portgroup: string
  readonly port: string
  readonly connected: boolean
  /** Frames (and bytes of frames) that the guest sent into the switch, dropped ones included. */
  readonly received: number
  readonly receivedBytes: number
  /** Frames handed to the guest. */
  readonly sent: number
  readonly sentBytes: number
  readonly dropped: Readonly<Record<string, number>>
  /** How often an established connection was lost. */
  readonly lost: number
  readonly effectiveMac: string
  readonly guestPromiscuous: boolean | 'unknown'
}

export interface LiveStats {
  readonly uptimeMs: number
  readonly ports: readonly LivePortStats[]
}

export interface SwitchPing {
  readonly lab: string
  readonly pid: number
  readonly uptimeMs: number
  /** SHA-256 of the configuration in force (`configDigest`). */
  readonly digest: string
}

/**
 * One connection to a switch process. Calls may overlap. Rejects with `switch-unreachable` when nothing answers,
 * `switch-lost` when the connection broke, `switch-refused` when the process refused the request.
 */
export class SwitchControl {
  static connect(_controlSocket: string, _limitMs = 5000): Promise<SwitchControl> {
    throw new Error('not yet')
  }
  stats(): Promise<LiveStats> {
    throw new Error('not yet')
  }
  /** Replaces switches and ports in one step; connections of ports whose socket stays are kept. */
  reload(_config: LiveConfig): Promise<void> {
    throw new Error('not yet')
  }
  ping(): Promise<SwitchPing> {
    throw new Error('not yet')
  }
  /** Asks the process to end; resolves when it has given up its control socket. */
  stop(): Promise<void> {
    throw new Error('not yet')
  }
  close(): void {}
}
