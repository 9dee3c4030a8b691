/** The classes of this machine: opens what each call needs of the database and the engine, and puts them together. */
import { type ClassRow, openClassDatabase, ownIdentity } from '#store'
import { asFailure } from '../errors.ts'
import { copyToSeats, execInSeats } from './broadcast.ts'
import { closeClass, tendClass } from './close.ts'
import type {
  ChosenSeats,
  Classes,
  ClassRun,
  ClassSurroundings,
  ClassTimes,
  ClassView,
  ClassWish,
  GradeOptions,
  SeatAccess,
} from './contract.ts'
import { createClass, extendClass } from './create.ts'
import { enterSeat, handOut } from './enter.ts'
import { fail } from './errors.ts'
import { gradeClass } from './grade.ts'
import { inEach } from './in-each.ts'
import { Ledger } from './ledger.ts'
import { type Desk, freezeSeat, resetSeat, thawSeat } from './moves.ts'
import { publishClass } from './publish.ts'
import { exportOf, viewOf } from './views.ts'

export async function openClasses(surroundings: ClassSurroundings): Promise<Classes> {
  const { roots, clock } = surroundings
  const database = await openClassDatabase(roots)
  const ledger = new Ledger(database, await ownIdentity(), clock.nowMs)
  return new ClassesOfDesk({ surroundings, ledger })
}

class ClassesOfDesk implements Classes {
  readonly #desk: Desk

  constructor(desk: Desk) {
    this.#desk = desk
  }

  create(wish: ClassWish, run: ClassRun) {
    return this.#viewed(`make class ${wish.name}`, wish.name, () => createClass(this.#desk, wish, run))
  }

  publish(name: string, options: ClassRun & { readonly count?: number }) {
    return this.#viewed(`publish class ${name}`, name, () => publishClass(this.#desk, name, options))
  }

  handOut(name: string, chosen: ChosenSeats, show: (all: readonly SeatAccess[]) => Promise<void> | void) {
    return doing('hand out seats', () => handOut(this.#desk, { name, chosen }, show))
  }

  list() {
    return doing('list the classes', async () => {
      const rows: readonly ClassRow[] = this.#desk.ledger.database.read((all) => all.classes())
      return await Promise.all(rows.map(({ name }) => viewOf(this.#desk, name)))
    })
  }

  find(name: string) {
    return doing(`look at class ${name}`, () => viewOf(this.#desk, name))
  }

  enter(name: string, number: number, secret: string, run: ClassRun) {
    return doing(`enter seat ${number} of ${name}`, () =>
      enterSeat(this.#desk, { name, number, secret }, run),
    )
  }

  reset(name: string, { to, ...options }: ClassRun & ChosenSeats & { readonly to?: string }) {
    const about = { target: to, because: 'asked for' }
    return this.#each(name, { options, doing: 'reset', states: ['running', 'frozen', 'failed'] }, (seat) =>
      resetSeat(this.#desk, seat, about, options),
    )
  }

  freeze(name: string, options: ClassRun & ChosenSeats) {
    return this.#each(name, { options, doing: 'frozen', states: ['running'] }, (seat) =>
      freezeSeat(this.#desk, seat, 'asked for', options),
    )
  }

  thaw(name: string, options: ClassRun & ChosenSeats) {
    return this.#each(name, { options, doing: 'thawed', states: ['frozen'] }, (seat) =>
      thawSeat(this.#desk, seat, 'asked for', options),
    )
  }

  extend(name: string, times: ClassTimes, { seats }: ChosenSeats) {
    return this.#viewed(`extend class ${name}`, name, () => extendClass(this.#desk, { name, times, seats }))
  }

  tend(name: string, run: ClassRun) {
    return this.#viewed(`tend class ${name}`, name, () => tendClass(this.#desk, name, run))
  }

  grade(name: string, options: GradeOptions) {
    return doing(`grade class ${name}`, () => gradeClass(this.#desk, name, options))
  }

  exec(...[name, what, options]: Parameters<Classes['exec']>) {
    return doing(`run a command in class ${name}`, () => execInSeats(this.#desk, name, what, options))
  }

  copy(...[name, what, options]: Parameters<Classes['copy']>) {
    return doing(`copy a file to class ${name}`, () => copyToSeats(this.#desk, name, what, options))
  }

  look(name: string, number: number, signal: AbortSignal) {
    return doing(`look at seat ${number} of ${name}`, async () => {
      const { ledger, surroundings } = this.#desk
      const [row] = ledger.chosen(ledger.need(name).name, [number])
      const { seats, grades, journal } = await exportOf(this.#desk, name)
      const seat = seats.find((one) => one.number === number)
      if (!row || !seat)
        throw fail('no-such-seat', { class: name, seat: String(number), seats: seats.length })
      return {
        ...seat,
        lab: await surroundings.engine.status(row.lab, signal),
        grades: grades.filter((one) => one.seat === seat.seat),
        journal: journal.filter((one) => one.number === number),
      }
    })
  }

  export(name: string) {
    return doing(`export class ${name}`, () => exportOf(this.#desk, name))
  }

  close(name: string, options: ClassRun & { readonly forget?: boolean }) {
    return doing(`close class ${name}`, () => closeClass(this.#desk, name, options))
  }

  [Symbol.dispose](): void {
    this.#desk.ledger.database[Symbol.dispose]()
  }

  #viewed(what: string, name: string, work: () => Promise<void>): Promise<ClassView> {
    return doing(what, async () => {
      await work()
      return await viewOf(this.#desk, name)
    })
  }

  #each(name: string, about: Parameters<typeof inEach>[2], work: Parameters<typeof inEach>[3]) {
    return this.#viewed(`change class ${name}`, name, () => inEach(this.#desk, name, about, work))
  }
}

/** Everything leaves as a `Failure`. */
async function doing<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw asFailure(error, what)
  }
}
