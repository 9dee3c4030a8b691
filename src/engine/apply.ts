/** Carries out a plan on a lab whose lock is held, and turns what went wrong into the command's one failure. */
import { labPaths, openJournal, type Roots } from '#store'
import type { Clock } from './contract.ts'
import { fail } from './errors.ts'
import { isStep, unfinishedSteps } from './lab-notes.ts'
import type { Observation } from './observation.ts'
import type { EngineEvent, Plan, Step } from './plan-types.ts'
import { type Gate, type Outcome, runSteps } from './run-steps.ts'
import { pathIn } from './select.ts'

export interface Applying {
  readonly roots: Roots
  readonly clock: Clock
  readonly performer: { readonly perform: (step: Step, signal: AbortSignal) => Promise<void> }
  readonly gate: Gate
  readonly onEvent: (event: EngineEvent) => void
  readonly signal: AbortSignal
}

/** Fails with `interrupted` or `step-failed`; `seen` tells what exists then. */
export async function applyPlan(plan: Plan, seen: Observation, applying: Applying): Promise<Outcome> {
  const { roots, clock, performer, gate, onEvent, signal } = applying
  onEvent({ kind: 'planned', plan })
  const journal = await openJournal(labPaths(roots, plan.lab).journal, isStep, () => clock.nowMs())
  try {
    const { steps } = plan
    const outcome = await runSteps({
      steps,
      perform: performer.perform,
      gate,
      journal,
      clock,
      onEvent,
      signal,
    })
    refuseHalf(outcome, seen, signal)
    // What an earlier command left unfinished is overtaken by this one's success.
    for (const step of await unfinishedSteps(roots, plan.lab)) await journal.write('done', step)
    return outcome
  } finally {
    await journal.close()
  }
}

function refuseHalf(outcome: Outcome, seen: Observation, signal: AbortSignal): void {
  const { failed, skipped } = outcome
  if (failed.length === 0 && skipped.length === 0) return
  const exists = existing(outcome, seen)
  const [first, ...others] = failed
  if (signal.aborted || !first) throw fail('interrupted', { exists })
  const { step, failure } = first
  const told = {
    step: step.id,
    reason: failure.message,
    remedy: failure.remedy,
    others: others.length,
    exists,
  }
  throw fail('step-failed', told, failure)
}

/** Machines there were before, without those removed, with those created; what was inside a removed one went with it. */
function existing({ done }: Outcome, seen: Observation): string[] {
  const paths = new Set<string>()
  for (const [owner, level] of seen.levels) {
    if (level.kind !== 'seen') continue
    for (const one of level.inventory.machines) paths.add(pathIn(owner, one.name))
  }
  for (const step of done) {
    if (step.do === 'create-machine') paths.add(step.path)
    if (step.do !== 'remove-machine') continue
    for (const path of paths) if (path === step.path || path.startsWith(`${step.path}/`)) paths.delete(path)
  }
  return [...paths].sort()
}
