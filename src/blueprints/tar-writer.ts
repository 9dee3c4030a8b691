/** Writes a blueprint as one file: each blob goes straight to its place in `TARGET.part`, whose headers are its journal. */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Failure } from '#failure'
import { bytesOfFile, gathered } from './layout.ts'
import { type Blob, blobPath, layoutFile } from './oci.ts'
import { blockBytes, listTar, padded, type TarEntry, tarEnd, tarHeader } from './tar.ts'
import { type BlobOrigin, bring, digestOf, hashOf, type LayoutWriter, putInPlace } from './writer.ts'
import { examine } from './zstd.ts'

export async function openTarWriter(target: string): Promise<LayoutWriter> {
  const part = `${target}.part`
  const file = await open(part, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  try {
    const writer = new TarWriter(target, part, file)
    await writer.begin()
    return writer
  } catch (error) {
    await file.close()
    throw error
  }
}

class TarWriter implements LayoutWriter {
  readonly #target: string
  readonly #part: string
  readonly #file: FileHandle
  /** Where the next header belongs. */
  #end = 0
  /** What earlier runs wrote behind that, in order; taken over as long as it is what is wanted next. */
  #left: TarEntry[] = []
  #torn: TarEntry | undefined
  readonly #names = new Set<string>()

  constructor(target: string, part: string, file: FileHandle) {
    this.#target = target
    this.#part = part
    this.#file = file
  }

  async begin(): Promise<void> {
    try {
      const { entries, torn } = await listTar(this.#file, this.#part, 'torn')
      this.#left = [...entries]
      this.#torn = torn
    } catch (error) {
      // Whatever that is, it is nothing to go on with.
      if (!(error instanceof Failure)) throw error
    }
    const [first] = this.#left
    const kept =
      first?.name === 'oci-layout' ? await gathered(this.#content(first), layoutFile.length) : undefined
    if (first && kept?.equals(layoutFile)) this.#advance(first)
    else await this.#append('oci-layout', layoutFile)
  }

  async take(contentSha256: string): Promise<Blob | undefined> {
    const [next] = this.#left
    if (!next) return undefined
    const found = await examine(this.#content(next))
    if (found?.sha256 !== contentSha256 || blobPath(found.digest) !== next.name) {
      await this.#dropRest()
      return undefined
    }
    this.#advance(next)
    return { digest: found.digest, size: next.size }
  }

  async make(content: AsyncIterable<Uint8Array>): Promise<Blob> {
    await this.#dropRest()
    const hash = createHash('sha256')
    let size = 0
    // Zeros end a tar file: until its header is there, nobody takes what follows for a blob.
    await this.#write(Buffer.alloc(blockBytes), this.#end)
    for await (const piece of content) {
      hash.update(piece)
      await this.#write(piece, this.#end + blockBytes + size)
      size += piece.length
    }
    const blob = { digest: digestOf(hash), size }
    // Two contents never compress to one blob, so its name cannot be there already.
    await this.#close(blobPath(blob.digest), size)
    return blob
  }

  async copy(blob: Blob, from: BlobOrigin): Promise<boolean> {
    const name = blobPath(blob.digest)
    if (this.#names.has(name)) return false
    const [next] = this.#left
    if (next?.name === name && next.size === blob.size) {
      if (digestOf(await hashOf(this.#content(next))) === blob.digest) {
        this.#advance(next)
        return false
      }
    }
    const resumed = !next && this.#torn?.name === name && this.#torn.size === blob.size
    if (resumed && (await this.#goOn(blob, from))) return true
    await this.#dropRest()
    await this.#write(tarHeader(name, blob.size), this.#end)
    await this.#bring(blob, from, 0)
    return true
  }

  /** False when what was there was damaged, and all has to be brought again. */
  async #goOn(blob: Blob, from: BlobOrigin): Promise<boolean> {
    const { size: fileBytes } = await this.#file.stat()
    const have = Math.max(0, Math.min(blob.size, fileBytes - this.#end - blockBytes))
    try {
      await this.#bring(blob, from, have)
      return true
    } catch (error) {
      if (error instanceof Failure && error.code === 'blueprint-tampered' && have > 0) return false
      throw error
    }
  }

  async #bring(blob: Blob, from: BlobOrigin, have: number): Promise<void> {
    const start = this.#end + blockBytes
    const hash = await hashOf(bytesOfFile({ file: this.#file, offset: start, size: have }, { from: 0 }))
    const write = (piece: Uint8Array, at: number) => this.#write(piece, start + at)
    await bring(blob, from, { state: { hash, at: have }, write })
    await this.#close(blobPath(blob.digest), blob.size)
  }

  async finish(index: Uint8Array): Promise<void> {
    await this.#append('index.json', index)
    await this.#write(tarEnd, this.#end)
    await this.#file.truncate(this.#end + tarEnd.length)
    await this.#file.sync()
    await putInPlace(this.#part, this.#target)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }

  async #append(name: string, content: Uint8Array): Promise<void> {
    await this.#dropRest()
    await this.#write(content, this.#end + blockBytes)
    await this.#close(name, content.length)
  }

  /** Pads the content that was written, and names it. */
  async #close(name: string, size: number): Promise<void> {
    const contentEnd = this.#end + blockBytes + size
    await this.#write(Buffer.alloc(padded(size) - size), contentEnd)
    await this.#write(tarHeader(name, size), this.#end)
    this.#names.add(name)
    this.#end += blockBytes + padded(size)
  }

  #advance(entry: TarEntry): void {
    this.#left.shift()
    this.#names.add(entry.name)
    this.#end = entry.offset + padded(entry.size)
  }

  async #dropRest(): Promise<void> {
    this.#left = []
    this.#torn = undefined
    await this.#file.truncate(this.#end)
  }

  #content(entry: TarEntry): AsyncIterable<Uint8Array> {
    return bytesOfFile({ file: this.#file, ...entry }, { from: 0 })
  }

  async #write(content: Uint8Array, at: number): Promise<void> {
    for (let done = 0; done < content.length; ) {
      const { bytesWritten } = await this.#file.write(content, done, content.length - done, at + done)
      done += bytesWritten
    }
  }
}
