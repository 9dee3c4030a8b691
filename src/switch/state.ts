/** Compiles a switch and what is plugged into it to the form in which a frame's way is decided. */
import { macNumber } from './mac.ts'
import type {
  MacLearningSpec,
  PortGroupSpec,
  SwitchPort,
  SwitchSpec,
  UplinkPort,
  VlanSpec,
  VnicPort,
} from './spec.ts'

const vlanIds = 4096
/** 4095 is reserved by 802.1Q; as the setting of a port group it means all the others. */
export const highestVlan = 4094

/** What a classical switch does on every port; the numbers are those of common hardware, see decision 8. */
export const classicalLearning: MacLearningSpec = {
  by: 'switch',
  limit: 32_768,
  limitPolicy: 'allow',
  flooding: true,
  ageingS: 300,
}

export interface CompiledPort {
  readonly index: number
  readonly id: string
  readonly uplink: boolean
  readonly portgroup: PortGroupSpec | undefined
  /** VLAN of every frame of an EST (0) or VST port; undefined where tags are kept (VGT, most uplinks). */
  readonly nativeVlan: number | undefined
  /** 1 for each VLAN the port belongs to. */
  readonly carries: Uint8Array
  /** The effective MAC; undefined on uplinks. */
  readonly mac: number | undefined
  /** The guest changed its MAC where that is rejected. */
  readonly blocked: boolean
  readonly checksSource: boolean
  readonly promiscuous: boolean
  readonly learning: MacLearningSpec | undefined
  /** The group MACs the guest listens to. */
  readonly multicast: 'all' | ReadonlySet<number>
}

/** Who is in a VLAN, in port order. Ways out stand apart from the vNICs. */
export interface Lane {
  readonly members: readonly CompiledPort[]
  readonly promiscuous: readonly CompiledPort[]
  /** Ports that get unicast frames to unknown MACs. */
  readonly flooded: readonly CompiledPort[]
  readonly uplinks: readonly CompiledPort[]
}

/** Never changes: a changed policy or MAC makes a new state. What was learned is kept apart, in a `MacTable`. */
export interface SwitchState {
  readonly spec: SwitchSpec
  readonly ports: readonly CompiledPort[]
  readonly byMac: ReadonlyMap<number, CompiledPort>
  lane(vlan: number): Lane
}

/** Fails with a RangeError when a port names a port group that the switch has not. */
export function compileSwitch(spec: SwitchSpec, ports: readonly SwitchPort[]): SwitchState {
  const groups = new Map(
    spec.portgroups.map((group) => [group.name, { group, carries: carried(group.vlan) }]),
  )
  const taken = vlansOfTheirOwn(ports)
  const compiled = ports.map((port, index): CompiledPort => {
    if (port.kind === 'uplink') return uplinkPort(spec, port, { index, taken })
    const found = groups.get(port.portgroup)
    if (!found) throw new RangeError(`${port.id}: ${spec.name} has no port group ${port.portgroup}`)
    return vnicPort(spec, port, { index, ...found })
  })
  const lanes = new Map<number, Lane>()
  return {
    spec,
    ports: compiled,
    byMac: addressTable(compiled, ports),
    lane(vlan) {
      const known = lanes.get(vlan) ?? laneOf(compiled, vlan)
      lanes.set(vlan, known)
      return known
    },
  }
}

function vnicPort(
  spec: SwitchSpec,
  port: VnicPort,
  { index, group, carries }: { index: number; group: PortGroupSpec; carries: Uint8Array },
): CompiledPort {
  const { security, vlan, macLearning } = group
  const mac = macNumber(port.effectiveMac)
  const { multicast = 'all' } = port
  return {
    index,
    id: port.id,
    uplink: false,
    portgroup: group,
    nativeVlan: nativeVlanOf(vlan),
    carries,
    mac,
    blocked: security.macChanges === 'reject' && mac !== macNumber(port.initialMac),
    checksSource: security.forgedTransmits === 'reject',
    promiscuous: security.promiscuous === 'accept' && port.guestPromiscuous !== false,
    learning: macLearning ?? (spec.kind === 'learning' ? classicalLearning : undefined),
    multicast: groupsOf(multicast),
  }
}

/** Beyond as many groups a NIC is sent all of them: facts/switching.md 6.6. */
const mostGroups = 32

function groupsOf(multicast: readonly string[] | 'all'): 'all' | ReadonlySet<number> {
  if (multicast === 'all' || multicast.length > mostGroups) return 'all'
  return new Set(multicast.map(macNumber))
}

function uplinkPort(
  spec: SwitchSpec,
  port: UplinkPort,
  { index, taken }: { index: number; taken: Uint8Array | undefined },
): CompiledPort {
  const carries = carried(port.vlan ?? everyVlan)
  if (!port.vlan && taken) for (const vlan of carries.keys()) if (taken[vlan] === 1) carries[vlan] = 0
  return {
    index,
    id: port.id,
    uplink: true,
    portgroup: undefined,
    nativeVlan: port.vlan && nativeVlanOf(port.vlan),
    carries,
    mac: undefined,
    blocked: false,
    checksSource: false,
    promiscuous: false,
    // Only a classical switch learns what is outside; the others send all that is unknown there.
    learning: spec.kind === 'learning' ? classicalLearning : undefined,
    multicast: 'all',
  }
}

const everyVlan: VlanSpec = { mode: 'trunk', ranges: [{ from: 0, to: highestVlan }] }

/** A VLAN that an uplink names (an overlay's, say) leaves by no other; undefined when none names one. */
function vlansOfTheirOwn(ports: readonly SwitchPort[]): Uint8Array | undefined {
  if (!ports.some((port) => port.kind === 'uplink' && port.vlan)) return undefined
  const taken = new Uint8Array(vlanIds)
  for (const port of ports) {
    if (port.kind !== 'uplink' || !port.vlan) continue
    for (const [vlan, one] of carried(port.vlan).entries()) if (one === 1) taken[vlan] = 1
  }
  return taken
}

function nativeVlanOf(vlan: VlanSpec): number | undefined {
  if (vlan.mode === 'trunk') return undefined
  return vlan.mode === 'access' ? vlan.id : 0
}

function carried(vlan: VlanSpec): Uint8Array {
  const carries = new Uint8Array(vlanIds)
  if (vlan.mode === 'trunk') for (const { from, to } of vlan.ranges) carries.fill(1, from, to + 1)
  else carries[vlan.mode === 'access' ? vlan.id : 0] = 1
  return carries
}

/** One owner for each MAC: the port it was given to, before a port whose guest merely took it. */
function addressTable(compiled: readonly CompiledPort[], ports: readonly SwitchPort[]) {
  const table = new Map<number, CompiledPort>()
  for (const port of compiled) if (port.mac !== undefined && !table.has(port.mac)) table.set(port.mac, port)
  for (const port of compiled) {
    const given = ports[port.index]
    if (given?.kind === 'vnic' && port.mac === macNumber(given.initialMac)) table.set(port.mac, port)
  }
  return table
}

function laneOf(ports: readonly CompiledPort[], vlan: number): Lane {
  const carrying = ports.filter((port) => port.carries[vlan] === 1)
  const members = carrying.filter((port) => !port.uplink)
  const open = members.filter((port) => !port.blocked)
  return {
    members,
    promiscuous: open.filter((port) => port.promiscuous),
    flooded: open.filter((port) => port.learning?.by === 'switch' && port.learning.flooding),
    uplinks: carrying.filter((port) => port.uplink),
  }
}
