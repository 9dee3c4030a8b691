/** From a blamed port to words: what happened, which setting is responsible, where it stands, what helps. */
import { type DropReason, dropReasons, explainDrop } from '#switch'
import type { Blame } from './blame.ts'
import type { Cause, Reason } from './contract.ts'
import { tagOf } from './frames.ts'
import type { Plug, Spot } from './net.ts'
import { explainOwn, type OwnReason, ownReasons } from './own-reasons.ts'
import { type KeyPath, nicKeys, portgroupKeys, switchKeys } from './places.ts'
import { portAt } from './route.ts'
import type { Visit } from './walk.ts'

interface Words {
  readonly meaning: string
  readonly setting: string
  readonly remedy: string
}

export function causeOf({ reason, spot, plug, visit }: Blame): Cause {
  const { owner, state } = spot.at
  const { id, portgroup } = portAt(spot)
  const words = isOwn(reason) ? ownWords(reason, spot, plug) : dropWords(reason, spot, vlanOf(visit))
  return {
    reason,
    owner,
    switchName: state.spec.name,
    kind: state.spec.kind,
    port: plug?.id ?? id,
    ...(portgroup !== undefined && { portgroup }),
    ...words,
    at: plug ? [...nicKeys(plug.machine.path, plug.nic.name), nicKey(reason)] : keysOf(reason, spot),
  }
}

/** A cause that no switch has a part in. */
export function machineCause(
  reason: OwnReason,
  port: string,
  { setting, at }: { setting: string; at: KeyPath },
): Cause {
  return { reason, owner: '', switchName: '', port, setting, ...explainOwn(reason), at }
}

function isOwn(reason: Reason): reason is OwnReason {
  return ownReasons.some((own) => own === reason) && !dropReasons.some((drop) => drop === reason)
}

function nicKey(reason: Reason): string {
  return reason === 'DUPLICATE_MAC' ? 'mac' : 'portgroup'
}

/** `kvm-1/br0/web`, or the switch alone for its uplinks. */
function nameOf({ at, port }: Spot): string {
  const group = at.state.ports[port]?.portgroup?.name
  return [at.owner, at.state.spec.name, group].filter((part) => part).join('/')
}

function ownWords(reason: OwnReason, spot: Spot, plug: Plug | undefined): Words {
  const own = explainOwn(reason)
  const { spec, ports } = spot.at.state
  const group = ports[spot.port]?.portgroup
  const uplinks = spec.uplinks.map((uplink) => ('name' in uplink ? uplink.name : uplink.kind)).join(', ')
  const onSwitch = [spot.at.owner, spec.name].filter((part) => part).join('/')
  if (plug && reason === 'OTHER_SWITCH') return { ...own, setting: `${plug.id} portgroup: ${group?.name}` }
  if (plug) return { ...own, setting: `${plug.id} mac: ${plug.mac}` }
  if (reason === 'TAGGED_TO_GUEST')
    return { ...own, setting: explainDrop('OTHER_VLAN', placeOf(spot)).setting }
  return { ...own, setting: `${onSwitch} uplinks: [${uplinks}]` }
}

function placeOf({ at, port }: Spot) {
  const portgroup = at.state.ports[port]?.portgroup
  // Names of inner switches repeat from hypervisor to hypervisor, so messages say whose it is.
  const name = [at.owner, at.state.spec.name].filter((part) => part).join('/')
  return { on: { ...at.state.spec, name }, ...(portgroup && { portgroup }) }
}

/** A frame that was refused never had a VLAN inside the switch: its tag tells. */
function vlanOf({ frame, decision }: Visit): string {
  const vlan = tagOf(frame) ?? decision.vlan
  return vlan === 0 ? 'no VLAN' : `VLAN ${vlan}`
}

function dropWords(reason: DropReason, spot: Spot, vlan: string): Words {
  const words = explainDrop(reason, placeOf(spot))
  if (reason === 'UNKNOWN_UNICAST') return unknownWords(spot)
  if (isSpoofing(reason, spot)) return { ...words, ...spoofingWords(spot) }
  if (reason === 'OTHER_VLAN')
    return { ...words, meaning: `the frame is in ${vlan}, and the port that leads on in another one` }
  return words
}

