/** Reads a lab file from disk: YAML or JSON as text, a TypeScript or JavaScript module by running it. */
import { type FileHandle, open } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type LoadedLab, type LoadOptions, labFailure, labFileBytes, loadLab, loadLabObject } from '#lab'

export interface LabFileOptions {
  /** Names of catalogue images that can be used, beside the well-known ones. */
  readonly knownImages?: readonly string[]
  /** The site to run on, whatever the file says. */
  readonly site?: string
  /** Sites that were added. */
  readonly sites?: NonNullable<LoadOptions['sites']>
}

export interface ReadLab extends LoadedLab {
  /** The text that problems point into; empty for a module. */
  readonly source: string
  /** Absolute folder of the file. */
  readonly folder: string
}

const moduleEndings: readonly string[] = ['.ts', '.mts', '.js', '.mjs']

/**
 * Reads the file that the user named. A module is run, with all rights of the user, so call this only with a path
 * that was typed on the user's own command line, never with one found in a file or a folder.
 * Fails with `lab-file-missing`, `lab-file-unreadable`, `lab-module-failed` or `lab-module-empty`.
 */
export async function readLabFile(file: string, options: LabFileOptions = {}): Promise<ReadLab> {
  const whole = resolve(file)
  const folder = dirname(whole)
  const load = { ...options, file, folder }
  if (moduleEndings.includes(extname(whole))) {
    return { ...loadLabObject(await runModule(file, whole), load), source: '', folder }
  }
  const bytes = await readBytes(file, whole)
  return { ...loadLab(bytes, load), source: new TextDecoder().decode(bytes), folder }
}

/** One byte more than allowed is read at most, so that a file of any size is refused without being read whole. */
async function readBytes(file: string, whole: string): Promise<Uint8Array> {
  let handle: FileHandle | undefined
  try {
    handle = await open(whole, 'r')
    const parts: Uint8Array[] = []
    let length = 0
    for await (const part of handle.createReadStream({ end: labFileBytes })) {
      const bytes: Uint8Array = part
      parts.push(bytes)
      length += bytes.length
    }
    return Buffer.concat(parts, length)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw labFailure('lab-file-missing', { file }, error)
    throw labFailure('lab-file-unreadable', { file, reason: reasonOf(error) }, error)
  } finally {
    await handle?.close()
  }
}

async function runModule(file: string, whole: string): Promise<unknown> {
  let module: Record<string, unknown>
  try {
    module = await import(pathToFileURL(whole).href)
  } catch (error) {
    if (codeOf(error) === 'ERR_MODULE_NOT_FOUND' && reasonOf(error).includes(whole)) {
      throw labFailure('lab-file-missing', { file }, error)
    }
    throw labFailure('lab-module-failed', { file, reason: reasonOf(error) }, error)
  }
  const lab = module.lab ?? module.default
  if (lab === undefined) throw labFailure('lab-module-empty', { file })
  return lab
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
}
