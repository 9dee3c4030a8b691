/** Cases of the rules on disks, datastores and installers. */
import type { RuleCase } from '../rule-case.fixture.ts'

const web = (keys: string) => `machines: { web: { image: tiny, ${keys} } }\n`

/** Two nested hosts, each with a machine inside. */
const hosts = (inside: string, further = '') => `machines:
  esxi:
    count: 2
    ${further}
    hypervisor: { product: esxi, machines: { web: { image: tiny, ${inside} } } }
`

const site = 'site: { kind: facts, hosts: { pc-a: { product: esxi }, pc-b: { product: esxi } } }\n'

/** NAS with a mirrored pair of SATA disks, and machines on it. */
const nas = (count: number, keys = 'kind: sata', pairs = 1, cache = '') => `${site}machines:
  web: { image: tiny, count: ${count} }
datastores:
  nas: { kind: nfs, disks: { count: ${pairs * 2}, ${keys}, layout: mirror }${cache} }
`

const cluster = (keys: string) => `clusters: { compute: { members: [esxi], ${keys} } }\n`
const bareHosts = 'machines: { esxi: { count: 2, hypervisor: { product: esxi } } }\n'

const reach = 'storage/disk-datastore'
const fits = 'storage/disk-fits'
const shared = 'storage/shared-for-cluster'
const load = 'storage/nas-load'

const reachCases: readonly RuleCase[] = [
  {
    rule: reach,
    shows: 'a disk lies on a datastore that the file does not list',
    breaks: `${web('disks: [{ size: 1GiB, datastore: nsa }]')}datastores: { nas: { kind: nfs } }\n`,
    silent: web('disks: [{ size: 1GiB, datastore: nsa }]'),
    at: 'machines.web.disks[0].datastore',
    severity: 'warning',
  },
  {
    rule: reach,
    shows: 'the hypervisor of a machine does not see the datastore of its disk',
    breaks: `${hosts('disks: [{ size: 1GiB, datastore: nas }]')}datastores: { nas: { kind: nfs, members: [esxi-2] } }\n`,
    silent: `${hosts('disks: [{ size: 1GiB, datastore: nas }]')}datastores: { nas: { kind: nfs, members: [esxi] } }\n`,
    at: 'machines.esxi-1.hypervisor.machines.web.disks[0].datastore',
  },
  {
    rule: reach,
    shows: 'no host of the site sees the datastore of a disk',
    breaks: `${site}${web('disks: [{ size: 1GiB, datastore: nas }]')}datastores: { nas: { kind: nfs, members: [] } }\n`,
    silent: `${site}${web('disks: [{ size: 1GiB, datastore: nas }]')}datastores: { nas: { kind: nfs, members: [pc-b] } }\n`,
    at: 'machines.web.disks[0].datastore',
  },
  {
    rule: reach,
    shows: 'logs go to a datastore that the host does not see',
    breaks:
      'site: { kind: facts, hosts: { pc: { logs: nas } } }\ndatastores: { nas: { kind: nfs, members: [] } }\n',
    silent:
      'site: { kind: facts, hosts: { pc: { logs: remote } } }\ndatastores: { nas: { kind: nfs, members: [] } }\n',
    at: 'site.hosts.pc.logs',
  },
]

const fitCases: readonly RuleCase[] = [
  {
    rule: fits,
    shows: 'disks that are not thin are larger than their datastore together',
    breaks: `${web('count: 3, disks: [{ size: 40GiB, datastore: nas, thin: false }]')}datastores: { nas: { kind: nfs, size: 100GiB } }\n`,
    silent: `${web('count: 3, disks: [{ size: 40GiB, datastore: nas, thin: false }]')}datastores: { nas: { kind: nfs, size: 120GiB } }\n`,
    at: 'datastores.nas.size',
  },
  {
    rule: fits,
    shows: 'thin disks promise more than their datastore has',
    breaks: `${web('count: 3, disks: [{ size: 40GiB, datastore: nas }]')}datastores: { nas: { kind: nfs, size: 100GiB } }\n`,
    silent: `${web('count: 3, disks: [{ size: 40GiB, datastore: nas }]')}datastores: { nas: { kind: nfs } }\n`,
    at: 'datastores.nas.size',
    severity: 'advice',
  },
  {
    rule: fits,
    shows: 'disks inside take more at once than all disks of the nested host have',
    breaks: hosts('disks: [{ size: 80GiB, thin: false }]', 'bootDisk: 32GiB\n    disks: [{ size: 40GiB }]'),
    silent: hosts('disks: [{ size: 80GiB }]', 'bootDisk: 32GiB\n    disks: [{ size: 40GiB }]'),
    at: 'machines.esxi-1.disks',
  },
  {
    rule: 'storage/thin',
    shows: 'the second disk of a nested host is not thin',
    breaks: hosts('cpus: 1', 'disks: [{ size: 40GiB }, { size: 40GiB, thin: false }]'),
    silent: hosts('disks: [{ size: 40GiB, thin: false }]', 'disks: [{ size: 40GiB, thin: true }]'),
    at: 'machines.esxi-1.disks[1].thin',
  },
  {
    rule: 'storage/iso-copies',
    shows: 'two nested hosts each keep a copy of an installer',
    breaks: hosts('iso: datastore'),
    silent: hosts('iso: host-device'),
    at: 'machines.esxi-1.hypervisor.machines.web.iso',
  },
  {
    rule: 'storage/iso-copies',
    shows: 'installers lie on datastores that nobody shares',
    breaks: hosts('iso: datastore'),
    silent: `${hosts('iso: datastore')}datastores: { nas: { kind: nfs, members: [esxi] } }\n`,
    at: 'machines.esxi-1.hypervisor.machines.web.iso',
  },
]

