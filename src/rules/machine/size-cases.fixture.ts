/** Cases of the rules about memory, virtual CPUs and the sizes of appliances. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { hypervisorWith, kvm, onHost, onHosts } from './labs.fixture.ts'

interface Size {
  readonly memory?: string
  readonly cpus?: number
  /** Further keys of the machine. */
  readonly keys?: string
  readonly inside?: string
}

function esxi(version: string, { memory = '16GiB', cpus = 4, keys = '', inside = '' }: Size): string {
  const hypervisor = `hypervisor: { product: esxi, version: "${version}", machines: { ${inside} } }`
  return `machines:\n  esxi: { memory: ${memory}, cpus: ${cpus}, ${keys} ${hypervisor} }\n`
}

function node(memory: string, inside: string): string {
  return `machines:\n  kvm: { image: kvm-node, memory: ${memory}, hypervisor: { machines: { ${inside} } } }\n`
}

const vms = (count: number, memory: string) =>
  Array.from({ length: count }, (_, index) => `m${index}: { image: debian, memory: ${memory} }`).join(', ')
const at = 'machines.esxi.memory'

const hypervisors: readonly RuleCase[] = [
  {
    rule: 'memory/minimum',
    shows: 'a nested ESXi 5.5 has less than 4 GiB',
    breaks: esxi('5.5', { memory: '3GiB' }),
    silent: esxi('5.5', { memory: '4GiB' }),
    at,
  },
  {
    rule: 'memory/minimum',
    shows: 'a nested ESXi 7.0 has the 6 GiB that were enough up to 6.7',
    breaks: esxi('7.0', { memory: '6GiB' }),
    silent: esxi('6.7', { memory: '6GiB' }),
    at,
  },
  {
    rule: 'memory/minimum',
    shows: 'a KVM node has 256 MiB',
    breaks: node('256MiB', ''),
    silent: node('384MiB', ''),
    at: 'machines.kvm.memory',
    severity: 'warning',
  },
  {
    rule: 'memory/recommended',
    shows: 'a nested ESXi 8.0 of 8 GiB is nearly full',
    breaks: esxi('8.0', { memory: '8GiB', inside: vms(4, '1GiB') }),
    silent: esxi('8.0', { memory: '8GiB', inside: vms(3, '1GiB') }),
    at,
  },
  {
    rule: 'memory/recommended',
    shows: 'a nearly full ESXi 8.0 has less than the 12 GiB that are recommended',
    breaks: esxi('8.0', { memory: '11GiB', inside: vms(7, '1GiB') }),
    silent: esxi('8.0', { memory: '12GiB', inside: vms(8, '1GiB') }),
    at,
  },
  {
    rule: 'memory/inner-fit',
    shows: 'the machines inside have more memory than the hypervisor',
    breaks: esxi('5.5', { memory: '6GiB', inside: vms(7, '1GiB') }),
    silent: esxi('5.5', { memory: '6GiB', inside: vms(4, '1GiB') }),
    at,
  },
  {
    rule: 'memory/inner-fit',
    shows: 'the machines inside leave ESXi less than it uses itself',
    breaks: esxi('5.5', { memory: '6GiB', inside: vms(5, '1GiB') }),
    silent: esxi('5.5', { memory: '7GiB', inside: vms(5, '1GiB') }),
    at,
    severity: 'warning',
  },
  {
    rule: 'memory/inner-fit',
    shows: 'the tiny machines inside leave a KVM node too little',
    breaks: node('512MiB', 'a: { image: tiny }, b: { image: tiny }, c: { image: tiny }, d: { image: tiny }'),
    silent: node('512MiB', 'a: { image: tiny }, b: { image: tiny }, c: { image: tiny }'),
    at: 'machines.kvm.memory',
    severity: 'warning',
  },
  {
    rule: 'memory/inner-fit',
    shows: 'the machines inside Hyper-V have fixed memory, and not dynamic memory',
    breaks: hypervisorWith('hyperv', '2022', '', vms(1, '17GiB')),
    silent: hypervisorWith(
      'hyperv',
      '2022',
      '',
      'w: { image: windows, memory: 17GiB, hardware: { dynamicMemory: true } }',
    ),
    at: 'machines.hyperv.memory',
  },
]

const host = (memory: string) => `product: esxi, version: "6.7", memory: ${memory}`
const three = 'machines:\n  web: { count: 3, image: debian, memory: 10GiB }\n'

