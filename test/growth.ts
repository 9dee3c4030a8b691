/** Looks at a file that others write to without reading it: whoever reads all of it each time takes the processor from them. */
import { statSync } from 'node:fs'

const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0

/** Says each time whether the size of the file has changed since the last time; there may be no file yet. */
export function growthOf(file: string): () => boolean {
  let bytes = sizeOf(file)
  return () => {
    const before = bytes
    bytes = sizeOf(file)
    return bytes !== before
  }
}
