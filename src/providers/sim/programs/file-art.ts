/** Programs that handle files: cat, ls, mkdir, mv, test and their like. */
import { posix } from 'node:path'
import type { Program, Run } from '../shell/shell.ts'

const notThere = 'No such file or directory'

export const pathIn = ({ shell }: Run, path: string) => posix.resolve(shell.folder, path)

/** Arguments that are not options; `--` ends those. */
export function operands(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--')
  if (end >= 0) return [...operands(args.slice(0, end)), ...args.slice(end + 1)]
  return args.filter((each) => each === '-' || !each.startsWith('-'))
}

const flagged = (args: readonly string[], flag: string) =>
  args.some((each) => /^-[A-Za-z]+$/.test(each) && each.includes(flag))

/** Calls `work` for each path; a text that comes back is printed and makes the exit code 1. */
async function forEach(
  name: string,
  run: Run & { readonly paths: readonly string[] },
  work: (path: string, shown: string) => Promise<string | undefined>,
): Promise<number> {
  let code = 0
  for (const shown of run.paths) {
    const problem = await work(pathIn(run, shown), shown)
    if (problem === undefined) continue
    run.err(`${name}: ${shown}: ${problem}\n`)
    code = 1
  }
  return code
}

const cat: Program = async (args, run) => {
  const paths = operands(args)
  if (paths.length === 0) {
    for (let piece = await run.input.readSome(); piece; piece = await run.input.readSome()) run.out(piece)
    return 0
  }
  return forEach('cat', { ...run, paths }, async (path, shown) => {
    const content = shown === '-' ? await run.input.readAll() : await run.guest.files.read(path)
    if (content === undefined) return notThere
    run.out(content)
    return undefined
  })
}

const ls: Program = async (args, run) => {
  const named = operands(args)
  return forEach('ls', { ...run, paths: named.length > 0 ? named : ['.'] }, async (path, shown) => {
    const kind = await run.guest.files.kind(path)
    if (kind === undefined) return notThere
    const names = kind === 'file' || flagged(args, 'd') ? [shown] : await run.guest.files.list(path)
    run.out(names.map((name) => `${name}\n`).join(''))
    return undefined
  })
}

const mkdir: Program = (args, run) =>
  forEach('mkdir', { ...run, paths: operands(args) }, async (path) => {
    const { files } = run.guest
    if (!flagged(args, 'p')) {
      return (await files.kind(path)) === undefined ? files.makeFolder(path) : 'File exists'
    }
    for (const [at] of [...path.matchAll(/[^/]+/g)].map(({ index, 0: part }) => [index + part.length])) {
      const upTo = path.slice(0, at)
      const kind = await files.kind(upTo)
      if (kind === 'file') return 'File exists'
      const problem = kind === undefined ? await files.makeFolder(upTo) : undefined
      if (problem !== undefined) return problem
    }
    return undefined
  })

const rm: Program = (args, run) =>
  forEach('rm', { ...run, paths: operands(args) }, async (path) => {
    const kind = await run.guest.files.kind(path)
    if (kind === undefined) return flagged(args, 'f') ? undefined : notThere
    if (kind === 'folder' && !flagged(args, 'r')) return 'is a directory'
    return run.guest.files.remove(path)
  })

const carry =
  (away: boolean): Program =>
  async (args, run) => {
    const [from = '', to = ''] = operands(args)
    const { files } = run.guest
    const content = await files.read(pathIn(run, from))
    const name = away ? 'mv' : 'cp'
    if (content === undefined) {
      run.err(`${name}: can't stat '${from}': ${notThere}\n`)
      return 1
    }
    const into = (await files.kind(pathIn(run, to))) === 'folder' ? posix.join(to, posix.basename(from)) : to
    return forEach(name, { ...run, paths: [into] }, async (path) => {
      const problem = await files.write(path, content)
      if (problem === undefined && away) await files.remove(pathIn(run, from))
      return problem
    })
  }

const touch: Program = (args, run) =>
  forEach('touch', { ...run, paths: operands(args) }, async (path) =>
    (await run.guest.files.kind(path)) === undefined ? run.guest.files.write(path, '') : undefined,
  )

export const fileArt: readonly (readonly [string, Program])[] = [
  ['cat', cat],
  ['chmod', () => 0],
  ['cp', carry(false)],
  ['ls', ls],
  ['mkdir', mkdir],
  ['mv', carry(true)],
  ['rm', rm],
  ['touch', touch],
]
