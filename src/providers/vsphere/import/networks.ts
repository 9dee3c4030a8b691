/** What machines are plugged into, whether or not anything is known about it. */
import type { SeenNetwork } from './devices.ts'
import type { SeenLevel } from './levels.ts'

/** The same for whatever a NIC may say about one port group. */
export function keyOf(network: SeenNetwork | undefined, host: string): string {
  switch (network?.kind) {
    case undefined:
      return 'none'
    case 'standard':
      return `standard ${host} ${network.name}`
    case 'distributed':
      return `distributed ${network.groupKey}`
    case 'opaque':
      return `opaque ${network.id}`
    default:
      return network satisfies never
  }
}

export interface UsedNetwork {
  readonly key: string
  readonly real: string
  /** Said when nothing else is known. */
  readonly text: string
}

/** Each once. */
export function networksOf({ nodes }: SeenLevel): readonly UsedNetwork[] {
  const found = new Map<string, UsedNetwork>()
  for (const { machine } of nodes) {
    for (const { network } of machine.nics) {
      const key = keyOf(network, machine.host?.value ?? '')
      if (!found.has(key)) found.set(key, { key, ...wordsOf(network) })
    }
  }
  return [...found.values()]
}

function wordsOf(network: SeenNetwork | undefined): Pick<UsedNetwork, 'real' | 'text'> {
  const unknown = 'Its VLAN and policies are not known; it is written so that no check complains about them.'
  switch (network?.kind) {
    case undefined:
      return { real: 'unplugged', text: 'NICs that are plugged into nothing.' }
    case 'standard':
      return { real: network.name, text: unknown }
    case 'distributed':
      return { real: network.groupKey, text: `A port group of a distributed switch. ${unknown}` }
    case 'opaque':
      return { real: network.id, text: `A network that another product manages, such as NSX. ${unknown}` }
    default:
      return network satisfies never
  }
}