const hosts: readonly RuleCase[] = [
  {
    rule: 'memory/host-fit',
    shows: 'three machines of 10 GiB are to run beside ESXi in 31 GiB',
    breaks: onHost(host('31GiB')) + three,
    silent: onHost(host('32GiB')) + three,
    at: 'site.hosts.a.memory',
  },
  {
    rule: 'memory/host-fit',
    shows: 'three machines of 10 GiB are to run on two hosts of 16 GiB',
    breaks: onHosts({ a: host('16GiB'), b: host('16GiB') }) + three,
    silent: onHosts({ a: host('16GiB'), b: 'product: esxi' }) + three,
    at: 'site.hosts',
  },
  {
    rule: 'memory/host-fit',
    shows: 'a machine is larger than each of two hosts, though not than both',
    breaks: `${onHosts({ a: host('16GiB'), b: host('16GiB') })}machines:\n  web: { image: debian, memory: 20GiB }\n`,
    silent: `${onHosts({ a: host('16GiB'), b: host('24GiB') })}machines:\n  web: { image: debian, memory: 20GiB }\n`,
    at: 'machines.web.memory',
  },
  {
    rule: 'memory/host-fit',
    shows: 'two seats of a class share a host that has the memory for one',
    breaks: `${onHost(host('48GiB'))}${three}class: { seats: 2 }\n`,
    silent: `${onHost(host('48GiB'))}${three}class: { seats: 2, provider: ec2 }\n`,
    at: 'site.hosts.a.memory',
  },
  {
    rule: 'memory/host-fit',
    shows: 'the machine was found to have less free memory than the lab has',
    breaks: kvm,
    silent: kvm,
    at: 'site',
    severity: 'warning',
    site: { origin: 'probed', hosts: [], accelerator: 'kvm', memoryAvailableMiB: 1000 },
    silentSite: { origin: 'probed', hosts: [], accelerator: 'kvm', memoryAvailableMiB: 1024 },
  },
  {
    rule: 'memory/host-size',
    shows: 'a host for a nested ESXi has 16 GiB',
    breaks: onHost(host('16GiB')) + esxi('6.7', { memory: '6GiB' }),
    silent: onHost(host('32GiB')) + esxi('6.7', { memory: '6GiB' }),
    at: 'site.hosts.a.memory',
  },
  {
    rule: 'memory/host-size',
    shows: 'a host of 16 GiB is for a nested ESXi, and not for KVM nodes',
    breaks: onHost(host('16GiB')) + esxi('6.7', { memory: '6GiB' }),
    silent: onHost(host('16GiB')) + kvm,
    at: 'site.hosts.a.memory',
  },
]

const cpuAt = 'machines.esxi.cpus'
const cpusInside = (count: number) => `web: { image: debian, cpus: ${count} }`
const onThreads = (product: string, cpu: string) => onHost(`product: ${product}, cpu: { ${cpu} }`)

const cpus: readonly RuleCase[] = [
  {
    rule: 'cpu/minimum',
    shows: 'a nested ESXi has one virtual CPU',
    breaks: esxi('6.7', { cpus: 1 }),
    silent: esxi('6.7', { cpus: 2 }),
    at: cpuAt,
  },
  {
    rule: 'cpu/minimum',
    shows: 'Hyper-V, and not KVM, has one virtual CPU',
    breaks: 'machines:\n  h: { cpus: 1, memory: 8GiB, hypervisor: { product: hyperv } }\n',
    silent: 'machines:\n  h: { cpus: 1, memory: 8GiB, hypervisor: { product: kvm } }\n',
    at: 'machines.h.cpus',
    severity: 'warning',
  },
  {
    rule: 'cpu/more-vcpus-than-host',
    shows: 'a machine inside a nested ESXi has more virtual CPUs than that',
    breaks: esxi('6.7', { cpus: 4, inside: cpusInside(5) }),
    silent: esxi('6.7', { cpus: 4, inside: cpusInside(4) }),
    at: 'machines.esxi.hypervisor.machines.web.cpus',
  },
  {
    rule: 'cpu/more-vcpus-than-host',
    shows: 'a machine inside a KVM node has more virtual CPUs than that',
    breaks: node('1GiB', 'web: { image: tiny, cpus: 3 }'),
    silent: node('1GiB', 'web: { image: tiny, cpus: 2 }'),
    at: 'machines.kvm.hypervisor.machines.web.cpus',
    severity: 'warning',
  },
  {
    rule: 'cpu/more-vcpus-than-host',
    shows: 'a machine has more virtual CPUs than its ESXi host has threads',
    breaks: onThreads('esxi', 'cores: 4, threads: 8') + esxi('6.7', { cpus: 9 }),
    silent: onThreads('esxi', 'cores: 4, threads: 8') + esxi('6.7', { cpus: 8 }),
    at: cpuAt,
  },
  {
    rule: 'cpu/more-vcpus-than-host',
    shows: 'a machine has more virtual CPUs than four cores can have threads',
    breaks: onThreads('kvm', 'cores: 4') + esxi('6.7', { cpus: 9 }),
    silent: onThreads('kvm', 'cores: 4') + esxi('6.7', { cpus: 8 }),
    at: cpuAt,
    severity: 'warning',
  },
  {
    rule: 'hardware/topology',
    shows: 'five virtual CPUs are to fill sockets of two cores',
    breaks: esxi('6.7', { cpus: 5, keys: 'hardware: { coresPerSocket: 2 },' }),
    silent: esxi('6.7', { cpus: 6, keys: 'hardware: { coresPerSocket: 2 },' }),
    at: 'machines.esxi.hardware.coresPerSocket',
  },
  {
    rule: 'hardware/topology',
    shows: 'a setting says another number of cores than the machine',
    breaks: esxi('6.7', {
      keys: 'hardware: { coresPerSocket: 2, settings: { cpuid.coresPerSocket: "4" } },',
    }),
    silent: esxi('6.7', {
      keys: 'hardware: { coresPerSocket: 2, settings: { cpuid.coresPerSocket: "2" } },',
    }),
    at: 'machines.esxi.hardware.settings.cpuid.coresPerSocket',
    severity: 'warning',
  },
]

