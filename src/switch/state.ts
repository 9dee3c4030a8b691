/** Compiles a switch and what is plugged into it to the form in which a frame's way is decided. */
import { macNumber } from './mac.ts'
import type { PortGroupSpec, SwitchPort, SwitchSpec, VlanSpec, VnicPort } from './spec.ts'

const vlanIds = 4096
/** 4095 is reserved by 802.1Q; as the setting of a port group it means all the others. */
export const highestVlan = 4094

export interface CompiledPort {
  readonly index: number
  readonly id: string
  readonly uplink: boolean
  readonly portgroup: PortGroupSpec | undefined
  /** VLAN of every frame of an EST (0) or VST port; undefined where the guest tags (VGT) and on uplinks. */
  readonly nativeVlan: number | undefined
  /** 1 for each VLAN the port belongs to. */
  readonly carries: Uint8Array
  /** The effective MAC; undefined on uplinks. */
  readonly mac: number | undefined
  /** The guest changed its MAC where that is rejected. */
  readonly blocked: boolean
  readonly checksSource: boolean
  readonly promiscuous: boolean
}

/** Who is in a VLAN, in port order. Uplinks are in none: `decide` treats them apart. */
export interface Lane {
  readonly members: readonly CompiledPort[]
  readonly promiscuous: readonly CompiledPort[]
}

/** Never changes: a changed policy or MAC makes a new state. */
export interface SwitchState {
  readonly spec: SwitchSpec
  readonly ports: readonly CompiledPort[]
  readonly uplinks: readonly CompiledPort[]
  readonly byMac: ReadonlyMap<number, CompiledPort>
  lane(vlan: number): Lane
}

/** Fails with a RangeError when a port names a port group that the switch has not. */
export function compileSwitch(spec: SwitchSpec, ports: readonly SwitchPort[]): SwitchState {
  const groups = new Map(
    spec.portgroups.map((group) => [group.name, { group, carries: carried(group.vlan) }]),
  )
  const compiled = ports.map((port, index): CompiledPort => {
    if (port.kind === 'uplink') return uplinkPort(port.id, index)
    const found = groups.get(port.portgroup)
    if (!found) throw new RangeError(`${port.id}: ${spec.name} has no port group ${port.portgroup}`)
    return vnicPort(port, index, found)
  })
  const lanes = new Map<number, Lane>()
  return {
    spec,
    ports: compiled,
    uplinks: compiled.filter((port) => port.uplink),
    byMac: addressTable(compiled, ports),
    lane(vlan) {
      const known = lanes.get(vlan) ?? laneOf(compiled, vlan)
      lanes.set(vlan, known)
      return known
    },
  }
}

function vnicPort(
  port: VnicPort,
  index: number,
  { group, carries }: { group: PortGroupSpec; carries: Uint8Array },
): CompiledPort {
  const { security, vlan } = group
  const mac = macNumber(port.effectiveMac)
  return {
    index,
    id: port.id,
    uplink: false,
    portgroup: group,
    nativeVlan: vlan.mode === 'trunk' ? undefined : vlan.mode === 'access' ? vlan.id : 0,
    carries,
    mac,
    blocked: security.macChanges === 'reject' && mac !== macNumber(port.initialMac),
    checksSource: security.forgedTransmits === 'reject',
    promiscuous: security.promiscuous === 'accept' && port.guestPromiscuous !== false,
  }
}

function uplinkPort(id: string, index: number): CompiledPort {
  return {
    index,
    id,
    uplink: true,
    portgroup: undefined,
    nativeVlan: undefined,
    carries: carried({ mode: 'trunk', ranges: [{ from: 0, to: highestVlan }] }),
    mac: undefined,
    blocked: false,
    checksSource: false,
    promiscuous: false,
  }
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
  const members = ports.filter((port) => !port.uplink && port.carries[vlan] === 1)
  return { members, promiscuous: members.filter((port) => port.promiscuous && !port.blocked) }
}
