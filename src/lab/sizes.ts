/** Sizes with their units, as in `memory: 1.5GiB`. */
import { limits } from './limits.ts'
import { clipped, good, type Read, refused } from './problem.ts'

const inMiB: ReadonlyMap<string, number> = new Map([
  ['KiB', 1 / 1024],
  ['MiB', 1],
  ['GiB', 1024],
  ['TiB', 1024 * 1024],
])

/** Memory of a machine in MiB. */
export function readMemory(text: string): Read<number> {
  return readSize(text, limits.memoryMinMiB, limits.memoryMaxMiB)
}

/** A disk's size in MiB. */
export function readDiskSize(text: string): Read<number> {
  return readSize(text, 1, limits.diskMaxMiB)
}

/** `1GiB`, `1.5GiB`, `96MiB`: the shortest exact way to say it. */
export function formatMiB(mebibytes: number): string {
  if (mebibytes % (1024 * 1024) === 0) return `${mebibytes / 1024 / 1024}TiB`
  if (mebibytes % 512 === 0 && mebibytes >= 1024) return `${mebibytes / 1024}GiB`
  return `${mebibytes}MiB`
}

function readSize(text: string, minMiB: number, maxMiB: number): Read<number> {
  const match = /^([0-9]{1,12}(?:\.[0-9]{1,6})?) ?([A-Za-z]*)$/.exec(text)
  if (!match) {
    return refused(
      `"${clipped(text)}" is not a size.`,
      'Write a number and its unit, such as `512MiB` or `1.5GiB`.',
    )
  }
  const amount = Number(match[1])
  const unit = match[2] ?? ''
  const factor = inMiB.get(unit)
  if (factor === undefined) return wrongUnit(match[1] ?? '', unit)
  const mebibytes = amount * factor
  if (mebibytes < minMiB || mebibytes > maxMiB) {
    return refused(
      `${clipped(text)} is ${mebibytes < minMiB ? 'too little' : 'too much'}.`,
      `Write a size from ${formatMiB(minMiB)} to ${formatMiB(maxMiB)}.`,
    )
  }
  if (Number.isInteger(mebibytes)) return good(mebibytes)
  return refused(`${clipped(text)} is not a whole number of MiB.`, `Write \`${Math.round(mebibytes)}MiB\`.`)
}

function wrongUnit(amount: string, unit: string): Read<never> {
  if (unit === '') {
    return refused(`The size ${amount} has no unit.`, `Write \`${amount}MiB\` or \`${amount}GiB\`.`)
  }
  const meant = { k: 'KiB', m: 'MiB', g: 'GiB', t: 'TiB' }[unit.charAt(0).toLowerCase()]
  if (!meant) return refused(`"${clipped(unit)}" is not a unit of size.`, 'Use KiB, MiB, GiB or TiB.')
  return refused(`"${clipped(unit)}" is not a unit here.`, `Write \`${amount}${meant}\`.`)
}
