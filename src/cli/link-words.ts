/** The conditions of a link: what options ask for, and how they are told. */
import type { LinkConditions } from '#providers'
import { fail } from './errors.ts'
import { durationText, rateText, readCount, readDuration, readPercent, readRate } from './quantities.ts'
import type { Call, OptionRow } from './verb.ts'

export const linkOptions: readonly OptionRow[] = [
  ['--delay <time>', 'hold each frame so long, in each direction: 40ms'],
  ['--jitter <time>', 'vary the delay by up to this; frames keep their order'],
  ['--loss <percent>', 'lose so many frames: 1%'],
  ['--duplicate <percent>', 'deliver so many frames twice'],
  ['--reorder <percent>', 'let so many frames overtake the delayed ones'],
  ['--corrupt <percent>', 'turn one bit round in so many frames'],
  ['--rate <rate>', 'limit to so many bits a second: 512kbit, 10mbit, 1gbit'],
  ['--down', 'let nothing pass'],
  ['--direction <which>', 'in (what the machine sends), out (what it gets), or both, which is the default'],
  ['--seed <number>', 'hit the same frames as an earlier run with this seed did'],
]

const highestSeed = 0xffff_ffff
const longestDelayMs = 60_000

/** Undefined when no condition is asked for. Fails with `wrong-usage`. */
export function readConditions(call: Call): LinkConditions | undefined {
  const asked = linkOptions.map(([flags]) => flags.split(/[ ,]/)[0]?.slice(2) ?? '')
  if (!asked.some((option) => call.value(option) !== undefined || call.has(option))) return undefined
  const seed = number(call, 'seed', (text) => readCount(text, { most: highestSeed }))
  const conditions = {
    direction: direction(call),
    delayMs: number(call, 'delay', short) ?? 0,
    jitterMs: number(call, 'jitter', short) ?? 0,
    lossPercent: number(call, 'loss', readPercent) ?? 0,
    duplicatePercent: number(call, 'duplicate', readPercent) ?? 0,
    reorderPercent: number(call, 'reorder', readPercent) ?? 0,
    corruptPercent: number(call, 'corrupt', readPercent) ?? 0,
    rateBitPerS: number(call, 'rate', positiveRate) ?? 0,
    down: call.has('down'),
    ...(seed !== undefined && { seed }),
  }
  checkSense(conditions)
  return conditions
}

/** `delay 40ms, loss 1%, both directions, seed 7` */
export function conditionsText(conditions: LinkConditions): string {
  const { delayMs, jitterMs, lossPercent, duplicatePercent, reorderPercent, corruptPercent } = conditions
  const percents = { loss: lossPercent, duplicate: duplicatePercent, reorder: reorderPercent }
  const shares = Object.entries({ ...percents, corrupt: corruptPercent }).filter(([, percent]) => percent > 0)
  const { direction: way, rateBitPerS, down, seed } = conditions
  return [
    ...(down ? ['down'] : []),
    ...(delayMs > 0 ? [`delay ${durationText(delayMs)}`] : []),
    ...(jitterMs > 0 ? [`jitter ${durationText(jitterMs)}`] : []),
    ...shares.map(([name, percent]) => `${name} ${percent}%`),
    ...(rateBitPerS > 0 ? [`rate ${rateText(rateBitPerS)}`] : []),
    way === 'both' ? 'both directions' : `${way} only`,
    ...(seed === undefined ? [] : [`seed ${seed}`]),
  ].join(', ')
}

const examples: Readonly<Record<string, string>> = {
  delay: 'a time of at most a minute, as in 40ms or 1.5s',
  jitter: 'a time of at most a minute, as in 5ms',
  rate: 'a rate in bits, as in 512kbit, 10mbit or 1gbit',
  seed: `a whole number from 0 to ${highestSeed}`,
}

function number(call: Call, option: string, read: (text: string) => number | undefined): number | undefined {
  const text = call.value(option)
  if (text === undefined) return undefined
  const value = read(text)
  if (value !== undefined) return value
  const wanted = examples[option] ?? 'a percentage from 0% to 100%, as in 1%'
  throw usage(`--${option} ${text} is not ${wanted}.`)
}

function short(text: string): number | undefined {
  const ms = readDuration(text)
  return ms !== undefined && ms <= longestDelayMs ? ms : undefined
}

function positiveRate(text: string): number | undefined {
  const rate = readRate(text)
  return rate !== undefined && rate >= 1 && rate <= 1e12 ? rate : undefined
}

function direction(call: Call): LinkConditions['direction'] {
  const way = call.value('direction') ?? 'both'
  if (way === 'in' || way === 'out' || way === 'both') return way
  throw usage(`--direction ${way} is none of in, out and both.`)
}

function checkSense(conditions: LinkConditions): void {
  const { delayMs, jitterMs, reorderPercent, rateBitPerS, down } = conditions
  if (jitterMs > 0 && delayMs === 0) throw usage('--jitter varies a delay: give --delay as well.')
  if (reorderPercent > 0 && delayMs === 0)
    throw usage('--reorder lets frames overtake delayed ones: give --delay as well.')
  const { lossPercent, duplicatePercent, corruptPercent } = conditions
  const any = delayMs + lossPercent + duplicatePercent + corruptPercent + rateBitPerS > 0 || down
  if (!any) throw usage('That leaves the link good. To make a link good again: --clear.')
}

function usage(text: string) {
  return fail('wrong-usage', { text, command: 'nestlab net impair' })
}
