/** Opens a blueprint wherever it lies (one file, a folder, later a registry) as blobs that can be read by their hash. */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { type Manifest, readIndex, readManifest } from './description.ts'
import { errorCode, fail, withFiles } from './errors.ts'
import { annotations, type Blob, blobPath, type Descriptor, limitsBytes, types } from './oci.ts'
import { listTar } from './tar.ts'

/** Bytes of a blob; `to` is the first that is not wanted any more. */
export interface Range {
  readonly from: number
  readonly to?: number
}

/** Unverified: whoever reads must check the hash. */
export interface BlobReader extends AsyncDisposable {
  /** For messages. */
  readonly source: string
  /** Fails with `blueprint-unreadable` when the blob is not there, or not of that size. */
  read(blob: Blob, range?: Range): AsyncIterable<Uint8Array>
}

export interface OpenBlueprint extends BlobReader {
  readonly manifest: Descriptor
  /** Manifests of signatures, of this and perhaps of other blueprints. */
  readonly signatures: readonly Descriptor[]
}

const pieceBytes = 256 * 1024

interface Layout extends BlobReader {
  index(): Promise<Uint8Array>
}

/** `source` is a file or a folder; with a tag, that of several blueprints in a folder. */
export async function openBlueprint(source: string, tag?: string): Promise<OpenBlueprint> {
  const path = isAbsolute(source) ? source : resolve(source)
  const layout = await withFiles('read the blueprint', source, () => openLayout(path, source))
  try {
    const listed = readIndex(await layout.index(), source)
    const manifest = pick(listed, source, tag)
    const signatures = listed.filter(({ artifactType }) => artifactType === types.signature)
    return Object.assign(layout, { manifest, signatures })
  } catch (error) {
    await layout[Symbol.asyncDispose]()
    throw error
  }
}

async function openLayout(path: string, source: string): Promise<Layout> {
  try {
    if ((await lstat(path)).isDirectory()) return folderLayout(path, source)
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    return await tarLayout(file, source)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    throw fail('blueprint-unreadable', { source, reason: 'it does not exist' }, error)
  }
}

/** What a folder lists; undefined when it is not there or empty. Fails with `blueprint-unreadable` when it is no layout. */
export async function listedIn(folder: string): Promise<readonly Descriptor[] | undefined> {
  const names: readonly string[] = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error
    return []
  })
  if (!names.includes('index.json')) {
    // What an interrupted push leaves, and nothing else, is gone on with.
    if (names.every((name) => name === 'blobs' || name === 'oci-layout' || name.endsWith('.part')))
      return undefined
    throw fail('blueprint-unreadable', { source: folder, reason: 'it is a folder of something else' })
  }
  await using layout = folderLayout(folder, folder)
  return readIndex(await layout.index(), folder)
}

function pick(listed: readonly Descriptor[], source: string, tag?: string): Descriptor {
  const fitting = listed.filter(
    ({ mediaType, artifactType = types.blueprint }) =>
      mediaType === types.manifest && artifactType === types.blueprint,
  )
  const tagged = fitting.filter((one) => one.annotations?.[annotations.ref] === (tag ?? 'latest'))
  const [only, ...more] = tag === undefined && fitting.length === 1 ? fitting : tagged
  if (only && more.length === 0) return only
  const reason =
    tag === undefined ? 'it holds no blueprint, or several' : `it holds no blueprint tagged ${tag}`
  throw fail('blueprint-unreadable', { source, reason })
}

function folderLayout(folder: string, source: string): Layout {
  const part = (name: string) => openPart(join(folder, name), source, name)
  return {
    source,
    async index() {
      await using file = await part('index.json')
      return wholeOf(source, 'index.json', { size: (await file.stat()).size, file, offset: 0 })
    },
    async *read(blob, range = { from: 0 }) {
      const name = blobPath(blob.digest)
      await using file = await part(name)
      if ((await file.stat()).size !== blob.size) throw wrongSize(source, name)
      yield* bytesOfFile({ file, offset: 0, size: blob.size }, range)
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** Links are not followed, so a layout cannot show what lies elsewhere on this machine. */
async function openPart(path: string, source: string, name: string): Promise<FileHandle> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if ((await file.stat()).isFile()) return file
    await file.close()
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      throw fail('blueprint-unreadable', { source, reason: `${name} is not in it` }, error)
    }
    if (errorCode(error) !== 'ELOOP') throw error
  }
  throw fail('blueprint-unsafe', { source, reason: `${name} is no ordinary file` })
}

