/** What one bridge shall be, with the links of this machine that its ports are. */
import { fail } from '../errors.ts'
import type { SwitchPort, SwitchSpec, VlanSpec } from '../spec.ts'
import { type CompiledPort, compileSwitch, type SwitchState } from '../state.ts'
import { bridgeDeviceName, checkedLink, checkedMac } from './names.ts'
import { type VlanClass, vlanClasses } from './vlan-classes.ts'

export interface BridgePort {
  readonly portgroup: string
  readonly tapDevice: string
  /** The MAC of the guest's NIC, not of the tap. */
  readonly mac: string
  /** What the guest made of its NIC, where that is known. Absent: the MAC above, promiscuous, all groups. */
  readonly guest?: {
    readonly effectiveMac?: string
    readonly promiscuous?: boolean
    readonly multicast?: readonly string[] | 'all'
  }
}

export interface BridgeUplink {
  readonly device: string
  /** As `uplinkPortOf` gives it: absent, every VLAN that no other uplink has taken. */
  readonly vlan?: VlanSpec
}

/** Every port of the bridge, not only those that change: what one may send depends on who else is there. */
export interface BridgePlan {
  readonly spec: SwitchSpec
  readonly uplinks: readonly BridgeUplink[]
  readonly ports: readonly BridgePort[]
  /** Drops are told to who listens to this group of the kernel's log, where the kernel has one. Absent: to nobody. */
  readonly logGroup?: number
  /** Of the bridge's link and its table; absent: made of the switch's name, which will do where all bridges are ours. */
  readonly device?: string
  /**
   * The kernel carries others' bridges too: its settings stay as they are, and VLAN filtering, which not every kernel
   * has, is asked for only where a port group is in a VLAN.
   */
  readonly shared?: boolean
}

/** The bridge's link; its table has the same name. */
export function deviceOf({ spec, device }: Pick<BridgePlan, 'spec' | 'device'>): string {
  return device === undefined ? bridgeDeviceName(spec.name) : checkedLink(device)
}

export function asksForVlans({ portgroups }: Pick<SwitchSpec, 'portgroups'>): boolean {
  return portgroups.some(({ vlan }) => vlan.mode !== 'none')
}

export interface PlannedPort {
  readonly device: string
  /** As the decision sees it. */
  readonly port: CompiledPort
  /** The effective MAC; undefined on uplinks. */
  readonly mac: string | undefined
  /** Frames for that MAC are its own: it was not taken from another port. */
  readonly owns: boolean
  /** Uplinks are counted from 1, so that 0 is none. */
  readonly uplinkNumber: number
  /** Place of the port group in the specification, from 0; -1 for uplinks. */
  readonly group: number
}

/** The plan with names checked and each port as the decision sees it. */
export interface Planned {
  readonly table: string
  readonly spec: SwitchSpec
  readonly state: SwitchState
  readonly ports: readonly PlannedPort[]
  /** VLANs that nobody on the switch tells apart, together. */
  readonly classes: readonly VlanClass[]
  readonly logGroup: number | undefined
}

/** Four bits of the mark count them; further ones get no frames. */
export const mostUplinks = 15

export function planned(plan: BridgePlan): Planned {
  const { spec, ports, uplinks } = plan
  const ways = uplinks.slice(0, mostUplinks).map(uplinkOf)
  const given = [...ports.map((port) => vnicOf(spec, port)), ...ways]
  const state = compileSwitch(spec, given)
  return {
    table: deviceOf(plan),
    spec,
    state,
    ports: state.ports.map((port, index) => plannedPort(state, port, given[index])),
    classes: vlanClasses(state.ports),
    logGroup: plan.logGroup,
  }
}

function vnicOf(spec: SwitchSpec, { portgroup, tapDevice, mac, guest = {} }: BridgePort): SwitchPort {
  if (!spec.portgroups.some(({ name }) => name === portgroup))
    throw fail('bridge-name', { what: `a port group of ${spec.name}`, value: portgroup })
  return {
    kind: 'vnic',
    id: checkedLink(tapDevice),
    portgroup,
    initialMac: checkedMac(mac),
    effectiveMac: checkedMac(guest.effectiveMac ?? mac),
    guestPromiscuous: guest.promiscuous ?? 'unknown',
    multicast: guest.multicast === 'all' ? 'all' : (guest.multicast?.map(checkedMac) ?? 'all'),
  }
}

function uplinkOf({ device, vlan }: BridgeUplink): SwitchPort {
  return { kind: 'uplink', id: checkedLink(device), ...(vlan && { vlan }) }
}

function plannedPort(
  { spec, ports, byMac }: SwitchState,
  port: CompiledPort,
  given: SwitchPort | undefined,
): PlannedPort {
  return {
    device: port.id,
    port,
    mac: given?.kind === 'vnic' ? given.effectiveMac : undefined,
    owns: port.mac !== undefined && byMac.get(port.mac) === port,
    uplinkNumber: port.uplink ? ports.filter(({ uplink }) => uplink).indexOf(port) + 1 : 0,
    group: spec.portgroups.findIndex(({ name }) => name === port.portgroup?.name),
  }
}
