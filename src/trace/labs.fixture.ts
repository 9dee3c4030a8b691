/** For tests: a lab of two hypervisors to trace through, as text that a test changes at one place. */
import { loadLab, type ResolvedLab } from '#lab'

/** Two hypervisors, a VM in VLAN 10 in each, and a trunk that lets their frames pass. */
const level = `switches:
  sw:
    kind: standard
    uplinks: []
    portgroups:
      first: { vlan: 4095, security: { promiscuous: accept, forgedTransmits: accept } }
      second: { vlan: 4095, security: { promiscuous: accept, forgedTransmits: accept } }
  other: { portgroups: { elsewhere: { vlan: 4095 } } }
machines:
  a:
    image: kvm-node
    nics: [{ portgroup: first }, { portgroup: elsewhere }]
    hypervisor:
      product: kvm
      switches: { br0: { mtu: 9000, uplinks: [nic0], portgroups: { web: { vlan: 10 } } } }
      machines: { vm: { image: tiny, nics: [{ portgroup: web, address: 10.0.10.1/24 }] } }
  b:
    image: kvm-node
    nics: [{ portgroup: second }, { portgroup: elsewhere }]
    hypervisor:
      product: kvm
      switches: { br0: { mtu: 9000, uplinks: [nic0], portgroups: { tier: { vlan: 10 }, db: { vlan: 20 } } } }
      machines: { vm: { image: tiny, nics: [{ portgroup: tier, address: 10.0.10.2/24 }] } }
`

/** What stands in the level, and what shall stand there. */
export type Change = readonly [from: string, to: string]

export function changedLevel(changes: readonly Change[]): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the level has no ${from}`)
    return text.replace(from, to)
  }, level)
}

/** The level as level 0. */
export function atTop(text: string): ResolvedLab {
  return loaded(`nestlab: 1\nname: traced\n${text}`)
}

/** The same level inside a hypervisor named `outer`. */
export function inside(text: string): ResolvedLab {
  const indented = text.replaceAll(/^/gm, '      ')
  const hypervisor = `machines:\n  outer:\n    image: kvm-node\n    hypervisor:\n      product: kvm\n${indented}`
  return loaded(`nestlab: 1\nname: traced\n${hypervisor}`)
}

export function loaded(text: string): ResolvedLab {
  const { lab, problems } = loadLab(text, { file: 'traced.lab.yaml' })
  if (!lab) throw new Error(problems.map(({ line, text: what }) => `${line}: ${what}`).join('\n'))
  return lab
}
