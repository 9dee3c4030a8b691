/** `exec` and `copy`: the same command or file for all seats of a class. */
import type { Inside } from '../contract.ts'
import type { ChosenSeats, ClassRun, SeatAnswer } from './contract.ts'
import { fail } from './errors.ts'
import { seatsAtOnce } from './grade.ts'
import { inTurn } from './in-turn.ts'
import { type Desk, visiting } from './moves.ts'
import { isThere } from './seat-states.ts'

export interface Told {
  readonly path: string
  /** For people: what could not be done. */
  readonly doing: string
}

/** In the order of the seats. Fails with `class-incomplete`; the others have been told all the same. */
async function inSeats<Answer>(
  desk: Desk,
  name: string,
  { path, doing }: Told,
  {
    options,
    work,
  }: {
    readonly options: ClassRun & ChosenSeats
    readonly work: (inside: Inside, seat: string) => Promise<Answer>
  },
): Promise<readonly Answer[]> {
  const { ledger, surroundings } = desk
  const { seats: numbers, signal } = options
  ledger.needOpen(name)
  const seats = ledger.chosen(name, numbers).filter(({ state }) => numbers !== undefined || isThere(state))
  const answers = new Map<number, Answer>()
  const failed = await inTurn(
    seats,
    { atOnce: seatsAtOnce, signal, nameOf: ({ lab }) => lab },
    async (seat) => {
      const answer = await visiting(desk, seat, options, async () => {
        const inside = await surroundings.engine.enter(seat.lab, path, signal)
        try {
          return await work(inside, seat.lab)
        } finally {
          await inside.close()
        }
      })
      answers.set(seat.number, answer)
    },
  )
  const trouble = [...failed].map(([seat, because]) => ({ seat, because }))
  if (trouble.length > 0) throw fail('class-incomplete', { name, doing, seats: trouble })
  return seats.flatMap(({ number }) => {
    const answer = answers.get(number)
    return answer === undefined ? [] : [answer]
  })
}

export async function execInSeats(
  desk: Desk,
  name: string,
  { path, argv }: { readonly path: string; readonly argv: readonly string[] },
  options: ClassRun & ChosenSeats,
): Promise<readonly SeatAnswer[]> {
  return await inSeats(
    desk,
    name,
    { path, doing: 'told' },
    {
      options,
      work: async (inside, seat) => {
        const { code, stdout, stderr } = await inside.run(argv, { signal: options.signal })
        const exit = code === 0 ? 'done' : `exit code ${code}`
        options.onEvent?.({ seat, text: exit, isTrouble: code !== 0 })
        return { seat, exitCode: code, stdout, stderr }
      },
    },
  )
}

export async function copyToSeats(
  desk: Desk,
  name: string,
  { path, file, content }: { readonly path: string; readonly file: string; readonly content: Uint8Array },
  options: ClassRun & ChosenSeats,
): Promise<readonly string[]> {
  const mode = 0o644
  return await inSeats(
    desk,
    name,
    { path, doing: 'given the file' },
    {
      options,
      work: async (inside, seat) => {
        await inside.writeFile(file, content, mode)
        options.onEvent?.({ seat, text: `has ${file}` })
        return seat
      },
    },
  )
}