async function tarLayout(file: FileHandle, source: string): Promise<Layout> {
  try {
    if (!(await file.stat()).isFile()) {
      throw fail('blueprint-unreadable', { source, reason: 'it is neither a folder nor a file' })
    }
    const listing = await listTar(file, source, 'whole')
    const entries = new Map(listing.entries.map((entry) => [entry.name, entry]))
    const find = (name: string) => {
      const entry = entries.get(name)
      if (!entry) throw fail('blueprint-unreadable', { source, reason: `${name} is not in it` })
      return { ...entry, file }
    }
    return {
      source,
      index: () => wholeOf(source, 'index.json', find('index.json')),
      async *read(blob, range = { from: 0 }) {
        const entry = find(blobPath(blob.digest))
        if (entry.size !== blob.size) throw wrongSize(source, entry.name)
        yield* bytesOfFile(entry, range)
      },
      [Symbol.asyncDispose]: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

function wrongSize(source: string, blob: string) {
  return fail('blueprint-tampered', { source, blob, reason: 'has another size than its manifest says' })
}

interface Extent {
  readonly file: FileHandle
  readonly offset: number
  readonly size: number
}

/** Not a stream of Node: those leave a listener on the file for each blob that is read. */
export async function* bytesOfFile(
  extent: Extent,
  { from, to = extent.size }: Range,
): AsyncGenerator<Uint8Array> {
  const { file, offset, size } = extent
  const end = Math.min(to, size)
  for (let at = from; at < end; ) {
    const piece = Buffer.allocUnsafe(Math.min(pieceBytes, end - at))
    const { bytesRead } = await file.read(piece, 0, piece.length, offset + at)
    if (bytesRead === 0) return
    yield piece.subarray(0, bytesRead)
    at += bytesRead
  }
}

async function wholeOf(source: string, name: string, extent: Extent): Promise<Uint8Array> {
  if (extent.size > limitsBytes.manifest) {
    throw fail('blueprint-unsafe', { source, reason: `${name} has ${extent.size} bytes` })
  }
  return gathered(bytesOfFile(extent, { from: 0 }), limitsBytes.manifest)
}

/** In memory; at most one piece more than `mostBytes` is taken, which makes its hash another. */
export async function gathered(content: AsyncIterable<Uint8Array>, mostBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of content) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes > mostBytes) break
  }
  return Buffer.concat(pieces)
}

/** A small blob, in memory, with the hash it should have. Fails with `blueprint-tampered` or `blueprint-unsafe`. */
export async function readChecked(reader: BlobReader, blob: Blob, limitBytes: number): Promise<Buffer> {
  const { source } = reader
  if (blob.size > limitBytes) {
    throw fail('blueprint-unsafe', { source, reason: `${blob.digest} has ${blob.size} bytes` })
  }
  const content = await gathered(reader.read(blob), blob.size)
  const isRight =
    blobPath(`sha256:${createHash('sha256').update(content).digest('hex')}`) === blobPath(blob.digest)
  if (!isRight)
    throw fail('blueprint-tampered', { source, blob: blob.digest, reason: 'is not what its hash says' })
  return content
}

/** The manifest of a blueprint. Fails with `blueprint-unreadable` when it is one of something else. */
export async function manifestOf(blueprint: OpenBlueprint): Promise<Manifest> {
  const { source } = blueprint
  const manifest = readManifest(
    await readChecked(blueprint, blueprint.manifest, limitsBytes.manifest),
    source,
  )
  const isOurs = manifest.artifactType === types.blueprint && manifest.config.mediaType === types.config
  if (!isOurs) throw fail('blueprint-unreadable', { source, reason: 'it is an image of another kind' })
  return manifest
}
