/** Lengths of time with their units, as in `idle: 30min`. */
import { clipped, good, type Read, refused } from './problem.ts'

const inMs: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

const longestMs = 366 * 86_400_000

/** Milliseconds. */
export function readDuration(text: string): Read<number> {
  const match = /^([0-9]{1,9}) ?(s|min|h|d)$/.exec(text)
  const ms = Number(match?.[1]) * (inMs.get(match?.[2] ?? '') ?? Number.NaN)
  const remedy = 'Write a whole number and its unit (`s`, `min`, `h` or `d`), such as `30min`.'
  if (Number.isNaN(ms)) return refused(`"${clipped(text)}" is not a length of time.`, remedy)
  if (ms < 1000 || ms > longestMs) return refused(`"${clipped(text)}" is not from 1s to 366d.`, remedy)
  return good(ms)
}

/** The same, or undefined for `never`. */
export function readDurationOrNever(text: string): Read<number | undefined> {
  return text === 'never' ? good(undefined) : readDuration(text)
}
