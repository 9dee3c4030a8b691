/** Small things done to the files of blueprints. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { ParcelEntry } from '#blueprints'

export interface FileFacts {
  readonly bytes: number
  readonly sha256: string
}

export async function hashOfFile(file: string, signal: AbortSignal): Promise<FileFacts> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024, signal })) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** Eight digits that stand for a text in names. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

/** An entry of a blueprint whose content is known. */
export function contentEntry(path: string, text: string, mediaType: string): ParcelEntry {
  const content = Buffer.from(text)
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { path, mediaType, bytes: content.length, sha256, redistributable: true, sparse: false, content }
}
