/** For tests: the truth table of a standard switch, to be run through everything that forwards frames. */
import { retagged } from './frame.ts'
import type { PortGroupSpec, SecuritySpec, SwitchPort, SwitchSpec, VlanSpec } from './spec.ts'

const strict: SecuritySpec = { promiscuous: 'reject', forgedTransmits: 'reject', macChanges: 'reject' }
const forging: SecuritySpec = { ...strict, forgedTransmits: 'accept' }
const nested: SecuritySpec = { ...forging, promiscuous: 'accept' }
const changing: SecuritySpec = { ...strict, macChanges: 'accept' }
const all: VlanSpec = { mode: 'trunk', ranges: [{ from: 0, to: 4094 }] }

/** A letter is a port; its MAC ends in the letter's code. */
export const macOf = (name: string) => `02:00:00:00:00:${name.charCodeAt(0).toString(16)}`
export const broadcast = 'ff:ff:ff:ff:ff:ff'
const multicast = '01:00:5e:00:00:fb'

export const groups: Record<string, PortGroupSpec> = {
  web: { name: 'web', vlan: { mode: 'access', id: 10 }, security: strict },
  app: { name: 'app', vlan: { mode: 'access', id: 10 }, security: strict },
  twenty: { name: 'twenty', vlan: { mode: 'access', id: 20 }, security: strict },
  plain: { name: 'plain', vlan: { mode: 'none' }, security: strict },
  trunk: { name: 'trunk', vlan: all, security: strict },
  range: { name: 'range', vlan: { mode: 'trunk', ranges: [{ from: 10, to: 15 }] }, security: strict },
  forge: { name: 'forge', vlan: { mode: 'access', id: 10 }, security: forging },
  spy: { name: 'spy', vlan: { mode: 'access', id: 10 }, security: nested },
  spytrunk: { name: 'spytrunk', vlan: all, security: nested },
  change: { name: 'change', vlan: { mode: 'access', id: 10 }, security: changing },
}
export const spec: SwitchSpec = {
  name: 'vSwitch0',
  kind: 'standard',
  mtu: 1500,
  uplinks: [],
  portgroups: Object.values(groups),
}

const home: Record<string, string> = {
  A: 'web',
  B: 'web',
  C: 'app',
  D: 'twenty',
  E: 'plain',
  F: 'plain',
  V: 'trunk',
  R: 'range',
  G: 'forge',
  S: 'spy',
  W: 'spytrunk',
  M: 'change',
}

export interface PortChange {
  readonly mac?: string
  readonly guestPromiscuous?: boolean | 'unknown'
}

export function portsOf(letters: string, changes: Record<string, PortChange> = {}): SwitchPort[] {
  return [...letters].map((id) => {
    if (id === 'U' || id === 'X') return { kind: 'uplink', id }
    const change = changes[id]
    return {
      kind: 'vnic',
      id,
      portgroup: home[id] ?? '',
      initialMac: macOf(id),
      effectiveMac: change?.mac ?? macOf(id),
      guestPromiscuous: change?.guestPromiscuous ?? true,
    }
  })
}

export interface Sent {
  readonly to: string
  readonly as?: string
  readonly tag?: number
  readonly bytes?: number
}

export function frameOf(from: string, { to, as, tag, bytes = 60 }: Sent): Uint8Array {
  const resolve = (text: string) => (text.length === 1 ? macOf(text) : text)
  const hex = (resolve(to) + resolve(as ?? from)).replaceAll(':', '')
  const tagText = tag === undefined ? '' : `8100${tag.toString(16).padStart(4, '0')}`
  const head = Buffer.from(`${hex}${tagText}0800`, 'hex')
  return Buffer.concat([head, Buffer.alloc(Math.max(0, bytes - head.length))])
}

export type Row = readonly [
  title: string,
  ports: string,
  from: string,
  sent: Sent,
  expected: string,
  changes?: Record<string, PortChange>,
]

const plainPorts = 'ABCDEFVR'
const priority = 0xa000

