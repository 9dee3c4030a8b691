/** Labs that break a rule about who manages a cluster, each with its nearest neighbour that does not. */
import type { RuleCase } from '../rule-case.fixture.ts'

/** Two nested hosts in a cluster, with a vCenter beside them, or inside the first one. */
const managed = (vcenter: string, cluster = 'ha: true, drs: true', inside = '{}') => `
machines:
  esxi-a:
    memory: 32GiB
    hypervisor: { product: esxi, machines: ${inside} }
  esxi-b: { memory: 32GiB, hypervisor: { product: esxi } }
  vc: { image: vcsa, ${vcenter} }
clusters:
  inner: { members: [esxi-a, esxi-b], ${cluster} }
`

const boss = 'role: vcenter, manages: [inner]'

const deepVcenter = (manages: string) => `
machines:
  esxi:
    memory: 64GiB
    hypervisor:
      product: esxi
      machines:
        inner-esxi:
          memory: 32GiB
          hypervisor:
            product: esxi
            machines:
              vc: { image: vcsa, role: vcenter, manages: [${manages}] }
clusters:
  outer: { members: [esxi] }
  other: { members: [] }
`

const named = (dns: string, place: 'inside' | 'beside') => {
  const server = `{ image: windows, role: directory, nics: [{ portgroup: lan, address: 10.0.0.2/24 }] }`
  const level = 'switches: { lan: { portgroups: { lan: {} } } }'
  return `
${level}
machines:
  vc: { image: vcsa, role: vcenter, manages: [inner], dns: [${dns}] }
  esxi:
    memory: 16GiB
    hypervisor:
      product: esxi
      ${level}
      machines: ${place === 'inside' ? `{ ad: ${server} }` : '{}'}
  ${place === 'beside' ? `ad: ${server}` : 'other: { image: debian }'}
clusters:
  inner: { members: [esxi] }
`
}

export const managementCases: readonly RuleCase[] = [
  {
    rule: 'cluster/known-cluster',
    shows: 'a vCenter manages a cluster that the file has not',
    breaks: managed('role: vcenter, manages: [innner]', ''),
    silent: managed(boss, ''),
    at: 'machines.vc.manages[0]',
  },
  {
    rule: 'cluster/one-vcenter',
    shows: 'two vCenters manage one cluster',
    breaks: managed(`count: 2, ${boss}`),
    silent: managed(boss),
    at: 'machines.vc-2.manages[0]',
  },
  {
    rule: 'cluster/vcenter-needed',
    shows: 'the vCenter manages another cluster only',
    breaks: managed('role: vcenter, manages: []'),
    silent: managed(boss),
    at: 'clusters.inner',
  },
  {
    rule: 'cluster/vcenter-needed',
    shows: 'the vCenter says what it manages, where one that does not may manage anything',
    breaks: managed('role: vcenter, manages: []'),
    silent: managed('role: vcenter'),
    at: 'clusters.inner',
  },
  {
    rule: 'cluster/vcenter-needed',
    shows: 'the cluster has a feature of vCenter',
    breaks: managed('role: vcenter, manages: []', 'evc: haswell'),
    silent: managed('role: vcenter, manages: []', 'ha: false'),
    at: 'clusters.inner',
  },
  {
    rule: 'operations/vcenter-inside',
    shows: 'a vCenter runs in a cluster that it manages',
    breaks: managed('role: monitor', '', `{ vcsa: { image: vcsa, ${boss} } }`),
    silent: managed(boss, '', '{ vcsa: { image: vcsa } }'),
    at: 'machines.esxi-a.hypervisor.machines.vcsa.manages',
  },
  {
    rule: 'operations/vcenter-inside',
    shows: 'it runs two levels deep in a member',
    breaks: deepVcenter('outer'),
    silent: deepVcenter('other'),
    at: 'machines.esxi.hypervisor.machines.inner-esxi.hypervisor.machines.vc.manages',
  },
  {
    rule: 'operations/directory-inside',
    shows: 'the directory that vCenter asks runs in the cluster that it manages',
    breaks: named('10.0.0.2', 'inside'),
    silent: named('10.0.0.2', 'beside'),
    at: 'machines.vc.dns[0]',
  },
  {
    rule: 'operations/directory-inside',
    shows: 'vCenter asks it and no other one',
    breaks: named('10.0.0.3, 10.0.0.2', 'inside'),
    silent: named('10.0.0.3', 'inside'),
    at: 'machines.vc.dns[1]',
  },
]
