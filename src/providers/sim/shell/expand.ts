/** What words of the shell become when a command runs: variables, command output, sums, and splitting at blanks. */
import { patternSource, wholePattern } from './patterns.ts'
import { sumOf } from './sum.ts'
import { type List, ShellProblem, type Word, type WordPart } from './syntax.ts'

/** `x=$x$x` in a loop must end before the memory does. */
const longestText = 1024 * 1024

/** What expansion asks of the running shell. */
export interface Values {
  /** `$0` … `$9`, `$?`, `$$`, `$#` and named variables; undefined when it is not set. */
  variable(name: string): string | undefined
  readonly parameters: readonly string[]
  /** What the commands print, without line ends at the end. */
  outputOf(body: List): Promise<string>
}

/** One word as one text, as in assignments. */
export async function expandText(word: Word, values: Values): Promise<string> {
  let text = ''
  for (const part of word) text += await partText(part, values)
  if (text.length > longestText) throw new ShellProblem('value too long')
  return text
}

/** A word as a pattern (source of a RegExp): what was quoted stands for itself. */
export async function expandPattern(word: Word, values: Values): Promise<string> {
  let source = ''
  for (const part of word) source += patternSource(await partText(part, values), part.quoted)
  return source
}

/** The arguments that a command gets from its words. */
export async function expandWords(words: readonly Word[], values: Values): Promise<string[]> {
  const fields: string[] = []
  for (const word of words) fields.push(...(await fieldsOf(word, values)))
  return fields
}

async function fieldsOf(word: Word, values: Values): Promise<readonly string[]> {
  const fields: string[] = []
  let open: string | undefined
  const append = (texts: readonly string[]) => {
    for (const [at, text] of texts.entries()) {
      if (at > 0 && open !== undefined) fields.push(open)
      open = (at > 0 ? '' : (open ?? '')) + text
    }
  }
  const close = () => {
    if (open !== undefined) fields.push(open)
    open = undefined
  }
  for (const part of word) {
    if (part.kind === 'variable' && part.name === '@') append(values.parameters)
    else if (part.quoted || part.kind === 'text') append([await partText(part, values)])
    else {
      const text = await partText(part, values)
      const pieces = text.split(/[ \t\n]+/)
      if (pieces[0] === '') close()
      append(pieces.filter((piece) => piece !== ''))
      if (text !== '' && pieces.at(-1) === '') close()
    }
  }
  close()
  return fields
}

async function partText(part: WordPart, values: Values): Promise<string> {
  if (part.kind === 'text') return part.text
  if (part.kind === 'output') return values.outputOf(part.body)
  if (part.kind === 'sum') return String(sumOf(await expandText(part.expression, values), values))
  const value =
    part.name === '@' || part.name === '*' ? values.parameters.join(' ') : values.variable(part.name)
  return part.change ? changed(value, part.change, values) : (value ?? '')
}

async function changed(
  value: string | undefined,
  change: { readonly operator: string; readonly word: Word },
  values: Values,
): Promise<string> {
  const { operator, word } = change
  const counts = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined
  if (operator.endsWith('-')) return counts ? (value ?? '') : expandText(word, values)
  if (operator.endsWith('+')) return counts ? expandText(word, values) : ''
  return trimmed(value ?? '', operator, await expandPattern(word, values))
}

/** `#` and `%` take away the shortest match at the beginning or end, doubled the longest. */
function trimmed(value: string, operator: string, source: string): string {
  const atFront = operator.startsWith('#')
  const whole = wholePattern(source)
  const cuts = Array.from({ length: value.length + 1 }, (_, length) => length)
  const tried = operator.length === 2 ? cuts.reverse() : cuts
  const taken = tried.find((length) =>
    whole.test(atFront ? value.slice(0, length) : value.slice(value.length - length)),
  )
  if (taken === undefined) return value
  return atFront ? value.slice(taken) : value.slice(0, value.length - taken)
}