const sharedCases: readonly RuleCase[] = [
  {
    rule: shared,
    shows: 'a cluster with HA has one datastore for each member',
    breaks: `${bareHosts}${cluster('ha: true')}datastores: { a: { kind: local, members: [esxi-1] }, b: { kind: local, members: [esxi-2] } }\n`,
    silent: `${bareHosts}${cluster('ha: true')}datastores: { a: { kind: local, members: [esxi-1] }, b: { kind: nfs, members: [esxi] } }\n`,
    at: 'clusters.compute',
  },
  {
    rule: shared,
    shows: 'one member of a cluster with DRS does not see the NAS',
    breaks: `${bareHosts}${cluster('drs: true')}datastores: { nas: { kind: nfs, members: [esxi-1] } }\n`,
    silent: `${bareHosts}${cluster('drs: true')}`,
    at: 'clusters.compute',
  },
  {
    rule: shared,
    shows: 'what every host calls local is no shared datastore',
    breaks: `${bareHosts}${cluster('drs: true')}datastores: { disk: { kind: local } }\n`,
    silent: `${bareHosts}${cluster('drs: true')}datastores: { disk: { kind: iscsi } }\n`,
    at: 'clusters.compute',
  },
  {
    rule: shared,
    shows: 'a cluster of hosts does not see the NAS with all of them',
    breaks: `${site}clusters: { physical: { members: [pc-a, pc-b], ha: true } }\ndatastores: { nas: { kind: nfs, members: [pc-a] } }\n`,
    silent: `${site}${bareHosts}${cluster('ha: true')}datastores: { nas: { kind: nfs, members: [pc-a] } }\n`,
    at: 'clusters.physical',
  },
  {
    rule: shared,
    shows: 'a cluster with HA shares nothing',
    breaks: `${bareHosts}${cluster('ha: true')}datastores: { a: { kind: local, members: [esxi-1] } }\n`,
    silent: `${bareHosts}${cluster('ha: true, vsan: true')}datastores: { a: { kind: local, members: [esxi-1] } }\n`,
    at: 'clusters.compute',
  },
  {
    rule: 'storage/nas-exists',
    shows: 'a datastore on the network is served by nobody',
    breaks: `${bareHosts}datastores: { nas: { kind: nfs, members: [esxi] } }\n`,
    silent:
      'machines: { esxi: { count: 2, hypervisor: { product: esxi } }, store: { image: debian, role: nas } }\ndatastores: { nas: { kind: nfs, members: [esxi] } }\n',
    at: 'datastores.nas',
  },
  {
    rule: 'storage/nas-exists',
    shows: 'a datastore on the network is served by nobody in a lab that nothing leads out of',
    breaks: `switches: { s: { uplinks: [] } }\n${bareHosts}datastores: { nas: { kind: iscsi, members: [esxi] } }\n`,
    silent: `switches: { s: { uplinks: [eth0] } }\n${bareHosts}datastores: { nas: { kind: iscsi, members: [esxi] } }\n`,
    at: 'datastores.nas',
  },
]

const loadCases: readonly RuleCase[] = [
  {
    rule: load,
    shows: '21 machines lie on one mirrored pair of SATA disks',
    breaks: nas(21),
    silent: nas(20),
    at: 'datastores.nas',
  },
  {
    rule: load,
    shows: '21 machines lie on a mirrored pair that is no SSD',
    breaks: nas(21),
    silent: nas(21, 'kind: ssd'),
    at: 'datastores.nas',
  },
  {
    rule: load,
    shows: '41 machines lie on two pairs',
    breaks: nas(41, 'kind: sata', 2),
    silent: nas(40, 'kind: sata', 2),
    at: 'datastores.nas',
  },
  {
    rule: load,
    shows: '31 machines lie on a pair with a cache in the hosts',
    breaks: nas(31, 'kind: sata', 1, ', cache: 256GiB'),
    silent: nas(30, 'kind: sata', 1, ', cache: 256GiB'),
    at: 'datastores.nas',
  },
  {
    rule: load,
    shows: '22 machines inside nested hosts have no other datastore',
    breaks: `${bareHosts.replace('product: esxi', 'product: esxi, machines: { web: { image: tiny, count: 11 } }')}datastores: { nas: { kind: nfs, members: [esxi], disks: { count: 2, kind: sata, layout: mirror } } }\n`,
    silent: `${bareHosts.replace('hypervisor: { product: esxi', 'disks: [{ size: 40GiB }], hypervisor: { product: esxi, machines: { web: { image: tiny, count: 11 } }')}datastores: { nas: { kind: nfs, members: [esxi], disks: { count: 2, kind: sata, layout: mirror } } }\n`,
    at: 'datastores.nas',
  },
]

export const diskCases: readonly RuleCase[] = [...reachCases, ...fitCases, ...sharedCases, ...loadCases]
