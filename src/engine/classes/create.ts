/** `create` and `extend`: a class and its times. */
import type { ClassRow } from '#store'
import type { ClassRun, ClassTimes, ClassWish } from './contract.ts'
import { fail } from './errors.ts'
import { timeText } from './hours.ts'
import type { Desk } from './moves.ts'
import { hoursMs, idleOf, momentOf, readTimes } from './read-times.ts'
import { ensureTemplates, readTemplates } from './templates.ts'

/** Seats are labs of up to 40 characters, called `NAME-1000` at the longest. */
const longestName = 35
const namePattern = /^[a-z](?:[a-z0-9-]*[a-z0-9])?$/
const mostSeats = 1000

export async function createClass(desk: Desk, wish: ClassWish, run: ClassRun): Promise<void> {
  const { ledger, surroundings } = desk
  const { name, seats } = wish
  if (name.length > longestName || !namePattern.test(name))
    throw fail('class-name-unfit', { name, longest: longestName })
  const nowMs = surroundings.clock.nowMs()
  const times = readTimes(wish, nowMs)
  if (!Number.isInteger(seats) || seats < 1 || seats > mostSeats)
    throw fail('class-wish-unfit', { text: `A class has 1 to ${mostSeats} seats.` })
  if (wish.templates.length === 0) throw fail('class-without-template', { name })
  const templates = await readTemplates(desk, name, wish.templates)
  const row: ClassRow = { name, state: 'open', seats, createdMs: nowMs, ...times }
  ledger.database.change((rows) => {
    const there = rows.class(name)
    if (there) throw fail('class-name-taken', { name, state: there.state })
    rows.putClass(row)
    for (const template of templates) rows.addTemplate(name, template)
    rows.note(name, { atMs: nowMs, became: 'open', because: `${seats} seats wanted` })
  })
  await ensureTemplates(desk, name, run)
}

export async function extendClass(
  { ledger, surroundings }: Desk,
  {
    name,
    times,
    seats,
  }: { readonly name: string; readonly times: ClassTimes; readonly seats: readonly number[] | undefined },
): Promise<void> {
  const row = ledger.needOpen(name)
  const nowMs = surroundings.clock.nowMs()
  const moreMs = hoursMs(times.hours)
  if (seats) return extendSeats({ ledger, surroundings }, { row, seats, moreMs, times })
  const closesMs = momentOf('closes', times.closes)
  const opensMs = momentOf('opens', times.opens)
  if (closesMs !== undefined && closesMs <= nowMs)
    throw fail('class-wish-unfit', { text: `The class would close in the past (${times.closes}).` })
  if (moreMs !== undefined && row.quotaMs === undefined)
    throw fail('class-wish-unfit', {
      text: `Seats of ${name} have no quota of hours that could be extended.`,
    })
  const { idleMs: before, ...others } = row
  const idleMs = times.idle === undefined ? before : idleOf(times.idle)
  const longer: ClassRow = {
    ...others,
    ...(idleMs !== undefined && { idleMs }),
    ...(opensMs !== undefined && { opensMs }),
    ...(closesMs !== undefined && { closesMs }),
    ...(moreMs !== undefined && { quotaMs: (row.quotaMs ?? 0) + moreMs }),
    ...(times.power && { power: times.power }),
  }
  const until = closesMs === undefined ? '' : ` until ${timeText(closesMs)}`
  ledger.setClass(longer, `extended${until}`, row.state)
}

function extendSeats(
  { ledger, surroundings }: Desk,
  {
    row: { name, quotaMs },
    seats,
    moreMs,
    times,
  }: {
    readonly row: ClassRow
    readonly seats: readonly number[]
    readonly moreMs: number | undefined
    readonly times: ClassTimes
  },
): void {
  const { hours: _, ...others } = times
  if (Object.values(others).some((value) => value !== undefined))
    throw fail('class-wish-unfit', {
      text: 'Only hours belong to single seats; other times are those of the class.',
    })
  if (moreMs === undefined || quotaMs === undefined)
    throw fail('class-wish-unfit', {
      text: `Seats of ${name} have no quota of hours that could be extended.`,
    })
  const numbers = ledger.chosen(name, seats).map(({ number }) => number)
  ledger.database.change((rows) => {
    for (const number of numbers) {
      const seat = rows.seat(name, number)
      if (!seat) continue
      rows.putSeat({ ...seat, extraMs: seat.extraMs + moreMs })
      const because = `${times.hours} h more`
      rows.note(name, {
        number,
        atMs: surroundings.clock.nowMs(),
        was: seat.state,
        became: seat.state,
        because,
      })
    }
  })
}
