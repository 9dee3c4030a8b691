/** The lab as switches joined by NICs: every port with what lies behind it. Made once for each lab. */
import type { Level, Machine, Nic, OverlayUplink, ResolvedLab } from '#lab'
import { compileSwitch, type SwitchPort, type SwitchState, uplinkPortOf } from '#switch'
import type { Conditions } from './contract.ts'

/** A port of one of the lab's switches. */
export interface Spot {
  readonly at: SwitchNode
  readonly port: number
}

/** What lies behind a port. `machine`: a NIC that its guest uses itself. */
export type Behind =
  | { readonly kind: 'machine'; readonly plug: Plug }
  | { readonly kind: 'inside'; readonly spots: readonly Spot[]; readonly plug: Plug }
  | { readonly kind: 'outside'; readonly spot: Spot }
  | { readonly kind: 'overlay'; readonly uplink: OverlayUplink }
  | { readonly kind: 'out-of-lab' }

export interface SwitchNode {
  readonly index: number
  readonly owner: string
  readonly level: number
  readonly state: SwitchState
  readonly behind: readonly Behind[]
}

/** A machine's NIC and the port it is plugged into. */
export interface Plug {
  /** `kvm-1/web:nic0`. */
  readonly id: string
  readonly machine: Machine
  readonly nic: Nic
  /** The MAC that the guest uses. */
  readonly mac: string
  readonly spot: Spot
}

export interface Net {
  readonly switches: readonly SwitchNode[]
  readonly machines: ReadonlyMap<string, Machine>
  readonly plugs: ReadonlyMap<string, Plug>
  /** The switch port of an overlay's end, by hypervisor and VNI. */
  readonly overlays: ReadonlyMap<string, Spot>
  /** Addresses that more than one NIC has, as tenants may. */
  readonly sharedIps: ReadonlySet<string>
}

export const plugId = (machine: string, nic: string) => `${machine}:${nic}`
export const overlayKey = (machine: string, vni: number) => `${machine} ${vni}`

const known = new WeakMap<ResolvedLab, Net>()

export function netOf(lab: ResolvedLab, conditions: Conditions = {}): Net {
  if (conditions.macs && conditions.macs.size > 0) return build(lab, conditions)
  const net = known.get(lab) ?? build(lab, {})
  known.set(lab, net)
  return net
}

interface Draft {
  readonly index: number
  readonly owner: string
  readonly level: number
  readonly state: SwitchState
  readonly behind: Behind[]
}

interface Building {
  readonly macs: ReadonlyMap<string, string>
  readonly switches: Draft[]
  readonly machines: Map<string, Machine>
  readonly plugs: Map<string, Plug>
  readonly overlays: Map<string, Spot>
  readonly ips: Set<string>
  readonly sharedIps: Set<string>
}

function build(lab: ResolvedLab, { macs = new Map() }: Conditions): Net {
  const building: Building = {
    macs,
    switches: [],
    machines: new Map(),
    plugs: new Map(),
    overlays: new Map(),
    ips: new Set(),
    sharedIps: new Set(),
  }
  addLevel(building, lab.top, 0)
  return building
}

/** Levels come outermost first, so the outer end of an uplink is there before the inner one. */
function addLevel(net: Building, level: Level, depth: number): void {
  for (const machine of level.machines) net.machines.set(machine.path, machine)
  const byName = new Map<string, { machine: Machine; nic: Nic }[]>()
  for (const machine of level.machines) {
    for (const nic of machine.nics) {
      const nics = byName.get(nic.switchName) ?? []
      byName.set(nic.switchName, nics)
      nics.push({ machine, nic })
    }
  }
  for (const labSwitch of level.switches) {
    const nics = byName.get(labSwitch.name) ?? []
    addSwitch(net, { level, depth, labSwitch, nics })
  }
  for (const { hypervisor } of level.machines) if (hypervisor) addLevel(net, hypervisor.inside, depth + 1)
}

interface Adding {
  readonly level: Level
  readonly depth: number
  readonly labSwitch: Level['switches'][number]
  readonly nics: readonly { readonly machine: Machine; readonly nic: Nic }[]
}

/** vNICs in the order of the file, then uplinks, as those who run the switch plug them in. */
function addSwitch(net: Building, { level, depth, labSwitch, nics }: Adding): void {
  const vnics = nics.map(({ machine, nic }): SwitchPort => {
    const id = plugId(machine.path, nic.name)
    return {
      kind: 'vnic',
      id,
      portgroup: nic.portgroup,
      initialMac: nic.mac,
      effectiveMac: net.macs.get(id) ?? nic.mac,
      guestPromiscuous: carriesSwitch(machine, nic.name),
    }
  })
  const state = compileSwitch(labSwitch, [...vnics, ...labSwitch.uplinks.map(uplinkPortOf)])
  const node: Draft = { index: net.switches.length, owner: level.owner, level: depth, state, behind: [] }
  net.switches.push(node)
  for (const [port, { machine, nic }] of nics.entries()) {
    const id = plugId(machine.path, nic.name)
    const plug = { id, machine, nic, mac: net.macs.get(id) ?? nic.mac, spot: { at: node, port } }
    net.plugs.set(id, plug)
    noteIp(net, nic)
    node.behind.push(
      carriesSwitch(machine, nic.name) ? { kind: 'inside', spots: [], plug } : { kind: 'machine', plug },
    )
  }
  for (const uplink of labSwitch.uplinks) {
    const spot = { at: node, port: node.behind.length }
    node.behind.push(behindUplink(net, uplink, spot))
  }
}

function noteIp({ ips, sharedIps }: Building, { address }: Nic): void {
  if (!address) return
  if (ips.has(address.ip)) sharedIps.add(address.ip)
  ips.add(address.ip)
}

function behindUplink(
  net: Building,
  uplink: Level['switches'][number]['uplinks'][number],
  spot: Spot,
): Behind {
  const { owner } = spot.at
  if (uplink.kind === 'overlay') {
    net.overlays.set(overlayKey(owner, uplink.vni), spot)
    return { kind: 'overlay', uplink }
  }
  const outer = uplink.kind === 'nic' ? net.plugs.get(plugId(owner, uplink.name)) : undefined
  if (!outer) return { kind: 'out-of-lab' }
  const draft = net.switches[outer.spot.at.index]
  const there = draft?.behind[outer.spot.port]
  if (draft && there?.kind === 'inside') {
    draft.behind[outer.spot.port] = { ...there, spots: [...there.spots, spot] }
  }
  return { kind: 'outside', spot: outer.spot }
}

/** Such a NIC is a port of the bridge inside, so the guest has set it promiscuous. */
function carriesSwitch({ hypervisor }: Machine, nicName: string): boolean {
  const switches = hypervisor?.inside.switches ?? []
  return switches.some(({ uplinks }) => uplinks.some((one) => one.kind === 'nic' && one.name === nicName))
}
