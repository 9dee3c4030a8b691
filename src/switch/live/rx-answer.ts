/** Reads what QEMU says about a NIC's receive filter. */
import { isGroupMac, isMac, macNumber } from '../mac.ts'
import type { SeenNic } from './port.ts'

/** The parts of a `query-rx-filter` answer that matter here. What is not as it should be counts as absent. */
export interface RxFilterAnswer {
  readonly 'main-mac'?: unknown
  readonly promiscuous?: unknown
  /** `none`, `normal` (the table holds) or `all`. */
  readonly multicast?: unknown
  readonly 'multicast-overflow'?: unknown
  readonly 'multicast-table'?: unknown
}

/** Undefined when the answer names no MAC. */
export function nicOf(answer: RxFilterAnswer | undefined): SeenNic | undefined {
  const mac = answer?.['main-mac']
  if (!answer || typeof mac !== 'string' || !isMac(mac)) return undefined
  const promiscuous = answer.promiscuous !== false
  return { mac: mac.toLowerCase(), promiscuous, multicast: groupsOf(answer, promiscuous) }
}

function groupsOf(answer: RxFilterAnswer, promiscuous: boolean): SeenNic['multicast'] {
  if (answer.multicast === 'none') return []
  const table = answer['multicast-table']
  if (answer.multicast !== 'normal' || answer['multicast-overflow'] !== false || !Array.isArray(table))
    return 'all'
  // A driver that cannot program the table leaves the NIC as it starts: promiscuous, with an empty table.
  if (promiscuous && table.length === 0) return 'all'
  const groups = table.filter((mac): mac is string => typeof mac === 'string' && isMac(mac))
  return groups
    .map((mac) => mac.toLowerCase())
    .filter((mac) => isGroupMac(macNumber(mac)))
    .sort()
}

/**
 * Effective MACs by NIC id, from the answer of the human monitor's `info network`. NICs that have no receive filter
 * to ask for (vmxnet3, e1000) are listed there with the MAC that their guest uses now.
 */
export function macsInNetworkInfo(text: string): ReadonlyMap<string, string> {
  const found = [...text.matchAll(/^(\S+): index=\d+,type=nic,.*?macaddr=([0-9a-f:]{17})\b/gim)]
  return new Map(found.map(([, id = '', mac = '']) => [id, mac.toLowerCase()]))
}
