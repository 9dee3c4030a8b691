/** The smallest set of changes to a lab file that lets a frame and its answer through, and what else they open. */
import {
  type EditValue,
  editLab,
  type LoadOptions,
  loadLab,
  loadLabObject,
  plainLab,
  type ResolvedLab,
  withValue,
} from '#lab'
import type { Cause, Probe, Trace } from './contract.ts'
import { ideasFor } from './fix-ideas.ts'
import { templateOf, valueAt, writtenAt } from './fix-places.ts'
import { sceneOf } from './fix-scene.ts'
import { type Opening, openingOf } from './opens.ts'
import type { KeyPath } from './places.ts'
import { trace } from './trace.ts'

/** A lab file: its text, or the object that a module made. */
export type LabSource = ({ readonly text: string } | { readonly value: unknown }) & {
  readonly load: LoadOptions
}

export interface Change {
  /** Keys of the file. */
  readonly path: KeyPath
  readonly value: EditValue
  /** What the file has there now; absent: nothing. */
  readonly before?: unknown
  /** The template that the change is made in, and so for every machine that extends it. */
  readonly template?: string
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

interface Attempt {
  readonly changes: readonly Weighed[]
  readonly causes: readonly Cause[]
  readonly lab: ResolvedLab
  readonly trace: Trace
}

type Weighed = Change & { readonly weight: number }

interface Search {
  readonly probe: Probe
  readonly plain: unknown
  readonly load: LoadOptions
  readonly seen: Set<string>
  readonly endsAtMs: number
  readonly nowMs: () => number
  triesLeft: number
  gaveUp?: string
}

/** Fails as `trace` does; a lab with problems has no fixes. */
export function findFix(source: LabSource, probe: Probe, limits: FixLimits): FixAnswer | undefined {
  const { nowMs, budgetMs = 1000, changes: most = 4, tries = 500 } = limits
  const plain = 'text' in source ? plainLab(source.text) : source.value
  const { lab } = 'text' in source ? loadLab(source.text, source.load) : loadLabObject(plain, source.load)
  if (!lab) return undefined
  const endsAtMs = nowMs() + budgetMs
  const search: Search = {
    probe,
    plain,
    load: source.load,
    seen: new Set(),
    endsAtMs,
    nowMs,
    triesLeft: tries,
  }
  const start: Attempt = { changes: [], causes: [], lab, trace: trace(lab, probe) }
  const found = start.trace.reached ? [] : searched(start, search, most)
  const fixes = found.flatMap((attempt) => finished(source, { before: lab, attempt, probe }, search) ?? [])
  return {
    trace: start.trace,
    fixes: byOpening(fixes).map(({ fix }) => fix),
    ...(search.gaveUp !== undefined && { gaveUp: search.gaveUp }),
  }
}

/** Breadth first, so what is found has the fewest changes. */
function searched(start: Attempt, search: Search, most: number): readonly Attempt[] {
  let tried: readonly Attempt[] = [start]
  for (let depth = 0; depth < most && tried.length > 0; depth += 1) {
    const next = tried.flatMap((attempt) => nextAttempts(attempt, search))
    const reached = next.filter((attempt) => attempt.trace.reached && answersToo(attempt, search))
    if (reached.length > 0) return lightest(reached)
    if (search.gaveUp !== undefined) return []
    tried = next.filter((attempt) => !attempt.trace.reached)
  }
  return []
}

/** The other one can begin as well. A single frame has no other direction. */
function answersToo({ lab }: Attempt, { probe }: Search): boolean {
  if (probe.what.kind === 'frame') return true
  return trace(lab, { ...probe, from: probe.to, to: probe.from }).reached
}

function lightest(attempts: readonly Attempt[]): readonly Attempt[] {
  const weightOf = ({ changes }: Attempt) => changes.reduce((sum, { weight }) => sum + weight, 0)
  return [...attempts].sort((left, right) => weightOf(left) - weightOf(right)).slice(0, mostFixes)
}

const mostFixes = 4

function nextAttempts(attempt: Attempt, search: Search): readonly Attempt[] {
  const scene = sceneOf(attempt.lab, search.plain, attempt.trace)
  if (!scene) return []
  return ideasFor(scene).flatMap(({ keys, value, weight }) => {
    const { path } = writtenAt(search.plain, keys)
    if (attempt.changes.some((change) => touches(change.path, path))) return []
    const before = valueAt(search.plain, path)
    const template = templateOf(path)
    const change: Weighed = {
      path,
      value,
      weight,
      ...(before !== undefined && { before }),
      ...(template !== undefined && { template }),
    }
    const next = tryOut([...attempt.changes, change], search)
    if (!next || (!next.trace.reached && sameCause(next.trace, attempt.trace))) return []
    return [{ ...next, causes: [...attempt.causes, scene.cause] }]
  })
}

/** One value would be written over, or into, the other one. */
function touches(left: KeyPath, right: KeyPath): boolean {
  const length = Math.min(left.length, right.length)
  return left.slice(0, length).every((step, index) => step === right[index])
}

function tryOut(changes: readonly Weighed[], search: Search): Omit<Attempt, 'causes'> | undefined {
  const key = changes
    .map(({ path, value }) => JSON.stringify([path, value]))
    .sort()
    .join()
  if (search.seen.has(key) || search.gaveUp !== undefined) return undefined
  search.seen.add(key)
  search.triesLeft -= 1
  if (search.nowMs() > search.endsAtMs)
    search.gaveUp = 'the lab is too large to try more changes in the time given'
  else if (search.triesLeft < 0) search.gaveUp = 'there are too many combinations of changes'
  if (search.gaveUp !== undefined) return undefined
  const changed = changes.reduce((plain, { path, value }) => withValue(plain, path, value), search.plain)
  const { lab } = loadLabObject(changed, search.load)
  return lab && { changes, lab, trace: trace(lab, search.probe) }
}

/** The change did not help, nor did it show the next obstacle. */
function sameCause(
  { cause: left, legs: { length: reachedLeft } }: Trace,
  { cause: right, legs }: Trace,
): boolean {
  return (
    left?.reason === right?.reason &&
    left?.port === right?.port &&
    left?.owner === right?.owner &&
    left?.switchName === right?.switchName &&
    left?.setting === right?.setting &&
    reachedLeft === legs.length
  )
}

interface Finished {
  readonly fix: Fix
  readonly weight: number
}

/** The changes in the file itself, loaded and traced once more; undefined when that says something else. */
function finished(
  source: LabSource,
  { before, attempt, probe }: { before: ResolvedLab; attempt: Attempt; probe: Probe },
  { nowMs, endsAtMs }: Search,
): Finished | undefined {
  const changes = attempt.changes.map(({ weight: _, ...change }) => change)
  const weight = attempt.changes.reduce((sum, change) => sum + change.weight, 0)
  const opens = openingOf({ before, after: attempt.lab, probe }, () => nowMs() < endsAtMs)
  const fix = { changes, causes: attempt.causes, opens }
  if (!('text' in source)) return { fix, weight }
  const text = edited(source.text, changes, source.load)
  const { lab } = text === undefined ? {} : loadLab(text, source.load)
  if (text === undefined || !lab || !trace(lab, probe).reached) return { fix, weight }
  return { fix: { ...fix, text }, weight }
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
