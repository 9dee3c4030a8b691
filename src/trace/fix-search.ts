/** Tries changes to a lab, fewest first, each as an answer to what the trace before it named. */
import { type EditValue, type LoadOptions, loadLabObject, type ResolvedLab, withValue } from '#lab'
import type { Cause, Probe, Trace } from './contract.ts'
import { ideasFor } from './fix-ideas.ts'
import { templateOf, valueAt, writtenAt } from './fix-places.ts'
import { sceneOf } from './fix-scene.ts'
import type { KeyPath } from './places.ts'
import { trace } from './trace.ts'

export interface Change {
  /** Keys of the file. */
  readonly path: KeyPath
  readonly value: EditValue
  /** What the file has there now; absent: nothing. */
  readonly before?: unknown
  /** The template that the change is made in, and so for every machine that extends it. */
  readonly template?: string
}

export interface Attempt {
  readonly changes: readonly Weighed[]
  readonly causes: readonly Cause[]
  readonly lab: ResolvedLab
  readonly trace: Trace
}

export type Weighed = Change & { readonly weight: number }

export interface Search {
  readonly probe: Probe
  readonly plain: unknown
  readonly load: LoadOptions
  readonly seen: Set<string>
  readonly endsAtMs: number
  readonly nowMs: () => number
  triesLeft: number
  gaveUp?: string
}

/** Breadth first, so what is found has the fewest changes. */
export function searched(start: Attempt, search: Search, most: number): readonly Attempt[] {
  let tried: readonly Attempt[] = [start]
  for (let depth = 0; depth < most && tried.length > 0; depth += 1) {
    const next = tried.flatMap((attempt) => nextAttempts(attempt, search))
    const reached = next.filter((attempt) => attempt.trace.reached)
    if (reached.length > 0) return lightest(reached.map((attempt) => withoutNeedless(attempt, search)))
    if (search.gaveUp !== undefined) return []
    tried = next
  }
  return []
}

/** What the first change was an answer to may be no obstacle any more after the others. */
function withoutNeedless(attempt: Attempt, search: Search): Attempt {
  for (const needless of attempt.changes) {
    const changes = attempt.changes.filter((change) => change !== needless)
    const less = changes.length > 0 ? loaded(changes, search) : undefined
    if (less?.trace.reached) return withoutNeedless({ ...less, causes: attempt.causes }, search)
  }
  return attempt
}

/** There, and when that arrives, from the other end as well: the one that fails. A single frame goes one way. */
export function tracedBothWays(lab: ResolvedLab, probe: Probe): Trace {
  const there = trace(lab, probe)
  if (!there.reached || probe.what.kind === 'frame') return there
  const back = trace(lab, { ...probe, from: probe.to, to: probe.from })
  return back.reached ? there : back
}

function lightest(attempts: readonly Attempt[]): readonly Attempt[] {
  const weightOf = ({ changes }: Attempt) => changes.reduce((sum, { weight }) => sum + weight, 0)
  const fewest = Math.min(...attempts.map(({ changes }) => changes.length))
  const unlike = new Map(attempts.map((attempt) => [keyOf(attempt.changes), attempt]))
  return [...unlike.values()]
    .filter(({ changes }) => changes.length === fewest)
    .sort((left, right) => weightOf(left) - weightOf(right))
    .slice(0, mostFixes)
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

function keyOf(changes: readonly Weighed[]): string {
  return changes
    .map(({ path, value }) => JSON.stringify([path, value]))
    .sort()
    .join()
}

function tryOut(changes: readonly Weighed[], search: Search): Omit<Attempt, 'causes'> | undefined {
  const key = keyOf(changes)
  if (search.seen.has(key) || search.gaveUp !== undefined) return undefined
  search.seen.add(key)
  search.triesLeft -= 1
  if (search.nowMs() > search.endsAtMs)
    search.gaveUp = 'the lab is too large to try more changes in the time given'
  else if (search.triesLeft < 0) search.gaveUp = 'there are too many combinations of changes'
  return search.gaveUp === undefined ? loaded(changes, search) : undefined
}

function loaded(changes: readonly Weighed[], search: Search): Omit<Attempt, 'causes'> | undefined {
  const changed = changes.reduce((plain, { path, value }) => withValue(plain, path, value), search.plain)
  const { lab } = loadLabObject(changed, search.load)
  return lab && { changes, lab, trace: tracedBothWays(lab, search.probe) }
}

/** The change did not help, nor did it show the next obstacle. */
export function sameCause(
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
