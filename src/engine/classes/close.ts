/** `close`: all labs of a class go; `tend`: what the clock asks for. */
import type { ClassRun } from './contract.ts'
import { fail } from './errors.ts'
import { inTurn } from './in-turn.ts'
import { closeSeat, type Desk, finishSeat, freezeSeat, thawSeat } from './moves.ts'
import { planTend, type TendAction } from './plan-tend.ts'
import { removeTemplates } from './templates.ts'

const atOnce = 4

/** Names of the seats that went. Repeating it finishes what was cut off. */
export async function closeClass(
  desk: Desk,
  name: string,
  {
    forget = false,
    because = 'asked for',
    ...run
  }: ClassRun & { readonly forget?: boolean; readonly because?: string },
): Promise<readonly string[]> {
  const { ledger } = desk
  const row = ledger.need(name)
  await ledger.refuseBusy(ledger.seats(name))
  if (row.state === 'open') ledger.setClass({ ...row, state: 'closing' }, because, row.state)
  const seats = ledger.seats(name).filter(({ state }) => state !== 'closed')
  const failed = await inTurn(
    seats,
    { atOnce, signal: run.signal, nameOf: ({ lab }) => lab },
    async (seat) => {
      await closeSeat(desk, seat, because, run)
    },
  )
  const trouble = [...failed].map(([seat, why]) => ({ seat, because: why }))
  if (trouble.length > 0) throw fail('class-incomplete', { name, doing: 'taken away', seats: trouble })
  if (row.state !== 'closed') {
    await removeTemplates(desk, name)
    ledger.setClass({ ...ledger.need(name), state: 'closed' }, because, 'closing')
  }
  if (forget) ledger.database.change((rows) => rows.removeClass(name))
  return seats.map(({ lab }) => lab)
}

/** Fails with `class-incomplete`; the other seats have been tended all the same. */
export async function tendClass(desk: Desk, name: string, run: ClassRun): Promise<void> {
  const { ledger, surroundings } = desk
  const row = ledger.need(name)
  const connected = await ledger.connected(name)
  const seats = ledger.seats(name)
  const seen = { seats, used: new Set(connected.keys()), busy: await ledger.busy(seats) }
  const plan = planTend(row, seen, surroundings.clock.nowMs())
  const [first] = plan
  if (first?.do === 'close') {
    await closeClass(desk, name, { ...run, because: first.because })
    return
  }
  const actions = plan.filter((action) => action.do !== 'close')
  const nameOf = ({ number }: (typeof actions)[number]) =>
    seats.find((seat) => seat.number === number)?.lab ?? ''
  const failed = await inTurn(actions, { atOnce, signal: run.signal, nameOf }, (action) =>
    tendSeat(desk, name, action, run),
  )
  const trouble = [...failed].map(([seat, because]) => ({ seat, because }))
  if (trouble.length > 0) throw fail('class-incomplete', { name, doing: 'tended', seats: trouble })
}

async function tendSeat(
  desk: Desk,
  name: string,
  action: Exclude<TendAction, { do: 'close' }>,
  run: ClassRun,
): Promise<void> {
  const [seat] = desk.ledger.chosen(name, [action.number])
  if (!seat) return
  if (action.do === 'freeze') await freezeSeat(desk, seat, action.because, run)
  else if (action.do === 'thaw') await thawSeat(desk, seat, action.because, run)
  else await finishSeat(desk, seat, run)
}
