/** The one way of many that a reader wants to see: from a NIC to where the frame ended. */
import type { Delivery } from '#switch'
import type { Hop, PortAt } from './contract.ts'
import { tagOf } from './frames.ts'
import type { Behind, Spot } from './net.ts'
import { outFrame, type Step, type Trip, type Visit } from './walk.ts'

const mostNames = 20

/** The hops up to `visit`, and through `delivery` out of it. */
export function routeTo(visit: Visit, delivery?: Delivery, overlay?: string): readonly Hop[] {
  const hops = [hopOf(visit, delivery, overlay)]
  for (let step: Step | undefined = visit.before; step; step = step.visit.before) {
    if (step.through) hops.unshift(...arrivedRoute(step.through))
    hops.unshift(hopOf(step.visit, step.delivery, overlay))
  }
  return hops
}

/** The hops of a trip that reached its goal; none of one that did not. */
export function arrivedRoute({ arrived, overlay }: Trip): readonly Hop[] {
  return arrived ? routeTo(arrived.visit, arrived.delivery, overlay) : []
}

export function portAt({ at, port }: Spot): PortAt {
  const compiled = at.state.ports[port]
  const portgroup = compiled?.portgroup?.name
  return { id: compiled?.id ?? '', ...(portgroup !== undefined && { portgroup }) }
}

function hopOf(visit: Visit, delivery: Delivery | undefined, overlay: string | undefined): Hop {
  const { spot, frame, decision } = visit
  const { at } = spot
  const others = decision.deliveries.slice(0, mostNames + 1).filter((one) => one !== delivery)
  const tagIn = tagOf(frame)
  return {
    owner: at.owner,
    level: at.level,
    switchName: at.state.spec.name,
    in: portAt(spot),
    vlan: decision.vlan,
    ...(tagIn !== undefined && { tagIn }),
    ...(delivery && leaving(visit, delivery)),
    copies: decision.deliveries.length - (delivery ? 1 : 0),
    seenBy: others.slice(0, mostNames).map(({ port }) => portAt({ at, port }).id),
    ...(overlay !== undefined && { overlay }),
  }
}

function leaving({ spot: { at }, frame, decision }: Visit, delivery: Delivery) {
  const tagOut = tagOf(outFrame(frame, delivery, decision.vlan))
  const behind = at.behind[delivery.port]
  return {
    out: portAt({ at, port: delivery.port }),
    ...(tagOut !== undefined && { tagOut }),
    tag: delivery.tag,
    ...(behind && { leadsTo: leadsTo(behind) }),
  }
}

function leadsTo({ kind }: Behind): NonNullable<Hop['leadsTo']> {
  return kind
}
