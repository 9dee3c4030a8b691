/** VLANs that would let a frame through. */
import { formatVlan, type VlanPolicy } from '#lab'
import {
  blamedGroup,
  type Idea,
  type Scene,
  type Socket,
  socketAt,
  switchesBehind,
  weights,
} from './fix-scene.ts'
import { portgroupKeys } from './places.ts'

/** The port group that stops the frame lets its VLAN through. */
export function carryVlan(scene: Scene): readonly Idea[] {
  const { lab, cause, hop } = scene
  const blamed = blamedGroup(scene)
  if (!blamed || !hop || cause.portgroup === undefined) return []
  const socket = socketAt(lab, cause.port)
  // A frame that was refused has no VLAN inside the switch, but the tag it came with.
  const vlan = hop.tagIn ?? hop.vlan
  const tags = socket !== undefined && switchesBehind(socket).length > 0
  const wanted = tags
    ? trunkWith(blamed.group.vlan, vlan, blamed.labSwitch.kind === 'standard')
    : access(vlan)
  const keys = [...portgroupKeys(cause.owner, cause.switchName, cause.portgroup), 'vlan']
  return [{ keys, value: formatVlan(wanted), weight: weights.carry }]
}

function access(vlan: number): VlanPolicy {
  return vlan === 0 ? { mode: 'none' } : { mode: 'access', id: vlan }
}

/** Port groups of standard switches have one VLAN or all of them; others can be told which. */
function trunkWith(before: VlanPolicy, vlan: number, isStandard: boolean): VlanPolicy {
  if (before.mode !== 'trunk' && isStandard) return { mode: 'trunk', ranges: [{ from: 0, to: 4094 }] }
  const ranges = before.mode === 'trunk' ? before.ranges : before.mode === 'none' ? [{ from: 0, to: 0 }] : []
  if (ranges.some(({ from, to }) => from <= vlan && vlan <= to)) return { mode: 'trunk', ranges }
  return {
    mode: 'trunk',
    ranges: [...ranges, { from: vlan, to: vlan }].sort((left, right) => left.from - right.from),
  }
}

/** The port groups of both ends of the frame's way get the same VLAN. */
export function sameVlan({ lab, leg }: Scene): readonly Idea[] {
  const [from, to] = [leg?.from, leg?.to].map((port) =>
    port === undefined ? undefined : socketAt(lab, port),
  )
  if (!from || !to || formatVlan(from.group.vlan) === formatVlan(to.group.vlan)) return []
  return [vlanLike(to, from), vlanLike(from, to)]
}

function vlanLike({ owner, labSwitch, group }: Socket, { group: { vlan } }: Socket): Idea {
  const keys = [...portgroupKeys(owner, labSwitch.name, group.name), 'vlan']
  return { keys, value: formatVlan(vlan), weight: weights.sameVlan }
}
