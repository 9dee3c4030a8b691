/** The smallest set of changes to a lab file that lets a frame and its answer through, and what else they open. */
import {
  editLab,
  type LoadOptions,
  loadLab,
  loadLabObject,
  machinesOf,
  plainLab,
  type ResolvedLab,
  withValue,
} from '#lab'
import type { Cause, Probe, Trace } from './contract.ts'
import { pruned } from './fix-prune.ts'
import { type Attempt, type Change, type Search, sameCause, searched, tracedBothWays } from './fix-search.ts'
import { type Opening, openingOf } from './opens.ts'
import { trace } from './trace.ts'

/** A lab file: its text, or the object that a module made. */
export type LabSource = ({ readonly text: string } | { readonly value: unknown }) & {
  readonly load: LoadOptions
}

export interface Fix {
  readonly changes: readonly Change[]
  /** What the changes were an answer to, in the order in which they showed. */
  readonly causes: readonly Cause[]
  readonly opens: Opening
  /** The file with the changes; absent when the lab is no text. */
  readonly text?: string
}

export interface FixAnswer {
  readonly trace: Trace
  /** Equally few changes each, those that open least first. None when nothing is to be fixed or no way was found. */
  readonly fixes: readonly Fix[]
  /** Why the search ended before everything was tried. */
  readonly gaveUp?: string
}

export interface FixLimits {
  /** Milliseconds of a clock that does not run backwards. */
  readonly nowMs: () => number
  /** Default 1000. */
  readonly budgetMs?: number
  /** Default 4. */
  readonly changes?: number
  /** Labs tried; default 500. */
  readonly tries?: number
}

/** Fails as `trace` does; a lab with problems has no fixes. */
export function findFix(source: LabSource, probe: Probe, limits: FixLimits): FixAnswer | undefined {
  const { nowMs, budgetMs = 1000, changes: most = 4, tries = 500 } = limits
  const plain = 'text' in source ? plainLab(source.text) : source.value
  const { lab } = 'text' in source ? loadLab(source.text, source.load) : loadLabObject(plain, source.load)
  if (!lab) return undefined
  const endsAtMs = nowMs() + budgetMs
  const begun: Attempt = { changes: [], causes: [], lab, trace: trace(lab, probe) }
  if (begun.trace.reached) return { trace: begun.trace, fixes: [] }
  const small = smaller(plain, begun, source.load)
  const search: Search = {
    probe,
    plain: small?.plain ?? plain,
    load: source.load,
    seen: new Set(),
    endsAtMs,
    nowMs,
    triesLeft: tries,
  }
  const finishing = { source, plain, before: lab, probe, hasTime: () => nowMs() < endsAtMs }
  const fixes: Finished[] = []
  for (const attempt of searched(small?.start ?? begun, search, most)) {
    const fix = fixes.length === 0 || finishing.hasTime() ? finished(attempt, finishing) : undefined
    if (fix) fixes.push(fix)
  }
  return {
    trace: begun.trace,
    fixes: byOpening(fixes).map(({ fix }) => fix),
    ...(search.gaveUp !== undefined && { gaveUp: search.gaveUp }),
  }
}

/** Of labs with fewer machines nothing is worth being left out. */
const manyMachines = 200

/** A lab without the machines that have no part in it, when the trace says the same there. */
function smaller(plain: unknown, { lab, trace: whole }: Attempt, load: LoadOptions) {
  const { probe } = whole
  if ([...machinesOf(lab.top)].length < manyMachines) return undefined
  const less = pruned(plain, [probe.from, probe.to])
  const { lab: left } = less === undefined ? {} : loadLabObject(less, load)
  const traced = left && trace(left, probe)
  if (!left || !traced || !sameCause(traced, whole)) return undefined
  const start: Attempt = { changes: [], causes: [], lab: left, trace: traced }
  return { plain: less, start }
}

interface Finished {
  readonly fix: Fix
  readonly weight: number
}

interface Finishing {
  readonly source: LabSource
  readonly plain: unknown
  readonly before: ResolvedLab
  readonly probe: Probe
  readonly hasTime: () => boolean
}

/** The changes in the whole file, loaded and traced once more; undefined when that says something else. */
function finished(
  attempt: Attempt,
  { source, plain, before, probe, hasTime }: Finishing,
): Finished | undefined {
  const changes = attempt.changes.map(({ weight: _, ...change }) => change)
  const weight = attempt.changes.reduce((sum, change) => sum + change.weight, 0)
  const text = 'text' in source ? edited(source.text, changes, source.load) : undefined
  const changed = () => changes.reduce((value, change) => withValue(value, change.path, change.value), plain)
  const { lab } = text === undefined ? loadLabObject(changed(), source.load) : loadLab(text, source.load)
  if (!lab || !tracedBothWays(lab, probe).reached) return undefined
  const opens = openingOf({ before, after: lab, probe }, hasTime)
  return { fix: { changes, causes: attempt.causes, opens, ...(text !== undefined && { text }) }, weight }
}

/** Undefined where the file cannot be edited safely: aliases, for example. */
function edited(text: string, changes: readonly Change[], load: LoadOptions): string | undefined {
  try {
    return editLab(text, changes, { load })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'lab-edit-refused') return undefined
    throw error
  }
}

function byOpening(fixes: readonly Finished[]): readonly Finished[] {
  return [...fixes].sort(
    (left, right) =>
      detoursOf(left.fix) - detoursOf(right.fix) ||
      left.fix.opens.listeners - right.fix.opens.listeners ||
      left.fix.opens.furtherVlans - right.fix.opens.furtherVlans ||
      left.fix.opens.senders - right.fix.opens.senders ||
      (left.fix.opens.pairs ?? 0) - (right.fix.opens.pairs ?? 0) ||
      left.weight - right.weight ||
      // Outer settings concern more of the lab than inner ones.
      depthOf(right.fix) - depthOf(left.fix),
  )
}

/** A cable that is put elsewhere helps by itself; where the new place must be opened as well, the old one can be. */
function detoursOf({ changes }: Fix): number {
  if (changes.length === 1) return 0
  return changes.filter(({ path }) => path.at(-1) === 'portgroup' || path.includes('uplinks')).length
}

function depthOf({ changes }: Fix): number {
  return changes.reduce((sum, { path }) => sum + path.length, 0)
}
