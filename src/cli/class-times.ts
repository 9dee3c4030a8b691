/** The times of a class, as options say them. */
import type { ClassTimes } from '#engine'
import { countOf } from './class-call.ts'
import { fail } from './errors.ts'
import type { Call, OptionRow } from './verb.ts'

/** Understood by `create` and `extend`. */
export const timeOptions: readonly OptionRow[] = [
  ['--opens <time>', 'when seats become usable, as 2027-01-11T08:00:00Z'],
  ['--closes <time>', 'when everything is taken away'],
  ['--hours <hours>', 'running hours of each seat'],
  ['--idle <time>', "seats that nobody uses for this long stand still, as 30min; or 'never'"],
  ['--power <hours>', "when seats may run, in UTC, as '07:30-19:00' or '07:30-19:00 mon,tue,wed'"],
]

export function timesOf(call: Call, of: string): ClassTimes {
  const hours = countOf(call, 'hours', of)
  const power = call.value('power')
  const texts = (['opens', 'closes', 'idle'] as const).flatMap((key) => {
    const text = call.value(key)
    return text === undefined ? [] : [[key, text] as const]
  })
  return {
    ...Object.fromEntries(texts),
    ...(hours !== undefined && { hours }),
    ...(power !== undefined && { power: powerOf(power, of) }),
  }
}

const weekDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

function powerOf(text: string, of: string): NonNullable<ClassTimes['power']> {
  const time = '(?:[01]\\d|2[0-3]):[0-5]\\d'
  const [, on, off, named] = new RegExp(`^(${time})-(${time})(?: ([a-z,]+))?$`).exec(text) ?? []
  const days = named?.split(',').map((day) => weekDays.find((one) => one === day))
  if (on === undefined || off === undefined || on === off || days?.includes(undefined))
    throw fail('wrong-usage', { text: `--power is as '07:30-19:00 mon,tue', not "${text}".`, command: of })
  return { on, off, ...(days && { days: days.flatMap((day) => day ?? []) }) }
}
