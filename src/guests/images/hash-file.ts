/** Hashes and copies files without holding them in memory. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'

export interface FileFacts {
  readonly sha256: string
  readonly sizeBytes: number
}

export interface Copying {
  readonly to?: string
  readonly signal?: AbortSignal
  readonly onBytes?: (doneBytes: number) => void
}

/** Hashes a file, and copies it to `to` while at it. */
export async function hashFile(file: string, { to, signal, onBytes }: Copying = {}): Promise<FileFacts> {
  const hash = createHash('sha256')
  const target = to === undefined ? undefined : await open(to, 'wx', 0o644)
  let sizeBytes = 0
  try {
    const source = createReadStream(file, { highWaterMark: 1024 * 1024, ...(signal ? { signal } : {}) })
    for await (const chunk of source as AsyncIterable<Buffer>) {
      hash.update(chunk)
      if (target) await target.writeFile(chunk)
      sizeBytes += chunk.length
      onBytes?.(sizeBytes)
    }
    await target?.sync()
  } finally {
    await target?.close()
  }
  return { sha256: hash.digest('hex'), sizeBytes }
}
