/** Stderr of a session for who wants it. */
import { PassThrough, type Readable } from 'node:stream'
import { UNREAD_STDERR_BYTES } from './limits.ts'

/**
 * Copies `source`; what nobody reads is dropped beyond a limit, so that the command never stalls on it.
 * `pass` may change a chunk or leave it out.
 */
export function boundedCopy(
  source: Readable,
  pass: (chunk: Buffer) => Buffer | undefined = (chunk) => chunk,
): PassThrough {
  const copy = new PassThrough({ highWaterMark: UNREAD_STDERR_BYTES })
  source.on('data', (chunk: Buffer) => {
    const kept = pass(chunk)
    if (kept && copy.readableLength < UNREAD_STDERR_BYTES) copy.write(kept)
  })
  source.on('end', () => copy.end())
  return copy
}
