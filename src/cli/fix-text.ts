/** What would let a frame through, as text: the fewest changes, what else they open, and what else would do. */
import type { Change, Fix, Opening } from '#trace'
import type { Paint } from './paint.ts'

export function fixLines(fixes: readonly Fix[], gaveUp: string | undefined, paint: Paint): string[] {
  const [first, ...others] = fixes
  if (!first) {
    return [
      gaveUp === undefined ? 'No change of a few settings lets it through.' : `No fix was found: ${gaveUp}.`,
    ]
  }
  return [
    `${paint.good('smallest fix')}, traced again both ways:`,
    ...oneFix(first, paint),
    ...others.flatMap((fix) => [
      `or, just as small${comparison(fix.opens, first.opens)}:`,
      ...oneFix(fix, paint),
    ]),
    ...(gaveUp === undefined ? [] : [paint.faint(`Others may exist: ${gaveUp}.`)]),
  ]
}

function oneFix({ changes, opens }: Fix, paint: Paint): string[] {
  return [
    ...changes.map((change) => `  ${changeText(change, paint)}`),
    ...openingWords(opens).map((words) => `    ${paint.faint(words)}`),
  ]
}

function changeText({ path, value, before, template }: Change, paint: Paint): string {
  const keys = path.reduce<string>(
    (text, step) => text + (typeof step === 'number' ? `[${step}]` : `${text && '.'}${step}`),
    '',
  )
  const was = before === undefined ? '' : paint.faint(`  (now ${written(before)})`)
  const where =
    template === undefined ? '' : paint.doubtful(`  in the template ${template}, for all that extend it`)
  return `${paint.strong(`${keys}: ${written(value)}`)}${was}${where}`
}

function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function comparison(opens: Opening, best: Opening): string {
  const looser =
    opens.listeners > best.listeners || opens.senders > best.senders || opens.furtherVlans > best.furtherVlans
  return looser ? ', but it opens more' : ''
}

/** Whole clauses; one that says so when nothing else changes. */
export function openingWords(opens: Opening): string[] {
  const { listeners, heardIn, senders, furtherVlans, copies, pairs, pairNames } = opens
  const words: string[] = []
  if (listeners > 0) {
    words.push(
      `now every VM in ${heardIn.join(', ')} may listen to all frames of its VLANs: ${nics(listeners)}`,
    )
  }
  if (copies > 0)
    words.push(
      `a frame between the two now goes to others as well: ${count(copies, 'copy', 'copies')} per frame`,
    )
  if (senders > 0) words.push(`${nics(senders)} may send with any source MAC`)
  if (furtherVlans > 0)
    words.push(`${nics(furtherVlans)} ${furtherVlans === 1 ? 'gets' : 'get'} frames of further VLANs`)
  if (pairs !== undefined && pairs > 0) {
    const more = pairs > pairNames.length ? ', …' : ''
    words.push(
      `${count(pairs, 'further pair reaches', 'further pairs reach')} each other: ${pairNames.join(', ')}${more}`,
    )
  }
  if (pairs === undefined) words.push('who else reaches whom was not tried: the lab is large')
  return words.length > 0 ? words : ['opens nothing else']
}

function nics(number: number): string {
  return count(number, 'NIC', 'NICs')
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}
