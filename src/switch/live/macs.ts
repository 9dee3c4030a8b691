/** Tells which MACs a running switch knows. */
import { macText } from '../mac.ts'
import type { Board } from './board.ts'
import type { LiveMac, LiveSwitchMacs } from './client.ts'

/** The fixed ones first, then what was learned, most recently seen first, then what dvfilters have seen. */
export function macsOf(board: Board): LiveSwitchMacs {
  const { state, macs, clock } = board
  const nameOf = (port: number) => state.ports[port]?.id ?? ''
  const fixed = [...state.byMac].map(([mac, port]): LiveMac => {
    return { mac: macText(mac), port: port.id, kind: 'static' }
  })
  const learned = macs
    .list(clock.nowS)
    .toSorted((a, b) => a.ageS - b.ageS)
    .map(({ mac, vlan, port, ageS }): LiveMac => {
      return { mac: macText(mac), port: nameOf(port), kind: 'learned', vlan, ageS }
    })
  const filters = macs.listFilters().map(({ mac, port }): LiveMac => {
    return { mac: macText(mac), port: nameOf(port), kind: 'filter' }
  })
  return { switchName: state.spec.name, macs: [...fixed, ...learned, ...filters] }
}
