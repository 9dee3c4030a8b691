/** Reads one word: quotes, variables, command output and sums. */
import type { Scanner } from './scanner.ts'
import type { List, Word, WordPart } from './syntax.ts'

type ParseList = (scanner: Scanner) => List

const plain = /[^\s'"\\;&|<>()$`]+/y
const plainInQuotes = /(?:[^"\\$`]|\\(?!["\\$`\n]))+/y
const plainInBraces = /[^'"\\$`}]+/y
const plainInSum = /(?:[^"\\$`()]|\)(?!\)))+/y

/** Empty when no word starts here. */
export function parseWord(scanner: Scanner, parseList: ParseList): Word {
  return parseParts(scanner, { pattern: plain, quoted: false, parseList })
}

interface Style {
  /** What stands for itself. */
  readonly pattern: RegExp
  readonly quoted: boolean
  readonly parseList: ParseList
}

function parseParts(scanner: Scanner, style: Style): Word {
  const parts: WordPart[] = []
  for (;;) {
    const part = parsePart(scanner, style)
    if (!part) return parts
    parts.push(...part)
  }
}

function parsePart(scanner: Scanner, style: Style): readonly WordPart[] | undefined {
  const { quoted } = style
  const text = scanner.take(style.pattern)
  if (text) return [{ kind: 'text', text: text[0], quoted }]
  if (scanner.take(/\\\n/y)) return []
  const escaped = scanner.take(/\\([\s\S])/y)
  if (escaped) return [{ kind: 'text', text: escaped[1] ?? '', quoted: true }]
  if (scanner.next === '$') return [parseDollar(scanner, style)]
  if (quoted) return undefined
  const single = scanner.take(/'([^']*)'/y)
  if (single) return [{ kind: 'text', text: single[1] ?? '', quoted: true }]
  if (scanner.take(/"/y)) return parseQuoted(scanner, style)
  if (scanner.next === "'" || scanner.next === '`') throw scanner.problem()
  return undefined
}

function parseQuoted(scanner: Scanner, style: Style): readonly WordPart[] {
  const parts = parseParts(scanner, { ...style, pattern: plainInQuotes, quoted: true })
  scanner.expect(/"/y)
  // An empty text keeps the word alive: "" is a word.
  return [{ kind: 'text', text: '', quoted: true }, ...parts]
}

function parseDollar(scanner: Scanner, style: Style): WordPart {
  const { quoted } = style
  if (scanner.take(/\$\(\(/y)) {
    const expression = scanner.deeper(() =>
      parseParts(scanner, { ...style, pattern: plainInSum, quoted: true }),
    )
    scanner.expect(/\)\)/y)
    return { kind: 'sum', expression, quoted }
  }
  if (scanner.take(/\$\(/y)) {
    const body = scanner.deeper(() => style.parseList(scanner))
    scanner.expect(/\)/y)
    return { kind: 'output', body, quoted }
  }
  const bare = scanner.take(/\$([A-Za-z_]\w*|[0-9?$#@*])/y)
  if (bare) return { kind: 'variable', name: bare[1] ?? '', quoted }
  const braced = scanner.take(/\$\{([A-Za-z_]\w*|[0-9?$#@*])(:?[-+]|##?|%%?)?/y)
  if (!braced) {
    scanner.expect(/\$(?!\{)/y)
    return { kind: 'text', text: '$', quoted }
  }
  const operator = braced[2]
  const word = scanner.deeper(() => parseParts(scanner, { ...style, pattern: plainInBraces, quoted: false }))
  scanner.expect(/\}/y)
  const name = braced[1] ?? ''
  return operator
    ? { kind: 'variable', name, quoted, change: { operator, word } }
    : { kind: 'variable', name, quoted }
}
