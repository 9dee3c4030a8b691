/** From findings at keys to problems at lines: in the order of the file, each once, and not too many. */
import type { LineCounter } from 'yaml'
import { limits } from './limits.ts'
import { find, type Located } from './located.ts'
import { type Finding, formatPath, type Problem, printable, type Span } from './problem.ts'

export interface PlacedIn {
  readonly file: string
  readonly root?: Located | undefined
  /** Absent when the lab is not text. */
  readonly lines?: LineCounter | undefined
}

export function problemsOf(findings: readonly Finding[], place: PlacedIn): readonly Problem[] {
  const placed = findings.map((finding) => ({ finding, span: spanOf(finding, place.root) }))
  placed.sort((left, right) => (left.span?.start ?? 0) - (right.span?.start ?? 0))
  // A problem of a template shows up in every machine that extends it.
  const once = new Map(placed.map((item) => [`${item.span?.start} ${item.finding.text}`, item]))
  return [...once.values()]
    .slice(0, limits.problems)
    .map(({ finding, span }) => problemOf(finding, span, place))
}

function problemOf(finding: Finding, span: Span | undefined, { file, lines }: PlacedIn): Problem {
  const { text, remedy, path } = finding
  const start = span && lines?.lineStarts.length ? lines.linePos(span.start) : undefined
  return {
    file,
    line: start?.line ?? (lines ? 1 : 0),
    column: start?.col ?? (lines ? 1 : 0),
    length: Math.max(1, span ? span.end - span.start : 1),
    at: formatPath(path),
    text: printable(text),
    remedy: printable(typeof remedy === 'string' ? remedy : remedy()),
  }
}

function spanOf({ path, onKey, span }: Finding, root: Located | undefined): Span | undefined {
  if (span || !root) return span
  const { chain, key } = find(root, path)
  if (onKey && key) return key
  return chain.at(-1)?.span ?? key
}
