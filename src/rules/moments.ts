/** Reads the days and times of a file: when a class opens and closes, when an evaluation began. */

const form =
  /^(?<day>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d)(?::(?<seconds>\d\d)(?:\.\d+)?)?(?<zone>Z|[+-]\d\d:?\d\d)?)?$/i

/** When it may be, in milliseconds since 1970: a day alone lasts for 24 hours. */
export interface Moment {
  readonly earliestMs: number
  readonly latestMs: number
  /** Absent where the text does not say where on earth it is meant. */
  readonly zone?: string | undefined
}

export const dayMs = 24 * 60 * 60 * 1000
/** From the first place on earth that reaches a day to the last one. */
const zonesMs = 14 * 60 * 60 * 1000

/** Undefined for a text that is no day, or a day that no calendar has. */
export function readMoment(text: string): Moment | undefined {
  const { day, time = '00:00', seconds = '00', zone } = form.exec(text.trim())?.groups ?? {}
  if (day === undefined || !isDay(day)) return undefined
  const offset = (zone ?? 'Z').toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')
  const startMs = Date.parse(`${day}T${time}:${seconds}${offset}`)
  if (Number.isNaN(startMs)) return undefined
  const lasts = text.trim().length === day.length ? dayMs : 0
  return { earliestMs: startMs, latestMs: startMs + lasts, ...(zone !== undefined && { zone }) }
}

/** Surely, whatever zone a text without one means. */
export function isBefore(left: Moment, right: Moment): boolean {
  const doubtMs = (left.zone === undefined) === (right.zone === undefined) ? 0 : zonesMs
  return left.latestMs + doubtMs <= right.earliestMs
}

/** Calendars are not forgiving: the 30th of February is a mistake. */
function isDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day)
}
