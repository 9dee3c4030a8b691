/** The words and numbers of a report on size: amounts, ranges, and how full something is. */
import type { SizeReport } from '#capacity'
import type { Paint } from './paint.ts'

type Range = SizeReport['memory']['runningMiB']
export type Fit = SizeReport['verdict']

export const fitWords: Readonly<Record<Fit, string>> = {
  fits: 'fits',
  'heavily-used': 'heavily used',
  unknown: 'not known',
  'does-not-fit': 'does not fit',
}

export function fitText(fit: Fit, paint: Paint): string {
  const strokes = {
    fits: paint.good,
    'heavily-used': paint.doubtful,
    unknown: paint.doubtful,
    'does-not-fit': paint.bad,
  }
  return strokes[fit](fitWords[fit])
}

/** `1.5 GiB`, `96 MiB`, `9 TiB`. */
export function amount(mebibytes: number): string {
  if (Math.abs(mebibytes) < 1024) return `${Math.round(mebibytes)} MiB`
  if (Math.abs(mebibytes) < 1024 * 1024) return `${short(mebibytes / 1024)} GiB`
  return `${short(mebibytes / 1024 / 1024)} TiB`
}

/** `0.2 to 1.6 GiB`; once where both are the same to the eye. */
export function amounts({ low, high }: Range): string {
  const [least, most] = [amount(low), amount(high)]
  if (least === most) return most
  return `${least.split(' ')[1] === most.split(' ')[1] ? least.split(' ')[0] : least} to ${most}`
}

export function percents({ low, high }: Range): string {
  return low === high ? percent(low) : `${Math.round(low * 100)} to ${percent(high)}`
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** With one digit behind the point at most. */
export function short(value: number): string {
  return String(Number(value.toFixed(1)))
}

/** `61 s to 4 min`. */
export function seconds({ low, high }: Range): string {
  const one = (value: number) => (value < 120 ? `${Math.round(value)} s` : `${Math.round(value / 60)} min`)
  return one(low) === one(high) ? one(high) : `${one(low)} to ${one(high)}`
}

/** US dollars: `0.402`, `16.10`, `2979`. */
export function dollars({ low, high }: Range): string {
  const one = (value: number) =>
    value >= 1000 ? value.toFixed(0) : value >= 1 ? value.toFixed(2) : value.toFixed(3)
  return one(low) === one(high) ? one(high) : `${one(low)}-${one(high)}`
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** The first few names, and how many more there are. */
export function someOf(names: readonly string[], most = 4): string {
  const shown = names.slice(0, most).join(', ')
  return names.length > most ? `${shown} and ${names.length - most} more` : shown
}

/** Cut in the middle where it is too long for its column: both ends of a path tell something. */
export function clippedTo(text: string, width: number): string {
  const letters = [...text]
  if (letters.length <= width) return text
  const tail = Math.floor((width - 1) / 2)
  return [...letters.slice(0, width - 1 - tail), '…', ...letters.slice(letters.length - tail)].join('')
}

/** Cut at its end. */
export function cutTo(text: string, width: number): string {
  const letters = [...text]
  return letters.length <= width ? text : `${letters.slice(0, width - 1).join('')}…`
}
