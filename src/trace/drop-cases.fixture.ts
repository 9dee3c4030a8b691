/** For tests: labs in which a frame does not arrive, each with the reason and the key that is responsible. */
import type { LegName, Probe, Reason } from './contract.ts'
import type { Change } from './labs.fixture.ts'

export interface Case {
  readonly title: string
  readonly changes?: readonly Change[]
  readonly probe?: Partial<Probe>
  /** MACs that guests have given their NICs. */
  readonly macs?: Readonly<Record<string, string>>
  readonly reason: Reason
  /** The leg that fails; absent: none was begun. */
  readonly leg?: LegName
  /** Keys below the level, as `switches.sw.portgroups.first.vlan`. */
  readonly at: string
  readonly setting: string
}

const [macA, macB] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b']
const first = 'first: { vlan: 4095, security: { promiscuous: accept, forgedTransmits: accept } }'
const second = first.replace('first', 'second')
const inGroup = (group: string, key: string) => `switches.sw.portgroups.${group}.${key}`
const inB = 'machines.b.hypervisor'

function frame(destination: string, source: string, length = 60): Probe['what'] {
  const head = Buffer.from(`${destination}${source}0800`.replaceAll(':', ''), 'hex')
  return { kind: 'frame', bytes: Buffer.concat([head, Buffer.alloc(60)]).subarray(0, length) }
}

