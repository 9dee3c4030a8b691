/** Uplinks of one switch, checked; what NAT serves is decided later, when every NIC is known. */
import type { NatUplink, PortForward, TunnelUplink, Uplink, VlanPolicy } from './model.ts'
import { readName, tunnelNames } from './names.ts'
import { accepted, type Path } from './problem.ts'
import { addPending, type Resolution } from './resolution.ts'
import type { Owner } from './resolve-switch.ts'
import type { NatInput, TunnelInput, UplinkInput } from './schema-uplink.ts'
import { readDial, readListen } from './uplink-text.ts'

/** A NAT whose network and forwards are still to be decided. */
export interface NatDraft {
  readonly uplink: { -readonly [Key in keyof NatUplink]: NatUplink[Key] } & { forwards: PortForward[] }
  readonly input: NatInput
  readonly switchName: string
  readonly path: Path
}

interface Place {
  /** Of the switch. */
  readonly path: Path
  readonly owner: Owner
  readonly resolution: Resolution
}

interface Switch {
  readonly name: string
  /** Holder of each NIC of the level that is an uplink. */
  readonly used: Map<string, string>
}

export function resolveUplinks(
  inputs: readonly UplinkInput[],
  labSwitch: Switch,
  place: Place,
): readonly Uplink[] {
  pendInside(inputs, place)
  const uplinks = inputs.flatMap((input, index) => {
    const at = { ...place, path: [...place.path, 'uplinks', index] }
    return resolveUplink(input, labSwitch, at) ?? []
  })
  checkSameVlan(uplinks, place)
  return uplinks
}

/** Uplinks that are NICs of the hypervisor. */
export function uplinkNics(inputs: readonly UplinkInput[]): readonly string[] {
  return inputs.flatMap((input) => (typeof input === 'string' && input !== 'nat' ? [input] : []))
}

function resolveUplink(input: UplinkInput, { name, used }: Switch, place: Place): Uplink | undefined {
  if (typeof input === 'string' && input !== 'nat') {
    checkNic(input, place)
    claimNic(input, { name, used }, place)
    return { kind: 'nic', name: input }
  }
  const wanted = typeof input === 'string' ? { nat: {} } : input
  if ((wanted.nat === undefined) === (wanted.tunnel === undefined)) {
    place.resolution.findings.push({
      path: place.path,
      text: 'An uplink is either `nat` or `tunnel`.',
      remedy: 'Write one of the two keys, and further uplinks as further entries of the list.',
    })
    return undefined
  }
  return wanted.nat ? natOf(wanted.nat, name, place) : wanted.tunnel && tunnelOf(wanted.tunnel, place)
}

function natOf(input: NatInput, switchName: string, { path, resolution }: Place): NatUplink {
  const vlan: VlanPolicy | undefined =
    input.vlan === undefined ? undefined : { mode: 'access', id: input.vlan }
  const uplink = {
    kind: 'nat' as const,
    ...(vlan && { vlan }),
    gateway: { ip: '', prefixLength: 24 },
    forwards: [],
  }
  resolution.nats.push({ uplink, input, switchName, path })
  return uplink
}

function tunnelOf(input: TunnelInput, { path, resolution }: Place): TunnelUplink {
  const named = readName(tunnelNames, input.name)
  if (!named.ok)
    resolution.findings.push({ path: [...path, 'tunnel', 'name'], text: named.text, remedy: named.remedy })
  if (resolution.tunnels.has(input.name)) {
    resolution.findings.push({
      path: [...path, 'tunnel', 'name'],
      text: `The lab has a tunnel \`${input.name}\` already.`,
      remedy: 'Give each tunnel a name of its own.',
    })
  }
  resolution.tunnels.add(input.name)
  if ((input.listen === undefined) === (input.dial === undefined)) {
    resolution.findings.push({
      path: [...path, 'tunnel'],
      text: 'One end of a tunnel listens and the other one dials.',
      remedy:
        'Write `listen: 0.0.0.0:4790` here and `dial: HOST:4790` at the other end, or the other way round.',
    })
  }
  const listen = input.listen === undefined ? undefined : accepted(readListen(input.listen))
  const dial = input.dial === undefined ? undefined : accepted(readDial(input.dial))
  return {
    kind: 'tunnel',
    name: input.name,
    ...(listen && { listen: { ip: listen.host, port: listen.port } }),
    ...(dial && { dial }),
  }
}

/** Inside a hypervisor the kernel carries the frames, which knows its NICs only; so do switches of vSphere. */
function pendInside(inputs: readonly UplinkInput[], { path, owner, resolution }: Place): void {
  if (!owner.nicNames) {
    const isOther = inputs.some((input) => typeof input !== 'string' || input === 'nat')
    const text = 'Switches of vSphere have neither `nat` nor tunnels: name a NIC of the hosts of the site.'
    if (isOther && resolution.siteKind === 'vsphere') addPending(resolution, [...path, 'uplinks'], { text })
    return
  }
  const kinds = inputs.map((input) => (typeof input === 'string' ? input : (Object.keys(input)[0] ?? '')))
  const pend = (text: string) =>
    addPending(resolution, [...path, 'uplinks'], { text, machines: [owner.path] })
  if (kinds.includes('nat'))
    pend('The uplink `nat` works at level 0 only; an inner switch gets there by a NIC.')
  else if (inputs.some((input) => typeof input !== 'string')) pend('Tunnels begin at level 0 only.')
  else if (inputs.length > 1)
    pend('Several uplinks of one switch cannot be brought up inside a hypervisor yet.')
}

function checkNic(uplink: string, { path, owner, resolution }: Place): void {
  const unsafe = !/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(uplink)
  if (owner.nicNames ? owner.nicNames.includes(uplink) : !unsafe) return
  resolution.findings.push({
    path,
    text: owner.nicNames
      ? `The hypervisor has no NIC \`${uplink}\`.`
      : `\`${uplink}\` cannot be the name of a NIC of this machine.`,
    remedy: owner.nicNames
      ? `Its uplinks can be ${owner.nicNames.map((nic) => `\`${nic}\``).join(', ')}.`
      : 'Write `nat`, or the name that `ip link` shows, such as `eth0`.',
  })
}

function claimNic(uplink: string, { name, used }: Switch, { path, resolution }: Place): void {
  const holder = used.get(uplink)
  if (holder !== undefined) {
    resolution.findings.push({
      path,
      text: `\`${uplink}\` is already an uplink of the switch \`${holder}\`.`,
      remedy: 'A NIC serves one switch; give the hypervisor another NIC, or use one switch.',
    })
  }
  used.set(uplink, name)
}

/** Two NATs in one VLAN would both answer for their networks. */
function checkSameVlan(uplinks: readonly Uplink[], { path, resolution }: Place): void {
  const vlans = uplinks.flatMap((uplink) => (uplink.kind === 'nat' ? [JSON.stringify(uplink.vlan)] : []))
  if (new Set(vlans).size === vlans.length) return
  resolution.findings.push({
    path: [...path, 'uplinks'],
    text: 'Two uplinks `nat` of this switch serve the same VLAN.',
    remedy: 'Use one, or give them different VLANs with `nat: { vlan: 10 }`.',
  })
}