/** The port is promiscuous, and still was not shown the frame. */
function seesTooLittle({ at, port }: Spot): boolean {
  return at.state.ports[port]?.promiscuous === true && at.state.spec.promiscuousScope === 'portgroup'
}

/** What vSphere has policies for is one switch on Hyper-V. */
function isSpoofing(reason: Reason, { at }: Spot): boolean {
  const policies: readonly Reason[] = ['FORGED_TRANSMIT', 'PORT_BLOCKED', 'UNKNOWN_UNICAST']
  return at.state.spec.kind === 'hyperv' && policies.includes(reason)
}

function spoofingWords(spot: Spot) {
  const name = nameOf(spot)
  return { setting: `${name} macSpoofing: false`, remedy: `set macSpoofing: true on ${name}` }
}

function unknownWords(spot: Spot): Words {
  const { kind } = spot.at.state.spec
  const name = nameOf(spot)
  const learning = spot.at.state.ports[spot.port]?.learning
  const meaning =
    'the destination MAC is not that of a NIC on this switch (it is inside a hypervisor), and nothing lets the ' +
    'port of that hypervisor have such frames'
  if (learning?.by === 'switch' && !learning.flooding) {
    const setting = `${name} macLearning.flooding: false`
    return { meaning, setting, remedy: `set macLearning.flooding: true on ${name}` }
  }
  if (kind === 'hyperv') return { meaning, ...spoofingWords(spot) }
  if (seesTooLittle(spot)) {
    const scope = [spot.at.owner, spot.at.state.spec.name].filter((part) => part).join('/')
    const setting = `${scope} promiscuousScope: portgroup`
    return { meaning, setting, remedy: `set promiscuousScope: vlan on ${scope}, or use one port group` }
  }
  if (kind === 'distributed') {
    const setting = `${name} macLearning: none, security.promiscuous: reject`
    return { meaning, setting, remedy: `turn macLearning on for ${name}, or set promiscuous: accept there` }
  }
  const setting = `${name} security.promiscuous: reject`
  return { meaning, setting, remedy: `set promiscuous: accept on ${name}` }
}

const securityKeys: Readonly<Partial<Record<Reason, string>>> = {
  FORGED_TRANSMIT: 'forgedTransmits',
  PORT_BLOCKED: 'macChanges',
}

const vlanReasons: readonly Reason[] = [
  'VLAN_TAGGED_ON_ACCESS',
  'VLAN_NOT_ALLOWED',
  'OTHER_VLAN',
  'NOBODY_IN_VLAN',
  'TAGGED_TO_GUEST',
]

function keysOf(reason: Reason, { at, port }: Spot): KeyPath {
  const onSwitch = switchKeys(at.owner, at.state.spec.name)
  const group = at.state.ports[port]?.portgroup
  if (reason === 'MTU_EXCEEDED') return [...onSwitch, 'mtu']
  if (!group || ['NO_UPLINK', 'OTHER_UPLINK', 'UPLINK_VLAN', 'UPLINK_PINNED', 'LOOP'].includes(reason)) {
    return [...onSwitch, 'uplinks']
  }
  const inGroup = portgroupKeys(at.owner, at.state.spec.name, group.name)
  if (isSpoofing(reason, { at, port })) return [...inGroup, 'macSpoofing']
  const security = securityKeys[reason]
  if (security !== undefined) return [...inGroup, 'security', security]
  if (vlanReasons.includes(reason)) return [...inGroup, 'vlan']
  if (reason === 'LEARN_LIMIT') return [...inGroup, 'macLearning', 'limit']
  if (reason === 'NOT_LEARNED') return [...inGroup, 'macLearning']
  if (reason !== 'UNKNOWN_UNICAST') return inGroup
  if (seesTooLittle({ at, port })) return [...onSwitch, 'promiscuousScope']
  if (group.macLearning?.by === 'switch') return [...inGroup, 'macLearning', 'flooding']
  return at.state.spec.kind === 'distributed'
    ? [...inGroup, 'macLearning']
    : [...inGroup, 'security', 'promiscuous']
}
