/** What the clock says about a class and its seats: a pure function of rows and a time. */
import type { PowerSchedule } from '#lab'
import type { ClassRow, SeatRow } from '#store'
import { usedMsOf } from './seat-states.ts'

/** Why a seat stands still; `undefined`: it may run. */
export type Bar = { readonly kind: 'opens' | 'closes' | 'power' | 'quota'; readonly why: string } | undefined

const dayMs = 86_400_000
const weekDays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

export function barOf(row: ClassRow, seat: SeatRow, nowMs: number): Bar {
  const { opensMs, closesMs } = row
  if (opensMs !== undefined && nowMs < opensMs)
    return { kind: 'opens', why: `the class opens ${timeText(opensMs)}` }
  if (closesMs !== undefined && nowMs >= closesMs)
    return { kind: 'closes', why: `the class closed ${timeText(closesMs)}` }
  const quotaMs = quotaMsOf(row, seat)
  if (quotaMs !== undefined && usedMsOf(seat, nowMs) >= quotaMs)
    return { kind: 'quota', why: `its ${hoursText(quotaMs)} are used up` }
  const power = powerOf(row)
  if (power && !isOn(power, nowMs)) return { kind: 'power', why: `seats are off now (${powerText(power)})` }
  return undefined
}

/** Running time that the seat has in all; undefined: as much as it likes. */
export function quotaMsOf({ quotaMs }: ClassRow, { extraMs }: SeatRow): number | undefined {
  return quotaMs === undefined ? undefined : quotaMs + extraMs
}

export function powerOf({ power }: ClassRow): PowerSchedule | undefined {
  return power as PowerSchedule | undefined
}

/** In UTC. Hours that end before they begin go on past midnight and belong to the day they began on. */
export function isOn({ on = '00:00', off = '24:00', days }: PowerSchedule, nowMs: number): boolean {
  const [startMs, endMs] = [msOf(on), msOf(off)]
  const sinceMidnightMs = nowMs % dayMs
  const isDay = (at: number) => {
    const day = weekDays[new Date(at).getUTCDay()]
    return days === undefined || (day !== undefined && days.includes(day))
  }
  if (startMs < endMs) return isDay(nowMs) && sinceMidnightMs >= startMs && sinceMidnightMs < endMs
  return (isDay(nowMs) && sinceMidnightMs >= startMs) || (isDay(nowMs - dayMs) && sinceMidnightMs < endMs)
}

function msOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return (hours * 60 + minutes) * 60_000
}

export function powerText({ on = '00:00', off = '24:00', days }: PowerSchedule): string {
  return `on from ${on} to ${off} UTC${days ? `, ${days.join(' ')}` : ''}`
}

export function hoursText(ms: number): string {
  return `${Number((ms / 3_600_000).toFixed(1))} h`
}

export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
