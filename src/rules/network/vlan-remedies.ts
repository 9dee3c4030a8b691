/** The smallest change by which a port group takes the VLANs from inside: another NIC, another port group, another VLAN. */
import { formatVlan, type PortGroup, type VlanRange } from '#lab'
import type { Scene } from '../scene.ts'
import type { Crossing } from './crossings.ts'
import type { Passage } from './fabric.ts'
import { sparesOf } from './plugged.ts'
import { entering } from './segment.ts'
import { switchText } from './wording.ts'

export function vlanRemedy(scene: Scene, crossing: Crossing, meant: readonly Passage[]): string {
  const { group, on } = crossing
  const vlans = [...new Set(meant.map(({ station }) => station.vlan))]
  const takesAll = ({ vlan }: PortGroup) => vlans.every((one) => entering(vlan, one) !== undefined)
  const groups = on.level.switches.flatMap(({ portgroups }) => portgroups).filter(takesAll)
  const [first] = meant
  if (!first) return ''
  const { placed, nic } = first.carrier
  const inside = first.from.placed
  const spare = sparesOf(scene, placed).find((one) => groups.some(({ name }) => name === one.portgroup))
  if (spare && inside) {
    return `Make ${spare.name} of ${placed.machine.path}, which is in ${spare.portgroup}, the uplink of ${inside.labSwitch.name} instead of ${nic.name}.`
  }
  if (group.vlan.mode === 'trunk')
    return `Set \`vlan: "${widened(group.vlan.ranges, vlans)}"\` in ${group.name}.`
  if (group.vlan.mode === 'access' && vlans.length === 1 && vlans[0] === group.vlan.id && inside) {
    return `Let one of the two tag: \`vlan: 4095\` in ${group.name}, or \`vlan: 0\` in ${first.station.nic.portgroup} on ${switchText(inside)}.`
  }
  const [other] = groups
  const alone = `Set \`vlan: 4095\` in ${group.name}.`
  return other ? `Plug ${nic.name} of ${placed.machine.path} into ${other.name}.` : alone
}

function widened(ranges: readonly VlanRange[], vlans: readonly number[]): string | number {
  const added = [...ranges, ...vlans.map((vlan) => ({ from: vlan, to: vlan }))]
  added.sort((left, right) => left.from - right.from)
  return formatVlan({ mode: 'trunk', ranges: added })
}
