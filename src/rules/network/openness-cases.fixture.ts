/** Cases of the rules about what open port groups cost others, and about switches that learn instead. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { nested, onHosts, open } from './lab-texts.fixture.ts'

const trunk = 'switches.vSwitch0.portgroups.trunk'
const esxi = (version: string, more = '') =>
  onHosts({ 'esxi-a': `product: esxi, version: "${version}"${more}` })
const client = 'client: { image: tiny, nics: [{ portgroup: web, address: 10.0.10.0/24 }] }'
const neighbour = (group: string, role = '') =>
  `${client}\n  neighbour: { image: tiny, ${role} nics: [{ portgroup: ${group} }] }`
const learning = 'vlan: 4095, security: { forgedTransmits: accept }, macLearning: true'
const filtering = open.replace('}', '}, macLearning: dvfilter')

const twoUplinks = (check: string) =>
  nested({ on: `kind: standard, uplinks: [eth0, eth1]${check}`, trunk: open })
const two = (switches: string, second: string) => `
switches: { ${switches} }
machines:
  outer:
    nics: [{ portgroup: a }, { portgroup: ${second} }]
    hypervisor:
      product: esxi
      switches: { sw: { uplinks: [nic0, nic1], portgroups: { middle: { ${open} } } } }
      machines:
        inner:
          nics: [{ portgroup: middle }]
          hypervisor:
            product: kvm
            switches: { br0: { uplinks: [nic0], portgroups: { web: { vlan: 10 } } } }
            machines: { web: { image: tiny, nics: [{ portgroup: web }] } }
`

const promiscuity: readonly RuleCase[] = [
  {
    rule: 'network/promiscuous-duplicates',
    shows: 'a promiscuous port takes frames from two uplinks',
    breaks: twoUplinks(''),
    silent: twoUplinks(', reversePathCheck: true'),
    at: 'switches.vSwitch0.reversePathCheck',
  },
  {
    rule: 'network/promiscuous-duplicates',
    shows: 'there is more than one uplink',
    breaks: twoUplinks(''),
    silent: nested({ on: 'kind: standard, uplinks: [eth0]', trunk: open }),
    at: 'switches.vSwitch0.reversePathCheck',
  },
  {
    rule: 'network/promiscuous-duplicates',
    shows: 'both NICs of a hypervisor lead to one switch outside',
    breaks: two(`one: { portgroups: { a: { ${open} } } }`, 'a'),
    silent: two(`one: { portgroups: { a: { ${open} } } }, two: { portgroups: { b: { ${open} } } }`, 'b'),
    at: 'machines.outer.hypervisor.switches.sw.reversePathCheck',
  },
  {
    rule: 'network/promiscuous-bystanders',
    shows: 'a machine that is no hypervisor is in a promiscuous port group',
    breaks: nested({ trunk: open, others: neighbour('trunk') }),
    silent: nested({ trunk: open, others: neighbour('web') }),
    at: `${trunk}.security.promiscuous`,
  },
  {
    rule: 'network/promiscuous-bystanders',
    shows: 'it has no reason to listen, as a monitor has',
    breaks: nested({ trunk: open, others: neighbour('trunk') }),
    silent: nested({ trunk: open, others: neighbour('trunk', 'role: monitor,') }),
    at: `${trunk}.security.promiscuous`,
  },
  {
    rule: 'network/promiscuous-load',
    shows: 'ten hypervisors get copies of all frames',
    breaks: nested({ trunk: open, kvm: 'count: 10' }),
    silent: nested({ trunk: open, kvm: 'count: 9' }),
    at: `${trunk}.security.promiscuous`,
  },
  {
    rule: 'network/promiscuous-load',
    shows: 'no filter thins the copies out',
    breaks: nested({ trunk: open, kvm: 'count: 10' }),
    silent: nested({ trunk: filtering, kvm: 'count: 10' }),
    at: `${trunk}.security.promiscuous`,
  },
  {
    rule: 'network/shared-switch',
    shows: 'a promiscuous port group is on a switch that others use',
    breaks: nested({ on: 'shared: true', trunk: open }),
    silent: nested({ on: 'shared: false', trunk: open }),
    at: `${trunk}.security`,
  },
  {
    rule: 'network/shared-switch',
    shows: 'forged transmits are accepted where the switch rejects them by itself',
    breaks: nested({ on: 'kind: distributed, shared: true', trunk: learning }),
    silent: nested({
      on: 'kind: standard, shared: true',
      trunk: 'vlan: 4095, security: { forgedTransmits: accept }',
    }),
    at: `${trunk}.security`,
  },
  {
    rule: 'network/shared-switch',
    shows: 'MAC spoofing is on for a Hyper-V switch that others use',
    breaks: nested({ on: 'kind: hyperv, shared: true', trunk: 'vlan: "0-100", macSpoofing: true' }),
    silent: nested({ on: 'kind: hyperv, shared: true', trunk: 'vlan: "0-100"' }),
    at: `${trunk}.macSpoofing`,
  },
  {
    rule: 'network/hardened-baseline',
    shows: 'the baseline of a host rejects what nested machines need',
    breaks: nested({ top: esxi('8.0', ', baseline: scg'), trunk: open }),
    silent: nested({ top: esxi('8.0'), trunk: open }),
    at: `${trunk}.security`,
  },
  {
    rule: 'network/hardened-baseline',
    shows: 'MAC learning still needs forged transmits',
    breaks: nested({ top: esxi('8.0', ', baseline: stig'), on: 'kind: distributed', trunk: learning }),
    silent: nested({ top: esxi('8.0', ', baseline: stig'), on: 'kind: distributed', trunk: 'vlan: 4095' }),
    at: `${trunk}.security`,
  },
  {
    rule: 'network/hardened-baseline',
    shows: 'the hardened host has the port group',
    breaks: nested({
      top: onHosts({ a: 'product: esxi, baseline: stig', b: 'product: esxi' }),
      trunk: `${open}, hosts: [a]`,
    }),
    silent: nested({
      top: onHosts({ a: 'product: esxi, baseline: stig', b: 'product: esxi' }),
      trunk: `${open}, hosts: [b]`,
    }),
    at: `${trunk}.security`,
  },
]

const distributed = (version: string, more = '', group = open) =>
  nested({ top: esxi(version), on: `kind: distributed${more}`, trunk: group })
const limited = (limit: string, machines = 1) =>
  nested({
    on: 'kind: distributed',
    trunk: `vlan: 4095, security: { forgedTransmits: accept }, macLearning: { ${limit} }`,
  }).replace('web: { image: tiny,', `web: { image: tiny, count: ${machines},`)
const behind = (role: string, group: string) =>
  nested({ trunk: group }).replace('web: { image: tiny, nics', `web: { image: tiny, ${role} nics`)

const learned: readonly RuleCase[] = [
  {
    rule: 'network/learning-available',
    shows: 'a distributed switch on ESXi 6.7 shows everything instead of learning',
    breaks: distributed('6.7'),
    silent: distributed('6.5'),
    at: `${trunk}.macLearning`,
  },
  {
    rule: 'network/learning-available',
    shows: 'the switch has version 6.6.0',
    breaks: distributed('8.0', ', version: "6.6.0"'),
    silent: distributed('8.0', ', version: "6.5.0"'),
    at: `${trunk}.macLearning`,
  },
  {
    rule: 'network/learning-available',
    shows: 'it is known which hosts have the switch',
    breaks: distributed('8.0'),
    silent: nested({ on: 'kind: distributed', trunk: open }),
    at: `${trunk}.macLearning`,
  },
  {
    rule: 'network/learning-available',
    shows: 'all of the hosts can',
    breaks: nested({
      top: onHosts({ a: 'product: esxi, version: "7.0"', b: 'product: esxi, version: "6.7"' }),
      on: 'kind: distributed',
      trunk: open,
    }),
    silent: nested({
      top: onHosts({ a: 'product: esxi, version: "7.0"', b: 'product: esxi, version: "6.5"' }),
      on: 'kind: distributed',
      trunk: open,
    }),
    at: `${trunk}.macLearning`,
  },
  {
    rule: 'network/learning-available',
    shows: 'a port group shows everything although it learns',
    breaks: nested({ on: 'kind: distributed', trunk: `${open}, macLearning: true` }),
    silent: nested({ on: 'kind: distributed', trunk: learning }),
    at: `${trunk}.security.promiscuous`,
  },
  {
    rule: 'network/learning-switch-version',
    shows: 'a distributed switch before 6.6.0 is to learn',
    breaks: distributed('8.0', ', version: "6.5.0"', learning),
    silent: distributed('8.0', ', version: "6.6.0"', learning),
    at: 'switches.vSwitch0.version',
  },
  {
    rule: 'network/learning-switch-version',
    shows: 'the old switch is asked to learn at all',
    breaks: distributed('8.0', ', version: "6.5.0"', learning),
    silent: distributed('8.0', ', version: "6.5.0"'),
    at: 'switches.vSwitch0.version',
  },
  {
    rule: 'network/learning-limit',
    shows: 'more machines are behind a port than it may learn MACs, and the rest is dropped',
    breaks: limited('limit: 2, limitPolicy: drop', 3),
    silent: limited('limit: 2, limitPolicy: drop', 2),
    at: `${trunk}.macLearning.limit`,
    severity: 'error',
  },
  {
    rule: 'network/learning-limit',
    shows: 'the rest is neither learned nor flooded',
    breaks: limited('limit: 2, flooding: false', 3),
    silent: limited('limit: 3, flooding: false', 3),
    at: `${trunk}.macLearning.limit`,
    severity: 'error',
  },
  {
    rule: 'network/learning-limit',
    shows: 'the rest is flooded',
    breaks: limited('limit: 2', 3),
    silent: limited('limit: 3', 3),
    at: `${trunk}.macLearning.limit`,
    severity: 'warning',
  },
  {
    rule: 'network/dvfilter-never-ages',
    shows: 'a firewall is behind a filter that forgets nothing',
    breaks: behind('role: firewall,', filtering),
    silent: behind('role: dns,', filtering),
    at: `${trunk}.macLearning`,
  },
  {
    rule: 'network/dvfilter-never-ages',
    shows: 'the filter is used',
    breaks: behind('role: router,', filtering),
    silent: behind('role: router,', open),
    at: `${trunk}.macLearning`,
  },
  {
    rule: 'network/nexus-1000v',
    shows: 'ESXi 7.0 is to have a switch of another maker',
    breaks: nested({ top: esxi('7.0'), on: 'kind: learning', trunk: 'vlan: 4095' }),
    silent: nested({ top: esxi('7.0'), on: 'kind: distributed', trunk: learning }),
    at: 'switches.vSwitch0.kind',
    severity: 'warning',
  },
  {
    rule: 'network/nexus-1000v',
    shows: 'ESXi 6.5 is the last one that had them',
    breaks: nested({ top: esxi('6.5'), on: 'kind: learning', trunk: 'vlan: 4095' }),
    silent: nested({ top: esxi('6.0'), on: 'kind: learning', trunk: 'vlan: 4095' }),
    at: 'switches.vSwitch0.kind',
    severity: 'advice',
  },
]

export const opennessCases: readonly RuleCase[] = [...promiscuity, ...learned]
