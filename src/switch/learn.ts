/** What a frame teaches the switch about where MACs are. */
import type { Lesson, MacTable } from './learned.ts'
import { isGroupMac } from './mac.ts'
import type { Sent } from './reach.ts'
import type { SwitchState } from './state.ts'

/**
 * The frame has not come back from outside: those teach nothing.
 * `over-limit`: the port has learned as many MACs as it may, and what exceeds them is dropped.
 */
export function lessonOf(
  state: SwitchState,
  sent: Sent,
  learned: MacTable,
): Lesson | 'over-limit' | undefined {
  const { from, vlan, source } = sent
  const { learning } = from
  if (from.uplink && !learning) return departure(sent, learned)
  if (!learning || isGroupMac(source) || source === from.mac) return undefined
  if (learning.by === 'dvfilter') {
    const known = learned.filterKnows(from.index, source)
    if (!known && learned.filterCountAt(from.index) >= learning.limit) return undefined
    return { by: 'dvfilter', port: from.index, vlan, mac: source, known }
  }
  // A MAC of the host's own ports never moves, in no VLAN; a blocked port has lost the one it took.
  if (state.byMac.get(source)?.blocked === false) return undefined
  const known = learned.portOf(vlan, source) === from.index
  if (!known && learned.countAt(from.index) >= learning.limit)
    return learning.limitPolicy === 'drop' ? 'over-limit' : undefined
  return { by: 'switch', port: from.index, vlan, mac: source, known }
}

/** A MAC that was behind a port here and is now seen outside has left, as with a VM that migrates. */
function departure({ from, vlan, source }: Sent, learned: MacTable): Lesson | undefined {
  if (learned.portOf(vlan, source) === undefined) return undefined
  return { by: 'switch', port: from.index, vlan, mac: source, known: false, gone: true }
}