export const cases: readonly Case[] = [
  {
    title: 'promiscuous mode rejected where the answer has to enter',
    changes: [[first, first.replace('promiscuous: accept', 'promiscuous: reject')]],
    reason: 'UNKNOWN_UNICAST',
    leg: 'arp reply',
    at: inGroup('first', 'security.promiscuous'),
    setting: 'sw/first security.promiscuous: reject',
  },
  {
    title: 'promiscuous mode narrowed to the own port group',
    changes: [['kind: standard', 'promiscuousScope: portgroup']],
    reason: 'UNKNOWN_UNICAST',
    leg: 'arp reply',
    at: 'switches.sw.promiscuousScope',
    setting: 'sw promiscuousScope: portgroup',
  },
  {
    title: 'forged transmits rejected where the question leaves',
    changes: [[first, first.replace('forgedTransmits: accept', 'forgedTransmits: reject')]],
    reason: 'FORGED_TRANSMIT',
    leg: 'arp request',
    at: inGroup('first', 'security.forgedTransmits'),
    setting: 'sw/first security.forgedTransmits: reject',
  },
  {
    title: 'forged transmits rejected where the answer leaves',
    changes: [[second, second.replace('forgedTransmits: accept', 'forgedTransmits: reject')]],
    reason: 'FORGED_TRANSMIT',
    leg: 'arp reply',
    at: inGroup('second', 'security.forgedTransmits'),
    setting: 'sw/second security.forgedTransmits: reject',
  },
  {
    title: 'a MAC change rejected at the sender',
    changes: [[first, first.replace('forgedTransmits', 'macChanges: reject, forgedTransmits')]],
    macs: { 'a:nic0': macA },
    reason: 'PORT_BLOCKED',
    leg: 'arp request',
    at: inGroup('first', 'security.macChanges'),
    setting: 'sw/first security.macChanges: reject',
  },
  {
    title: 'a MAC change rejected at the receiver',
    changes: [[second, second.replace('forgedTransmits', 'macChanges: reject, forgedTransmits')]],
    macs: { 'b:nic0': macB },
    reason: 'PORT_BLOCKED',
    leg: 'arp request',
    at: inGroup('second', 'security.macChanges'),
    setting: 'sw/second security.macChanges: reject',
  },
  {
    title: 'tags into a port group without VLAN',
    changes: [[first, first.replace('vlan: 4095', 'vlan: 0')]],
    reason: 'VLAN_TAGGED_ON_ACCESS',
    leg: 'arp request',
    at: inGroup('first', 'vlan'),
    setting: 'sw/first vlan: none',
  },
  {
    title: 'the VLAN missing in the trunk of the sender',
    changes: [[first, first.replace('4095', '"20-30"')]],
    reason: 'VLAN_NOT_ALLOWED',
    leg: 'arp request',
    at: inGroup('first', 'vlan'),
    setting: 'sw/first vlan: 20-30',
  },
  {
    title: 'the VLAN missing in the trunk of the receiver',
    changes: [[second, second.replace('4095', '"20-30"')]],
    reason: 'VLAN_NOT_ALLOWED',
    leg: 'arp request',
    at: inGroup('second', 'vlan'),
    setting: 'sw/second vlan: 20-30',
  },
  {
    title: 'the receiver’s hypervisor in another access VLAN',
    changes: [[second, second.replace('4095', '20')]],
    reason: 'OTHER_VLAN',
    leg: 'arp request',
    at: inGroup('second', 'vlan'),
    setting: 'sw/second vlan: 20',
  },
  {
    title: 'another VLAN inside',
    changes: [['tier: { vlan: 10 }', 'tier: { vlan: 30 }']],
    reason: 'OTHER_VLAN',
    leg: 'arp request',
    at: `${inB}.switches.br0.portgroups.tier.vlan`,
    setting: 'b/br0/tier vlan: 30',
  },
  {
    title: 'packets larger than the switch between carries',
    probe: { payloadBytes: 1473 },
    reason: 'MTU_EXCEEDED',
    leg: 'request',
    at: 'switches.sw.mtu',
    setting: 'sw mtu: 1500',
  },
  {
    title: 'a distributed switch that learns nothing',
    changes: [
      ['kind: standard', 'kind: distributed'],
      [first, first.replace('promiscuous: accept, ', '')],
    ],
    reason: 'UNKNOWN_UNICAST',
    leg: 'arp reply',
    at: inGroup('first', 'macLearning'),
    setting: 'sw/first macLearning: none, security.promiscuous: reject',
  },
  {
    title: 'a distributed switch that has not learned yet and does not flood',
    changes: [
      ['kind: standard', 'kind: distributed'],
      [second, 'second: { vlan: 4095, macLearning: { flooding: false } }'],
    ],
    probe: { what: frame(macB, macA) },
    macs: { 'a/vm:nic0': macA, 'b/vm:nic0': macB },
    reason: 'UNKNOWN_UNICAST',
    leg: 'frame',
    at: inGroup('second', 'macLearning.flooding'),
    setting: 'sw/second macLearning.flooding: false',
  },
  {
    title: 'a filter that has not seen the VM yet',
    changes: [[second, second.replace('vlan', 'macLearning: dvfilter, vlan')]],
    probe: { what: frame(macB, macA) },
    macs: { 'a/vm:nic0': macA, 'b/vm:nic0': macB },
    reason: 'NOT_LEARNED',
    leg: 'frame',
    at: inGroup('second', 'macLearning'),
    setting: 'sw/second macLearning: dvfilter',
  },
  {
    title: 'a Hyper-V switch without MAC spoofing',
    changes: [
      ['kind: standard', 'kind: hyperv'],
      [first, 'first: { vlan: 4095 }'],
      [second, 'second: { vlan: 4095, macSpoofing: true }'],
    ],
    reason: 'FORGED_TRANSMIT',
    leg: 'arp request',
    at: inGroup('first', 'macSpoofing'),
    setting: 'sw/first macSpoofing: false',
  },
  {
    title: 'hypervisors on different switches',
    changes: [['nics: [{ portgroup: second }', 'nics: [{ portgroup: elsewhere }']],
    reason: 'OTHER_SWITCH',
    leg: 'arp request',
    at: 'machines.b.nics.0.portgroup',
    setting: 'b:nic0 portgroup: elsewhere',
  },
  {
    title: 'no uplink at the sender',
    changes: [['uplinks: [nic0]', 'uplinks: []']],
    reason: 'NO_UPLINK',
    leg: 'arp request',
    at: 'machines.a.hypervisor.switches.br0.uplinks',
    setting: 'a/br0 uplinks: []',
  },
  {
    title: 'no uplink at the receiver',
    changes: [['uplinks: [nic0], portgroups: { tier', 'uplinks: [], portgroups: { tier']],
    reason: 'NO_UPLINK',
    leg: 'arp request',
    at: `${inB}.switches.br0.uplinks`,
    setting: 'b/br0 uplinks: []',
  },
  {
    title: 'the sender pinned to an uplink that leads elsewhere',
    changes: [['uplinks: [nic0]', 'uplinks: [nic1, nic0]']],
    reason: 'UPLINK_PINNED',
    leg: 'arp request',
    at: 'machines.a.hypervisor.switches.br0.uplinks',
    setting: 'a/br0 uplinks: [nic1, nic0]',
  },
  {
    title: 'the receiver pinned to an uplink that leads elsewhere',
    changes: [['uplinks: [nic0], portgroups: { tier', 'uplinks: [nic1, nic0], portgroups: { tier']],
    reason: 'OTHER_UPLINK',
    leg: 'arp request',
    at: `${inB}.switches.br0.uplinks`,
    setting: 'b/br0 uplinks: [nic1, nic0], one for each port',
  },
  {
    title: 'one MAC in both hypervisors',
    macs: { 'a/vm:nic0': macA, 'b/vm:nic0': macA },
    reason: 'CAME_BACK',
    leg: 'arp request',
    at: `${inB}.switches.br0.uplinks`,
    setting: 'none: ports would have it twice',
  },
  {
    title: 'another NIC with the MAC that is answered',
    changes: [
      [first, first.replace('promiscuous: accept, ', '')],
      ['nics: [{ portgroup: second }, ', 'nics: [{ portgroup: second }, { portgroup: second }, '],
    ],
    macs: { 'a/vm:nic0': macA, 'b:nic1': macA },
    reason: 'DUPLICATE_MAC',
    leg: 'arp reply',
    at: 'machines.b.nics.1.mac',
    setting: `b:nic1 mac: ${macA}`,
  },
  {
    title: 'a frame to oneself',
    probe: { what: frame(macA, macA) },
    macs: { 'a/vm:nic0': macA },
    reason: 'OWN_ADDRESS',
    leg: 'frame',
    at: 'machines.a.hypervisor.switches.br0.portgroups.web',
    setting: 'none: a switch never sends a frame back where it came from',
  },
  {
    title: 'a frame without a whole header',
    probe: { what: frame(macB, macA, 13) },
    reason: 'RUNT',
    leg: 'frame',
    at: 'machines.a.hypervisor.switches.br0.portgroups.web',
    setting: 'none: no switch forwards such a frame',
  },
  {
    title: 'a tag that the guest does not expect',
    changes: [['tier: { vlan: 10 }', 'tier: { vlan: 4095 }']],
    reason: 'TAGGED_TO_GUEST',
    leg: 'arp request',
    at: `${inB}.switches.br0.portgroups.tier.vlan`,
    setting: 'b/br0/tier vlan: 0-4094',
  },
  {
    title: 'addresses of different networks',
    changes: [['10.0.10.2/24', '10.0.11.2/24']],
    reason: 'NO_COMMON_NETWORK',
    at: `${inB}.machines.vm.nics.0.address`,
    setting: 'a/vm:nic0 address: 10.0.10.1/24; b/vm:nic0 address: 10.0.11.2/24',
  },
  {
    title: 'a network that does not contain the asker',
    changes: [['10.0.10.2/24', '10.0.10.9/29']],
    reason: 'NO_WAY_BACK',
    at: `${inB}.machines.vm.nics.0.address`,
    setting: 'b/vm:nic0 address: 10.0.10.9/29',
  },
  {
    title: 'the same address at both ends',
    changes: [['10.0.10.2/24', '10.0.10.1/24']],
    reason: 'DUPLICATE_ADDRESS',
    at: `${inB}.machines.vm.nics.0.address`,
    setting: 'b/vm:nic0 address: 10.0.10.1/24, as a/vm has',
  },
  {
    title: 'an end without an address',
    changes: [['portgroup: tier, address: 10.0.10.2/24', 'portgroup: tier']],
    reason: 'NO_ADDRESS',
    at: `${inB}.machines.vm.nics.0.address`,
    setting: 'b/vm address: none on nic0',
  },
  {
    title: 'an end without a NIC',
    changes: [[', nics: [{ portgroup: tier, address: 10.0.10.2/24 }]', '']],
    reason: 'NO_NIC',
    at: `${inB}.machines.vm.nics`,
    setting: 'b/vm nics: []',
  },
]
