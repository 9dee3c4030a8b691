/** Reads the shell's compound commands: groups, if, while, for, case and functions. */
import { parseWord } from './parse-word.ts'
import type { Scanner } from './scanner.ts'
import type { Case, Choice, Command, Each, Group, List, Word } from './syntax.ts'

type ParseList = (scanner: Scanner) => List
type ParseCommand = (scanner: Scanner) => Command

const keyword = /(if|while|until|for|case)(?=[\s;(])|(\{)(?=\s)|(\()|([A-Za-z_][\w-]*)\(\)/y

/** Undefined when a simple command starts here. */
export function parseCompound(
  scanner: Scanner,
  parseList: ParseList,
  parseCommand: ParseCommand,
): Command | undefined {
  const found = scanner.take(keyword)
  if (!found) return undefined
  const [, word, brace, bracket, functionName] = found
  if (functionName !== undefined) {
    scanner.gap()
    return { kind: 'function', name: functionName, body: parseCommand(scanner), redirections: [] }
  }
  if (brace) return parseGroup(scanner, parseList, false)
  if (bracket) return parseGroup(scanner, parseList, true)
  if (word === 'if') return parseChoice(scanner, parseList)
  if (word === 'for') return parseEach(scanner, parseList)
  if (word === 'case') return parseCase(scanner, parseList)
  const test = parseList(scanner)
  return {
    kind: 'while',
    until: word === 'until',
    test,
    body: parseBody(scanner, parseList),
    redirections: [],
  }
}

function parseGroup(scanner: Scanner, parseList: ParseList, apart: boolean): Group {
  const body = parseList(scanner)
  scanner.expect(apart ? /\)/y : /\}/y)
  return { kind: 'group', body, apart, redirections: [] }
}

function parseBody(scanner: Scanner, parseList: ParseList): List {
  scanner.gap()
  scanner.expect(/do(?=\s)/y)
  const body = parseList(scanner)
  scanner.expect(/done/y)
  return body
}

function parseChoice(scanner: Scanner, parseList: ParseList): Choice {
  const branches: Choice['branches'][number][] = []
  do {
    const test = parseList(scanner)
    scanner.expect(/then(?=\s)/y)
    branches.push({ test, body: parseList(scanner) })
  } while (scanner.take(/elif(?=\s)/y))
  const otherwise = scanner.take(/else(?=\s)/y) ? parseList(scanner) : []
  scanner.expect(/fi/y)
  return { kind: 'if', branches, otherwise, redirections: [] }
}

function parseEach(scanner: Scanner, parseList: ParseList): Each {
  scanner.blanks()
  const name = scanner.take(/[A-Za-z_]\w*/y)?.[0]
  scanner.gap()
  if (name === undefined || !scanner.take(/in(?=\s)/y)) throw scanner.problem()
  const words: Word[] = []
  for (;;) {
    scanner.blanks()
    const word = parseWord(scanner, parseList)
    if (word.length === 0) break
    words.push(word)
  }
  scanner.expect(/;|\n/y)
  return { kind: 'for', name, words, body: parseBody(scanner, parseList), redirections: [] }
}

function parseCase(scanner: Scanner, parseList: ParseList): Case {
  scanner.blanks()
  const word = parseWord(scanner, parseList)
  scanner.gap()
  scanner.expect(/in(?=\s)/y)
  const arms: Case['arms'][number][] = []
  for (;;) {
    scanner.gap()
    if (scanner.take(/esac/y)) return { kind: 'case', word, arms, redirections: [] }
    scanner.take(/\(/y)
    const patterns: Word[] = []
    do {
      scanner.blanks()
      patterns.push(parseWord(scanner, parseList))
      scanner.blanks()
    } while (scanner.take(/\|/y))
    scanner.expect(/\)/y)
    arms.push({ patterns, body: parseList(scanner) })
    scanner.gap()
    scanner.take(/;;/y)
  }
}
