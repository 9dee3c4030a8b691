/**
 * What can be put on a port besides its policies: a bad link, and captures. Where neither is, a port's board, inlet
 * and outlet are the plain ones, so that its frames pay nothing for it.
 *
 * Frames are captured between the bad link and the machine's end of it: what is sent in is seen when it reaches the
 * switch, what is sent out when it leaves for the machine.
 */
import type { DropReason } from '../reasons.ts'
import type { SwitchState } from '../state.ts'
import { Board, type BoardParts, type Exit } from './board.ts'
import { CapturedBoard } from './capture/captured-board.ts'
import type { CaptureSession } from './capture/session.ts'
import { CapturedOutlet, dropComment, type Show } from './capture/taps.ts'
import { reasonIndex } from './counters.ts'
import { lengthBytes } from './framing.ts'
import { BadEntry, BadExit } from './impair/bad-link.ts'
import { type Impairment, impairs, type LinkDirection } from './impair/spec.ts'
import type { Place } from './inlet.ts'
import type { LivePort } from './port.ts'
import type { Way } from './way.ts'

interface Fitted {
  entry?: BadEntry
  exit?: BadExit
  /** What the last board gives captures of this port; absent without any. */
  show?: (direction: LinkDirection, reason: DropReason | undefined) => Show
}

export class Fittings {
  readonly #captures = new Set<CaptureSession>()
  readonly #fitted = new Map<LivePort, Fitted>()

  /** Boards must be made anew for it to take effect. */
  add(session: CaptureSession): void {
    this.#captures.add(session)
  }

  remove(session: CaptureSession): void {
    this.#captures.delete(session)
  }

  /** `exits` are still to come. */
  board(state: SwitchState, exits: Exit[], parts: BoardParts): Board {
    if (this.#captures.size === 0) return new Board(state, exits, parts)
    return new CapturedBoard(state, exits, { ...parts, captures: [...this.#captures] })
  }

  /** Puts the port on its board: where its frames enter, and the exit for what it gets. */
  plug(port: LivePort, place: Place): Exit {
    const fitted = this.#fitted.get(port) ?? {}
    this.#fitted.set(port, fitted)
    const { board, index } = place
    if (board instanceof CapturedBoard) {
      fitted.show = (direction, reason) => board.show(index, direction, reason)
    } else delete fitted.show
    port.inlet.move(this.#entry(port, fitted, place))
    return { outlet: this.#exit(port, fitted, place), counters: port.counters }
  }

  /** The port has gone. */
  unplug(port: LivePort): void {
    const fitted = this.#fitted.get(port)
    this.#fitted.delete(port)
    fitted?.entry?.cut()
    fitted?.exit?.cut()
  }

  close(): void {
    for (const session of [...this.#captures]) session.end()
    for (const port of [...this.#fitted.keys()]) this.unplug(port)
  }

  #entry(port: LivePort, fitted: Fitted, place: Place): Place {
    const wanted = impairmentOf(port, 'in')
    if (!wanted) {
      // The new board is not complete yet: what is under way still goes by the old one.
      fitted.entry?.end()
      delete fitted.entry
      return place
    }
    fitted.entry ??= new BadEntry(place, this.#losing(port, fitted, 'in'))
    fitted.entry.put(wanted, port.plug.key)
    fitted.entry.move(place)
    return fitted.entry.place
  }

  #exit(port: LivePort, fitted: Fitted, { board, index }: Place): Way {
    const { outlet, counters } = port
    const { state } = board
    const show = fitted.show?.('out', undefined)
    const comment = (reason: DropReason) => dropComment(reason, state.spec, state.ports[index]?.portgroup)
    const captured = show ? new CapturedOutlet(outlet, counters, { show, comment }) : outlet
    const wanted = impairmentOf(port, 'out')
    fitted.exit?.lead(captured)
    if (!wanted) {
      fitted.exit?.end()
      delete fitted.exit
      return captured
    }
    fitted.exit ??= new BadExit(captured, this.#losing(port, fitted, 'out'))
    fitted.exit.put(wanted, port.plug.key)
    return fitted.exit.way
  }

  #losing(port: LivePort, fitted: Fitted, direction: LinkDirection) {
    return (framed: Buffer, reason: DropReason) => {
      port.counters.drop(reasonIndex(reason), 1)
      fitted.show?.(direction, reason)({ direction, bytes: framed, start: lengthBytes, end: framed.length })
    }
  }
}

function impairmentOf({ plug: { as } }: LivePort, direction: LinkDirection): Impairment | undefined {
  const impairment = 'impairment' in as ? as.impairment : undefined
  return impairment && impairs(impairment, direction) ? impairment : undefined
}
