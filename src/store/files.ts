/** Writes files whole or not at all, and makes folders nobody else can look into. */
import { randomBytes } from 'node:crypto'
import { chmod, lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errorCode, failStore, fileFailure } from './errors.ts'

/** `doing` completes "needed to …" in the message of a failure. */
export async function writeWhole(path: string, content: string, doing: string, mode = 0o600): Promise<void> {
  const folder = dirname(path)
  const beside = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const file = await open(beside, 'wx', mode)
    try {
      await file.writeFile(content)
      // Without this, a power cut after the rename can leave an empty file under the final name.
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
    await syncFolder(folder)
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined)
    throw fileFailure(doing, path, error)
  }
}

/** The text of a file, or `undefined` when there is none. */
export async function readIfThere(path: string, doing: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw fileFailure(doing, path, error)
  }
}

/**
 * Makes the folder with mode 0700. One that is there must be ours and closed to others: with a guessable name in
 * a shared place such as /tmp somebody else could have made it first.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw fileFailure('make a private folder', path, error)
  }
  const seen = await lstat(path)
  if (!seen.isDirectory()) throw failStore('folder-not-private', { path, reason: 'it is not a folder' })
  if (seen.uid !== process.getuid?.()) {
    throw failStore('folder-not-private', { path, reason: `it belongs to user ${seen.uid}` })
  }
  if ((seen.mode & 0o077) !== 0) await chmod(path, 0o700)
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
