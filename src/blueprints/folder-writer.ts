/** Writes a blueprint as a folder: a new one that gets its name when it is whole, or one of several in a layout that is there. */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from './errors.ts'
import { bytesOfFile } from './layout.ts'
import { type Blob, blobPath, type Digest, layoutFile } from './oci.ts'
import { type BlobOrigin, bring, digestOf, hashOf, type LayoutWriter, putInPlace } from './writer.ts'
import { examine } from './zstd.ts'

/** A new folder, called `TARGET.part` until it is whole. */
export async function openFolderWriter(target: string): Promise<LayoutWriter> {
  const part = `${target}.part`
  const writer = await writerAt(part, async () => putInPlace(part, target))
  await writer.removeRests()
  return writer
}

/** A layout that is there, or will be: the blobs come first, and `index.json` is exchanged when they are all there. */
export function openLayoutWriter(folder: string): Promise<LayoutWriter> {
  return writerAt(folder, async () => undefined)
}

async function writerAt(root: string, named: () => Promise<void>): Promise<FolderWriter> {
  await mkdir(join(root, 'blobs', 'sha256'), { recursive: true, mode: 0o700 })
  const writer = new FolderWriter(root, named)
  await writer.replace('oci-layout', layoutFile)
  return writer
}

const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW
const readWrite = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW

class FolderWriter implements LayoutWriter {
  readonly #root: string
  readonly #named: () => Promise<void>
  /** Blobs of earlier runs, by the hash of what they decompress to; looked at when first asked for. */
  #found: Map<string, Blob> | undefined

  constructor(root: string, named: () => Promise<void>) {
    this.#root = root
    this.#named = named
  }

  async take(contentSha256: string): Promise<Blob | undefined> {
    this.#found ??= await this.#examineAll()
    return this.#found.get(contentSha256)
  }

  async make(content: AsyncIterable<Uint8Array>): Promise<Blob> {
    const part = join(this.#root, '.new.part')
    const hash = createHash('sha256')
    let size = 0
    {
      await using file = await open(part, readWrite | constants.O_TRUNC, 0o600)
      for await (const piece of content) {
        hash.update(piece)
        await writeAll(file, piece, size)
        size += piece.length
      }
      await file.datasync()
    }
    const blob = { digest: digestOf(hash), size }
    await rename(part, join(this.#root, blobPath(blob.digest)))
    return blob
  }

  async copy(blob: Blob, from: BlobOrigin): Promise<boolean> {
    const path = join(this.#root, blobPath(blob.digest))
    if (await this.#isThere(path, blob)) return false
    const part = join(this.#root, `.${blob.digest.slice(7)}.part`)
    {
      await using file = await open(part, readWrite, 0o600)
      const { size } = await file.stat()
      await this.#bring(file, blob, { from, have: size < blob.size ? size : 0 })
      await file.datasync()
    }
    await rename(part, path)
    return true
  }

  async #bring(file: FileHandle, blob: Blob, of: { from: BlobOrigin; have: number }): Promise<void> {
    await file.truncate(of.have)
    const hash = await hashOf(bytesOfFile({ file, offset: 0, size: of.have }, { from: 0 }))
    const state = { hash, at: of.have }
    try {
      await bring(blob, of.from, { state, write: (piece, at) => writeAll(file, piece, at) })
    } catch (error) {
      if (errorCode(error) !== 'blueprint-tampered') throw error
      await file.truncate(0)
      // It may be the beginning that is damaged, and not what came now.
      if (of.have === 0) throw error
      await this.#bring(file, blob, { from: of.from, have: 0 })
    }
  }

  async finish(index: Uint8Array): Promise<void> {
    await this.replace('index.json', index)
    for (const folder of [join('blobs', 'sha256'), '.']) await syncFolder(join(this.#root, folder))
    await this.#named()
  }

  async replace(name: string, content: Uint8Array): Promise<void> {
    const part = join(this.#root, `.${name}.part`)
    {
      await using file = await open(part, readWrite | constants.O_TRUNC, 0o600)
      await file.writeFile(content)
      await file.datasync()
    }
    await rename(part, join(this.#root, name))
  }

  /** What an earlier run had not finished making is not gone on with. */
  async removeRests(): Promise<void> {
    for (const name of ['.new.part', 'index.json']) await rm(join(this.#root, name), { force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #isThere(path: string, blob: Blob): Promise<boolean> {
    try {
      await using file = await open(path, readOnly)
      const stat = await file.stat()
      if (!stat.isFile() || stat.size !== blob.size) return false
      const hash = await hashOf(bytesOfFile({ file, offset: 0, size: blob.size }, { from: 0 }))
      return digestOf(hash) === blob.digest
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ELOOP') return false
      throw error
    }
  }

  async #examineAll(): Promise<Map<string, Blob>> {
    const found = new Map<string, Blob>()
    for (const name of await readdir(join(this.#root, 'blobs', 'sha256'))) {
      const digest: Digest = `sha256:${name}`
      await using file = await open(join(this.#root, blobPath(digest)), readOnly)
      const { size } = await file.stat()
      const examined = await examine(bytesOfFile({ file, offset: 0, size }, { from: 0 }))
      if (examined?.digest === digest) found.set(examined.sha256, { digest, size })
    }
    return found
  }
}

async function writeAll(file: FileHandle, content: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < content.length; ) {
    const { bytesWritten } = await file.write(content, done, content.length - done, at + done)
    done += bytesWritten
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}