const appliance = (role: string, keys: string) =>
  `machines:\n  app: { image: appliance, role: ${role}, ${keys} }\n`
const vcenter = (memory: string, version: string, count = 1) =>
  `clusters: { c: { members: [esxi] } }\nmachines:\n  vc: { image: vcsa, role: vcenter, manages: [c], memory: ${memory}, cpus: 2 }\n  esxi: { count: ${count}, memory: 8GiB, hypervisor: { product: esxi, version: "${version}" } }\n`

const appliances: readonly RuleCase[] = [
  {
    rule: 'appliance/size',
    shows: 'a vCenter for ESXi 8.0 has the 12 GiB that were enough for 7.0',
    breaks: vcenter('12GiB', '8.0'),
    silent: vcenter('12GiB', '7.0'),
    at: 'machines.vc.memory',
  },
  {
    rule: 'appliance/size',
    shows: 'a tiny vCenter manages eleven hosts',
    breaks: vcenter('14GiB', '8.0', 11),
    silent: vcenter('14GiB', '8.0', 10),
    at: 'machines.vc.memory',
  },
  {
    rule: 'appliance/size',
    shows: 'a vCenter that manages nothing known has less than any of them needs',
    breaks: appliance('vcenter', 'memory: 4GiB, cpus: 2'),
    silent: appliance('vcenter', 'memory: 8GiB, cpus: 2'),
    at: 'machines.app.memory',
  },
  {
    rule: 'appliance/size',
    shows: 'a vCenter that does not say what it manages has less than the oldest ESXi of the lab asks for',
    breaks: `${appliance('vcenter', 'memory: 12GiB, cpus: 2')}  esxi: { hypervisor: { product: esxi, version: "8.0" } }\n`,
    silent: `${appliance('vcenter', 'memory: 12GiB, cpus: 2')}  esxi: { hypervisor: { product: esxi, version: "7.0" } }\n`,
    at: 'machines.app.memory',
  },
  {
    rule: 'appliance/size',
    shows: 'an NSX Manager has two virtual CPUs',
    breaks: appliance('nsx-manager', 'memory: 16GiB, cpus: 2'),
    silent: appliance('nsx-manager', 'memory: 16GiB, cpus: 4'),
    at: 'machines.app.cpus',
  },
  {
    rule: 'appliance/size',
    shows: 'a witness has less than 8 GiB',
    breaks: appliance('vsan-witness', 'memory: 6GiB, cpus: 2'),
    silent: appliance('nas', 'memory: 6GiB, cpus: 2'),
    at: 'machines.app.memory',
  },
  {
    rule: 'appliance/size',
    shows: 'a Contrail Controller has 8 GiB',
    breaks: appliance('contrail-controller', 'memory: 8GiB, cpus: 4'),
    silent: appliance('contrail-controller', 'memory: 32GiB, cpus: 4'),
    at: 'machines.app.memory',
    severity: 'advice',
  },
]

export const sizeCases: readonly RuleCase[] = [...hypervisors, ...hosts, ...cpus, ...appliances]
