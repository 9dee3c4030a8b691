/** What was seen of a lab: the inventory of each level and what the machines said about themselves. */
import type { Failure } from '#failure'
import type { GuestReport } from '#guests'
import type { Inventory } from '#providers'

/**
 * `absent`: the hypervisor does not run, so nothing can be inside. `closed`: it runs, but could not be looked into;
 * what is inside is not known.
 */
export type SeenLevel =
  | { readonly kind: 'seen'; readonly inventory: Inventory }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'closed'
      readonly why: string
      /** Present where trying again will make it no better. */
      readonly failure?: Failure
    }

export interface Observation {
  /** By the path of the hypervisor, empty for L0. */
  readonly levels: ReadonlyMap<string, SeenLevel>
  /** Machines that answered and proved to be up, by path. */
  readonly reports: ReadonlyMap<string, GuestReport>
}

export const emptyInventory: Inventory = { machines: [], switches: [] }

/** Level 0 alone was looked at. */
export function seenOnTop(inventory: Inventory): Observation {
  return { levels: new Map([['', { kind: 'seen', inventory } as const]]), reports: new Map() }
}

/** What is known to be on a level; nothing when it could not be looked into. */
export function inventoryOf(observation: Observation, owner: string): Inventory {
  const level = observation.levels.get(owner)
  return level?.kind === 'seen' ? level.inventory : emptyInventory
}
