/** For each rule of the pack `cluster`: a lab that breaks it, and its nearest neighbour that does not. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { evcCases } from './evc-cases.fixture.ts'
import { managementCases } from './management-cases.fixture.ts'

const host = (name: string, facts: string) => `    ${name}: { product: esxi, ${facts} }\n`

const site = (...hosts: readonly string[]) => `site:\n  kind: facts\n  hosts:\n${hosts.join('')}`

const pair = (a: string, b: string) => site(host('a', a), host('b', b))

/** Two nested hypervisors in a cluster. */
const twins = (a: string, b: string, more = '') => `
machines:
  a: { memory: 16GiB, hypervisor: { ${a} } }
  b: { memory: 16GiB, hypervisor: { ${b} } }
clusters:
  inner: { members: [a, b] }
${more}`

const composition: readonly RuleCase[] = [
  {
    rule: 'cluster/physical-and-nested',
    shows: 'a physical host and a nested one share a cluster',
    breaks: `${pair('version: "8.0"', 'version: "8.0"')}
machines: { esxi: { hypervisor: { product: esxi } } }
clusters: { main: { members: [a, b, esxi] } }
`,
    silent: `${pair('version: "8.0"', 'version: "8.0"')}
machines: { esxi: { hypervisor: { product: esxi } } }
clusters: { main: { members: [a, b] }, inner: { members: [esxi] } }
`,
    at: 'clusters.main.members',
  },
  {
    rule: 'cluster/hypervisors-only',
    shows: 'a member is a plain machine',
    breaks: `machines: { a: { hypervisor: { product: esxi } }, b: { image: debian } }\nclusters: { inner: { members: [a, b] } }\n`,
    silent: `machines: { a: { hypervisor: { product: esxi } }, b: { image: debian } }\nclusters: { inner: { members: [a] } }\n`,
    at: 'clusters.inner.members',
  },
  {
    rule: 'cluster/unlike-members',
    shows: 'ESXi and KVM share a cluster',
    breaks: twins('product: esxi', 'product: kvm'),
    silent: twins('product: kvm', 'product: kvm'),
    at: 'clusters.inner.members',
    severity: 'error',
  },
  {
    rule: 'cluster/unlike-members',
    shows: 'two releases of ESXi share a cluster, and no upgrade is rehearsed',
    breaks: twins('product: esxi, version: "7.0"', 'product: esxi, version: "8.0"'),
    silent: twins(
      'product: esxi, version: "7.0"',
      'product: esxi, version: "8.0"',
      'use: upgrade-rehearsal\n',
    ),
    at: 'clusters.inner.members',
  },
  {
    rule: 'cluster/unlike-members',
    shows: 'physical hosts have different releases, where updates of one release get along',
    breaks: `${pair('version: "7.0U3"', 'version: "8.0"')}machines: {}\nclusters: { main: { members: [a, b] } }\n`,
    silent: `${pair('version: "8.0U3"', 'version: "8.0"')}machines: {}\nclusters: { main: { members: [a, b] } }\n`,
    at: 'clusters.main.members',
  },
  {
    rule: 'cluster/one-cluster',
    shows: 'a host is in two clusters',
    breaks: `machines: { a: { count: 2, hypervisor: { product: esxi } } }\nclusters: { x: { members: [a] }, y: { members: [a-2] } }\n`,
    silent: `machines: { a: { count: 2, hypervisor: { product: esxi } } }\nclusters: { x: { members: [a-1] }, y: { members: [a-2] } }\n`,
    at: 'clusters.y.members',
  },
]

/** Nested hosts of 16 GiB each with machines inside, in a cluster with HA; ESXi 8.0 itself uses 3 GiB. */
const inside = (memory: string, cluster: string) => `
machines:
  esxi:
    count: 2
    memory: 16GiB
    hypervisor: { product: esxi, version: "8.0", machines: { vm: { image: debian, memory: ${memory} } } }
clusters:
  inner: { members: [esxi], ${cluster} }
`

/** Physical hosts of 32 GiB each with machines of level 1. */
const onHosts = (memory: string, members: string) => `
${site(...['a', 'b', 'c'].map((name) => host(name, 'version: "8.0", memory: 32GiB')))}
machines: { vm: { count: 10, image: debian, memory: ${memory} } }
clusters: { main: { members: [${members}], ha: true } }
`