export const truthTable: readonly Row[] = [
  // Addresses
  ['a known MAC in the same port group gets the frame alone', plainPorts, 'A', { to: 'B' }, 'B'],
  ['a known MAC in another port group of the VLAN gets it alone', plainPorts, 'A', { to: 'C' }, 'C'],
  ['two ports without VLAN talk', plainPorts, 'E', { to: 'F' }, 'F'],
  ['a known MAC in another VLAN gets nothing', plainPorts, 'A', { to: 'D' }, '!A:OTHER_VLAN'],
  ['a port without VLAN does not reach a VLAN', plainPorts, 'E', { to: 'A' }, '!E:OTHER_VLAN'],
  ['an unknown MAC without uplink gets nothing', plainPorts, 'A', { to: 'Z' }, '!A:UNKNOWN_UNICAST'],
  ['the own MAC gets nothing', plainPorts, 'A', { to: 'A' }, '!A:OWN_ADDRESS'],
  ['the own MAC is not shown to promiscuous ports', 'ABS', 'A', { to: 'A' }, '!A:OWN_ADDRESS'],
  // Broadcast and multicast
  ['a broadcast reaches the VLAN, tagged on trunks', plainPorts, 'A', { to: broadcast }, 'B C R+10 V+10'],
  ['a multicast floods like a broadcast', plainPorts, 'A', { to: multicast }, 'B C R+10 V+10'],
  ['a promiscuous port gets a broadcast once', 'ABSW', 'A', { to: broadcast }, 'B S W+10'],
  ['a broadcast without VLAN stays out of VLANs', plainPorts, 'E', { to: broadcast }, 'F V'],
  ['a broadcast into an empty VLAN is counted', 'AD', 'D', { to: broadcast }, '!D:NOBODY_IN_VLAN'],
  // Trunks
  ['an access port reaches a trunk port with its tag', plainPorts, 'A', { to: 'V' }, 'V+10'],
  ['a trunk reaches an access port without tag', plainPorts, 'V', { to: 'A', tag: 10 }, 'A-'],
  ['a trunk does not reach another VLAN', plainPorts, 'V', { to: 'A', tag: 20 }, '!V:OTHER_VLAN'],
  ['an untagged trunk frame is in no VLAN', plainPorts, 'V', { to: broadcast }, 'E F'],
  ['a tagged trunk broadcast', plainPorts, 'V', { to: broadcast, tag: 10 }, 'A- B- C- R'],
  ['a tag within the range passes', plainPorts, 'R', { to: 'V', tag: 12 }, 'V'],
  ['a tag outside the range is dropped', plainPorts, 'R', { to: 'V', tag: 20 }, '!R:VLAN_NOT_ALLOWED'],
  ['untagged outside the range is dropped', plainPorts, 'R', { to: 'V' }, '!R:VLAN_NOT_ALLOWED'],
  ['a trunk does not receive outside its range', plainPorts, 'V', { to: 'R', tag: 20 }, '!V:OTHER_VLAN'],
  ['VID 4095 is no VLAN even on 4095', plainPorts, 'V', { to: 'A', tag: 4095 }, '!V:VLAN_NOT_ALLOWED'],
  ['the priority bits do not change the VLAN', plainPorts, 'V', { to: 'A', tag: priority + 10 }, 'A-'],
  // Tags on ports that do not tag
  ['the own VID on access is dropped', plainPorts, 'A', { to: 'B', tag: 10 }, '!A:VLAN_TAGGED_ON_ACCESS'],
  ['another VID on access is dropped', plainPorts, 'A', { to: 'D', tag: 20 }, '!A:VLAN_TAGGED_ON_ACCESS'],
  ['a tag without VLAN is dropped', plainPorts, 'E', { to: 'F', tag: 10 }, '!E:VLAN_TAGGED_ON_ACCESS'],
  ['a priority tag on access is taken off', plainPorts, 'A', { to: 'B', tag: priority }, 'B-'],
  ['a priority tag gets the VLAN on a trunk', plainPorts, 'A', { to: 'V', tag: priority }, 'V~10'],
  ['a priority tag on a trunk is in no VLAN', plainPorts, 'V', { to: 'E', tag: priority }, 'E-'],
  // Forged transmits
  ['a forged source is dropped', plainPorts, 'A', { to: 'B', as: 'Z' }, '!A:FORGED_TRANSMIT'],
  ['a forged broadcast is dropped', plainPorts, 'A', { to: broadcast, as: 'Z' }, '!A:FORGED_TRANSMIT'],
  ['a forged source is not shown', 'ABS', 'A', { to: 'B', as: 'Z' }, '!A:FORGED_TRANSMIT'],
  ['a forged source passes where accepted', 'AG', 'G', { to: 'A', as: 'Z' }, 'A'],
  ['a reply to a forged MAC is lost', 'AG', 'A', { to: 'Z' }, '!A:UNKNOWN_UNICAST'],
  ['a reply to a forged MAC reaches promiscuous', 'AS', 'A', { to: 'Z' }, 'S'],
  ['a taken MAC never moves', 'ABGC', 'C', { to: 'B' }, 'B', { G: { mac: macOf('B') } }],
  // Promiscuous mode
  ['promiscuous ports see unicast of their VLAN', 'ABSW', 'A', { to: 'B' }, 'B S W+10'],
  ['promiscuous ports see unknown unicast', 'ASW', 'A', { to: 'Z' }, 'S W+10'],
  ['promiscuous ports see what crosses VLANs', 'ADSW', 'A', { to: 'D' }, 'S W+10'],
  ['a promiscuous access port sees its VLAN only', 'DVSW', 'D', { to: 'V' }, 'V+20 W+20'],
  ['a promiscuous receiver gets it once', 'ASW', 'A', { to: 'S' }, 'S W+10'],
  ['a promiscuous sender does not get it back', 'ASW', 'S', { to: 'A' }, 'A W+10'],
  ['a guest not promiscuous sees nothing', 'ABS', 'A', { to: 'B' }, 'B', { S: { guestPromiscuous: false } }],
  ['a guest unknown counts', 'ABS', 'A', { to: 'B' }, 'B S', { S: { guestPromiscuous: 'unknown' } }],
  ['a promiscuous guest where rejected', 'ABC', 'A', { to: 'B' }, 'B', { C: { guestPromiscuous: true } }],
  // MAC changes
  ['a changed MAC may not send', 'AB', 'A', { to: 'B' }, '!A:PORT_BLOCKED', { A: { mac: macOf('Y') } }],
  ['not even as its new MAC', 'AB', 'A', { to: 'B', as: 'Y' }, '!A:PORT_BLOCKED', { A: { mac: macOf('Y') } }],
  ['a changed MAC does not receive', 'AB', 'B', { to: 'Y' }, '!A:PORT_BLOCKED', { A: { mac: macOf('Y') } }],
  ['the old MAC is unknown', 'AB', 'B', { to: 'A' }, '!B:UNKNOWN_UNICAST', { A: { mac: macOf('Y') } }],
  ['nor a broadcast', 'ABC', 'B', { to: broadcast }, 'C !A:PORT_BLOCKED', { A: { mac: macOf('Y') } }],
  ['a blocked port does not watch', 'ABS', 'A', { to: 'B' }, 'B', { S: { mac: macOf('Y') } }],
  ['an accepted change sends as new', 'AM', 'M', { to: 'A', as: 'Y' }, 'A', { M: { mac: macOf('Y') } }],
  ['the old MAC is then forged', 'AM', 'M', { to: 'A' }, '!M:FORGED_TRANSMIT', { M: { mac: macOf('Y') } }],
  ['an accepted change receives as new', 'AM', 'A', { to: 'Y' }, 'M', { M: { mac: macOf('Y') } }],
  ['and not as old', 'AM', 'A', { to: 'M' }, '!A:UNKNOWN_UNICAST', { M: { mac: macOf('Y') } }],
  // Uplinks
  ['an unknown MAC leaves by the uplink, tagged', 'ABU', 'A', { to: 'Z' }, 'U+10'],
  ['a known MAC of another VLAN leaves by the uplink', 'ADU', 'A', { to: 'D' }, 'U+10'],
  ['a known MAC does not leave', 'ABU', 'A', { to: 'B' }, 'B'],
  ['without VLAN it leaves untagged', 'EU', 'E', { to: 'Z' }, 'U'],
  ['the uplink and promiscuous ports', 'ASU', 'A', { to: 'Z' }, 'S U+10'],
  ['a broadcast leaves once', 'ABU', 'A', { to: broadcast }, 'B U+10'],
  ['from the uplink to a known MAC', 'ABU', 'U', { to: 'A', as: 'Z', tag: 10 }, 'A-'],
  ['from the uplink in another VLAN', 'ABU', 'U', { to: 'A', as: 'Z', tag: 20 }, '!U:OTHER_VLAN'],
  ['from the uplink to nobody', 'ABU', 'U', { to: 'Z', as: 'Y', tag: 10 }, '!U:UNKNOWN_UNICAST'],
  ['from the uplink to nobody, watched', 'ASU', 'U', { to: 'Z', as: 'Y', tag: 10 }, 'S-'],
  ['never from uplink to uplink', 'AUX', 'U', { to: broadcast, as: 'Y', tag: 10 }, 'A-'],
  ['each port leaves by one of two uplinks', 'ABUX', 'B', { to: 'Z' }, 'X+10'],
  // Sizes
  ['the longest payload passes', 'AB', 'A', { to: 'B', bytes: 1514 }, 'B'],
  ['one byte more does not', 'AB', 'A', { to: 'B', bytes: 1515 }, '!A:MTU_EXCEEDED'],
  ['the tag is not payload', 'AV', 'V', { to: 'A', tag: 10, bytes: 1518 }, 'A-'],
  ['a tagged giant', 'AV', 'V', { to: 'A', tag: 10, bytes: 1519 }, '!V:MTU_EXCEEDED'],
  ['the shortest frame is a bare header', 'AB', 'A', { to: 'B', bytes: 14 }, 'B'],
]

/** The frame as the receiver of an expected word gets it: `V+10`, `A-`, `V~10`, `B`. */
export function retaggedFor(frame: Uint8Array, word: string): Uint8Array {
  const vlan = Number(word.slice(2))
  const actions = { '+': 'push', '-': 'pop', '~': 'retag' } as const
  const action = Object.entries(actions).find(([mark]) => mark === word.charAt(1))
  return retagged(frame, action?.[1] ?? 'pass', vlan)
}
