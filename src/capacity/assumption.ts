/** What the model takes for granted, each with where it was read: every report ends with them. */
import { type SizingFigure, type Source, sizingFigure } from '#facts'

export interface Assumption {
  /** One sentence. */
  readonly text: string
  /** Absent for what the model itself decides (docs/decisions/0021). */
  readonly source?: Source
}

export function assumption(text: string, source?: Source): Assumption {
  return source === undefined ? { text } : { text, source }
}

/** A rule of thumb, said as its own data file says it. */
export function assumedFigure(figure: SizingFigure): Assumption {
  const { low, high, unit, text, source } = figure
  const amount = (value: number) => String(unit === 'share' ? Math.round(value * 100) : value)
  const range = `${low === high ? '' : `${amount(low)} to `}${amount(high)} ${unit === 'share' ? '%' : unit}`
  return { text: `${text.replace(/\.$/, '')}: ${range}.`, source }
}

/** A part of the report that brought its own assumptions. */
export interface Assuming {
  readonly assumptions: readonly Assumption[]
}

/** They stand together at the end of the report instead. */
export function withoutAssumptions<Part extends Assuming>(part: Part): Omit<Part, 'assumptions'> {
  const { assumptions: _, ...rest } = part
  return rest
}

/** Each once, in the order in which they were first made. */
export function withoutRepeats(assumptions: readonly Assumption[]): readonly Assumption[] {
  return [...new Map(assumptions.map((one) => [one.text, one])).values()]
}

/** The day of the figures that ship with the program, as `2026-11-28`. */
export function dayOfFacts(): string {
  return sizingFigure('memory-marks').source.asOf
}
