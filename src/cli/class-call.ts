/** What the verbs of classes have in common: opening them, naming seats, and telling how it goes. */
import type { Classes, ClassRun } from '#engine'
import { fail } from './errors.ts'
import { oneLine } from './one-line.ts'
import type { Call, OptionRow } from './verb.ts'

export const classArgument: OptionRow = ['<class>', 'its name']
export const seatsOption: OptionRow = ['--seats <numbers>', "only these seats, as '1,3-5' (default: all)"]

const mostSeats = 1000

export async function withClasses<Result>(
  call: Call,
  work: (classes: Classes, run: ClassRun) => Promise<Result>,
): Promise<Result> {
  using classes = await call.services.classes()
  const { paintErrors, tell } = call.terminal
  const onEvent: ClassRun['onEvent'] = ({ seat, text, isTrouble }) => {
    const said = oneLine(text)
    tell(`${paintErrors.name(seat)}: ${isTrouble ? paintErrors.bad(said) : said}`)
  }
  return await work(classes, { signal: call.signal, onEvent })
}

/** Of `--seats`. */
export function chosenOf(call: Call, command: string): { readonly seats?: readonly number[] } {
  const text = call.value('seats')
  if (text === undefined) return {}
  return { seats: text.split(',').flatMap((part) => rangeOf(part.trim(), command)) }
}

/** One seat by its number, or by its name: `7` and `spring-07`. */
export function seatNumber(name: string, text: string, command: string): number {
  const digits = text.startsWith(`${name}-`) ? text.slice(name.length + 1) : text
  const [number] = rangeOf(digits, command)
  if (number === undefined || !/^\d+$/.test(digits)) throw wrongSeat(text, command)
  return number
}

/** Of an option that takes a number above zero. */
export function countOf(call: Call, option: string, command: string): number | undefined {
  const text = call.value(option)
  if (text === undefined) return undefined
  const count = Number(text)
  if (count > 0 && Number.isFinite(count)) return count
  throw fail('wrong-usage', { text: `--${option} takes a number above 0, not "${text}".`, command })
}

function rangeOf(text: string, command: string): number[] {
  const [, from, to = from] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(text) ?? []
  const [first, last] = [Number(from), Number(to)]
  if (from === undefined || first < 1 || last < first || last > mostSeats) throw wrongSeat(text, command)
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}

function wrongSeat(text: string, command: string) {
  return fail('wrong-usage', { text: `"${text}" is no seat; seats are numbers, as 1,3-5.`, command })
}
