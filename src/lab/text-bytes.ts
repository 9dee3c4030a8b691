/** Bytes of a file as text, when they are UTF-8. */
import { limits } from './limits.ts'
import { good, type Read, refused } from './problem.ts'

export function decode(source: string | Uint8Array): Read<string> {
  if (typeof source === 'string') return good(source)
  if (source.length > limits.fileBytes) {
    return refused(
      `The file is larger than ${limits.fileBytes / 1024 / 1024} MiB.`,
      'Say repeated machines with `count` and `templates` instead of writing each one out.',
    )
  }
  const [first, second] = source
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return refused('The file is UTF-16 text.', 'Save it as UTF-8.')
  }
  try {
    return good(new TextDecoder('utf-8', { fatal: true }).decode(source))
  } catch {
    const remedy =
      'A lab file is YAML or JSON text in UTF-8; check that you named the right file, or save it as UTF-8.'
    return refused('The file is not UTF-8 text.', remedy)
  }
}
