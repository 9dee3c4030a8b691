/** One change of several seats of a class. */
import type { SeatRow, SeatState } from '#store'
import type { ChosenSeats, ClassRun } from './contract.ts'
import { fail } from './errors.ts'
import { seatsAtOnce } from './grade.ts'
import { inTurn } from './in-turn.ts'
import { type Desk, finishSeat } from './moves.ts'
import { isMoving } from './seat-states.ts'

export interface EachSeat {
  readonly options: ClassRun & ChosenSeats
  /** For people: what could not be done. */
  readonly doing: string
  /** Seats in other states are passed over, unless they were chosen. */
  readonly states: readonly SeatState[]
}

/** Fails with `class-incomplete`; the others have been changed all the same. */
export async function inEach(
  desk: Desk,
  name: string,
  { options, doing, states }: EachSeat,
  work: (seat: SeatRow) => Promise<SeatRow>,
): Promise<void> {
  const { ledger } = desk
  const { seats: numbers, signal } = options
  ledger.needOpen(name)
  await finishLeft(desk, name, options)
  const seats = ledger
    .chosen(name, numbers)
    .filter(({ state }) => numbers !== undefined || states.includes(state))
  const failed = await inTurn(
    seats,
    { atOnce: seatsAtOnce, signal, nameOf: ({ lab }) => lab },
    async (seat) => {
      await work(seat)
    },
  )
  const trouble = [...failed].map(([seat, because]) => ({ seat, because }))
  if (trouble.length > 0) throw fail('class-incomplete', { name, doing, seats: trouble })
}

/** What commands that died were in the middle of, in the chosen seats; what must be made anew is left to `publish`. */
async function finishLeft(desk: Desk, name: string, { seats: numbers, ...run }: ClassRun & ChosenSeats) {
  const seats = desk.ledger.chosen(name, numbers)
  const busy = await desk.ledger.busy(seats)
  for (const seat of seats) {
    const { state, number } = seat
    if (!busy.has(number) && isMoving(state) && state !== 'making' && state !== 'closing')
      await finishSeat(desk, seat, run)
  }
}
