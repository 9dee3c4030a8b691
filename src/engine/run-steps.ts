/** Carries out steps: each as soon as those it needs are done, bounded by a gate, journaled before and after. */
import type { Failure } from '#failure'
import type { Clock } from './contract.ts'
import { asFailure } from './errors.ts'
import type { EngineEvent, Step } from './plan-types.ts'

/** Decides whether one more step may run now. */
export interface Gate {
  /** True = may begin, and counts until `leave`. */
  enter(step: Step): boolean
  /** The step ended or will never run. */
  leave(step: Step): void
}

export interface StepLog {
  write(event: 'begin' | 'done' | 'failed', step: Step, because?: string): Promise<void>
}

export interface Run {
  readonly steps: readonly Step[]
  readonly perform: (step: Step, signal: AbortSignal) => Promise<void>
  readonly gate: Gate
  readonly journal: StepLog
  readonly clock: Clock
  readonly onEvent: (event: EngineEvent) => void
  readonly signal: AbortSignal
}

export interface Outcome {
  readonly done: readonly Step[]
  /** In the order in which they failed. */
  readonly failed: readonly { readonly step: Step; readonly failure: Failure }[]
  readonly skipped: readonly Step[]
}

/** Settles when nothing runs any more; never rejects. After an abort no step begins. */
export function runSteps(run: Run): Promise<Outcome> {
  return new Runner(run).settled
}

class Runner {
  readonly settled: Promise<Outcome>
  readonly #run: Run
  readonly #finish: (outcome: Outcome) => void
  readonly #done: Step[] = []
  readonly #failed: { step: Step; failure: Failure }[] = []
  readonly #skipped: Step[] = []
  /** Steps that wait for others, with the number of these. */
  readonly #waiting = new Map<string, { readonly step: Step; missing: number }>()
  readonly #dependents = new Map<string, string[]>()
  /** Nothing is missing any more; in the order of the plan. */
  #ready: Step[] = []
  #running = 0

  constructor(run: Run) {
    this.#run = run
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    this.settled = promise
    this.#finish = resolve
    const ids = new Set(run.steps.map((step) => step.id))
    for (const step of run.steps) {
      const needs = step.needs.filter((need) => ids.has(need))
      if (needs.length === 0) this.#ready.push(step)
      else this.#waiting.set(step.id, { step, missing: needs.length })
      for (const need of needs) this.#dependents.set(need, [...(this.#dependents.get(need) ?? []), step.id])
    }
    run.signal.addEventListener('abort', this.#advance, { once: true })
    this.#advance()
  }

  readonly #advance = (): void => {
    if (this.#run.signal.aborted) this.#skipRest('the command was stopped')
    const held: Step[] = []
    const ready = this.#ready
    this.#ready = []
    for (const step of ready) {
      if (this.#run.gate.enter(step)) void this.#carryOut(step)
      else held.push(step)
    }
    this.#ready = [...held, ...this.#ready]
    if (this.#running > 0) return
    // A gate that holds everything while nothing runs would wait for ever; it is a mistake in the gate.
    if (this.#ready.length > 0) this.#skipRest('nothing can make room for it')
    this.#run.signal.removeEventListener('abort', this.#advance)
    this.#finish({ done: this.#done, failed: this.#failed, skipped: this.#skipped })
  }

  async #carryOut(step: Step): Promise<void> {
    this.#running += 1
    try {
      await this.#journaled(step)
      this.#done.push(step)
      this.#release(step)
    } catch (error) {
      const failure = asFailure(error, step.id)
      this.#failed.push({ step, failure })
      this.#run.onEvent({ kind: 'step-failed', step, atMs: this.#run.clock.nowMs(), failure })
      this.#skipDependents(step, `${step.id} failed`)
    } finally {
      this.#run.gate.leave(step)
      this.#running -= 1
      this.#advance()
    }
  }

  async #journaled(step: Step): Promise<void> {
    const { journal, clock, onEvent, perform, signal } = this.#run
    const atMs = clock.nowMs()
    onEvent({ kind: 'step-began', step, atMs })
    await journal.write('begin', step)
    try {
      await perform(step, signal)
    } catch (error) {
      await journal.write('failed', step, asFailure(error, step.id).message)
      throw error
    }
    await journal.write('done', step)
    const now = clock.nowMs()
    onEvent({ kind: 'step-done', step, atMs: now, tookMs: now - atMs })
  }

  #release(step: Step): void {
    for (const id of this.#dependents.get(step.id) ?? []) {
      const dependent = this.#waiting.get(id)
      if (!dependent) continue
      dependent.missing -= 1
      if (dependent.missing > 0) continue
      this.#waiting.delete(id)
      this.#ready.push(dependent.step)
    }
  }

  #skipDependents(step: Step, because: string): void {
    for (const id of this.#dependents.get(step.id) ?? []) {
      const dependent = this.#waiting.get(id)
      if (!dependent) continue
      this.#waiting.delete(id)
      this.#skip(dependent.step, because)
      this.#skipDependents(dependent.step, because)
    }
  }

  #skipRest(because: string): void {
    const rest = [...this.#ready, ...[...this.#waiting.values()].map((one) => one.step)]
    this.#ready = []
    this.#waiting.clear()
    for (const step of rest) this.#skip(step, because)
  }

  #skip(step: Step, because: string): void {
    this.#skipped.push(step)
    this.#run.gate.leave(step)
    this.#run.onEvent({ kind: 'step-skipped', step, because })
  }
}
