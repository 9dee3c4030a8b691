/** Classes and seats as others see them. */
import type { ClassRow, GradeRow, SeatRow, TemplateRow } from '#store'
import type { ClassExport, ClassView, SeatGrade, SeatView } from './contract.ts'
import { powerOf, quotaMsOf } from './hours.ts'
import type { Desk } from './moves.ts'
import { usedMsOf } from './seat-states.ts'

export async function viewOf(desk: Desk, name: string): Promise<ClassView> {
  const { ledger, surroundings } = desk
  ledger.need(name)
  const connected = await ledger.connected(name)
  const { row, seats, templates, grades } = ledger.database.read((rows) => {
    const all = { seats: rows.seats(name), templates: rows.templates(name), grades: rows.grades(name) }
    return { row: rows.class(name), ...all }
  })
  if (!row) return await viewOf(desk, name)
  const nowMs = surroundings.clock.nowMs()
  const seen = { row, templates, grades: gradesOf(seats, grades), connected, nowMs }
  const power = powerOf(row)
  const { state, seats: wanted, opensMs, closesMs, quotaMs, idleMs } = row
  return {
    name,
    state,
    wanted,
    ...(opensMs !== undefined && { opensMs }),
    ...(closesMs !== undefined && { closesMs }),
    ...(quotaMs !== undefined && { quotaMs }),
    ...(idleMs !== undefined && { idleMs }),
    ...(power && { power }),
    templates: templates.map(({ lab, snapshot }) => `${lab}@${snapshot}`),
    seats: seats.map((seat) => seatView(seat, seen)),
  }
}

export async function exportOf(desk: Desk, name: string): Promise<ClassExport> {
  const view = await viewOf(desk, name)
  const { seats, grades, journal } = desk.ledger.database.read((rows) => {
    return { seats: rows.seats(name), grades: rows.grades(name), journal: rows.journal(name) }
  })
  return { ...view, grades: gradesOf(seats, grades), journal }
}

/** One for each time that a seat was graded, oldest first. */
export function gradesOf(seats: readonly SeatRow[], rows: readonly GradeRow[]): readonly SeatGrade[] {
  return seats.flatMap(({ number, lab: seat }) => {
    const times = Map.groupBy(
      rows.filter((row) => row.number === number),
      ({ atMs }) => atMs,
    )
    return [...times].map(([atMs, exercises]): SeatGrade => {
      const sum = (key: 'earned' | 'points') => exercises.reduce((total, one) => total + one[key], 0)
      return {
        seat,
        atMs,
        earned: sum('earned'),
        points: sum('points'),
        exercises: exercises.map(({ exercise, points, earned, seen }) => ({
          exercise,
          points,
          earned,
          seen,
        })),
      }
    })
  })
}

interface Seen {
  readonly row: ClassRow
  readonly templates: readonly TemplateRow[]
  readonly grades: readonly SeatGrade[]
  readonly connected: ReadonlyMap<number, number>
  readonly nowMs: number
}

function seatView(seat: SeatRow, { row, templates, grades, connected, nowMs }: Seen): SeatView {
  const { number, lab, state, because, lastUsedMs, handedMs } = seat
  const quotaMs = quotaMsOf(row, seat)
  const grade = grades.findLast((one) => one.seat === lab)
  return {
    number,
    seat: lab,
    site: templates.find(({ position }) => position === seat.template)?.site ?? '',
    state,
    because,
    usedMs: usedMsOf(seat, nowMs),
    ...(quotaMs !== undefined && { quotaMs }),
    ...(lastUsedMs !== undefined && { lastUsedMs }),
    connected: connected.get(number) ?? 0,
    handedOut: handedMs !== undefined,
    ...(grade && { grade: { atMs: grade.atMs, earned: grade.earned, points: grade.points } }),
  }
}
