/** Collects what a command writes, up to a limit. */
import type { Readable } from 'node:stream'

export interface Collected {
  bytes(): Buffer
  text(): string
}

/** Reads `stream` to its end; `onOverflow` is called once, when more than `limitBytes` came. */
export function collect(stream: Readable, limitBytes: number, onOverflow: () => void): Collected {
  const chunks: Buffer[] = []
  let length = 0
  stream.on('data', (chunk: Buffer) => {
    if (length > limitBytes) return
    length += chunk.length
    if (length > limitBytes) onOverflow()
    else chunks.push(chunk)
  })
  const bytes = () => Buffer.concat(chunks)
  return { bytes, text: () => bytes().toString('utf8') }
}

/** The text of a file's last bytes; a character cut in two at the start is left out. */
export function tailText(bytes: Uint8Array): string {
  let start = 0
  // 10xxxxxx goes on with a UTF-8 character that began before the cut; none has more than three of them.
  while (start < 3 && start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.length - start).toString('utf8')
}
