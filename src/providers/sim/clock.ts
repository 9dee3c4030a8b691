/** Virtual time: the simulated park's clock, which other processes must be able to read alike. */
import { setTimeout } from 'node:timers/promises'

/** Milliseconds of virtual time; never goes back by itself and means the same in every process. */
export interface SimClock {
  now(): number
  /** Rejects with the signal's reason when it is aborted. */
  sleep(virtualMs: number, signal: AbortSignal): Promise<void>
}

/** A timer cannot be set further ahead (24 days): setTimeout's delay is a signed 32-bit number. */
const longestMs = 2 ** 31 - 1

/** How much faster than real time a simulation runs from the command line: a 3 s boot takes 0.3 s. */
export const defaultSpeed = 10

/** Real time multiplied, counted from the epoch, so that a later command continues on the same clock. */
export function fastClock(realNow: () => number, speed = defaultSpeed): SimClock {
  return {
    now: () => Math.round(realNow() * speed),
    sleep: (virtualMs, signal) => setTimeout(Math.min(virtualMs / speed, longestMs), undefined, { signal }),
  }
}
