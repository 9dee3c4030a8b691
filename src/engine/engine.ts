/** Puts the engine together. */
import type { Engine, Surroundings } from './contract.ts'

export function openEngine(_surroundings: Surroundings): Engine {
  throw new Error('not there yet')
}
