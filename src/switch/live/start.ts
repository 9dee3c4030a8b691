/** Starts the switch process of a lab, brings a running one up to date, and ends it. */
import { type ChildProcess, spawn } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fail } from '../errors.ts'
import { SwitchControl, switchAlive } from './client.ts'
import { checkLiveConfig, configDigest, type LiveConfig } from './config.ts'
import { identify, livingProcess, type ProcessIdentity } from './identity.ts'

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

const defaultLimitMs = 10_000
const lookAgainMs = 20
/** How long a process may take to end after each way of telling it to. */
const endLimitMs = 3000
/** Enough of what a failed start said to see why. */
const saidBytes = 600

/**
 * Starts the process in a session of its own, so that it outlives this one, and returns once it answers.
 * Fails with `switch-running` when one does already, `switch-start` when it ended or did not answer in time.
 */
export async function startSwitch(launch: SwitchLaunch): Promise<SwitchControl> {
  const { lab, controlSocket } = launch.config
  launch.signal?.throwIfAborted()
  if (await switchAlive(controlSocket)) throw fail('switch-running', { lab, controlSocket })
  writeConfig(launch)
  const logged = sizeOf(launch.logFile)
  const child = spawnDetached(launch)
  try {
    const outcome = await answering(launch, child)
    if (outcome instanceof SwitchControl) return outcome
    throw fail('switch-start', { lab, why: outcome.why, said: saidSince(launch.logFile, logged) })
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    child.unref()
  }
}

/** Writes the configuration, then reloads the running process or starts one. What `putSwitch` and new ports need. */
export async function applySwitch(launch: SwitchLaunch): Promise<'started' | 'reloaded'> {
  const { controlSocket } = launch.config
  if (!(await switchAlive(controlSocket))) {
    const control = await startSwitch(launch)
    control.close()
    return 'started'
  }
  const control = await SwitchControl.connect(controlSocket)
  try {
    await control.reload(launch.config)
    writeConfig(launch)
    return 'reloaded'
  } finally {
    control.close()
  }
}

/**
 * Ends the process, asked first and then by force, and removes what it left (socket, pid file). True when there
 * was one. Only a process that the pid file identifies (pid and start time) is ever signalled.
 */
export async function stopSwitch(config: Pick<LiveConfig, 'controlSocket' | 'pidFile'>): Promise<boolean> {
  const { controlSocket, pidFile } = config
  const asked = await askToStop(controlSocket)
  const found = asked ?? (pidFile === undefined ? undefined : livingProcess(pidFile))
  if (found) await ended(found, asked === undefined)
  rmSync(controlSocket, { force: true })
  if (pidFile !== undefined) rmSync(pidFile, { force: true })
  return found !== undefined
}

/** The process that agreed to end. */
async function askToStop(controlSocket: string): Promise<ProcessIdentity | undefined> {
  let control: SwitchControl | undefined
  try {
    control = await SwitchControl.connect(controlSocket)
    const { pid } = await control.ping()
    const found = identify(pid)
    await control.stop()
    return found
  } catch {
    return undefined
  } finally {
    control?.close()
  }
}

async function ended(found: ProcessIdentity, signalNow: boolean): Promise<void> {
  if (!signalNow && (await gone(found))) return
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (isRunning(found)) process.kill(found.pid, signal)
    if (await gone(found)) return
  }
  throw fail('switch-stuck', { pid: found.pid })
}

async function gone(found: ProcessIdentity): Promise<boolean> {
  const until = performance.now() + endLimitMs
  while (isRunning(found)) {
    if (performance.now() > until) return false
    await pause(lookAgainMs)
  }
  return true
}

function isRunning({ pid, startTicks }: ProcessIdentity): boolean {
  return identify(pid)?.startTicks === startTicks
}

function writeConfig({ config, configFile }: SwitchLaunch): void {
  const checked = checkLiveConfig(config, 'to be written')
  mkdirSync(dirname(configFile), { recursive: true, mode: 0o700 })
  const beside = `${configFile}.new`
  writeFileSync(beside, `${JSON.stringify(checked, null, 2)}\n`, { mode: 0o600 })
  renameSync(beside, configFile)
}

function spawnDetached({ node, entry, configFile, logFile }: SwitchLaunch): ChildProcess {
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 })
  const log = openSync(logFile, 'a', 0o600)
  try {
    return spawn(node, [entry, configFile], { cwd: '/', detached: true, stdio: ['ignore', log, log] })
  } finally {
    closeSync(log)
  }
}

async function answering(
  launch: SwitchLaunch,
  child: ChildProcess,
): Promise<SwitchControl | { readonly why: string }> {
  const { config, limitMs = defaultLimitMs } = launch
  const digest = configDigest(config)
  const until = performance.now() + limitMs
  let why: string | undefined
  child.once('error', (error) => {
    why = error.message
  })
  child.once('exit', (code, signal) => {
    why = `it ended with ${signal ?? `exit code ${code}`}`
  })
  while (why === undefined) {
    launch.signal?.throwIfAborted()
    const control = await answers(config.controlSocket, digest)
    if (control) return control
    if (performance.now() > until) why = `it did not answer within ${limitMs} ms`
    await pause(lookAgainMs)
  }
  return { why }
}

async function answers(controlSocket: string, digest: string): Promise<SwitchControl | undefined> {
  let control: SwitchControl | undefined
  try {
    control = await SwitchControl.connect(controlSocket)
    if ((await control.ping()).digest === digest) return control
  } catch {
    // Not yet there.
  }
  control?.close()
  return undefined
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/** The beginning of what has been logged since: an error's name comes before its stack. */
function saidSince(logFile: string, offset: number): string {
  try {
    return readFileSync(logFile)
      .subarray(offset, offset + saidBytes)
      .toString('utf8')
      .trim()
  } catch {
    return ''
  }
}
