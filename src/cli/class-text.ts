/** Classes, seats and grades as text, and as CSV for spreadsheets. */
import type { ClassExport, ClassView, SeatAccess, SeatGrade, SeatLook, SeatView } from '#engine'
import { oneLine } from './one-line.ts'
import type { Paint } from './paint.ts'
import { statusLines } from './status-text.ts'
import { columns } from './table.ts'

const hourMs = 3_600_000
/** Lines of its journal that a look at a seat shows. */
const lastLines = 12

export function classLines(all: readonly ClassView[], paint: Paint): string[] {
  const head = ['CLASS', 'STATE', 'SEATS', 'TEMPLATE', 'OPENS', 'CLOSES'].map(paint.faint)
  const rows = all.map((one) => [
    paint.name(one.name),
    one.state,
    `${one.seats.filter(isThere).length} of ${one.wanted}`,
    one.templates.join(' '),
    timeText(one.opensMs),
    timeText(one.closesMs),
  ])
  return columns([head, ...rows])
}

export function seatLines({ seats }: ClassView, paint: Paint): string[] {
  const head = ['SEAT', 'STATE', 'USED', 'CONNECTED', 'POINTS', 'SITE', ''].map(paint.faint)
  return columns([head, ...seats.map((seat) => seatCells(seat, paint))])
}

function seatCells(seat: SeatView, paint: Paint): string[] {
  const { usedMs, quotaMs, grade } = seat
  const quota = quotaMs === undefined ? '' : ` of ${hours(quotaMs)}`
  return [
    paint.name(seat.seat),
    stateText(seat, paint),
    `${hours(usedMs)}${quota} h`,
    String(seat.connected),
    grade ? `${grade.earned} of ${grade.points}` : '',
    seat.site,
    paint.faint(oneLine(seat.because)),
  ]
}

function stateText({ state }: SeatView, paint: Paint): string {
  if (state === 'running') return paint.good(state)
  if (state === 'failed') return paint.bad(state)
  return state === 'frozen' || state === 'closed' ? paint.faint(state) : paint.doubtful(state)
}

export function accessLines(all: readonly SeatAccess[], paint: Paint): string[] {
  const head = ['SEAT', 'SECRET'].map(paint.faint)
  return columns([head, ...all.map(({ seat, secret }) => [paint.name(seat), secret])])
}

export function gradeLines(grades: readonly SeatGrade[], paint: Paint): string[] {
  return grades.flatMap(({ seat, earned, points, exercises }) => [
    `${paint.name(seat)}: ${earned} of ${points} points`,
    ...exercises.map((one) => {
      const mark = one.earned === one.points ? paint.good('✓') : paint.bad('✗')
      return `  ${mark} ${oneLine(one.exercise)} ${paint.faint(`${one.earned} of ${one.points}; ${oneLine(one.seen)}`)}`
    }),
  ])
}

export function lookLines(look: SeatLook, paint: Paint): string[] {
  const last = look.grades.at(-1)
  const journal = look.journal.slice(-lastLines)
  return [
    ...seatLines({ seats: [look] } as unknown as ClassView, paint),
    ...statusLines(look.lab, paint),
    ...(last ? gradeLines([last], paint) : []),
    ...columns(
      journal.map((one) => [paint.faint(timeText(one.atMs)), one.became, paint.faint(oneLine(one.because))]),
    ),
  ]
}

/** A line a seat: what it used, and its last grading with a column an exercise. */
export function classCsv(all: ClassExport): string {
  const last = new Map(all.grades.map((grade) => [grade.seat, grade]))
  const exercises = [
    ...new Set([...last.values()].flatMap((one) => one.exercises.map(({ exercise }) => exercise))),
  ]
  const head = ['class', 'seat', 'site', 'state', 'used hours', 'graded', 'points', 'of', ...exercises]
  const rows = all.seats.map(({ seat, site, state, usedMs }) => {
    const grade = last.get(seat)
    const earned = exercises.map((name) => {
      const mine = grade?.exercises.filter((one) => one.exercise === name) ?? []
      return mine.length === 0 ? '' : String(mine.reduce((sum, one) => sum + one.earned, 0))
    })
    const graded = [timeText(grade?.atMs), String(grade?.earned ?? ''), String(grade?.points ?? '')]
    return [all.name, seat, site, state, hours(usedMs), ...graded, ...earned]
  })
  return [head, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n')
}

/** RFC 4180; a text that a spreadsheet would run as a formula gets a quote before it. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function isThere({ state }: SeatView): boolean {
  return state === 'running' || state === 'frozen'
}

function hours(ms: number): string {
  return (ms / hourMs).toFixed(2)
}

function timeText(ms: number | undefined): string {
  return ms === undefined ? '' : new Date(ms).toISOString().replace('.000Z', 'Z')
}
