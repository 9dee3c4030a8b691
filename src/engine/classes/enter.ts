/** Who gets to a seat: secrets are handed out once, and open only their own seat, in its hours. */
import type { ChosenSeats, ClassRun, SeatAccess, Visit } from './contract.ts'
import { fail } from './errors.ts'
import { barOf } from './hours.ts'
import { type Desk, finishSeat, thawSeat } from './moves.ts'
import { seatName } from './publish.ts'
import { isThere } from './seat-states.ts'
import { makeSecret, opens } from './secrets.ts'

export async function handOut(
  { ledger, surroundings }: Desk,
  { name, chosen }: { readonly name: string; readonly chosen: ChosenSeats },
  show: (all: readonly SeatAccess[]) => Promise<void> | void,
): Promise<void> {
  ledger.needOpen(name)
  const { seats: numbers } = chosen
  const wanted = ledger
    .chosen(name, numbers)
    .filter(({ state, handedMs }) => numbers !== undefined || (isThere(state) && handedMs === undefined))
  const nowMs = surroundings.clock.nowMs()
  const all = wanted.map(({ number, lab }) => {
    const { text, kept } = makeSecret(surroundings.randomBytes)
    ledger.database.change((rows) => {
      const seat = rows.seat(name, number)
      if (!seat) return
      const { handedMs: _, ...others } = seat
      rows.putSeat({ ...others, secret: kept })
      const because = 'a new secret'
      rows.note(name, { number, atMs: nowMs, was: seat.state, became: seat.state, because })
    })
    return { number, seat: lab, secret: text }
  })
  if (all.length === 0) return
  await show(all.map(({ seat, secret }) => ({ seat, secret })))
  // A command that is killed before this has shown nothing that anybody could rely on: the next one makes new ones.
  ledger.database.change((rows) => {
    for (const { number } of all) {
      const seat = rows.seat(name, number)
      if (seat) rows.putSeat({ ...seat, handedMs: nowMs })
    }
  })
}

export async function enterSeat(
  desk: Desk,
  { name, number, secret }: { readonly name: string; readonly number: number; readonly secret: string },
  run: ClassRun,
): Promise<Visit> {
  const { ledger, surroundings } = desk
  const row = ledger.needOpen(name)
  const found = ledger.seats(name).find((seat) => seat.number === number)
  // The same answer for all that is wrong with it, so that nobody learns about seats of others.
  if (!found || !opens(found.secret, secret))
    throw fail('seat-secret-wrong', { seat: seatName(name, number) })
  const bar = barOf(row, found, surroundings.clock.nowMs())
  if (bar) throw fail('seat-locked', { seat: found.lab, why: bar.why })
  await ledger.refuseBusy([found])
  const seat = await finishSeat(desk, found, run)
  const { lab, state, because } = seat
  if (!isThere(state)) throw fail('seat-not-there', { seat: lab, state, because })
  const id = ledger.arrive(name, number)
  const leave = async () => ledger.leave({ name, number, id })
  try {
    if (state === 'frozen') await thawSeat(desk, seat, 'somebody came', run)
  } catch (error) {
    await leave()
    throw error
  }
  return { lab, leave }
}
