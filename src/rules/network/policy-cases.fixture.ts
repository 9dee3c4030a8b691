/** Cases of the rules about security policies, at every level and for every kind of switch. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { nested, onHosts, open, threeLevels } from './lab-texts.fixture.ts'

const trunk = 'switches.vSwitch0.portgroups.trunk'
const middle = 'machines.outer.hypervisor.switches.br0.portgroups.middle'
const esxi = (version: string) => onHosts({ 'esxi-a': `product: esxi, version: "${version}"` })
const accepting = (...policies: readonly string[]) =>
  `vlan: 4095, security: { ${policies.map((policy) => `${policy}: accept`).join(', ')} }`

const forged: readonly RuleCase[] = [
  {
    rule: 'network/forged-transmits',
    shows: 'a port group with nested machines rejects forged transmits',
    breaks: nested({ trunk: 'vlan: 4095, security: { promiscuous: accept, forgedTransmits: reject }' }),
    silent: nested({ trunk: accepting('promiscuous') }),
    at: `${trunk}.security.forgedTransmits`,
    severity: 'error',
  },
  {
    rule: 'network/forged-transmits',
    shows: 'a distributed switch does by default what a standard one does not',
    breaks: nested({ on: 'kind: distributed', trunk: accepting('promiscuous') }),
    silent: nested({ trunk: accepting('promiscuous') }),
    at: `${trunk}.security.forgedTransmits`,
  },
  {
    rule: 'network/forged-transmits',
    shows: 'MACs are learned on a distributed switch, but none may be sent from',
    breaks: nested({ on: 'kind: distributed', trunk: 'vlan: 4095, macLearning: true' }),
    silent: nested({ on: 'kind: distributed', trunk: `${accepting('forgedTransmits')}, macLearning: true` }),
    at: `${trunk}.security.forgedTransmits`,
  },
  {
    rule: 'network/forged-transmits',
    shows: 'the standard switch is one of ESXi 7.0, whose default is stricter',
    breaks: nested({ top: esxi('7.0'), trunk: accepting('promiscuous') }),
    silent: nested({ top: esxi('6.7'), trunk: accepting('promiscuous') }),
    at: `${trunk}.security.forgedTransmits`,
  },
  {
    rule: 'network/forged-transmits',
    shows: 'the port group undoes what its switch accepts',
    breaks: nested({
      on: 'security: { promiscuous: accept, forgedTransmits: accept }',
      trunk: 'vlan: 4095, security: { forgedTransmits: reject }',
    }),
    silent: nested({ on: 'security: { promiscuous: accept, forgedTransmits: accept }', trunk: 'vlan: 4095' }),
    at: `${trunk}.security.forgedTransmits`,
  },
  {
    rule: 'network/forged-transmits',
    shows: 'the second of two switches on the way out does it',
    breaks: threeLevels(`vlan: 4095, security: { promiscuous: accept, forgedTransmits: reject }`, open),
    silent: threeLevels(open, open),
    at: `${trunk}.security.forgedTransmits`,
  },
  {
    rule: 'network/forged-transmits',
    shows: 'the first of two switches on the way out does it',
    breaks: threeLevels(open, 'vlan: 4095, security: { promiscuous: accept, forgedTransmits: reject }'),
    silent: threeLevels(open, open),
    at: `${middle}.security.forgedTransmits`,
  },
  {
    rule: 'network/forged-transmits',
    shows: 'nobody is outside whom the nested machine could reach, so it is no error yet',
    breaks: nested({ on: 'kind: distributed', trunk: 'vlan: 4095', others: '' }),
    silent: nested({ on: 'kind: distributed', trunk: 'vlan: 4095', others: '', inside: 'uplinks: []' }),
    at: `${trunk}.security.forgedTransmits`,
    severity: 'warning',
  },
  {
    rule: 'network/forged-transmits',
    shows: 'the world outside is the only one to be reached',
    breaks: nested({ on: 'kind: distributed, uplinks: [eth0]', trunk: 'vlan: 4095', others: '' }),
    silent: nested({ on: 'kind: distributed, uplinks: [eth0]', trunk: open, others: '' }),
    at: `${trunk}.security.forgedTransmits`,
    severity: 'error',
  },
  {
    rule: 'network/forged-transmits',
    shows: 'another uplink of the hypervisor leads out, so machines are cut off by chance only',
    breaks: nested({
      on: 'kind: distributed',
      trunk: 'vlan: 4095',
      groups: `good: { ${open} }`,
      nics: '[{ portgroup: trunk }, { portgroup: good }]',
      inside: 'uplinks: [nic0, nic1]',
    }),
    silent: nested({
      on: 'kind: distributed',
      trunk: 'vlan: 4095',
      groups: `good: { ${open} }`,
      nics: '[{ portgroup: trunk }, { portgroup: good }]',
      inside: 'uplinks: [nic1]',
    }),
    at: `${trunk}.security.forgedTransmits`,
    severity: 'warning',
  },
]

const overlay = (uplinks: string) => `
switches: { vSwitch0: { kind: distributed, mtu: 1600, portgroups: { underlay: {} } } }
overlays: { red: { vni: 7, between: [kvm], portgroup: web } }
machines:
  kvm:
    count: 2
    nics: [{ portgroup: underlay, address: 192.168.1.0/24 }, { portgroup: underlay }]
    hypervisor:
      product: kvm
      switches: { br0: { uplinks: [${uplinks}], portgroups: { web: { vlan: 10 }, dmz: {} } } }
      machines:
        web: { image: tiny, nics: [{ portgroup: web, address: 10.0.10.0/24 }] }
        dmz: { image: tiny, nics: [{ portgroup: ${uplinks === '' ? 'web' : 'dmz'}, address: 10.0.10.0/24 }] }
`

const overlays: readonly RuleCase[] = [
  {
    rule: 'network/forged-transmits',
    shows: 'some machines leave by an overlay and others by a NIC of the hypervisor',
    breaks: overlay('nic1'),
    silent: overlay(''),
    at: 'switches.vSwitch0.portgroups.underlay.security.forgedTransmits',
  },
]

const promiscuous: readonly RuleCase[] = [
  {
    rule: 'network/promiscuous',
    shows: 'a port group with nested machines rejects promiscuous mode, as a standard switch does by default',
    breaks: nested({ trunk: 'vlan: 4095' }),
    silent: nested({ trunk: accepting('promiscuous') }),
    at: `${trunk}.security.promiscuous`,
    severity: 'error',
  },
  {
    rule: 'network/promiscuous',
    shows: 'a distributed switch does neither show everything nor learn',
    breaks: nested({ on: 'kind: distributed', trunk: accepting('forgedTransmits') }),
    silent: nested({ on: 'kind: distributed', trunk: `${accepting('forgedTransmits')}, macLearning: true` }),
    at: `${trunk}.security.promiscuous`,
  },
  {
    rule: 'network/promiscuous',
    shows: 'it is no classical switch, which learns on every port',
    breaks: nested({ trunk: 'vlan: 4095' }),
    silent: nested({ on: 'kind: learning', trunk: 'vlan: 4095' }),
    at: `${trunk}.security.promiscuous`,
  },
  {
    rule: 'network/promiscuous',
    shows: 'the switch inside the outer hypervisor does it, with its default',
    breaks: threeLevels(open, 'vlan: 4095'),
    silent: threeLevels(open, open),
    at: `${middle}.security.promiscuous`,
  },
  {
    rule: 'network/promiscuous',
    shows: 'machines are behind the NIC',
    breaks: nested({ trunk: 'vlan: 4095' }),
    silent: `
switches: { vSwitch0: { portgroups: { trunk: { vlan: 4095 }, web: { vlan: 10 } } } }
machines:
  kvm: { nics: [{ portgroup: trunk }], hypervisor: { product: kvm, switches: { br0: { uplinks: [nic0] } } } }
`,
    at: `${trunk}.security.promiscuous`,
  },
  {
    rule: 'network/promiscuous',
    shows: 'NAT at level 0 answers a nested machine',
    breaks: nested({ on: 'uplinks: [{ nat: { vlan: 10 } }]', trunk: 'vlan: 4095', others: '' }),
    silent: nested({ on: 'uplinks: [{ nat: { vlan: 10 } }]', trunk: open, others: '' }),
    at: `${trunk}.security.promiscuous`,
    severity: 'error',
  },
  {
    rule: 'network/promiscuous',
    shows: 'NAT at level 0 serves another VLAN than that of the nested machine',
    breaks: nested({ on: 'uplinks: [nat]', trunk: 'vlan: 4095', others: '' }),
    silent: nested({ on: 'uplinks: [nat]', trunk: open, others: '' }),
    at: `${trunk}.security.promiscuous`,
    severity: 'warning',
  },
]

const scope = (group: string) =>
  nested({
    on: 'kind: standard, promiscuousScope: portgroup',
    trunk: open,
    others: `other: { image: tiny, nics: [{ portgroup: ${group}, address: 10.0.10.0/24 }] }`,
    web: group === 'trunk' ? 'vlan: 0' : 'vlan: 10',
  })

const macs: readonly RuleCase[] = [
  {
    rule: 'network/promiscuous-scope',
    shows: 'somebody answers from another port group than the one that promiscuous ports see',
    breaks: scope('web'),
    silent: scope('trunk'),
    at: 'switches.vSwitch0.promiscuousScope',
    severity: 'error',
  },
  {
    rule: 'network/promiscuous-scope',
    shows: 'ports of a promiscuous port group do not see the whole switch',
    breaks: scope('web'),
    silent: scope('web').replace('promiscuousScope: portgroup', 'promiscuousScope: vlan'),
    at: 'switches.vSwitch0.promiscuousScope',
  },
  {
    rule: 'network/mac-changes',
    shows: 'two of the three policies are accepted',
    breaks: nested({
      on: 'security: { macChanges: reject }',
      trunk: accepting('promiscuous', 'forgedTransmits'),
    }),
    silent: nested({ trunk: accepting('promiscuous', 'forgedTransmits') }),
    at: `${trunk}.security.macChanges`,
    severity: 'advice',
  },
  {
    rule: 'network/mac-changes',
    shows: 'promiscuous mode is used where MAC learning needs two policies only',
    breaks: nested({ on: 'kind: distributed', trunk: accepting('promiscuous', 'forgedTransmits') }),
    silent: nested({ on: 'kind: distributed', trunk: `${accepting('forgedTransmits')}, macLearning: true` }),
    at: `${trunk}.security.macChanges`,
  },
  {
    rule: 'network/mac-changes',
    shows: 'a bond of Linux gives two NICs one MAC, which ESXi does not do',
    breaks: nested({
      on: 'kind: distributed',
      trunk: `${accepting('forgedTransmits')}, macLearning: true`,
      nics: '[{ portgroup: trunk }, { portgroup: trunk }]',
      inside: 'uplinks: [nic0, nic1]',
    }),
    silent: nested({
      on: 'kind: distributed',
      trunk: `${accepting('forgedTransmits')}, macLearning: true`,
      nics: '[{ portgroup: trunk }, { portgroup: trunk }]',
      inside: 'uplinks: [nic0, nic1]',
      product: 'esxi',
    }),
    at: `${trunk}.security.macChanges`,
    severity: 'warning',
  },
]

const hyperv: readonly RuleCase[] = [
  {
    rule: 'network/hyperv-spoofing',
    shows: 'a Hyper-V switch does not let a hypervisor use MACs of its machines',
    breaks: nested({ on: 'kind: hyperv', trunk: 'vlan: "0-100"' }),
    silent: nested({ on: 'kind: hyperv', trunk: 'vlan: "0-100", macSpoofing: true' }),
    at: `${trunk}.macSpoofing`,
    severity: 'error',
  },
  {
    rule: 'network/hyperv-spoofing',
    shows: 'the machines are bridged and not behind NAT inside',
    breaks: nested({ on: 'kind: hyperv', trunk: 'vlan: "0-100"' }),
    silent: nested({ on: 'kind: hyperv', trunk: 'vlan: "0-100"', inside: 'uplinks: [nat]' }),
    at: `${trunk}.macSpoofing`,
  },
  {
    rule: 'network/hyperv-spoofing',
    shows: 'the hypervisor is inside Hyper-V itself',
    breaks: threeLevels(open, 'vlan: "0-100"')
      .replace('product: kvm', 'product: hyperv')
      .replace('outer:', 'outer:\n    image: windows'),
    silent: threeLevels(open, 'vlan: "0-100", macSpoofing: true')
      .replace('product: kvm', 'product: hyperv')
      .replace('outer:', 'outer:\n    image: windows'),
    at: `${middle}.macSpoofing`,
  },
]

export const policyCases: readonly RuleCase[] = [...forged, ...overlays, ...promiscuous, ...macs, ...hyperv]
