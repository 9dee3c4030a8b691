/** What a rule is: one way in which a lab cannot work, works badly, or could be better. */
import type { Source } from '#facts'
import type { EditValue } from '#lab'
import type { Scene } from './scene.ts'

/** `error`: cannot work. `warning`: works badly or by luck. `advice`: works, and could be better. */
export type Severity = 'error' | 'warning' | 'advice'

export const severities: readonly Severity[] = ['error', 'warning', 'advice']

/** Keys from the top of the lab, with machines by their own names: `['machines', 'kvm-1', 'nics', 0]`. */
export type LabPath = readonly (string | number)[]

/** One value of the lab that the smallest fix sets, by names of the lab. */
export interface Edit {
  readonly at: LabPath
  readonly value: EditValue
}

/** One place where a rule is broken. */
export interface Hit {
  readonly at: LabPath
  /** What is wrong here: one sentence with the names and numbers of this lab. */
  readonly text: string
  /** What to do: one sentence, the smallest fix. */
  readonly remedy: string
  /** The same as data, only where it is safe: nothing else changes its meaning, and nobody else is opened to anything. */
  readonly edits?: readonly Edit[]
  /** Where this case is worse or milder than the rule usually is. */
  readonly severity?: Severity
}

export interface Rule {
  /** Stable: `network/forged-transmits`. Files name it in `suppress`. */
  readonly id: string
  readonly severity: Severity
  /** What must hold: one sentence. */
  readonly title: string
  /** Why it matters: two sentences. */
  readonly why: string
  /** Statements of the articles that it stands for: `R062`. */
  readonly covers: readonly string[]
  /** Where it comes from; the grade says how far that is to be trusted (V: read in the maker's own page). */
  readonly sources: readonly Source[]
  /** Versions of products that it holds for; absent: all. */
  readonly versions?: string
  find(scene: Scene): Iterable<Hit>
}
