/** From the text of a bill of materials to values with places; what YAML has beyond plain lists and maps is refused. */
import { Composer, CST, Lexer, LineCounter, Parser } from 'yaml'
import { clipped, convert, depthOf, type Finding, type Located, syntaxFinding } from '#lab'
import { bomLimits } from './bom-schema.ts'

export interface BomText {
  /** Absent when the text is no YAML at all. */
  readonly root?: Located
  readonly findings: readonly Finding[]
  readonly lines: LineCounter
  readonly text: string
}

export function readBomText(source: string | Uint8Array): BomText {
  const lines = new LineCounter()
  if (source.length > bomLimits.fileBytes) return { findings: [tooLong()], lines, text: '' }
  const text = decoded(source)
  if (text === undefined) {
    return {
      findings: [found(0, 'The file is not UTF-8 text.', 'Name a YAML file, or save it as UTF-8.')],
      lines,
      text: '',
    }
  }
  const unreadable = unreadableText(text)
  if (unreadable) return { findings: [unreadable], lines: linesOf(text, lines), text }
  const { tokens, findings } = tokensOf(text, lines)
  if (findings.length > 0) return { findings, lines, text }
  const depth = depthOf(tokens)
  if (depth.deepest > bomLimits.depth) return { findings: [tooDeep(depth.offset)], lines, text }
  const composer = new Composer({ uniqueKeys: false, keepSourceTokens: false })
  const [document, second] = [...composer.compose(tokens, true, text.length)]
  if (!document) return { findings: [], lines, text }
  const faults = [...document.errors, ...document.warnings].map((fault) => syntaxFinding(fault, text, tokens))
  if (second) {
    const remedy = 'Move it to a file of its own, or remove the line `---`.'
    faults.push(
      found(
        second.range[0],
        'A second YAML document begins here, but a file holds one bill of materials.',
        remedy,
      ),
    )
  }
  if (faults.length > 0) return { findings: faults, lines, text }
  return { ...convert(document.contents, (offset) => lines.linePos(offset).line), lines, text }
}

function decoded(source: string | Uint8Array): string | undefined {
  if (typeof source === 'string') return source
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(source)
  } catch {
    return undefined
  }
}

function unreadableText(text: string): Finding | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const strange = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/.exec(text)
  if (strange) {
    const code = strange[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()
    return found(
      strange.index,
      `This is not a text file: it holds the control character U+${code}.`,
      'A bill of materials is YAML or JSON text in UTF-8; check that you named the right file.',
    )
  }
  if (/^\s*$/.test(text.replace(/^\ufeff/, ''))) {
    return found(0, 'The file is empty.', 'Copy one from `examples/hardware/`.')
  }
  return undefined
}

/** Lines of a text that the parser does not get to see. */
function linesOf(text: string, lines: LineCounter): LineCounter {
  lines.addNewLine(0)
  for (const match of text.matchAll(/\n/g)) lines.addNewLine(match.index + 1)
  return lines
}

interface Tokens {
  readonly tokens: readonly CST.Token[]
  readonly findings: readonly Finding[]
}

const signs: Readonly<Record<string, string>> = {
  anchor: 'Anchors',
  alias: 'Aliases',
  tag: 'Tags',
  'directive-line': 'Directives',
}

/** Marks of the lexer that stand for no text of the file. */
const marks: ReadonlySet<string | null> = new Set(['doc-mode', 'flow-error-end', 'scalar'])

/** Lexemes are looked at before anything is made of them, so that nothing can grow out of an alias. */
function tokensOf(text: string, lines: LineCounter): Tokens {
  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  const findings: Finding[] = []
  let offset = 0
  let isScalar = false
  lines.addNewLine(0)
  for (const lexeme of new Lexer().lex(text)) {
    const type: string | null = isScalar ? 'text' : CST.tokenType(lexeme)
    const sign = signs[type ?? '']
    if (sign || (isScalar && lexeme === '<<')) findings.push(unused(sign ?? 'Merge keys', lexeme, offset))
    isScalar = type === 'scalar'
    if (!marks.has(type)) offset += lexeme.length
    for (const token of parser.next(lexeme)) tokens.push(token)
  }
  for (const token of parser.end()) tokens.push(token)
  return { tokens, findings }
}

function unused(sign: string, lexeme: string, offset: number): Finding {
  return {
    path: [],
    span: { start: offset, end: offset + Math.max(1, lexeme.length) },
    text: `${sign}, such as \`${clipped(lexeme)}\`, are not used in a bill of materials.`,
    remedy: 'Write the value itself, in quotes if it begins with this sign.',
  }
}

function tooLong(): Finding {
  const most = `${bomLimits.fileBytes / 1024} KiB`
  return found(0, `The file is larger than ${most}.`, 'Check that you named the right file.')
}

function tooDeep(offset: number): Finding {
  const text = `Lists and maps lie more than ${bomLimits.depth} deep inside one another here.`
  return found(offset, text, 'Write `parts:` as a list, each part as one map.')
}

function found(start: number, text: string, remedy: string): Finding {
  return { path: [], span: { start, end: start + 1 }, text, remedy }
}
