/** Reads the times of a class as a lab file writes them. */
import { type PowerSchedule, readDurationOrNever } from '#lab'
import type { ClassTimes } from './contract.ts'
import { fail } from './errors.ts'

export interface ReadTimes {
  readonly opensMs?: number
  readonly closesMs?: number
  readonly quotaMs?: number
  readonly idleMs?: number
  readonly power?: PowerSchedule
}

const defaultIdle = '30min'
const mostHours = 10_000
const moment =
  /^(?<day>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?<zone>Z|[+-]\d\d:?\d\d)?)?$/i

/** Fails with `class-wish-unfit`. */
export function readTimes({ opens, closes, hours, idle, power }: ClassTimes, nowMs: number): ReadTimes {
  const [opensMs, closesMs] = [momentOf('opens', opens), momentOf('closes', closes)]
  if (closesMs !== undefined && closesMs <= nowMs)
    throw unfit(`The class would close in the past (${closes}).`)
  if (opensMs !== undefined && closesMs !== undefined && closesMs <= opensMs)
    throw unfit(`The class would close (${closes}) before it opens (${opens}).`)
  const quotaMs = hoursMs(hours)
  const idleMs = idleOf(idle ?? defaultIdle)
  return {
    ...(opensMs !== undefined && { opensMs }),
    ...(closesMs !== undefined && { closesMs }),
    ...(quotaMs !== undefined && { quotaMs }),
    ...(idleMs !== undefined && { idleMs }),
    ...(power && { power }),
  }
}

/** Undefined for `never`. */
export function idleOf(text: string): number | undefined {
  const read = readDurationOrNever(text)
  if (read.ok) return read.value
  throw unfit(read.text)
}

export function hoursMs(hours: number | undefined): number | undefined {
  if (hours === undefined) return undefined
  if (!(hours > 0 && hours <= mostHours)) throw unfit(`Hours are from 1 to ${mostHours}, not ${hours}.`)
  return Math.round(hours * 3_600_000)
}

export function momentOf(what: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const { day = '', time = '00:00', zone = 'Z' } = moment.exec(text.trim())?.groups ?? {}
  const offset = zone.toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')
  const ms = Date.parse(`${day}T${time}${offset}`)
  if (Number.isNaN(ms) || !isDay(day)) throw unfit(`${what}: "${text.slice(0, 40)}" is no day and time.`)
  return ms
}

/** Calendars are not forgiving: the 30th of February is a mistake. */
function isDay(day: string): boolean {
  return new Date(Date.parse(`${day}T00:00:00Z`)).toISOString().startsWith(day)
}

function unfit(text: string) {
  return fail('class-wish-unfit', { text })
}
