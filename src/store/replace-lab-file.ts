/** Puts changed text in the place of a lab file: whole or not at all, and never over somebody else's change. */
import { randomBytes } from 'node:crypto'
import { chown, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { labFailure } from '#lab'
import { fileFailure } from './errors.ts'

/**
 * The file keeps its rights and its owner; a symbolic link keeps pointing where it does. Fails with
 * `lab-file-changed` when the file no longer has the text `before`.
 */
export async function replaceLabFile(file: string, before: string, after: string): Promise<void> {
  const doing = 'change the lab file'
  let beside: string | undefined
  try {
    const real = await realpath(file)
    const { mode, uid, gid } = await stat(real)
    const temporary = join(dirname(real), `.${basename(real)}.${randomBytes(6).toString('hex')}`)
    const handle = await open(temporary, 'wx', 0o600)
    beside = temporary
    try {
      await handle.writeFile(after)
      await handle.chmod(mode & 0o7777)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (uid !== process.getuid?.()) await chown(temporary, uid, gid)
    // As late as can be: what an editor saved meanwhile must not be lost.
    if ((await readFile(real)).compare(Buffer.from(before)) !== 0)
      throw labFailure('lab-file-changed', { file })
    await rename(temporary, real)
    beside = undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'lab-file-changed') throw error
    throw fileFailure(doing, file, error)
  } finally {
    if (beside !== undefined) await rm(beside, { force: true }).catch(() => undefined)
  }
}
