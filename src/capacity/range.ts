/** Figures that are only known from one value to another. */
import type { FactorRange } from '#facts'

/** From `low` to `high`, both possible; equal where it is exact. */
export type Range = FactorRange

export const exactly = (value: number): Range => ({ low: value, high: value })

export function plus(...ranges: readonly Range[]): Range {
  let [low, high] = [0, 0]
  for (const range of ranges) {
    low += range.low
    high += range.high
  }
  return { low, high }
}

export function times(range: Range, factor: number | Range): Range {
  const { low, high } = typeof factor === 'number' ? exactly(factor) : factor
  return { low: range.low * low, high: range.high * high }
}
