/** Cases of the rules about hosts, clusters and distributed switches. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { onHosts } from './lab-texts.fixture.ts'

const two = (keys = 'product: esxi') => ({ a: keys, b: keys })
const box = (groups: string) => `machines: { box: { image: debian, nics: [${groups}] } }`
const clustered = (group: string, cluster: string) => `
${onHosts(two(), `clusters: { physical: { members: [a, b], ${cluster} } }`)}
switches: { vSwitch0: { portgroups: { lan: { ${group} }, other: { hosts: [b] } } } }
${box('{ portgroup: lan }')}
`
const plugged = (first: string, second: string) => `
${onHosts(two())}
switches: { one: { portgroups: { lan: { ${first} } } }, two: { ${second} portgroups: { storage: {} } } }
${box('{ portgroup: lan }, { portgroup: storage }')}
`
const members = (inside: string) => `
clusters: { compute: { members: [first, second], ha: true } }
switches: { vSwitch0: { portgroups: { lan: {} } } }
machines:
  first:
    nics: [{ portgroup: lan }]
    hypervisor:
      product: esxi
      switches: { sw: { portgroups: { web: { vlan: 10, security: { promiscuous: accept } } } } }
      machines:
        web: { image: tiny, nics: [{ portgroup: web }] }
        kvm:
          nics: [{ portgroup: web }]
          hypervisor: { product: kvm, switches: { br0: { uplinks: [nic0] } } }
  second: { nics: [{ portgroup: lan }], hypervisor: { product: esxi, switches: { sw: { portgroups: { ${inside} } } } } }
`
const good = 'web: { vlan: 10, security: { promiscuous: accept } }'
const second = 'machines.second.hypervisor.switches'
const nics = (list: string, uplinks = '') => `
${onHosts({ a: `product: esxi, nics: [${list}]` })}
switches: { vSwitch0: { uplinks: [${uplinks}], portgroups: { lan: {} } }, vSwitch1: { portgroups: { lab: {} } } }
${box('{ portgroup: lan }')}
`
const gigabit = '{ mbits: 1000 }'

const hosts: readonly RuleCase[] = [
  {
    rule: 'network/portgroup-on-every-host',
    shows: 'a port group lacks on a host of the cluster that balances its machines',
    breaks: clustered('hosts: [a]', 'drs: true'),
    silent: clustered('hosts: [a, b]', 'drs: true'),
    at: 'switches.vSwitch0.portgroups.lan.hosts',
    severity: 'warning',
  },
  {
    rule: 'network/portgroup-on-every-host',
    shows: 'nothing moves machines by itself in the cluster',
    breaks: clustered('hosts: [a]', 'drs: false'),
    silent: clustered('', 'drs: false'),
    at: 'switches.vSwitch0.portgroups.lan.hosts',
    severity: 'advice',
  },
  {
    rule: 'network/portgroup-on-every-host',
    shows: 'no host has both port groups of a machine',
    breaks: plugged('hosts: [a]', 'hosts: [b],'),
    silent: plugged('hosts: [a]', 'hosts: [a, b],'),
    at: 'machines.box.nics',
    severity: 'error',
  },
  {
    rule: 'network/cluster-same-groups',
    shows: 'a member of the cluster lacks the port group of a machine',
    breaks: members('other: {}'),
    silent: members(good),
    at: second,
  },
  {
    rule: 'network/cluster-same-groups',
    shows: 'it has the port group with another VLAN',
    breaks: members(good.replace('10', '20')),
    silent: members(good),
    at: `${second}.sw.portgroups.web.vlan`,
  },
  {
    rule: 'network/cluster-same-groups',
    shows: 'it has the port group of a hypervisor with stricter policies',
    breaks: members('web: { vlan: 10 }'),
    silent: members(good),
    at: `${second}.sw.portgroups.web.security`,
  },
  {
    rule: 'network/cluster-same-groups',
    shows: 'machines may be moved at all',
    breaks: members('other: {}'),
    silent: members('other: {}').replace('ha: true', 'ha: false'),
    at: second,
  },
  {
    rule: 'network/host-nics',
    shows: 'a host has a single NIC',
    breaks: nics(gigabit),
    silent: nics(`${gigabit}, ${gigabit}`),
    at: 'site.hosts.a.nics',
    severity: 'advice',
  },
  {
    rule: 'network/host-nics',
    shows: 'all NICs of a host are slow',
    breaks: nics('{ mbits: 100 }, { mbits: 100 }'),
    silent: nics('{ mbits: 100 }, {}'),
    at: 'site.hosts.a.nics',
    severity: 'advice',
  },
  {
    rule: 'network/host-nics',
    shows: 'the switches use more NICs than the host has',
    breaks: nics(`${gigabit}, ${gigabit}`, 'eth0, eth1, eth2'),
    silent: nics(`${gigabit}, ${gigabit}`, 'eth0, eth1'),
    at: 'site.hosts.a.nics',
    severity: 'warning',
  },
]

const distributed = (
  host: string,
  machines = 'box: { image: debian, nics: [{ portgroup: lan }] }',
  kind = 'distributed',
) => `
${onHosts({ a: host })}
switches: { vds: { kind: ${kind}, portgroups: { lan: {} } } }
machines: { ${machines} }
`
const vcenter = (binding: string, keys = '', more = '') => `
${onHosts(two(), 'clusters: { physical: { members: [a, b] }, nested: { members: [esxi] } }')}
switches: { vds: { kind: distributed, portgroups: { lan: { ${binding} } } } }
machines:
  vc: { image: vcsa, role: vcenter, ${keys} nics: [{ portgroup: lan }] }
  esxi: { nics: [{ portgroup: lan }], hypervisor: { product: esxi } }
  ${more}
`
const member = (nic: string, kind = 'distributed') => `
switches: { vSwitch0: { portgroups: { lan: {} } } }
machines:
  vc: { image: vcsa, role: vcenter, nics: [{ portgroup: lan }] }
  esxi:
    nics: [{ portgroup: lan }${nic}]
    hypervisor: { product: esxi, switches: { vds: { kind: ${kind}, uplinks: [nic0] } } }
`
const versioned = (version: string, first: string, later = '8.0') => `
${onHosts({ a: `product: esxi, version: "${later}", note: vCenter is outside`, b: `product: esxi, version: "${first}"` })}
switches: { vds: { kind: distributed, version: "${version}", portgroups: { lan: {} } } }
`

const switches: readonly RuleCase[] = [
  {
    rule: 'network/distributed-without-vcenter',
    shows: 'a distributed switch is on ESXi hosts and nothing manages it',
    breaks: distributed('product: esxi'),
    silent: distributed('product: esxi', 'vc: { image: vcsa, role: vcenter, nics: [{ portgroup: lan }] }'),
    at: 'switches.vds.kind',
  },
  {
    rule: 'network/distributed-without-vcenter',
    shows: 'the file mentions no vCenter either',
    breaks: distributed('product: esxi'),
    silent: distributed('product: esxi, note: managed by the vCenter of the department'),
    at: 'switches.vds.kind',
  },
  {
    rule: 'network/distributed-without-vcenter',
    shows: 'it is known that the hosts are ESXi',
    breaks: distributed('product: esxi'),
    silent: distributed('product: kvm'),
    at: 'switches.vds.kind',
  },
  {
    rule: 'network/vcenter-on-its-switch',
    shows: 'a vCenter is in a static port group of what it manages',
    breaks: vcenter('binding: static', 'manages: [physical],'),
    silent: vcenter('binding: ephemeral', 'manages: [physical],'),
    at: 'switches.vds.portgroups.lan.binding',
    severity: 'warning',
  },
  {
    rule: 'network/vcenter-on-its-switch',
    shows: 'it manages the hosts that it runs on',
    breaks: vcenter('', 'manages: [physical],'),
    silent: vcenter('', 'manages: [nested],'),
    at: 'switches.vds.portgroups.lan.binding',
  },
  {
    rule: 'network/vcenter-on-its-switch',
    shows: 'it is the only vCenter, so the switch is probably its own',
    breaks: vcenter(''),
    silent: vcenter('', '', 'vc2: { image: vcsa, role: vcenter, nics: [{ portgroup: lan }] }'),
    at: 'switches.vds.portgroups.lan.binding',
    severity: 'advice',
  },
  {
    rule: 'network/distributed-uplink',
    shows: 'the only NIC of a host belongs to the distributed switch',
    breaks: member(''),
    silent: member(', { portgroup: lan, address: 192.168.1.0/24 }'),
    at: 'machines.esxi.nics',
  },
  {
    rule: 'network/distributed-uplink',
    shows: 'the switch is distributed',
    breaks: member(''),
    silent: member('', 'standard'),
    at: 'machines.esxi.nics',
  },
  {
    rule: 'network/distributed-version',
    shows: 'the oldest host does not know the version of the switch',
    breaks: versioned('8.0.0', '7.0'),
    silent: versioned('7.0.0', '7.0'),
    at: 'switches.vds.version',
  },
  {
    rule: 'network/distributed-version',
    shows: 'version 6.6.0 of the switch came with ESXi 6.7',
    breaks: versioned('6.6.0', '6.5'),
    silent: versioned('6.6.0', '6.7'),
    at: 'switches.vds.version',
  },
  {
    rule: 'network/distributed-version',
    shows: 'the update of the host is known and too old',
    breaks: versioned('7.0.3', '7.0U2'),
    silent: versioned('7.0.3', '7.0'),
    at: 'switches.vds.version',
  },
]

export const hostCases: readonly RuleCase[] = [...hosts, ...switches]
