/** Files of this machine, whole or not at all. */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fail } from './errors.ts'
import { FILE_LIMIT_BYTES } from './limits.ts'
import { tailText } from './output.ts'
import { checkPath } from './path-check.ts'

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''
const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error))

/** The failure for what Node reported about a path. */
function trouble(host: string, doing: string, path: string, error: unknown): Error {
  const reason = codeOf(error) || String(error)
  return fail('file-trouble', { host, doing, path, reason }, error)
}

export async function readLocally(host: string, path: string): Promise<Uint8Array> {
  checkPath(path)
  try {
    const { size } = await stat(path)
    if (size <= FILE_LIMIT_BYTES) return await readFile(path)
  } catch (error) {
    if (isMissing(error)) throw fail('no-such-file', { host, path })
    throw trouble(host, 'Reading', path, error)
  }
  throw fail('output-too-large', { host, program: path, limitBytes: FILE_LIMIT_BYTES })
}

export async function readTailLocally(host: string, path: string, maxBytes: number): Promise<string> {
  checkPath(path)
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    const start = Math.max(0, size - maxBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
    return tailText(buffer.subarray(0, bytesRead))
  } catch (error) {
    if (isMissing(error)) return ''
    throw trouble(host, 'Reading', path, error)
  }
}

export async function writeLocally(
  host: string,
  path: string,
  { content, mode }: { readonly content: string | Uint8Array; readonly mode: number },
): Promise<void> {
  checkPath(path)
  const beside = join(dirname(path), `.nestlab-${randomBytes(8).toString('hex')}`)
  try {
    await makeFolder(dirname(path))
    await writeSynced(beside, content, mode)
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw trouble(host, 'Writing', path, error)
  }
}

/** Node's own recursive mkdir never returns where the system answers ENOENT for any name, as /proc does. */
async function makeFolder(path: string): Promise<void> {
  const make = () =>
    mkdir(path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error
    })
  try {
    await make()
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    await makeFolder(dirname(path))
    await make()
  }
}

async function writeSynced(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  await using file = await open(path, 'wx', mode)
  await file.writeFile(content)
  // The mode of `open` is narrowed by the umask of whoever started us.
  await file.chmod(mode)
  await file.sync()
}

export async function removeLocally(host: string, path: string): Promise<void> {
  checkPath(path)
  try {
    await rm(path, { recursive: true, force: true })
  } catch (error) {
    if (!isMissing(error)) throw trouble(host, 'Removing', path, error)
  }
}
