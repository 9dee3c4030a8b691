/** Refuses paths no caller can have meant: relative ones, the root folder, and what a NUL would cut short. */
import { posix } from 'node:path'
import { fail } from './errors.ts'

export function checkPath(path: string): string {
  const usable = path.startsWith('/') && !path.includes('\0') && posix.normalize(path) !== '/'
  if (!usable) throw fail('path-not-usable', { path })
  return path
}

/** Refuses commands that no system call can take. */
export function checkArgv(host: string, argv: readonly string[]): readonly [string, ...string[]] {
  const [program, ...rest] = argv
  if (!program || argv.some((argument) => argument.includes('\0')))
    throw fail('argument-not-usable', { host })
  return [program, ...rest]
}
