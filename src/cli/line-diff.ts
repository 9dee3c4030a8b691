/** The differences of two texts as a unified diff, as `patch` takes it. */

interface Line {
  /** With its line feed, which only the last one may lack. */
  readonly text: string
  readonly sign: ' ' | '-' | '+'
}

const context = 3

/** Empty when the texts are the same. */
export function unifiedDiff(file: string, before: string, after: string): string[] {
  if (before === after) return []
  const lines = linesOf(before.split(/(?<=\n)/), after.split(/(?<=\n)/))
  const changed = lines.flatMap(({ sign }, index) => (sign === ' ' ? [] : [index]))
  const hunks: string[] = []
  let from = 0
  while (from < changed.length) {
    let to = from
    while (to + 1 < changed.length && (changed[to + 1] ?? 0) - (changed[to] ?? 0) <= 2 * context) to += 1
    hunks.push(...hunk(lines, (changed[from] ?? 0) - context, (changed[to] ?? 0) + context + 1))
    from = to + 1
  }
  return [`--- ${file}`, `+++ ${file}`, ...hunks]
}

function hunk(lines: readonly Line[], from: number, to: number): string[] {
  const start = Math.max(0, from)
  const shown = lines.slice(start, to)
  const side = (sign: '-' | '+') => {
    const belongs = (line: Line) => line.sign === ' ' || line.sign === sign
    const count = shown.filter(belongs).length
    const first = lines.slice(0, start).filter(belongs).length
    return `${sign}${count === 0 ? first : first + 1},${count}`
  }
  const body = shown.flatMap(({ sign, text }) =>
    text.endsWith('\n') ? [sign + text.slice(0, -1)] : [sign + text, '\\ No newline at end of file'],
  )
  return [`@@ ${side('-')} ${side('+')} @@`, ...body]
}

/** What both begin and end with is the same; between them the longest common lines are. */
function linesOf(old: readonly string[], now: readonly string[]): readonly Line[] {
  let head = 0
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1
  let tail = 0
  const room = Math.min(old.length, now.length) - head
  while (tail < room && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1
  const same = (text: string): Line => ({ sign: ' ', text })
  const [oldMiddle, nowMiddle] = [old.slice(head, old.length - tail), now.slice(head, now.length - tail)]
  return [
    ...old.slice(0, head).map(same),
    ...middle(oldMiddle, nowMiddle),
    ...old.slice(old.length - tail).map(same),
  ]
}

/** A table larger than this would take longer than anybody looks at it. */
const mostCells = 4_000_000

function middle(old: readonly string[], now: readonly string[]): readonly Line[] {
  const removed = (text: string): Line => ({ sign: '-', text })
  const added = (text: string): Line => ({ sign: '+', text })
  if (old.length * now.length > mostCells) return [...old.map(removed), ...now.map(added)]
  const width = now.length + 1
  const common = new Uint32Array((old.length + 1) * width)
  const at = (row: number, column: number) => common[row * width + column] ?? 0
  for (let row = old.length - 1; row >= 0; row -= 1) {
    for (let column = now.length - 1; column >= 0; column -= 1) {
      const longest = Math.max(at(row + 1, column), at(row, column + 1))
      common[row * width + column] = old[row] === now[column] ? at(row + 1, column + 1) + 1 : longest
    }
  }
  const lines: Line[] = []
  let [row, column] = [0, 0]
  while (row < old.length || column < now.length) {
    const [before, after] = [old[row], now[column]]
    if (before !== undefined && before === after) {
      lines.push({ sign: ' ', text: before })
      row += 1
      column += 1
    } else if (before !== undefined && (after === undefined || at(row + 1, column) >= at(row, column + 1))) {
      lines.push(removed(before))
      row += 1
    } else if (after !== undefined) {
      lines.push(added(after))
      column += 1
    }
  }
  return lines
}
