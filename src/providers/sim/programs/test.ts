/** `test` and `[`: the tests of files, texts and numbers. */
import type { Program, Run } from '../shell/shell.ts'
import { pathIn } from './file-art.ts'

const wrongUse = 2

export const test: Program = async (args, run) => {
  const truth = await judged(args, run)
  if (truth !== undefined) return truth ? 0 : 1
  run.err(`sh: test: not understood: ${args.join(' ')}\n`)
  return wrongUse
}

export const bracket: Program = (args, run) => {
  if (args.at(-1) === ']') return test(args.slice(0, -1), run)
  run.err('sh: [: missing ]\n')
  return wrongUse
}

async function judged(args: readonly string[], run: Run): Promise<boolean | undefined> {
  const [first = '', second = '', third = ''] = args
  if (args.length === 0) return false
  if (args.length === 1) return first !== ''
  if (first === '!') {
    const truth = await judged(args.slice(1), run)
    return truth === undefined ? undefined : !truth
  }
  if (args.length === 2) return ofOne(first, second, run)
  return args.length === 3 ? ofTwo(first, second, third) : undefined
}

async function ofOne(flag: string, operand: string, run: Run): Promise<boolean | undefined> {
  if (flag === '-n') return operand !== ''
  if (flag === '-z') return operand === ''
  if (flag === '-t') return false
  const path = pathIn(run, operand)
  const kind = await run.guest.files.kind(path)
  if (flag === '-d') return kind === 'folder'
  if (flag === '-f') return kind === 'file' && !path.startsWith('/dev/')
  if (flag === '-c') return kind === 'file' && path.startsWith('/dev/')
  if (flag === '-s') return ((await run.guest.files.read(path)) ?? '').length > 0
  return /^-[erwx]$/.test(flag) ? kind !== undefined : undefined
}

function ofTwo(left: string, operator: string, right: string): boolean | undefined {
  if (operator === '=' || operator === '==') return left === right
  if (operator === '!=') return left !== right
  const [a, b] = [left, right].map((text) => (/^\s*-?\d+\s*$/.test(text) ? Number(text) : Number.NaN))
  if (a === undefined || b === undefined || Number.isNaN(a) || Number.isNaN(b)) return undefined
  const truths = { '-eq': a === b, '-ne': a !== b, '-lt': a < b, '-le': a <= b, '-gt': a > b, '-ge': a >= b }
  return Object.entries(truths).find(([each]) => each === operator)?.[1]
}
