/** The commands that are the shell's own, because they change the shell. */
import { posix } from 'node:path'
import { Leave } from './leave.ts'
import type { Program } from './shell.ts'

const leave =
  (what: Leave['what']): Program =>
  (args, { shell }) => {
    const loop = what === 'break' || what === 'continue'
    throw new Leave(what, loop ? 0 : Number(args[0] ?? shell.variable('?')) & 255)
  }

const exec: Program = async (args, run) => {
  if (args.length === 0) return 0
  throw new Leave('exit', await run.shell.call(args, run))
}

const read: Program = async (args, { shell, input }) => {
  const names = args.filter((each) => !each.startsWith('-'))
  const raw = args.some((each) => each.startsWith('-') && each.includes('r'))
  const line = await input.readLine()
  const separators = shell.variable('IFS') === '' ? /(?!)/ : /[ \t]+/
  const trimmed = shell.variable('IFS') === '' ? (line ?? '') : (line ?? '').trim()
  const fields = (raw ? trimmed : trimmed.replace(/\\(.)/g, '$1')).split(separators)
  for (const [at, name] of names.entries()) {
    const last = at === names.length - 1
    shell.variables.set(name, last ? fields.slice(at).join(' ') : (fields[at] ?? ''))
  }
  return line === undefined ? 1 : 0
}

const cd: Program = async (args, { shell, guest, err }) => {
  const path = posix.resolve(shell.folder, args[0] ?? '/root')
  if ((await guest.files.kind(path)) !== 'folder') {
    err(`sh: cd: can't cd to ${args[0]}: No such file or directory\n`)
    return 1
  }
  shell.folder = path
  return 0
}

const command: Program = (args, run) => {
  const [flag, name = ''] = args
  if (flag !== '-v') return run.shell.call(args, run)
  if (!run.shell.has(name)) return 127
  run.out(`${name}\n`)
  return 0
}

const assign: Program = (args, { shell }) => {
  for (const each of args) {
    const [, name, value] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(each) ?? []
    if (name !== undefined) shell.variables.set(name, value ?? '')
  }
  return 0
}

const pwd: Program = (_args, { shell, out }) => {
  out(`${shell.folder}\n`)
  return 0
}

const shift: Program = (_args, { shell }) => {
  shell.parameters = shell.parameters.slice(1)
  return 0
}

const unset: Program = (args, { shell }) => {
  for (const name of args) shell.variables.delete(name)
  return 0
}

/** A Map, so that a typed `constructor` finds nothing. */
export const builtins: ReadonlyMap<string, Program> = new Map<string, Program>([
  [':', () => 0],
  ['.', (args, run) => sourceFile(args, run)],
  ['break', leave('break')],
  ['cd', cd],
  ['command', command],
  ['continue', leave('continue')],
  ['eval', (args, run) => run.shell.source(args.join(' '), run)],
  ['exec', exec],
  ['exit', leave('exit')],
  ['export', assign],
  ['local', assign],
  ['pwd', pwd],
  ['read', read],
  ['return', leave('return')],
  ['set', () => 0],
  ['shift', shift],
  ['trap', () => 0],
  ['umask', () => 0],
  ['unset', unset],
])

const sourceFile: Program = async (args, run) => {
  const file = await run.guest.files.read(posix.resolve(run.shell.folder, args[0] ?? ''))
  if (file !== undefined) return run.shell.source(file.toString(), run)
  run.err(`sh: .: can't open '${args[0]}'\n`)
  return 2
}
