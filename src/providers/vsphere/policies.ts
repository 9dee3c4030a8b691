/** What a port group and a switch of the lab are in the words of the API, and what those words cannot say. */
import { formatVlan, type LabSwitch, type PortGroup, type SecurityPolicy, type VlanPolicy } from '#lab'
import { fail } from './errors.ts'
import { networkNameOf, serverSwitchOf } from './names.ts'
import type { VimObject } from './soap/vim-value.ts'

const usualPorts = 128
/** Stands for every VLAN on a standard switch. */
const everyVlan = 4095

export function switchSpecOf({ mtu }: LabSwitch, nics: readonly string[]): VimObject {
  return {
    numPorts: usualPorts,
    mtu,
    ...(nics.length > 0 && { bridge: { $type: 'HostVirtualSwitchBondBridge', nicDevice: nics } }),
  }
}

export function portgroupSpecOf(lab: string, one: LabSwitch, group: PortGroup): VimObject {
  return {
    name: networkNameOf(lab, group.name),
    vlanId: standardVlan(one, group),
    vswitchName: serverSwitchOf(lab, one),
    policy: { security: flagsOf(group.security) },
  }
}

/** All three said outright: what is left out is inherited, and differs from version to version. */
export function flagsOf({ promiscuous, macChanges, forgedTransmits }: SecurityPolicy) {
  return {
    allowPromiscuous: promiscuous === 'accept',
    macChanges: macChanges === 'accept',
    forgedTransmits: forgedTransmits === 'accept',
  }
}

function standardVlan({ name }: LabSwitch, group: PortGroup): number {
  const { vlan } = group
  if (vlan.mode === 'none') return 0
  if (vlan.mode === 'access') return vlan.id
  if (isEveryVlan(vlan)) return everyVlan
  throw fail('vsphere-cannot', {
    what: `Port group ${group.name} of switch ${name}`,
    reason: `a standard switch carries one VLAN, none or all, not ${formatVlan(vlan)}; a distributed one could`,
  })
}

function isEveryVlan(vlan: Extract<VlanPolicy, { mode: 'trunk' }>): boolean {
  const ranges = vlan.ranges.toSorted((a, b) => a.from - b.from)
  let next = 1
  for (const { from, to } of ranges) {
    if (from > next) return false
    next = Math.max(next, to + 1)
  }
  return next >= everyVlan
}

/** Fails by name for what no switch of vSphere does, and for uplinks that only this machine can have. */
export function refuseUnfit(one: LabSwitch): void {
  const refuse = (reason: string) => {
    throw fail('vsphere-cannot', { what: `Switch ${one.name}`, reason })
  }
  if (one.kind === 'hyperv') refuse('it is a switch of Hyper-V')
  if (one.kind === 'learning') refuse('a classical learning switch needs a product of its own on the host')
  const partial = one.kind === 'distributed' && one.portgroups.find(({ hosts }) => hosts)
  if (partial)
    refuse(`its port group ${partial.name} is to be on some of its hosts only; a distributed one is on all`)
  for (const { kind } of one.uplinks) {
    if (kind === 'nat') refuse('vSphere has no NAT; use a NIC of the host as its uplink')
    if (kind === 'tunnel') refuse('tunnels end on the machine that runs Nestlab')
    if (kind === 'overlay') refuse('overlays between ESXi hosts cannot be set up yet')
  }
  if (one.kind !== 'standard') return
  const learner = one.portgroups.find(({ macLearning }) => macLearning?.by === 'switch')
  if (learner) refuse(`a standard switch does not learn MACs, as port group ${learner.name} asks for`)
}
