/** A switch that is being captured: each decision also shows the frame to those who look at its ports. */
import type { Decision, Delivery, Drop } from '../../decide.ts'
import type { DropReason } from '../../reasons.ts'
import type { SwitchState } from '../../state.ts'
import { Board, type BoardParts, type Exit } from '../board.ts'
import { Counters } from '../counters.ts'
import type { CapturedPort, CaptureSession } from './session.ts'
import { dropComment, type Show, Tap } from './taps.ts'

export class CapturedBoard extends Board {
  readonly #exits: Exit[]
  readonly #ports: readonly CapturedPort[]
  /** Who looks at each port, by its index. */
  readonly #viewers: readonly (readonly CaptureSession[])[]
  /** Numbers of exits that are taps, by what they show. */
  readonly #taps = new Map<string, number>()

  constructor(
    state: SwitchState,
    exits: Exit[],
    { captures, ...parts }: BoardParts & { readonly captures: readonly CaptureSession[] },
  ) {
    super(state, exits, parts)
    this.#exits = exits
    this.#ports = state.ports.map(({ id, portgroup }) => {
      return { id, switchName: state.spec.name, portgroup: portgroup?.name ?? '' }
    })
    this.#viewers = this.#ports.map((port) => captures.filter((session) => session.wants(port)))
  }

  override decide(ingress: number, frame: Uint8Array): Decision {
    const decision = super.decide(ingress, frame)
    const own = decision.drops.find(({ port }) => port === ingress)
    const elsewhere = decision.drops.filter(({ port }) => port !== ingress)
    const taps = [
      ...this.#tap(ingress, 'in', own),
      ...elsewhere.flatMap((drop) => this.#tap(drop.port, 'out', drop)),
    ]
    return taps.length === 0 ? decision : { ...decision, deliveries: [...taps, ...decision.deliveries] }
  }

  /** Shows frames of one port, dropped for `reason` when there is one. */
  show(index: number, direction: 'in' | 'out', reason: DropReason | undefined): Show {
    const port = this.#ports[index]
    const viewers = this.#viewers[index] ?? []
    const comment = reason && dropComment(reason, this.state.spec, this.state.ports[index]?.portgroup)
    return (sighting) => {
      if (!port) return
      const shown = { ...sighting, direction, ...(comment !== undefined && { comment }) }
      for (const session of viewers) session.record(port, shown)
    }
  }

  #tap(index: number, direction: 'in' | 'out', drop: Drop | undefined): readonly Delivery[] {
    if (this.#viewers[index]?.length === 0) return []
    const key = `${index} ${direction} ${drop?.reason ?? ''}`
    const known = this.#taps.get(key)
    const port = known ?? this.#exits.length
    if (known === undefined) {
      const tap = new Tap(this.show(index, direction, drop?.reason), direction)
      this.#exits.push({ outlet: tap, counters: new Counters() })
      this.#taps.set(key, port)
    }
    return [{ port, tag: 'pass' }]
  }
}
