/** For cases: lab files in which one thing about the network differs. */

/** Level 0 with `web` in VLAN 10, a machine there, and whatever else is wanted; `kvm` holds a machine in VLAN 10. */
export interface Nested {
  /** Of the switch at level 0, in braces: `kind: distributed`. */
  readonly on?: string
  /** Keys of the port group `trunk`. */
  readonly trunk: string
  /** Further port groups of level 0. */
  readonly groups?: string
  /** NICs of `kvm`. */
  readonly nics?: string
  /** Keys of the switch inside. */
  readonly inside?: string
  /** Of the port group `web` inside. */
  readonly web?: string
  /** Keys of the machine `kvm`. */
  readonly kvm?: string
  readonly product?: string
  /** Machines beside `kvm`; by default one that is to be reached. */
  readonly others?: string
  /** Top-level keys. */
  readonly top?: string
}

const client = 'client: { image: tiny, nics: [{ portgroup: web, address: 10.0.10.0/24 }] }'

export function nested(lab: Nested): string {
  const { on = 'kind: standard', trunk, groups = '', nics = '[{ portgroup: trunk }]', kvm = '' } = lab
  const { inside = 'uplinks: [nic0]', web = 'vlan: 10', product = 'kvm', others = client, top = '' } = lab
  return `${top}
switches:
  vSwitch0: { ${on}, portgroups: { trunk: { ${trunk} }, web: { vlan: 10 }, ${groups} } }
machines:
  ${others}
  kvm:
    ${kvm}
    nics: ${nics}
    hypervisor:
      product: ${product}
      switches: { br0: { ${inside}, portgroups: { web: { ${web} } } } }
      machines: { web: { image: tiny, nics: [{ portgroup: web, address: 10.0.10.0/24 }] } }
`
}

/** The same with another hypervisor in between; `middle` is the port group inside `outer` that `inner` is plugged into. */
export function threeLevels(trunk: string, middle: string): string {
  return `
switches: { vSwitch0: { portgroups: { trunk: { ${trunk} }, web: { vlan: 10 } } } }
machines:
  ${client}
  outer:
    nics: [{ portgroup: trunk }]
    hypervisor:
      product: kvm
      switches: { br0: { uplinks: [nic0], portgroups: { middle: { ${middle} } } } }
      machines:
        inner:
          nics: [{ portgroup: middle }]
          hypervisor:
            product: kvm
            switches: { br0: { uplinks: [nic0], portgroups: { web: { vlan: 10 } } } }
            machines: { web: { image: tiny, nics: [{ portgroup: web, address: 10.0.10.0/24 }] } }
`
}

/** Level 0 on declared hosts. */
export function onHosts(hosts: Readonly<Record<string, string>>, more = ''): string {
  const entries = Object.entries(hosts).map(([name, keys]) => `${name}: { ${keys} }`)
  return `site: { kind: facts, hosts: { ${entries.join(', ')} } }\n${more}`
}

export const open =
  'vlan: 4095, security: { promiscuous: accept, forgedTransmits: accept, macChanges: accept }'
