/** Unpacks a blueprint, which is untrusted: every file is checked before it gets its name, and none lies outside. */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '#failure'
import { type BlueprintEntry, configBytes } from './description.ts'
import { reservedPath } from './entry-path.ts'
import { errorCode, fail, withFiles } from './errors.ts'
import { type Inspected, type InspectOptions, look, openSource } from './inspect.ts'
import { bytesOfFile, type OpenBlueprint } from './layout.ts'
import type { BlueprintProgress } from './pack.ts'
import { openSparse } from './sparse-file.ts'
import { digestOf, hashOf } from './writer.ts'
import { decompressed, hashing } from './zstd.ts'

export interface UnpackOptions extends InspectOptions {
  /** More than that, in all, is refused before anything is written. */
  readonly maxBytes: number
  /** Which entries are written; default all. The others are not looked at. */
  readonly wants?: (path: string) => boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: BlueprintProgress) => void
}

/**
 * Writes the entries below `into`, and last `blueprint.json`, the description: where that is, everything is. Files
 * that an earlier run has finished stay. Fails like `inspectBlueprint`, and with `blueprint-too-large`,
 * `blueprint-tampered`, `unpack-in-the-way`, and what the file system says.
 */
export async function unpackBlueprint(
  source: string,
  into: string,
  options: UnpackOptions,
): Promise<Inspected> {
  await using blueprint = await openSource(source)
  const { inspected } = await look(blueprint, options)
  const { description } = inspected
  const { wants = () => true } = options
  const entries = description.entries.filter((entry) => 'blob' in entry && wants(entry.path))
  const unpackedBytes = entries.reduce((sum, { bytes }) => sum + bytes, 0)
  if (unpackedBytes > options.maxBytes) {
    throw fail('blueprint-too-large', { source, bytes: unpackedBytes, limitBytes: options.maxBytes })
  }
  await withFiles('unpack the blueprint', into, async () => {
    await mkdir(into, { recursive: true, mode: 0o700 })
    const config = configBytes(description)
    await refuseAnother(into, config)
    const folders = new Set<string>()
    for (const entry of entries) {
      if (!('blob' in entry)) continue
      options.signal?.throwIfAborted()
      await makeFolders(into, entry.path, folders)
      if (!(await isDone(into, entry))) await writeEntry(blueprint, { into, entry, options })
    }
    await writeDescription(into, config)
  })
  return inspected
}

/** What another blueprint was unpacked into is not mixed with this one. */
async function refuseAnother(into: string, config: Buffer): Promise<void> {
  const path = join(into, reservedPath)
  const there = await lstat(path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error
  })
  if (!there) return
  const isSame = there.isFile() && there.size === config.length && config.equals(await readFile(path))
  if (!isSame) throw fail('unpack-in-the-way', { path, reason: 'it is the description of another blueprint' })
}

type PackedEntry = Extract<BlueprintEntry, { blob: string }>

/** One at a time: a link that somebody put there would lead outside. */
async function makeFolders(into: string, path: string, made: Set<string>): Promise<void> {
  const parts = path.split('/')
  for (let length = 1; length < parts.length; length++) {
    const folder = join(into, ...parts.slice(0, length))
    if (made.has(folder)) continue
    await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error
    })
    if (!(await lstat(folder)).isDirectory()) {
      throw fail('unpack-in-the-way', { path: folder, reason: 'it is no folder' })
    }
    made.add(folder)
  }
}

/** Whether an earlier run has written it. What is there under the name is complete, or not of ours. */
async function isDone(into: string, entry: PackedEntry): Promise<boolean> {
  const path = join(into, entry.path)
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stat = await file.stat()
    if (stat.isFile() && stat.size === entry.bytes) {
      const hash = await hashOf(bytesOfFile({ file, offset: 0, size: stat.size }, { from: 0 }))
      if (digestOf(hash) === `sha256:${entry.sha256}`) return true
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    if (errorCode(error) !== 'ELOOP') throw error
  }
  throw fail('unpack-in-the-way', { path, reason: 'it is there, with other content' })
}

interface Writing {
  readonly into: string
  readonly entry: PackedEntry
  readonly options: UnpackOptions
}

async function writeEntry(blueprint: OpenBlueprint, { into, entry, options }: Writing): Promise<void> {
  const part = join(into, '.unpacking')
  await rm(part, { force: true })
  try {
    await writeChecked(blueprint, { part, entry, options })
    await rename(part, join(into, entry.path))
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined)
    throw error
  }
}

interface WritingPart extends Omit<Writing, 'into'> {
  readonly part: string
}

async function writeChecked(blueprint: OpenBlueprint, { part, entry, options }: WritingPart): Promise<void> {
  const { source } = blueprint
  const { path, blob, packedBytes, bytes, sha256, sparse } = entry
  const wrong = (reason: string, cause?: unknown) =>
    fail('blueprint-tampered', { source, blob: `${path} (${blob})`, reason }, cause)
  const outer = createHash('sha256')
  const inner = createHash('sha256')
  await using file = await openSparse(part, sparse)
  let done = 0
  try {
    for await (const piece of decompressed(
      hashing(blueprint.read({ digest: blob, size: packedBytes }), outer),
    )) {
      options.signal?.throwIfAborted()
      done += piece.length
      if (done > bytes) throw wrong(`unpacks to more than the ${bytes} bytes it announces`)
      inner.update(piece)
      await file.write(piece)
      options.onProgress?.({ path, doneBytes: done, totalBytes: bytes })
    }
  } catch (error) {
    if (error instanceof Failure || !isCompressionError(error)) throw error
    throw wrong('cannot be decompressed', error)
  }
  if (digestOf(outer) !== blob) throw wrong('is not what its hash says')
  if (done !== bytes || inner.digest('hex') !== sha256)
    throw wrong('unpacks to something else than it announces')
  await file.finish()
}

function isCompressionError(error: unknown): boolean {
  return /^(Z_|ZSTD_)/.test(errorCode(error) ?? '')
}

async function writeDescription(into: string, content: Buffer): Promise<void> {
  const part = join(into, '.unpacking')
  await rm(part, { force: true })
  {
    await using file = await openSparse(part, false)
    await file.write(content)
    await file.finish()
  }
  await rename(part, join(into, reservedPath))
  await using folder = await open(into, 'r')
  await folder.sync()
}
