/** For tests of what forwards frames: a standard switch, ports by letter, and frames between them. */
import type { PortGroupSpec, SecuritySpec, SwitchPort, SwitchSpec, VlanSpec } from './spec.ts'

const strict: SecuritySpec = { promiscuous: 'reject', forgedTransmits: 'reject', macChanges: 'reject' }
const forging: SecuritySpec = { ...strict, forgedTransmits: 'accept' }
const nested: SecuritySpec = { ...forging, promiscuous: 'accept' }
const changing: SecuritySpec = { ...strict, macChanges: 'accept' }
const all: VlanSpec = { mode: 'trunk', ranges: [{ from: 0, to: 4094 }] }

/** A letter is a port; its MAC ends in the letter's code. */
export const macOf = (name: string) => `02:00:00:00:00:${name.charCodeAt(0).toString(16)}`
export const broadcast = 'ff:ff:ff:ff:ff:ff'

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
