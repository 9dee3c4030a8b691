/** Cases of the rules on vSAN. */
import type { RuleCase } from '../rule-case.fixture.ts'

/** `count` nested hosts as one vSAN. */
const vsan = (count: number, keys = 'memory: 12GiB', cluster = '') => `machines:
  esxi: { count: ${count}, ${keys}, hypervisor: { product: esxi, version: "8.0" } }
  witness: { role: vsan-witness, hypervisor: { product: esxi, version: "8.0" } }
clusters: { store: { members: [esxi], vsan: true${cluster} } }
`

const disks = (text: string, version = '8.0') => vsan(4, `disks: [${text}]`).replace('"8.0"', `"${version}"`)
const cacheAnd = (text: string) => disks(`{ size: 10GiB, use: cache, kind: ssd }, ${text}`)

const witness = (memory: string, count: number) => `machines:
  esxi:
    count: 2
    hypervisor: { product: esxi, machines: { web: { image: tiny, count: ${count} } } }
  witness: { role: vsan-witness, memory: ${memory}, hypervisor: { product: esxi } }
clusters: { store: { members: [esxi], vsan: true, witness: witness } }
`

const physical = (
  members: string,
) => `site: { kind: facts, hosts: { pc-a: { product: esxi }, pc-b: {}, pc-c: {} } }
machines:
  witness: { role: vsan-witness, hypervisor: { product: esxi } }
clusters: { store: { members: [${members}], vsan: true, witness: witness } }
`

const disksRule = 'storage/vsan-disks'
const witnessRule = 'storage/vsan-witness'

const hostCases: readonly RuleCase[] = [
  {
    rule: 'storage/vsan-hosts',
    shows: 'vSAN has two hosts and no witness',
    breaks: vsan(2),
    silent: vsan(2, 'memory: 12GiB', ', witness: witness'),
    at: 'clusters.store.members',
  },
  {
    rule: 'storage/vsan-hosts',
    shows: 'vSAN has three hosts',
    breaks: vsan(3),
    silent: vsan(4),
    at: 'clusters.store.members',
    severity: 'warning',
  },
  {
    rule: 'storage/vsan-hosts',
    shows: 'vSAN has one host and a witness',
    breaks: vsan(1, 'memory: 12GiB', ', witness: witness'),
    silent: vsan(1).replace('vsan: true', 'vsan: false'),
    at: 'clusters.store.members',
  },
  {
    rule: 'storage/vsan-memory',
    shows: 'nested hosts with vSAN have 8 GiB',
    breaks: vsan(4, 'memory: 8GiB'),
    silent: vsan(4, 'memory: 10GiB'),
    at: 'machines.esxi-1.memory',
  },
  {
    rule: 'storage/vsan-on-vsan',
    shows: 'the disks of nested ESXi hosts lie on a vSAN',
    breaks: `${disks('{ size: 40GiB, datastore: below }')}datastores: { below: { kind: vsan } }\n`,
    silent: `${disks('{ size: 40GiB, datastore: below }')}datastores: { below: { kind: vmfs } }\n`,
    at: 'datastores.below',
  },
]

const diskCases: readonly RuleCase[] = [
  {
    rule: disksRule,
    shows: 'a host has a cache and no capacity',
    breaks: disks('{ size: 10GiB, use: cache }'),
    silent: disks('{ size: 10GiB }'),
    at: 'machines.esxi-1.disks',
  },
  {
    rule: disksRule,
    shows: 'a host has capacity on SATA and no cache',
    breaks: disks('{ size: 40GiB, use: capacity, kind: sata }'),
    silent: disks('{ size: 40GiB, use: capacity, kind: nvme }'),
    at: 'machines.esxi-1.disks[0].kind',
  },
  {
    rule: disksRule,
    shows: 'a host with vSAN of 7.0 has NVMe alone, which is enough from 8.0 on',
    breaks: disks('{ size: 40GiB, use: capacity, kind: nvme }', '7.0'),
    silent: disks('{ size: 40GiB, use: capacity, kind: nvme }', '8.0'),
    at: 'machines.esxi-1.disks',
  },
  {
    rule: disksRule,
    shows: 'cache and capacity have the same size',
    breaks: cacheAnd('{ size: 10GiB, use: capacity, kind: ssd }'),
    silent: cacheAnd('{ size: 40GiB, use: capacity, kind: ssd }'),
    at: 'machines.esxi-1.disks[1].size',
    severity: 'warning',
  },
  {
    rule: disksRule,
    shows: 'cache and capacity may be of one kind and have the same size',
    breaks: cacheAnd('{ size: 10GiB, use: capacity }'),
    silent: cacheAnd('{ size: 10GiB, use: capacity, kind: sata }'),
    at: 'machines.esxi-1.disks[1].size',
    severity: 'warning',
  },
]

const witnessCases: readonly RuleCase[] = [
  {
    rule: witnessRule,
    shows: 'the witness is nobody',
    breaks: vsan(2, 'memory: 12GiB', ', witness: wittness'),
    silent: vsan(2, 'memory: 12GiB', ', witness: witness'),
    at: 'clusters.store.witness',
  },
  {
    rule: witnessRule,
    shows: 'the witness is a member',
    breaks: vsan(2, 'memory: 12GiB', ', witness: esxi-2'),
    silent: vsan(2, 'memory: 12GiB', ', witness: witness'),
    at: 'clusters.store.witness',
  },
  {
    rule: witnessRule,
    shows: 'every host that may run the witness is watched by it',
    breaks: physical('pc-a, pc-b, pc-c'),
    silent: physical('pc-a, pc-b'),
    at: 'clusters.store.witness',
  },
  {
    rule: witnessRule,
    shows: 'the witness runs inside a host that it watches',
    breaks: witness('8GiB', 1).replaceAll('witness: witness', 'witness: esxi-1/web-1'),
    silent: witness('8GiB', 1),
    at: 'clusters.store.witness',
  },
  {
    rule: witnessRule,
    shows: 'a witness holds a machine',
    breaks:
      'machines: { w: { role: vsan-witness, hypervisor: { product: esxi, machines: { web: { image: tiny } } } } }\n',
    silent: 'machines: { w: { role: vsan-witness, hypervisor: { product: esxi } } }\n',
    at: 'machines.w.hypervisor.machines',
  },
  {
    rule: witnessRule,
    shows: 'a witness of the smallest size watches 12 machines',
    breaks: witness('8GiB', 6),
    silent: witness('8GiB', 5),
    at: 'machines.witness.memory',
    severity: 'warning',
  },
  {
    rule: witnessRule,
    shows: 'a witness is too small for 12 machines',
    breaks: witness('8GiB', 6),
    silent: witness('16GiB', 6),
    at: 'machines.witness.memory',
    severity: 'warning',
  },
]

export const vsanCases: readonly RuleCase[] = [...hostCases, ...diskCases, ...witnessCases]
