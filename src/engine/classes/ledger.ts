/** The database of classes as the engine uses it: seats are claimed, moved, and journaled in one transaction each. */
import {
  type ClassDatabase,
  type ClassRow,
  type ClassState,
  isRunning,
  type ProcessIdentity,
  type SeatRow,
  type SeatState,
  type TemplateRow,
} from '#store'
import { fail } from './errors.ts'
import { isMoving, type Moving, mayBecome, mayBegin, movedSeat } from './seat-states.ts'

export interface Claim {
  readonly to: Moving
  readonly because: string
  /** Where a reset leads to. */
  readonly target?: string
}

export class Ledger {
  readonly database: ClassDatabase
  readonly #self: ProcessIdentity
  readonly #nowMs: () => number

  constructor(database: ClassDatabase, self: ProcessIdentity, nowMs: () => number) {
    this.database = database
    this.#self = self
    this.#nowMs = nowMs
  }

  /** Fails with `no-such-class`. */
  need(name: string): ClassRow {
    const { row, names } = this.database.read((rows) => {
      return { row: rows.class(name), names: rows.classes().map((one) => one.name) }
    })
    if (row) return row
    throw fail('no-such-class', { name, names })
  }

  /** Fails with `class-not-open` too. */
  needOpen(name: string): ClassRow {
    const row = this.need(name)
    if (row.state === 'open') return row
    throw fail('class-not-open', { name, state: row.state })
  }

  seats(name: string): readonly SeatRow[] {
    return this.database.read((rows) => rows.seats(name))
  }

  templateOf({ class: name, template, lab }: SeatRow): TemplateRow {
    const found = this.database.read((rows) => rows.templates(name)).find((one) => one.position === template)
    if (found) return found
    throw fail('class-without-template', { name: lab })
  }

  /** All of them when none is chosen; fails with `no-such-seat`. */
  chosen(name: string, numbers: readonly number[] | undefined): readonly SeatRow[] {
    const seats = this.seats(name)
    if (numbers === undefined) return seats
    return [...new Set(numbers)].map((number) => {
      const found = seats.find((seat) => seat.number === number)
      if (found) return found
      throw fail('no-such-seat', { class: name, seat: String(number), seats: seats.length })
    })
  }

  /** Numbers of seats that a running process is changing. */
  async busy(seats: readonly SeatRow[]): Promise<ReadonlySet<number>> {
    const alive = await Promise.all(seats.map(async (seat) => (await this.#isHeld(seat)) && seat.number))
    return new Set(alive.filter((one) => one !== false))
  }

  /**
   * The seat is this process's from now on until it is settled. Fails with `seats-busy`, `class-not-open`, or
   * `seat-not-there` where no way leads from its state to that one.
   */
  async claim({ class: name, number }: SeatRow, { to, because, target }: Claim): Promise<SeatRow> {
    for (;;) {
      const seen = this.#needSeat(name, number)
      if (await this.#isHeld(seen)) throw this.#busyFailure([seen])
      const claimed = this.database.change((rows) => {
        const [row, seat] = [rows.class(name), rows.seat(name, number)]
        // Somebody was faster: look again.
        if (!row || !seat || seat.state !== seen.state || seat.mover?.pid !== seen.mover?.pid)
          return undefined
        if (!mayBegin(row.state, to)) throw fail('class-not-open', { name, state: row.state })
        const { lab, state } = seat
        if (!mayBecome(state, to)) throw fail('seat-not-there', { seat: lab, state, because: seat.because })
        const moved = {
          ...movedSeat(seat, { state: to, because }, this.#nowMs()),
          mover: this.#self,
          ...(target !== undefined && { target }),
        }
        rows.putSeat(moved)
        rows.note(name, { number, atMs: this.#nowMs(), was: state, became: to, because })
        return moved
      })
      if (claimed) return claimed
    }
  }

  /** Ends what `claim` began; `change` adds to the row. */
  settle(
    { class: name, number }: SeatRow,
    to: { readonly state: SeatState; readonly because: string },
    change: (seat: SeatRow) => SeatRow = (seat) => seat,
  ): SeatRow {
    return this.database.change((rows) => {
      const seat = rows.seat(name, number)
      if (!seat || !mayBecome(seat.state, to.state))
        throw new Error(`seat ${number} of ${name} was changed by others: ${seat?.state} to ${to.state}`)
      const moved = change(movedSeat(seat, to, this.#nowMs()))
      rows.putSeat(moved)
      const { state: became, because } = to
      rows.note(name, { number, atMs: this.#nowMs(), was: seat.state, became, because })
      return moved
    })
  }

  setClass(row: ClassRow, because: string, was?: ClassState): void {
    this.database.change((rows) => {
      rows.putClass(row)
      const atMs = this.#nowMs()
      rows.note(row.name, { atMs, became: row.state, because, ...(was !== undefined && { was }) })
    })
  }

  /** Those that are connected now, by the seat's number; of processes that have ended nothing is left. */
  async connected(name: string): Promise<ReadonlyMap<number, number>> {
    const counts = new Map<number, number>()
    for (const { id, number, holder } of this.database.read((rows) => rows.sessions(name))) {
      if (await isRunning(holder)) counts.set(number, (counts.get(number) ?? 0) + 1)
      else this.leave({ name, number, id })
    }
    return counts
  }

  arrive(name: string, number: number): number {
    return this.database.change((rows) => {
      const seat = rows.seat(name, number)
      if (seat) rows.putSeat({ ...seat, lastUsedMs: this.#nowMs() })
      return rows.addSession(name, { number, holder: this.#self, sinceMs: this.#nowMs() })
    })
  }

  leave({ name, number, id }: { readonly name: string; readonly number: number; readonly id: number }): void {
    this.database.change((rows) => {
      const seat = rows.seat(name, number)
      if (seat) rows.putSeat({ ...seat, lastUsedMs: this.#nowMs() })
      rows.removeSession(id)
    })
  }

  /** Fails with `seats-busy` when another process is changing any of them. */
  async refuseBusy(seats: readonly SeatRow[]): Promise<void> {
    const busy = await this.busy(seats)
    const held = seats.filter(({ number }) => busy.has(number))
    if (held.length > 0) throw this.#busyFailure(held)
  }

  #needSeat(name: string, number: number): SeatRow {
    const [seat] = this.chosen(name, [number])
    if (!seat) throw new Error('chosen without a seat')
    return seat
  }

  async #isHeld({ state, mover }: SeatRow): Promise<boolean> {
    return isMoving(state) && mover !== undefined && (await isRunning(mover))
  }

  #busyFailure(seats: readonly SeatRow[]) {
    return fail('seats-busy', { seats: seats.map(({ lab }) => lab), pid: seats[0]?.mover?.pid ?? 0 })
  }
}
