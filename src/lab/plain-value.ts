/** Ways around in the plain values of a lab file. */
import type { Path } from './problem.ts'

export function isMap(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a path leads to; inherited properties of objects are none of the file's. */
export function valueAt(plain: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => {
    if (typeof value !== 'object' || value === null) return undefined
    return Object.getOwnPropertyDescriptor(value, step)?.value
  }, plain)
}
