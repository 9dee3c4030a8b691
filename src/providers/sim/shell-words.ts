/** Splits a line as a POSIX shell does, as far as the simulated guests' shell goes, and says where it stops. */

export interface SimpleCommand {
  /** When it runs, given the exit code before it: `;` always, `&&` after 0, `||` after any other. */
  readonly after: ';' | '&&' | '||'
  readonly words: readonly string[]
}

/** The first character or word that this shell cannot do, such as `|` or `$`. */
export class NotSimulated extends Error {}

const unquoted = /^(?:[^\s'"\\;&|<>()$`#*?[~]|(?<=.)[#~])+/
const operator = /^(?:&&|\|\||;|\n)/

export function splitCommands(line: string): SimpleCommand[] {
  const commands: SimpleCommand[] = []
  let words: string[] = []
  let after: SimpleCommand['after'] = ';'
  let rest = line
  const finish = () => {
    if (words.length > 0) commands.push({ after, words })
    words = []
  }
  while (rest !== '') {
    const blank = /^(?:[ \t]+|#[^\n]*)/.exec(rest)?.[0]
    const join = operator.exec(rest)?.[0]
    if (blank) rest = rest.slice(blank.length)
    else if (join) {
      finish()
      after = join === '&&' || join === '||' ? join : ';'
      rest = rest.slice(join.length)
    } else {
      const word = readWord(rest)
      words.push(word.text)
      rest = word.rest
    }
  }
  finish()
  return commands
}

function readWord(text: string): { text: string; rest: string } {
  let word = ''
  let rest = text
  for (;;) {
    const piece = readPiece(rest)
    if (piece === undefined) return { text: word, rest }
    word += piece.value
    rest = rest.slice(piece.length)
  }
}

function readPiece(rest: string): { value: string; length: number } | undefined {
  if (rest === '' || /^[ \t]/.test(rest) || operator.test(rest)) return undefined
  const plain = unquoted.exec(rest)?.[0]
  if (plain) return { value: plain, length: plain.length }
  if (rest[0] === '\\' && rest.length > 1) return { value: rest.slice(1, 2), length: 2 }
  const single = /^'([^']*)'/.exec(rest)
  if (single) return { value: single[1] ?? '', length: single[0].length }
  const double = /^"((?:[^"\\$`]|\\[\s\S])*)"/.exec(rest)
  if (double) return { value: (double[1] ?? '').replace(/\\(["\\$`])/g, '$1'), length: double[0].length }
  throw new NotSimulated(rest.slice(0, 12))
}
