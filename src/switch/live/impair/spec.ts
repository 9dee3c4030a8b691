/** What a port's link is made to do to the frames that pass: the settings, and how they are read from a file. */
import { integer, object, oneOf, type Reader, ShapeError } from '../shape.ts'

/** `in`: what the machine sends; `out`: what it is sent; as `net stats` counts them. */
export type LinkDirection = 'in' | 'out'

/** 0 switches a condition off. With `both`, each direction goes by these numbers for itself. */
export interface Impairment {
  readonly direction: LinkDirection | 'both'
  readonly delayMs: number
  /** The delay varies by up to this, both ways and evenly; frames keep their order. */
  readonly jitterMs: number
  readonly lossPercent: number
  readonly duplicatePercent: number
  /** So many frames overtake those that are being delayed. */
  readonly reorderPercent: number
  /** So many frames get one bit wrong behind their Ethernet header. */
  readonly corruptPercent: number
  readonly rateBitPerS: number
  /** Nothing passes. The guest is not told: its NIC keeps the carrier. */
  readonly down: boolean
  /** Which frames are hit follows from it, from the port and the direction, and from how many came before. */
  readonly seed: number
}

export const highestSeed = 0xffff_ffff
/** A minute: longer is a mistake in the unit. */
export const longestDelayMs = 60_000
/** 1 Tbit/s. */
export const highestRateBitPerS = 1e12

export const perfectLink: Impairment = {
  direction: 'both',
  delayMs: 0,
  jitterMs: 0,
  lossPercent: 0,
  duplicatePercent: 0,
  reorderPercent: 0,
  corruptPercent: 0,
  rateBitPerS: 0,
  down: false,
  seed: 0,
}

function number(min: number, max: number): Reader<number> {
  return (value, at) => {
    if (typeof value === 'number' && value >= min && value <= max) return value
    throw new ShapeError(at, `is not a number from ${min} to ${max}`)
  }
}

const truth: Reader<boolean> = (value, at) => {
  if (typeof value === 'boolean') return value
  throw new ShapeError(at, 'is neither true nor false')
}

const percent = number(0, 100)
const milliseconds = number(0, longestDelayMs)

export const readImpairment: Reader<Impairment> = object({
  direction: oneOf('in', 'out', 'both'),
  delayMs: milliseconds,
  jitterMs: milliseconds,
  lossPercent: percent,
  duplicatePercent: percent,
  reorderPercent: percent,
  corruptPercent: percent,
  rateBitPerS: number(0, highestRateBitPerS),
  down: truth,
  seed: integer(0, highestSeed),
})

export function impairs(impairment: Impairment, direction: LinkDirection): boolean {
  return impairment.direction === 'both' || impairment.direction === direction
}
