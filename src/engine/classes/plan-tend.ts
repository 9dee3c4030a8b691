/** Decides what the clock asks of a class: a pure function. */
import type { ClassRow, SeatRow } from '#store'
import { barOf } from './hours.ts'
import type { Moving } from './seat-states.ts'
import { isMoving } from './seat-states.ts'

export interface SeenSeats {
  readonly seats: readonly SeatRow[]
  /** Numbers of seats that somebody is connected to. */
  readonly used: ReadonlySet<number>
  /** Numbers of seats that a running process is changing. */
  readonly busy: ReadonlySet<number>
}

export type TendAction =
  | { readonly do: 'close'; readonly because: string }
  | { readonly do: 'freeze' | 'thaw'; readonly number: number; readonly because: string }
  | { readonly do: 'finish'; readonly number: number; readonly state: Exclude<Moving, 'making' | 'closing'> }

/** What a seat that was frozen by the clock says; others stay frozen until somebody wants them. */
export const byClock = 'the clock: '

export function planTend(row: ClassRow, seen: SeenSeats, nowMs: number): readonly TendAction[] {
  if (row.state === 'closing') return [{ do: 'close', because: 'was cut off' }]
  if (row.state === 'closed') return []
  const { closesMs } = row
  if (closesMs !== undefined && nowMs >= closesMs) return [{ do: 'close', because: 'its time is over' }]
  return seen.seats.flatMap((seat) => {
    if (seen.busy.has(seat.number)) return []
    const action = seatAction(row, { seat, used: seen.used.has(seat.number) }, nowMs)
    return action ? [action] : []
  })
}

function seatAction(
  row: ClassRow,
  { seat, used }: { readonly seat: SeatRow; readonly used: boolean },
  nowMs: number,
): TendAction | undefined {
  const { number, state } = seat
  if (isMoving(state))
    return state === 'making' || state === 'closing' ? undefined : { do: 'finish', number, state }
  const bar = barOf(row, seat, nowMs)
  if (state === 'running') {
    if (bar) return { do: 'freeze', number, because: `${byClock}${bar.why}` }
    if (used || !isIdle(row, seat, nowMs)) return undefined
    return { do: 'freeze', number, because: 'nobody was there' }
  }
  // With an idle time seats wait for somebody anyway.
  const wakes = state === 'frozen' && !bar && row.idleMs === undefined && seat.because.startsWith(byClock)
  return wakes ? { do: 'thaw', number, because: 'the clock' } : undefined
}

export function isIdle(
  { idleMs }: ClassRow,
  { lastUsedMs, runningSinceMs }: SeatRow,
  nowMs: number,
): boolean {
  if (idleMs === undefined) return false
  return nowMs - Math.max(lastUsedMs ?? 0, runningSinceMs ?? 0) >= idleMs
}
