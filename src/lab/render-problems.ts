/** Problems for a terminal: place, sentence, the line of the file with a caret under it, and the remedy. */
import { type Problem, printable } from './problem.ts'

export interface RenderOptions {
  /** ANSI colours. Default false. */
  readonly color?: boolean
}

const widest = 100

/** `source` is the text the problems were found in. Ends with a line that counts them. */
export function renderProblems(
  problems: readonly Problem[],
  source: string,
  options: RenderOptions = {},
): string {
  const lines = source.split(/\r\n|\n/)
  const blocks = problems.map((problem) => renderProblem(problem, lines[problem.line - 1], options))
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  return [...blocks, `${count} in ${printable(problems[0]?.file ?? 'the file')}`].join('\n\n')
}

function renderProblem(problem: Problem, line: string | undefined, options: RenderOptions): string {
  const paint = painter(options)
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`
  const where = problem.at === '' ? '' : `  ${shortened(problem.at)}`
  return [
    `${paint(bold, printable(place))}${paint(dim, where)}`,
    `${paint(red, 'error:')} ${problem.text}`,
    ...(line === undefined ? [] : excerpt(problem, line, options)),
    ...(problem.remedy === '' ? [] : [`${paint(green, 'fix:')} ${problem.remedy}`]),
  ].join('\n')
}

/** The end of a path says more than its beginning. */
function shortened(path: string): string {
  return path.length > widest ? `…${path.slice(-widest)}` : path
}

/** The line and a caret; of a very long line only the part around the place. */
function excerpt(problem: Problem, line: string, options: RenderOptions): readonly string[] {
  const paint = painter(options)
  const column = Math.min(problem.column - 1, line.length)
  const from = column < widest - 20 ? 0 : column - 40
  const before = printable(line.slice(from, column))
  const rest = line.slice(column, from + widest)
  const marked = printable(line.slice(column, Math.min(column + problem.length, from + widest))).trimEnd()
  const gutter = `${problem.line}`
  const blank = ' '.repeat(gutter.length)
  const lead = from > 0 ? '…' : ''
  return [
    `${paint(dim, `${gutter} |`)} ${lead}${before}${printable(rest)}${from + widest < line.length ? '…' : ''}`,
    `${paint(dim, `${blank} |`)} ${' '.repeat(lead.length + before.length)}${paint(red, '^'.repeat(Math.max(1, marked.length)))}`,
  ]
}

const bold = 1
const dim = 2
const red = 31
const green = 32

function painter({ color = false }: RenderOptions): (style: number, text: string) => string {
  return (style, text) => (color && text !== '' ? `\u001b[${style}m${text}\u001b[0m` : text)
}
