/** Numbers with units, as people type them on a command line and as they are shown again. */

const durations: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, min: 60_000 }
const rates: Readonly<Record<string, number>> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 }

/** Undefined when the text is no number with one of the units. */
function quantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s?([a-z]*)$/i.exec(text.trim()) ?? []
  const factor = Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined
  return number === undefined || factor === undefined ? undefined : Number(number) * factor
}

/** `40ms`, `1.5s`, `2m` in milliseconds. */
export function readDuration(text: string): number | undefined {
  return quantity(text, durations)
}

/** `10mbit`, `512kbit` in bit/s; thousands, not 1024s. */
export function readRate(text: string): number | undefined {
  return quantity(text, rates)
}

/** `1%`, `0.01%`, `1`. */
export function readPercent(text: string): number | undefined {
  const number = /^(\d+(?:\.\d+)?)\s?%?$/.exec(text.trim())?.[1]
  const percent = number === undefined ? undefined : Number(number)
  return percent !== undefined && percent <= 100 ? percent : undefined
}

export function readCount(
  text: string,
  { least = 0, most = Number.MAX_SAFE_INTEGER } = {},
): number | undefined {
  const number = /^\d+$/.test(text.trim()) ? Number(text) : undefined
  return number !== undefined && number >= least && number <= most ? number : undefined
}

/** `40ms`, `1.5s`. */
export function durationText(ms: number): string {
  return ms >= 1000 ? `${Number((ms / 1000).toFixed(3))}s` : `${Number(ms.toFixed(3))}ms`
}

/** `10mbit`, `1.5gbit`. */
export function rateText(bitPerS: number): string {
  const [unit, factor] =
    Object.entries(rates)
      .toReversed()
      .find(([, one]) => bitPerS >= one) ?? (['bit', 1] as const)
  return `${Number((bitPerS / factor).toFixed(3))}${unit}`
}

/** `9.4 kbit/s`, for a table. */
export function bitsPerSecond(bitPerS: number): string {
  if (bitPerS < 1000) return `${Math.round(bitPerS)} bit/s`
  if (bitPerS < 1e6) return `${(bitPerS / 1e3).toFixed(1)} kbit/s`
  return bitPerS < 1e9 ? `${(bitPerS / 1e6).toFixed(1)} Mbit/s` : `${(bitPerS / 1e9).toFixed(2)} Gbit/s`
}
