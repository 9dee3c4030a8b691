/** From the text of a lab file to values with places; YAML's traps are refused by name. */
import { Composer, type CST, Lexer, LineCounter, Parser } from 'yaml'
import { depthOf } from './cst-depth.ts'
import { limits } from './limits.ts'
import type { Located } from './located.ts'
import type { Finding } from './problem.ts'
import { convert } from './read-node.ts'
import { syntaxFinding } from './yaml-syntax.ts'

export interface ReadText {
  /** Absent when the text is no YAML at all. */
  readonly root?: Located
  readonly findings: readonly Finding[]
  readonly lines: LineCounter
}

export function readYaml(text: string): ReadText {
  const lines = new LineCounter()
  const unreadable = textFinding(text)
  if (unreadable) return { findings: [unreadable], lines: linesOf(text, lines) }
  const tokens = tokensOf(text, lines)
  if (!tokens)
    return { findings: [finding(0, `The file has more than ${most} words and signs.`, shorten)], lines }
  // The tokens come from a loop without recursion, so their depth is known before anything walks down them.
  const depth = depthOf(tokens)
  if (depth.deepest > limits.depth) return { findings: [tooDeep(depth.offset)], lines }
  const composer = new Composer({ uniqueKeys: false, keepSourceTokens: false })
  const [document, second] = [...composer.compose(tokens, true, text.length)]
  if (!document) return { findings: [], lines }
  const faults = [...document.errors, ...document.warnings]
    .slice(0, limits.faults)
    .map((fault) => syntaxFinding(fault, text, tokens))
  if (second) faults.push(secondDocument(second.range[0]))
  if (document.directives.docStart && /^%/m.test(text.slice(0, document.range[0]))) faults.push(directive())
  if (faults.length > 0) return { findings: faults, lines }
  return { ...convert(document.contents, (offset) => lines.linePos(offset).line), lines }
}

const most = limits.lexemes.toLocaleString('en')

/** Undefined when there are too many to go on. */
function tokensOf(text: string, lines: LineCounter): readonly CST.Token[] | undefined {
  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  let count = 0
  lines.addNewLine(0)
  for (const lexeme of new Lexer().lex(text)) {
    count += 1
    if (count > limits.lexemes) return undefined
    for (const token of parser.next(lexeme)) tokens.push(token)
  }
  for (const token of parser.end()) tokens.push(token)
  return tokens
}

/** Lines of a text that the parser does not get to see. */
function linesOf(text: string, lines: LineCounter): LineCounter {
  lines.addNewLine(0)
  for (const match of text.matchAll(/\n/g)) lines.addNewLine(match.index + 1)
  return lines
}

function textFinding(text: string): Finding | undefined {
  if (text.length > limits.fileBytes) {
    return finding(0, `The file is larger than ${limits.fileBytes / 1024 / 1024} MiB.`, shorten)
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const strange = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/.exec(text)
  if (strange) {
    const code = strange[0].charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()
    return finding(
      strange.index,
      `This is not a text file: it holds the control character U+${code}.`,
      'A lab file is YAML or JSON text in UTF-8; check that you named the right file.',
    )
  }
  if (/^\s*$/.test(text.replace(/^\ufeff/, ''))) {
    return finding(0, 'The file is empty.', 'Start one with `nestlab init`, or copy a file from `examples/`.')
  }
  return undefined
}

const shorten = 'Say repeated machines with `count` and `templates` instead of writing each one out.'

function tooDeep(offset: number): Finding {
  return finding(
    offset,
    `Lists and maps lie more than ${limits.depth} deep inside one another here.`,
    `Take levels out: a lab has at most ${limits.levels} levels of hypervisors.`,
  )
}

function secondDocument(offset: number): Finding {
  return finding(
    offset,
    'A second YAML document begins here, but a file holds one lab.',
    'Move it to a file of its own, or remove the line `---`.',
  )
}

function directive(): Finding {
  return finding(
    0,
    'Directives (lines that begin with `%`) change how the file is read.',
    'Remove them: lab files are YAML 1.2.',
  )
}

function finding(start: number, text: string, remedy: string): Finding {
  return { path: [], span: { start, end: start + 1 }, text, remedy }
}
