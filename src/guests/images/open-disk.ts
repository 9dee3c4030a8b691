/** Opens a disk that a lab file names, and makes sure that it is where it seems to be. */
import { constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import { relative } from 'node:path'
import { fail } from '../errors.ts'

export interface OpenDisk extends AsyncDisposable {
  /** Leads to the opened file, whatever its name means by now. */
  readonly path: string
  readonly sizeBytes: number
}

/** Refuses what is no readable file, and, with `root`, what really lies outside that folder. */
export async function openDisk(file: string, root?: string): Promise<OpenDisk> {
  // Without waiting: a pipe would be waited for until somebody writes into it.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK
  const handle = await open(file, flags).catch((error: unknown) => {
    throw fail('file-missing', { file }, error)
  })
  try {
    const seen = await handle.stat()
    if (!seen.isFile()) throw fail('file-missing', { file })
    const path = `/proc/self/fd/${handle.fd}`
    if (root !== undefined && !(await isInside(path, root))) throw fail('file-outside', { file })
    return { path, sizeBytes: seen.size, [Symbol.asyncDispose]: () => closed(handle) }
  } catch (error) {
    await closed(handle)
    throw error
  }
}

/** The kernel names what was opened; asking for the name again could already mean another file. */
async function isInside(opened: string, root: string): Promise<boolean> {
  const way = relative(await realpath(root), await readlink(opened))
  return way !== '' && way !== '..' && !way.startsWith('../')
}

async function closed(handle: FileHandle): Promise<void> {
  await handle.close()
}