const availability: readonly RuleCase[] = [
  {
    rule: 'cluster/one-member',
    shows: 'HA has nowhere to start machines again',
    breaks: `machines: { a: { hypervisor: { product: esxi } } }\nclusters: { x: { members: [a], ha: true } }\n`,
    silent: `machines: { a: { count: 2, hypervisor: { product: esxi } } }\nclusters: { x: { members: [a], ha: true } }\n`,
    at: 'clusters.x.ha',
  },
  {
    rule: 'cluster/one-member',
    shows: 'DRS has nowhere to move machines',
    breaks: `machines: { a: { hypervisor: { product: esxi } } }\nclusters: { x: { members: [a], drs: true } }\n`,
    silent: `machines: { a: { hypervisor: { product: esxi } } }\nclusters: { x: { members: [a] } }\n`,
    at: 'clusters.x.drs',
    severity: 'advice',
  },
  {
    rule: 'cluster/n-plus-one',
    shows: 'one nested host could not hold the machines of both',
    breaks: inside('7GiB', 'ha: true'),
    silent: inside('6GiB', 'ha: true'),
    at: 'clusters.inner.ha',
  },
  {
    rule: 'cluster/n-plus-one',
    shows: 'HA is on',
    breaks: inside('7GiB', 'ha: true'),
    silent: inside('7GiB', 'drs: true'),
    at: 'clusters.inner.ha',
  },
  {
    rule: 'cluster/n-plus-one',
    shows: 'two of three physical hosts could not hold all machines',
    breaks: onHosts('6GiB', 'a, b, c'),
    silent: onHosts('5GiB', 'a, b, c'),
    at: 'clusters.main.ha',
  },
  {
    rule: 'cluster/n-plus-one',
    shows: 'all hosts are members, so no machine runs elsewhere',
    breaks: onHosts('6GiB', 'a, b, c'),
    silent: onHosts('6GiB', 'a, b'),
    at: 'clusters.main.ha',
  },
]

const guest = 'machines: { web: { image: tiny } }\n'
const nestedGuest =
  'machines: { kvm: { image: kvm-node, hypervisor: { machines: { web: { image: tiny } } } } }\n'

const operations: readonly RuleCase[] = [
  {
    rule: 'operations/single-host',
    shows: 'there is one physical host',
    breaks: `${site(host('only', 'version: "8.0"'))}use: class\n${guest}`,
    silent: `${pair('version: "8.0"', 'version: "8.0"')}use: class\n${guest}`,
    at: 'site.hosts.only',
  },
  {
    rule: 'operations/single-host',
    shows: 'the host is no desktop that somebody works at',
    breaks: `${site('    only: { product: kvm }\n')}use: class\n${guest}`,
    silent: `${site('    only: { product: workstation, version: "17" }\n')}use: class\n${guest}`,
    at: 'site.hosts.only',
  },
  {
    rule: 'operations/single-host',
    shows: 'others count on a lab that somebody has for himself otherwise',
    breaks: `${site(host('only', 'version: "8.0"'))}class: { seats: 10 }\n${guest}`,
    silent: `${site(host('only', 'version: "8.0"'))}${guest}`,
    at: 'site.hosts.only',
  },
  {
    rule: 'operations/benchmark',
    shows: 'something is measured in nested machines',
    breaks: `use: benchmark\n${nestedGuest}`,
    silent: `use: benchmark\n${guest}`,
    at: 'use',
  },
  {
    rule: 'operations/benchmark',
    shows: 'something is measured in an instance of a cloud',
    breaks: `use: benchmark\nsite: { kind: facts, cloud: { provider: ec2, size: m8i.xlarge } }\n${guest}`,
    silent: `use: lab\nsite: { kind: facts, cloud: { provider: ec2, size: m8i.xlarge } }\n${guest}`,
    at: 'use',
  },
  {
    rule: 'operations/rehearsal-snapshot',
    shows: 'an upgrade is rehearsed without a way back',
    breaks: `use: upgrade-rehearsal\n${guest}`,
    silent: `use: upgrade-rehearsal\nsnapshots: stopped\n${guest}`,
    at: 'snapshots',
  },
]

export const clusterCases: readonly RuleCase[] = [
  ...evcCases,
  ...composition,
  ...availability,
  ...managementCases,
  ...operations,
]
