/** `grade`: what the lab expects, checked in every seat; each time is kept. */
import type { SeatRow } from '#store'
import type { Checked } from '../expect.ts'
import type { GradeOptions, SeatGrade } from './contract.ts'
import { fail } from './errors.ts'
import { inTurn } from './in-turn.ts'
import { type Desk, visiting } from './moves.ts'
import { isThere } from './seat-states.ts'
import { gradesOf } from './views.ts'

/** Guests of other seats slow each other down, and may miss their pings. */
export const seatsAtOnce = 2

/** Fails with `class-incomplete` when seats could not be asked; those that could are graded all the same. */
export async function gradeClass(
  desk: Desk,
  name: string,
  { seats: numbers, ...options }: GradeOptions,
): Promise<readonly SeatGrade[]> {
  const { ledger } = desk
  ledger.needOpen(name)
  const seats = ledger.chosen(name, numbers).filter(({ state }) => numbers !== undefined || isThere(state))
  let exercises = 0
  const grades = new Map<number, SeatGrade>()
  const { signal } = options
  const failed = await inTurn(
    seats,
    { atOnce: seatsAtOnce, signal, nameOf: ({ lab }) => lab },
    async (seat) => {
      const { expectations } = options
      const checked = await visiting(desk, seat, options, () =>
        desk.surroundings.engine.checkExpectations(seat.lab, { signal, expectations }),
      )
      exercises += checked.length
      if (checked.length > 0) grades.set(seat.number, keep(desk, seat, { checked, options }))
    },
  )
  const trouble = [...failed].map(([seat, because]) => ({ seat, because }))
  if (trouble.length > 0) throw fail('class-incomplete', { name, doing: 'graded', seats: trouble })
  if (seats.length > 0 && exercises === 0) throw fail('no-exercises', { name })
  return seats.flatMap(({ number }) => grades.get(number) ?? [])
}

function keep(
  { surroundings, ledger }: Desk,
  { class: name, number, lab }: SeatRow,
  { checked, options }: { readonly checked: readonly Checked[]; readonly options: GradeOptions },
): SeatGrade {
  const kept = ledger.database.change((rows) => {
    const seat = rows.seat(name, number)
    // Two gradings within a millisecond are two gradings.
    const lastMs = Math.max(
      0,
      ...rows.grades(name).flatMap((row) => (row.number === number ? [row.atMs] : [])),
    )
    const atMs = Math.max(surroundings.clock.nowMs(), lastMs + 1)
    for (const { index, expectation, holds, seen } of checked) {
      const { points = 1, exercise = options.describe(expectation) } = expectation
      rows.addGrade(name, {
        number,
        atMs,
        position: index,
        exercise,
        points,
        earned: holds ? points : 0,
        seen,
      })
    }
    return { seat, rows: rows.grades(name).filter((row) => row.number === number && row.atMs === atMs) }
  })
  const [grade] = kept.seat ? gradesOf([kept.seat], kept.rows) : []
  if (!grade) throw new Error(`seat ${number} of ${name} went while it was graded`)
  options.onEvent?.({ seat: lab, text: `${grade.earned} of ${grade.points} points` })
  return grade
}
