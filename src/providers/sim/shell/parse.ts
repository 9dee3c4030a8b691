/** Reads shell text into its syntax tree. */
import { parseCompound } from './parse-compound.ts'
import { parseWord } from './parse-word.ts'
import { Scanner } from './scanner.ts'
import type { AndOr, Command, List, Pipeline, Redirection, SimpleCommand, Word } from './syntax.ts'

/** Throws a `ShellProblem`. */
export function parse(text: string): List {
  const scanner = new Scanner(text)
  const list = parseList(scanner)
  if (!scanner.ended) throw scanner.problem()
  return list
}

const closing = /(?:then|elif|else|fi|do|done|esac)(?![^\s;&|()<>])|[})]|;;/y

/** As far as commands follow; whoever asked looks at what ends them. */
export function parseList(scanner: Scanner): List {
  const list: AndOr[] = []
  for (;;) {
    scanner.gap()
    if (scanner.ended || scanner.sees(closing)) return list
    list.push(parseAndOr(scanner))
    scanner.blanks()
    if (!scanner.take(/;(?!;)|\n/y)) return list
  }
}

function parseAndOr(scanner: Scanner): AndOr {
  const first = parsePipeline(scanner)
  const rest: AndOr['rest'][number][] = []
  for (;;) {
    scanner.blanks()
    const joint = scanner.take(/&&|\|\|/y)
    if (!joint) return { first, rest }
    scanner.gap()
    rest.push({ when: joint[0] === '&&' ? '&&' : '||', pipeline: parsePipeline(scanner) })
  }
}

function parsePipeline(scanner: Scanner): Pipeline {
  const negated = scanner.take(/!(?=\s)/y) !== undefined
  const commands: Command[] = []
  do {
    scanner.gap()
    commands.push(scanner.deeper(() => parseCommand(scanner)))
    scanner.blanks()
  } while (scanner.take(/\|(?!\|)/y))
  return { negated, commands }
}

function parseCommand(scanner: Scanner): Command {
  const compound = parseCompound(scanner, parseList, parseCommand)
  if (!compound) return parseSimple(scanner)
  return { ...compound, redirections: [...compound.redirections, ...parseRedirections(scanner)] }
}

function parseRedirections(scanner: Scanner): Redirection[] {
  const redirections: Redirection[] = []
  for (;;) {
    scanner.blanks()
    const redirection = parseRedirection(scanner)
    if (!redirection) return redirections
    redirections.push(redirection)
  }
}

function parseRedirection(scanner: Scanner): Redirection | undefined {
  const found = scanner.take(/([012]?)(>>|>&|>|<(?![<&]))/y)
  if (!found) return undefined
  scanner.blanks()
  const target = parseWord(scanner, parseList)
  if (target.length === 0) throw scanner.problem()
  const [, number = '', sign] = found
  const operator = sign === '>>' || sign === '>&' || sign === '<' ? sign : '>'
  const usual = operator === '<' ? 0 : 1
  const from = number === '' ? usual : number === '0' ? 0 : number === '1' ? 1 : 2
  return { from, operator, target }
}

function parseSimple(scanner: Scanner): SimpleCommand {
  const assignments: SimpleCommand['assignments'][number][] = []
  const words: Word[] = []
  const redirections: Redirection[] = []
  for (;;) {
    scanner.blanks()
    const redirection = parseRedirection(scanner)
    if (redirection) {
      redirections.push(redirection)
      continue
    }
    const assigned = words.length === 0 ? scanner.take(/([A-Za-z_]\w*)=/y) : undefined
    const word = parseWord(scanner, parseList)
    if (assigned) assignments.push({ name: assigned[1] ?? '', value: word })
    else if (word.length > 0) words.push(word)
    else break
  }
  if (assignments.length + words.length + redirections.length === 0) throw scanner.problem()
  return { kind: 'simple', assignments, words, redirections }
}
