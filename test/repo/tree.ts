/** The files of the repository, as the tests of the repository see them. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Every file that is or would be under version control, relative to the repository. */
export async function filesOf(...endings: readonly string[]): Promise<string[]> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const { stdout } = await promisify(execFile)('git', list, { cwd: root, maxBuffer: 2 ** 24 })
  return stdout
    .split('\0')
    .filter((file) => file !== '' && endings.some((ending) => file.endsWith(ending)))
    .filter((file) => existsSync(join(root, file)))
}

export async function read(file: string): Promise<string> {
  return await readFile(join(root, file), 'utf8')
}

export const isTest = (file: string): boolean => file.endsWith('.test.ts')
