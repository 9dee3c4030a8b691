/** Who reaches whom as a table, and what another lab file changes about it. */
import type { LabComparison, PairVerdict, Reachability, ReachChange } from '#trace'
import type { Paint } from './paint.ts'
import { columns } from './table.ts'
import { causeLines } from './trace-text.ts'

/** A table with more columns is wider than screens are. */
const mostColumns = 40

export function reachLines(found: Reachability, paint: Paint): string[] {
  const { groups, verdicts, silent } = merged(found)
  const shown = groups.slice(0, mostColumns)
  const head = ['', '', ...shown.map((_, at) => paint.faint(String(at + 1)))]
  const rows = shown.map((group, row) => [
    paint.faint(String(row + 1)),
    namesOf(group),
    ...shown.map((_, column) => signOf(verdicts[row]?.[column], paint)),
  ])
  const left = groups.length - shown.length
  return [
    ...columns([head, ...rows]),
    '',
    `${paint.good('✓')} reached, ${paint.bad('✗')} not reached, ${paint.faint('·')} no network in common; rows ask, columns answer`,
    ...(left > 0 ? [`${left} more groups of machines: --json has them all`] : []),
    ...(silent.length > 0 ? [`without an address: ${namesOf(silent)}`] : []),
  ]
}

function signOf(verdict: PairVerdict | undefined, paint: Paint): string {
  if (!verdict) return paint.faint('-')
  if (verdict.reached) return paint.good('✓')
  return verdict.reason === 'NO_COMMON_NETWORK' ? paint.faint('·') : paint.bad('✗')
}

/** Groups that reach the same ones and are reached by the same ones stand in one row. */
function merged(found: Reachability): Reachability {
  const { groups, verdicts } = found
  // A machine reaches itself: so one of a kind looks like those that it reaches.
  const sign = (verdict: PairVerdict | undefined) => `${verdict?.reached ?? true}${verdict?.reason ?? ''}`
  const byLook = new Map<string, number[]>()
  for (const at of groups.keys()) {
    const row = groups.map((_, other) => sign(verdicts[at]?.[other]))
    const column = groups.map((_, other) => sign(verdicts[other]?.[at]))
    const look = [...row, ...column].join()
    byLook.set(look, [...(byLook.get(look) ?? []), at])
  }
  const kept = [...byLook.values()]
  const pick = (row: readonly number[], column: readonly number[]) => {
    const [asking = 0, second = asking] = row
    const asked = row === column ? second : (column[0] ?? 0)
    return verdicts[asking]?.[asked]
  }
  return {
    ...found,
    groups: kept.map((members) => members.flatMap((at) => groups[at] ?? [])),
    verdicts: kept.map((row) => kept.map((column) => pick(row, column))),
  }
}

/** `kvm-1/web`, or `kvm-1/web-1 … kvm-20/web-50 (1000)`. */
function namesOf(machines: readonly string[]): string {
  const [first = '', second] = machines
  if (second === undefined) return first
  const last = machines.at(-1) ?? ''
  return machines.length === 2 ? `${first}, ${last}` : `${first} … ${last} (${machines.length})`
}

export function comparisonLines({ changes, gone, added }: LabComparison, paint: Paint): string[] {
  const lines = changes.flatMap((change) => ['', ...changeLines(change, paint)])
  return [
    changes.length === 0 ? 'Everything reaches what it reached before.' : `${changes.length} changes:`,
    ...lines,
    ...(gone.length > 0 ? ['', `only in the first lab: ${namesOf(gone)}`] : []),
    ...(added.length > 0 ? ['', `only in the second lab: ${namesOf(added)}`] : []),
  ]
}

function changeLines({ from, to, reachedBefore, trace }: ReachChange, paint: Paint): string[] {
  const verdict = reachedBefore ? paint.bad('no longer reached') : paint.good('now reached')
  const pair = `${namesOf(from)} → ${namesOf(to)}: ${verdict}`
  if (!trace.cause) return [pair]
  const told = causeLines(trace.cause, { paint, place: undefined, withReturn: false, file: '' })
  return [pair, ...(reachedBefore ? [] : [paint.faint('  before:')]), ...told.map((line) => `  ${line}`)]
}
