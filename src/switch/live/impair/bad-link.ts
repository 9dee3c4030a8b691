/** The two directions of a port with a bad link, between the machine's socket and the switch. */
import type { Decision } from '../../decide.ts'
import { Board, type Exit } from '../board.ts'
import { Counters } from '../counters.ts'
import { Inlet, type Place } from '../inlet.ts'
import type { Way } from '../way.ts'
import { ImpairedWay, type LinkEnds } from './impaired-way.ts'
import { Link } from './link.ts'
import { randomFrom, seedFor } from './random.ts'
import type { Impairment, LinkDirection } from './spec.ts'

type Lost = LinkEnds['lost']

/** What every direction does when its settings change. */
class BadDirection {
  readonly way: ImpairedWay
  readonly #direction: LinkDirection
  #impairment: string | undefined

  constructor(direction: LinkDirection, ends: LinkEnds) {
    this.#direction = direction
    this.way = new ImpairedWay(ends)
  }

  /** The same settings again change nothing; others begin with a link of their own. */
  put(impairment: Impairment, port: string): void {
    const text = JSON.stringify(impairment)
    if (text === this.#impairment) return
    this.#impairment = text
    const seed = seedFor(impairment.seed, `${port} ${this.#direction}`)
    this.way.change(new Link(impairment, randomFrom(seed)))
  }

  /** The link is good again: what is under way arrives now. */
  end(): void {
    this.way.end()
  }

  /** The port has gone, and what was under way with it. */
  cut(): void {
    this.way.cut()
  }
}

/** From the switch to the machine. */
export class BadExit extends BadDirection {
  #next: Way

  constructor(next: Way, lost: Lost) {
    const deliver = (batch: Buffer, frames: number): void => {
      this.#next.take(batch, 0, batch.length, frames)
      this.#next.flush()
    }
    super('out', { deliver, lost })
    this.#next = next
  }

  /** Where frames go that have arrived. */
  lead(next: Way): void {
    this.#next = next
  }
}

/**
 * From the machine to the switch. The port's own inlet reads from the socket as ever, but is placed on a board that
 * sends every frame into the link; those that arrive go through a second inlet, which is on the switch.
 */
export class BadEntry extends BadDirection {
  readonly #inlet: Inlet
  #place: Place

  constructor(place: Place, lost: Lost) {
    // What comes out has been counted when it came in.
    const inlet = new Inlet(place, new Counters())
    super('in', { deliver: (batch) => feed(inlet, batch), lost })
    this.#inlet = inlet
    this.#place = place
  }

  /** Where the port's own inlet must be. */
  get place(): Place {
    const exit: Exit = { outlet: this.way, counters: new Counters() }
    return { board: new Detour(this.#place.board.state, [exit]), index: this.#place.index }
  }

  move(place: Place): void {
    this.#place = place
    this.#inlet.move(place)
  }
}

/** Asks nobody: every frame, whole or not, takes the one exit. */
class Detour extends Board {
  override decide(): Decision {
    return { vlan: 0, deliveries: [{ port: 0, tag: 'pass' }], drops: [] }
  }
}

/** The inlet reads whole batches as a socket would bring them. */
function feed(inlet: Inlet, batch: Buffer): void {
  for (let at = 0; at < batch.length; ) {
    const copied = batch.copy(inlet.room(), 0, at)
    inlet.take(copied)
    at += copied
  }
}
