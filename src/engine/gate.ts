/** Bounds how much happens at once on each level: a storm of booting machines is slower than a queue of them. */

import type { Step } from './plan-types.ts'
import type { Gate } from './run-steps.ts'
import { levelOf } from './select.ts'

/** Calls to one provider under way at once; an SSH server allows ten sessions a connection by default. */
const callsAtOnce = 8

/** `bootsAtOnce` says how many machines may be between their start and their proof, by the level's owner. */
export function levelGate(bootsAtOnce: (owner: string) => number): Gate {
  const booting = new Map<string, Set<string>>()
  const calls = new Map<string, Set<string>>()
  const room = (sets: Map<string, Set<string>>, owner: string) => {
    const set = sets.get(owner) ?? new Set()
    sets.set(owner, set)
    return set
  }
  return {
    enter(step) {
      const owner = levelOf(step)
      // Whoever waits for a guest makes no calls worth counting; its place among the booting is taken already.
      if (step.do === 'prove-guest') return true
      const called = room(calls, owner)
      if (called.size >= callsAtOnce) return false
      if (step.do === 'start-machine') {
        const boots = room(booting, owner)
        if (boots.size >= bootsAtOnce(owner)) return false
        boots.add(step.path)
      }
      called.add(step.id)
      return true
    },
    leave(step) {
      const owner = levelOf(step)
      calls.get(owner)?.delete(step.id)
      if (endsBoot(step)) booting.get(owner)?.delete(step.path)
    },
  }
}

/** A start that failed leads to its proof being skipped, so the proof's end is the one end of every boot. */
function endsBoot(step: Step): boolean {
  return step.do === 'prove-guest'
}
