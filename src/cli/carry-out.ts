/** Runs what changes a lab: shows its progress, and after a failure what went wrong where and what exists now. */
import type { EngineEvent, LabStatus, RunOptions } from '#engine'
import { showProgress } from './progress.ts'
import { failureOf, tellFailure } from './report.ts'
import { statusLines } from './status-text.ts'
import type { Call } from './verb.ts'

/** After a failure the lab is asked for this long at most. */
const lookLimitMs = 15_000

export interface Done<Result> {
  readonly result: Result
  readonly tookMs: number
  /** How long each machine's steps took together, by its path. */
  readonly tookMsByPath: ReadonlyMap<string, number>
}

export async function carryOut<Result>(
  call: Call,
  lab: string,
  work: (run: RunOptions) => Promise<Result>,
): Promise<Done<Result>> {
  const { nowMs } = call.services
  const beganMs = nowMs()
  const tookMsByPath = new Map<string, number>()
  const failed: Extract<EngineEvent, { kind: 'step-failed' }>[] = []
  let hasBegun = false
  const progress = showProgress(call.terminal, lab, nowMs)
  const onEvent = (event: EngineEvent): void => {
    progress.onEvent(event)
    if (event.kind === 'step-began') hasBegun = true
    if (event.kind === 'step-failed') failed.push(event)
    if (event.kind === 'step-done') {
      tookMsByPath.set(event.step.path, (tookMsByPath.get(event.step.path) ?? 0) + event.tookMs)
    }
  }
  try {
    const result = await work({ onEvent, signal: call.signal })
    return { result, tookMs: nowMs() - beganMs, tookMsByPath }
  } catch (thrown) {
    progress[Symbol.dispose]()
    const failure = failureOf(thrown, call.signal)
    for (const event of failed) {
      // What the user stopped himself is no news.
      if (event.failure !== failure && !call.signal.aborted)
        tellFailure(call.terminal, event.failure, call.debug)
    }
    if (hasBegun) await tellWhatExists(call, lab)
    throw failure
  } finally {
    progress[Symbol.dispose]()
  }
}

/** On stderr: what the command leaves behind. */
async function tellWhatExists(call: Call, lab: string): Promise<void> {
  const { terminal } = call
  let status: LabStatus
  try {
    status = await (await call.services.engine()).status(lab, AbortSignal.timeout(lookLimitMs))
  } catch {
    terminal.tell(`What exists of ${lab} could not be asked just now: nestlab status --lab ${lab}`)
    return
  }
  const exists = status.machines.some((machine) => machine.state !== 'missing')
  terminal.tell(exists ? `This exists of ${lab} now:` : `Nothing exists of ${lab} now.`)
  if (exists) terminal.tell(statusLines(status, terminal.paintErrors).join('\n'))
}
