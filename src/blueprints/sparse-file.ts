/** A new file that is written from front to end, with holes where nothing but zeros would be. */
import { type FileHandle, open } from 'node:fs/promises'

export interface SparseFile extends AsyncDisposable {
  write(piece: Uint8Array): Promise<void>
  /** Sets the length, which a hole at the end does not, and waits for the disk. */
  finish(): Promise<void>
}

/** What file systems allocate at least, and what a page of memory is. */
const pageBytes = 4096
const zeros = Buffer.alloc(pageBytes)

/** Fails when `path` is there. With `sparse` false, zeros are written like anything else. */
export async function openSparse(path: string, sparse: boolean): Promise<SparseFile> {
  return new NewFile(await open(path, 'wx', 0o600), sparse)
}

class NewFile implements SparseFile {
  readonly #file: FileHandle
  readonly #sparse: boolean
  #at = 0

  constructor(file: FileHandle, sparse: boolean) {
    this.#file = file
    this.#sparse = sparse
  }

  async write(piece: Uint8Array): Promise<void> {
    const start = this.#at
    this.#at += piece.length
    if (!this.#sparse) return this.#put(piece, start)
    for (const { from, to } of runsOf(piece, start)) await this.#put(piece.subarray(from, to), start + from)
  }

  async finish(): Promise<void> {
    await this.#file.truncate(this.#at)
    await this.#file.datasync()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file.close()
  }

  async #put(content: Uint8Array, at: number): Promise<void> {
    for (let done = 0; done < content.length; ) {
      const { bytesWritten } = await this.#file.write(content, done, content.length - done, at + done)
      done += bytesWritten
    }
  }
}

/** The stretches of a piece that hold something, by the pages of the file. */
function* runsOf(piece: Uint8Array, start: number): Generator<{ from: number; to: number }> {
  let from: number | undefined
  for (let at = 0; at < piece.length; ) {
    const next = Math.min(piece.length, at + pageBytes - ((start + at) % pageBytes))
    const isZero = Buffer.compare(piece.subarray(at, next), zeros.subarray(0, next - at)) === 0
    if (isZero && from !== undefined) yield { from, to: at }
    if (isZero) from = undefined
    else from ??= at
    at = next
  }
  if (from !== undefined) yield { from, to: piece.length }
}
