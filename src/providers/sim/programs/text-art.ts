/** Programs that handle text: echo, printf, head, tail, wc and grep. */
import type { Program, Run } from '../shell/shell.ts'
import { operands, pathIn } from './file-art.ts'
import { bracket, test } from './test.ts'

/** The files named, or the input; a file that is not there is complained about and left out. */
async function contentOf(name: string, paths: readonly string[], run: Run): Promise<Buffer | undefined> {
  if (paths.length === 0) return run.input.readAll()
  const pieces: Buffer[] = []
  for (const path of paths) {
    const content = await run.guest.files.read(pathIn(run, path))
    if (content) pieces.push(content)
    else run.err(`${name}: ${path}: No such file or directory\n`)
  }
  return pieces.length === paths.length ? Buffer.concat(pieces) : undefined
}

const echo: Program = (args, { out }) => {
  out(args[0] === '-n' ? args.slice(1).join(' ') : `${args.join(' ')}\n`)
  return 0
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' }

const printf: Program = (args, { out }) => {
  const [format = '', ...values] = args
  let at = 0
  const once = () =>
    format.replace(/\\([ntr\\])|%(?:%|[-0-9]*[sd])/g, (found, letter?: string) => {
      if (letter !== undefined) return escapes[letter] ?? found
      return found === '%%' ? '%' : (values[at++] ?? '')
    })
  // The format serves again until every value was printed, as in a real shell.
  let before: number
  do {
    before = at
    out(once())
  } while (at < values.length && at > before)
  return 0
}

/** `-n 3`, `-n3`, `-3`, `-c 10`: which unit, how many, and the files. */
function measure(args: readonly string[]) {
  const text = args.join('\0')
  const found = /^-(n|c)?\0?(\d+)(?:\0|$)/.exec(text)
  const rest = found ? text.slice(found[0].length) : text
  return {
    bytes: found?.[1] === 'c',
    count: Number(found?.[2] ?? 10),
    paths: operands(rest === '' ? [] : rest.split('\0')),
  }
}

const part =
  (name: 'head' | 'tail'): Program =>
  async (args, run) => {
    const { bytes, count, paths } = measure(args)
    const content = await contentOf(name, paths, run)
    if (!content) return 1
    const units = bytes ? [...content].map((byte) => Buffer.from([byte])) : linesOf(content.toString())
    const wanted = name === 'head' ? units.slice(0, count) : count === 0 ? [] : units.slice(-count)
    run.out(Buffer.concat(wanted.map((unit) => Buffer.from(unit))))
    return 0
  }

/** Each with its line end. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

const wc: Program = async (args, run) => {
  const content = await contentOf('wc', operands(args), run)
  if (!content) return 1
  const text = content.toString()
  const counts = {
    l: text.split('\n').length - 1,
    w: text.split(/\s+/).filter(Boolean).length,
    c: content.length,
  }
  const asked = args.filter((each) => each.startsWith('-')).join('')
  const shown = Object.entries(counts).filter(([flag]) => asked === '' || asked.includes(flag))
  run.out(`${[...shown.map(([, count]) => count), ...operands(args)].join(' ')}\n`)
  return 0
}

const grep: Program = async (args, run) => {
  const flags = args.filter((each) => each.startsWith('-')).join('')
  const [pattern = '', ...paths] = operands(args)
  const content = await contentOf('grep', paths, run)
  if (!content) return 2
  // Plain text only: a pattern typed by anyone must not keep this process busy.
  const plain = pattern.replace(/^\^|\$$|\\/g, '')
  const fold = (text: string) => (flags.includes('i') ? text.toLowerCase() : text)
  const matches = (line: string) => {
    const text = fold(line.replace(/\n$/, ''))
    const wanted = fold(plain)
    if (pattern.startsWith('^')) return text.startsWith(wanted)
    return pattern.endsWith('$') ? text.endsWith(wanted) : text.includes(wanted)
  }
  const found = linesOf(content.toString()).filter((line) => matches(line) !== flags.includes('v'))
  if (flags.includes('c')) run.out(`${found.length}\n`)
  else if (!flags.includes('q')) run.out(found.join(''))
  return found.length > 0 ? 0 : 1
}

export const textArt: readonly (readonly [string, Program])[] = [
  ['[', bracket],
  ['echo', echo],
  ['grep', grep],
  ['head', part('head')],
  ['printf', printf],
  ['tail', part('tail')],
  ['test', test],
  ['wc', wc],
]
