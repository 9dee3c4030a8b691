/** Cases of the rules about the way out: VLANs, MTU, clouds, and labs that must have none. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { nested, open, threeLevels } from './lab-texts.fixture.ts'

const trunk = 'switches.vSwitch0.portgroups.trunk'
const accept = open.replace('vlan: 4095, ', '')
const at = (vlan: string) => `vlan: ${vlan}, ${accept}`
const plain = 'plain: { image: tiny, nics: [{ portgroup: none, address: 10.0.10.0/24 }] }'
const untagged = (vlan: string) =>
  nested({ trunk: at(vlan), groups: 'none: {}', web: 'vlan: 0', others: plain })
const local = (vlans: string) =>
  nested({ trunk: at('0'), others: '', web: 'vlan: 0' }).replace(
    'portgroups: { web: { vlan: 0 } } } }\n      machines: {',
    `portgroups: { web: { vlan: 0 }, own: { ${vlans} } } } }\n      machines: { x: { image: tiny, nics: [{ portgroup: own, address: 10.9.0.0/24 }] },`,
  )

const vlans: readonly RuleCase[] = [
  {
    rule: 'network/vlan-trunk',
    shows: 'a port group without a VLAN is the way of tagged frames',
    breaks: nested({ trunk: at('0') }),
    silent: nested({ trunk: at('4095') }),
    at: `${trunk}.vlan`,
    severity: 'error',
  },
  {
    rule: 'network/vlan-trunk',
    shows: 'both the port group inside and the one outside tag',
    breaks: nested({ trunk: at('10') }),
    silent: nested({ trunk: at('10'), web: 'vlan: 0' }),
    at: `${trunk}.vlan`,
    severity: 'error',
  },
  {
    rule: 'network/vlan-trunk',
    shows: 'a trunk lacks the VLAN',
    breaks: nested({ trunk: at('"0,20-29"') }),
    silent: nested({ trunk: at('"0,10,20-29"') }),
    at: `${trunk}.vlan`,
    severity: 'error',
  },
  {
    rule: 'network/vlan-trunk',
    shows: 'a trunk lacks frames without a VLAN, which is what comes from inside',
    breaks: untagged('"10-20"'),
    silent: untagged('"0,10-20"'),
    at: `${trunk}.vlan`,
    severity: 'error',
  },
  {
    rule: 'network/vlan-trunk',
    shows: 'the first of two switches on the way takes no tags',
    breaks: threeLevels(open, at('0')),
    silent: threeLevels(open, open),
    at: 'machines.outer.hypervisor.switches.br0.portgroups.middle.vlan',
  },
  {
    rule: 'network/vlan-trunk',
    shows: 'the second of two switches on the way takes no tags',
    breaks: threeLevels(at('0'), open),
    silent: threeLevels(open, open),
    at: `${trunk}.vlan`,
  },
  {
    rule: 'network/vlan-trunk',
    shows: 'nothing of a switch inside gets out, though it has an uplink',
    breaks: nested({ trunk: at('0'), others: '' }),
    silent: local('vlan: 99'),
    at: `${trunk}.vlan`,
    severity: 'warning',
  },
  {
    rule: 'network/vlan-trunk',
    shows: 'only the world outside may be meant',
    breaks: local('vlan: 99').replace('kind: standard', 'uplinks: [eth0]'),
    silent: local('vlan: 99'),
    at: `${trunk}.vlan`,
    severity: 'warning',
  },
  {
    rule: 'network/vlan-apart',
    shows: 'a machine is alone in a VLAN while its network is in another one',
    breaks: nested({ trunk: open, web: 'vlan: 100' }),
    silent: nested({ trunk: open, web: 'vlan: 10' }),
    at: 'machines.kvm.hypervisor.switches.br0.portgroups.web.vlan',
  },
  {
    rule: 'network/vlan-apart',
    shows: 'the file does not say that they are to be apart',
    breaks: nested({ trunk: open, web: 'vlan: 100' }),
    silent: nested({
      top: 'expect: [{ isolated: { from: kvm/web, to: client } }]',
      trunk: open,
      web: 'vlan: 100',
    }),
    at: 'machines.kvm.hypervisor.switches.br0.portgroups.web.vlan',
  },
  {
    rule: 'network/vlan-apart',
    shows: 'nobody shares its VLAN, as in a second tenant with the same addresses',
    breaks: nested({ trunk: open, web: 'vlan: 100' }),
    silent: nested({ trunk: open, web: 'vlan: 100', kvm: 'count: 2' }).replace(
      'client: {',
      'client: { count: 2,',
    ),
    at: 'machines.kvm.hypervisor.switches.br0.portgroups.web.vlan',
  },
  {
    rule: 'network/island',
    shows: 'a switch inside has no uplink, while a NIC serves nothing and somebody of its network is outside',
    breaks: nested({ trunk: open, inside: 'uplinks: []' }),
    silent: nested({
      trunk: open,
      inside: 'uplinks: []',
      others: 'client: { image: tiny, nics: [{ portgroup: web, address: 10.0.20.0/24 }] }',
    }),
    at: 'machines.kvm.hypervisor.switches.br0.uplinks',
  },
  {
    rule: 'network/island',
    shows: 'the NIC is not the one of the management',
    breaks: nested({ trunk: open, inside: 'uplinks: []' }),
    silent: nested({
      trunk: open,
      inside: 'uplinks: []',
      nics: '[{ portgroup: trunk, address: 192.168.1.0/24 }]',
    }),
    at: 'machines.kvm.hypervisor.switches.br0.uplinks',
  },
]

const nsx = (on: string, role: string) => `
switches: { vSwitch0: { ${on} portgroups: { tep: {} } } }
machines:
  manager: { image: appliance, ${role} nics: [{ portgroup: tep }] }
  esxi: { count: 2, nics: [{ portgroup: tep }], hypervisor: { product: esxi } }
`

const sizes: readonly RuleCase[] = [
  {
    rule: 'network/mtu',
    shows: 'a switch inside sends larger packets than the one outside carries',
    breaks: nested({ trunk: open, inside: 'mtu: 9000, uplinks: [nic0]' }),
    silent: nested({ on: 'mtu: 9000', trunk: open, inside: 'mtu: 9000, uplinks: [nic0]' }),
    at: 'switches.vSwitch0.mtu',
    severity: 'warning',
  },
  {
    rule: 'network/mtu',
    shows: 'the packets get as far as the outer switch',
    breaks: nested({ trunk: open, inside: 'mtu: 9000, uplinks: [nic0]' }),
    silent: nested({ trunk: at('0'), inside: 'mtu: 9000, uplinks: [nic0]' }),
    at: 'switches.vSwitch0.mtu',
  },
  {
    rule: 'network/nsx-mtu',
    shows: 'NSX has no room for its headers',
    breaks: nsx('', 'role: nsx-manager,'),
    silent: nsx('mtu: 1600,', 'role: nsx-manager,'),
    at: 'switches.vSwitch0.mtu',
  },
  {
    rule: 'network/nsx-mtu',
    shows: 'NSX is there at all',
    breaks: nsx('', 'role: nsx-edge,'),
    silent: nsx('', 'role: dns,'),
    at: 'switches.vSwitch0.mtu',
  },
]

const cloud = (provider: string, uplink: string, dns = '', own = '8.8.8.8') => `
site: { kind: facts, cloud: { provider: ${provider}, size: Standard_D4s_v4${dns} } }
switches: { lan: { uplinks: [${uplink}], portgroups: { lan: {} } } }
machines: { box: { image: debian, dns: [${own}], nics: [{ portgroup: lan }] } }
`
const seats = (provider: string, uplink: string) => `
class: { seats: 4, ${provider} }
switches: { lan: { uplinks: [${uplink}], portgroups: { lan: {} } } }
machines: { box: { image: debian, nics: [{ portgroup: lan }] } }
`
const malware = (use: string, uplinks: string) => `
use: ${use}
switches: { lan: { uplinks: [${uplinks}], portgroups: { lan: {} } } }
machines: { sample: { image: debian, nics: [{ portgroup: lan }] } }
`

const outside: readonly RuleCase[] = [
  {
    rule: 'network/cloud-mac',
    shows: 'machines are bridged to the network of a cloud',
    breaks: cloud('azure', 'eth0'),
    silent: cloud('azure', 'nat'),
    at: 'switches.lan.uplinks[0]',
  },
  {
    rule: 'network/cloud-mac',
    shows: 'machines in the seats of a class are',
    breaks: seats('provider: azure', 'eth0'),
    silent: seats('hours: 3', 'eth0'),
    at: 'switches.lan.uplinks[0]',
  },
  {
    rule: 'network/dns-in-cloud',
    shows: 'a nested machine of Azure Lab Services asks the name server of the virtual network',
    breaks: cloud('azure-lab-services', 'nat', ', dns: 10.0.0.4', '10.0.0.4'),
    silent: cloud('azure-lab-services', 'nat', ', dns: 10.0.0.4', '10.0.0.5'),
    at: 'machines.box.dns[0]',
  },
  {
    rule: 'network/dns-in-cloud',
    shows: 'it is a cloud in which that is known not to work',
    breaks: cloud('azure-lab-services', 'nat', ', dns: 10.0.0.4', '10.0.0.4'),
    silent: cloud('azure', 'nat', ', dns: 10.0.0.4', '10.0.0.4'),
    at: 'machines.box.dns[0]',
  },
  {
    rule: 'network/malware-isolated',
    shows: 'a lab for malware is bridged to the house',
    breaks: malware('malware', 'eth0'),
    silent: malware('malware', ''),
    at: 'switches.lan.uplinks[0]',
    severity: 'error',
  },
  {
    rule: 'network/malware-isolated',
    shows: 'a lab for malware reaches the internet by NAT',
    breaks: malware('malware', 'nat'),
    silent: malware('demo', 'nat'),
    at: 'switches.lan.uplinks[0]',
    severity: 'warning',
  },
]

export const wayCases: readonly RuleCase[] = [...vlans, ...sizes, ...outside]
