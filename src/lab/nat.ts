/** What user-mode NAT is for the machines behind it: which NICs reach it, and the addresses it serves. */
import { formatIp, ipNumber, isInNetworkOf, networkOf, sizeOf } from './address.ts'
import type {
  Address,
  LabSwitch,
  Level,
  Machine,
  NatUplink,
  Nic,
  PortGroup,
  ResolvedLab,
  Uplink,
} from './model.ts'

/** What serves names for a NAT's machines: the last address of the network that is not the gateway's. */
export function nameServerOf({ ip, prefixLength }: Address): string {
  const gateway = ipNumber(ip)
  const last = networkOf(gateway, prefixLength) + sizeOf(prefixLength) - 2
  return formatIp(last === gateway ? last - 1 : last)
}

/** The gateway and name server that a NIC's machine is to use; undefined where no NAT serves the NIC's network. */
export function gatewayOf(
  lab: ResolvedLab,
  machinePath: string,
  nic: Nic,
): { readonly ip: string; readonly nameServer: string } | undefined {
  const levels = levelsAround(lab, machinePath)
  const nat = levels && natBeyond(levels, nic)
  if (!nat || !nic.address || !sameNetwork(nic.address, nat.gateway)) return undefined
  return { ip: nat.gateway.ip, nameServer: nameServerOf(nat.gateway) }
}

export function sameNetwork(one: Address, other: Address): boolean {
  return one.prefixLength === other.prefixLength && isInNetworkOf(one, other.ip)
}

/** A level and the hypervisor whose inside it is; the first one is level 0 and has none. */
export interface Around {
  readonly level: Level
  readonly hypervisor?: Machine
}

/** The levels around a machine, outermost first. */
function levelsAround(lab: ResolvedLab, machinePath: string): readonly Around[] | undefined {
  const around: Around[] = [{ level: lab.top }]
  for (const name of machinePath.split('/').slice(0, -1)) {
    const hypervisor = around.at(-1)?.level.machines.find((machine) => machine.name === name)
    if (!hypervisor?.hypervisor) return undefined
    around.push({ level: hypervisor.hypervisor.inside, hypervisor })
  }
  return around
}

/**
 * The NAT of level 0 that frames of the NIC without tag come to, through the uplinks of the hypervisors around it.
 * `around` ends with the NIC's own level.
 */
export function natBeyond(around: readonly Around[], nic: Plug): NatUplink | undefined {
  const at = portgroupOf(around.at(-1)?.level, nic)
  const vlan = at && vlanOutside(at.portgroup, 0)
  return at && vlan !== undefined ? natFrom(around, at.labSwitch, vlan) : undefined
}

type Plug = Pick<Nic, 'name' | 'switchName' | 'portgroup'>

function natFrom(around: readonly Around[], labSwitch: LabSwitch, vlan: number): NatUplink | undefined {
  const [hypervisor] = around.slice(-1).map((one) => one.hypervisor)
  if (!hypervisor)
    return labSwitch.uplinks.find((uplink) => uplink.kind === 'nat' && vlanOf(uplink) === vlan) as
      | NatUplink
      | undefined
  // What an overlay carries leaves by no other uplink.
  if (labSwitch.uplinks.some((uplink) => uplink.kind === 'overlay' && vlanOf(uplink) === vlan))
    return undefined
  const outside = around.slice(0, -1)
  for (const uplink of labSwitch.uplinks) {
    const nic = uplink.kind === 'nic' && hypervisor.nics.find(({ name }) => name === uplink.name)
    const at = nic ? portgroupOf(outside.at(-1)?.level, nic) : undefined
    const outer = at && vlanOutside(at.portgroup, vlan)
    const nat = at && outer !== undefined ? natFrom(outside, at.labSwitch, outer) : undefined
    if (nat) return nat
  }
  return undefined
}

function portgroupOf(level: Level | undefined, { switchName, portgroup }: Plug) {
  const labSwitch = level?.switches.find(({ name }) => name === switchName)
  const found = labSwitch?.portgroups.find(({ name }) => name === portgroup)
  return labSwitch && found ? { labSwitch, portgroup: found } : undefined
}

/** The VLAN on the switch of a frame with that tag (0 for none) at the port; undefined where it does not pass. */
function vlanOutside({ vlan }: PortGroup, tag: number): number | undefined {
  if (vlan.mode === 'trunk')
    return vlan.ranges.some(({ from, to }) => from <= tag && tag <= to) ? tag : undefined
  if (tag !== 0) return undefined
  return vlan.mode === 'access' ? vlan.id : 0
}

function vlanOf(uplink: Extract<Uplink, { vlan?: unknown }>): number {
  return uplink.vlan?.mode === 'access' ? uplink.vlan.id : 0
}
