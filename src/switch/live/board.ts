/** One switch in operation: its state, where its ports end, and what it has learned. */
import { type Decision, decide } from '../decide.ts'
import { LearnedMacs, type Lesson } from '../learned.ts'
import type { SwitchState } from '../state.ts'
import type { Counters } from './counters.ts'
import type { Way } from './way.ts'

/** Where a switch's deliveries end, by port index. */
export interface Exit {
  readonly outlet: Way
  readonly counters: Counters
}

/** Seconds of a clock that never runs backwards; coarse, so that looking at it costs nothing. */
export interface Clock {
  nowS: number
}

export interface BoardParts {
  readonly macs?: LearnedMacs
  readonly clock?: Clock
}

/** A new state makes a new board, which voids what ports remember of the old one. */
export class Board {
  readonly state: SwitchState
  readonly exits: readonly Exit[]
  readonly macs: LearnedMacs
  readonly clock: Clock
  /** Another number each time the table has changed so that decisions may come out otherwise. */
  generation = 0

  constructor(
    state: SwitchState,
    exits: readonly Exit[],
    { macs = new LearnedMacs(), clock = { nowS: 0 } }: BoardParts = {},
  ) {
    this.state = state
    this.exits = exits
    this.macs = macs
    this.clock = clock
  }

  /** Decides on one frame and takes up what it teaches. */
  decide(ingress: number, frame: Uint8Array): Decision {
    const decision = decide(this.state, ingress, frame, this.macs)
    if (decision.lesson) this.#take(decision.lesson)
    return decision
  }

  /** The lesson of a decision made earlier on this very board. */
  repeat(lesson: Lesson): void {
    this.#take(lesson)
  }

  /** Forgets what has not been seen for too long. */
  age(): void {
    const { state, macs, clock } = this
    const changed = macs.expire(clock.nowS, (port) => {
      const learning = state.ports[port]?.learning
      return learning?.by === 'switch' ? learning.ageingS : 0
    })
    if (changed) this.generation += 1
  }

  #take(lesson: Lesson): void {
    if (this.macs.take(lesson, this.clock.nowS)) this.generation += 1
  }
}
