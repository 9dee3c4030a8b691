/** Starts the switch process of a lab, finds it again, and ends it. */
import type { SwitchControl } from './client.ts'
import type { LiveConfig } from './config.ts'

export interface SwitchLaunch {
  readonly config: LiveConfig
  /** Where the configuration is written (mode 0600) for the process, and for whoever restarts it later. */
  readonly configFile: string
  readonly logFile: string
  /** The Node to run it with: `process.execPath`. */
  readonly node: string
  /** `src/switch/live-main.ts`, or `dist/switch.js` when bundled. */
  readonly entry: string
  /** How long to wait until it answers. Default 10 000. */
  readonly limitMs?: number
  readonly signal?: AbortSignal
}

/** Starts the process in a session of its own and returns once it answers. Fails with `switch-running` when one does already. */
export function startSwitch(_launch: SwitchLaunch): Promise<SwitchControl> {
  throw new Error('not yet')
}

/** Writes the configuration, then reloads the running process or starts one. What `putSwitch` and new ports need. */
export function applySwitch(_launch: SwitchLaunch): Promise<'started' | 'reloaded'> {
  throw new Error('not yet')
}

/** True when a switch process answers on the socket. */
export function switchAlive(_controlSocket: string): Promise<boolean> {
  throw new Error('not yet')
}

/**
 * Ends the process, asked first and then by force, and removes what it left (socket, pid file). True when there
 * was one. Only a process that the pid file identifies (pid and start time) is ever signalled.
 */
export function stopSwitch(_config: Pick<LiveConfig, 'controlSocket' | 'pidFile'>): Promise<boolean> {
  throw new Error('not yet')
}
