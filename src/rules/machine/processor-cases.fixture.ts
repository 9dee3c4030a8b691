/** Cases of the rules about processors. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { esxiWith, kvm, kvmWith, onHost, onHosts } from './labs.fixture.ts'

const esxi67 = 'product: esxi, version: "6.7"'

const generations: readonly RuleCase[] = [
  {
    rule: 'cpu/generation',
    shows: 'the only host is a Penryn, which has no EPT',
    breaks: onHost('cpu: { generation: penryn }') + kvm,
    silent: onHost('cpu: { generation: nehalem }') + kvm,
    at: 'site.hosts.a.cpu.generation',
  },
  {
    rule: 'cpu/generation',
    shows: 'one of two hosts is a K8, which has no NPT',
    breaks: onHosts({ a: 'cpu: { generation: k8-rev-f }', b: 'cpu: { generation: zen2 }' }) + kvm,
    silent: onHosts({ a: 'cpu: { generation: k10 }', b: 'cpu: { generation: zen2 }' }) + kvm,
    at: 'site.hosts.a.cpu.generation',
    severity: 'warning',
  },
  {
    rule: 'cpu/generation',
    shows: 'the model of an Atom without VT-x stands for its generation',
    breaks: onHost('cpu: { generation: bonnell }') + kvm,
    silent: onHost('cpu: { model: Intel Atom C2750 }') + kvm,
    at: 'site.hosts.a.cpu.generation',
  },
  {
    rule: 'cpu/generation',
    shows: 'a hypervisor is to run on a Penryn, and not only a plain machine',
    breaks: onHost('cpu: { generation: penryn }') + kvm,
    silent: `${onHost('cpu: { generation: penryn }')}machines:\n  web: { image: tiny }\n`,
    at: 'site.hosts.a.cpu.generation',
  },
  {
    rule: 'cpu/generation',
    shows: 'the EVC baseline of the hosts is from before EPT',
    breaks: `${onHost('cpu: { generation: haswell }')}clusters: { all: { members: [a], evc: penryn } }\n${kvm}`,
    silent: `${onHost('cpu: { generation: haswell }')}clusters: { all: { members: [a], evc: nehalem } }\n${kvm}`,
    at: 'clusters.all.evc',
    severity: 'warning',
  },
  {
    rule: 'cpu/known-generation',
    shows: 'the name of a generation is misspelt',
    breaks: onHost('cpu: { generation: haswel }') + kvm,
    silent: onHost('cpu: { generation: haswell }') + kvm,
    at: 'site.hosts.a.cpu.generation',
  },
  {
    rule: 'cpu/x86',
    shows: 'the host is a Mac with Apple silicon',
    breaks: onHost('product: fusion, cpu: { model: Apple M2 }') + kvm,
    silent: onHost('product: fusion, cpu: { model: Intel Core i7-8700B }') + kvm,
    at: 'site.hosts.a.cpu.model',
  },
  {
    rule: 'cpu/64-bit',
    shows: 'the processor of the host is 32-bit',
    breaks: onHost('cpu: { bits: 32 }') + kvm,
    silent: onHost('cpu: { bits: 64 }') + kvm,
    at: 'site.hosts.a.cpu.bits',
  },
  {
    rule: 'cpu/64-bit',
    shows: 'the processor of the host is of a 32-bit generation',
    breaks: onHost('cpu: { generation: yonah }') + kvm,
    silent: onHost('cpu: { generation: merom }') + kvm,
    at: 'site.hosts.a.cpu.generation',
  },
  {
    rule: 'cpu/64-bit',
    shows: 'a 64-bit machine is inside a 32-bit KVM',
    breaks: kvmWith('hardware: { bits: 32 },'),
    silent: kvmWith('hardware: { bits: 32 },', 'web: { image: tiny, hardware: { bits: 32 } }'),
    at: 'machines.kvm.hardware.bits',
  },
  {
    rule: 'cpu/64-bit',
    shows: 'an ESXi is declared as 32-bit',
    breaks: esxiWith('7.0', 'hardware: { bits: 32 },'),
    silent: esxiWith('7.0', 'hardware: { bits: 64 },'),
    at: 'machines.esxi.hardware.bits',
  },
  {
    rule: 'cpu/firmware-virtualization',
    shows: 'VT-x is off in the firmware of the only host',
    breaks: onHost('cpu: { generation: haswell, virtualization: false }') + kvm,
    silent: onHost('cpu: { generation: haswell }') + kvm,
    at: 'site.hosts.a.cpu.virtualization',
  },
  {
    rule: 'cpu/firmware-virtualization',
    shows: 'VT-x is off in the firmware of one of two hosts',
    breaks: onHosts({ a: 'cpu: { virtualization: false }', b: 'memory: 8GiB' }) + kvm,
    silent: onHosts({ a: 'cpu: { virtualization: true }', b: 'memory: 8GiB' }) + kvm,
    at: 'site.hosts.a.cpu.virtualization',
    severity: 'warning',
  },
]

const deep = kvmWith(
  'cpus: 1,',
  'inner: { image: kvm-node, cpus: 1, memory: 512MiB, hypervisor: { machines: { app: { image: tiny } } } }',
)

const features: readonly RuleCase[] = [
  {
    rule: 'cpu/vmcs-shadowing',
    shows: 'a third level is to run on an Ivy Bridge',
    breaks: onHost('cpu: { generation: ivy-bridge, cores: 4 }') + deep,
    silent: onHost('cpu: { generation: haswell, cores: 4 }') + deep,
    at: 'site.hosts.a.cpu.generation',
  },
  {
    rule: 'cpu/vmcs-shadowing',
    shows: 'the inner machines have more virtual CPUs than an Avoton has cores',
    breaks: onHost('cpu: { model: Intel Atom C2750, cores: 8 }') + kvmWith('cpus: 8,', cpusInside(3)),
    silent: onHost('cpu: { model: Intel Atom C2750, cores: 8 }') + kvmWith('cpus: 8,', cpusInside(2)),
    at: 'site.hosts.a.cpu.model',
  },
  {
    rule: 'cpu/vmcs-shadowing',
    shows: 'a third level is to run on Intel, and not on a Bulldozer, which needs nothing like it',
    breaks: onHost('cpu: { generation: sandy-bridge, cores: 4 }') + deep,
    silent: onHost('cpu: { generation: bulldozer, cores: 4 }') + deep,
    at: 'site.hosts.a.cpu.generation',
  },
  {
    rule: 'cpu/hybrid-cores',
    shows: 'ESXi runs on a processor with two kinds of cores',
    breaks: onHost('product: esxi, version: "8.0", cpu: { generation: alder-lake, hybrid: true }') + kvm,
    silent: onHost('product: esxi, version: "8.0", cpu: { generation: alder-lake }') + kvm,
    at: 'site.hosts.a.cpu.hybrid',
  },
  {
    rule: 'cpu/hybrid-cores',
    shows: 'ESXi, and not KVM, runs on a processor with two kinds of cores',
    breaks: onHost(`${esxi67}, cpu: { hybrid: true }`) + kvm,
    silent: onHost('product: kvm, cpu: { hybrid: true }') + kvm,
    at: 'site.hosts.a.cpu.hybrid',
  },
]

function cpusInside(count: number): string {
  return Array.from({ length: count }, (_, index) => `m${index}: { image: tiny, cpus: 4 }`).join(', ')
}

const host = (version: string, cpu: string) => onHost(`product: esxi, version: "${version}", cpu: { ${cpu} }`)
const evc = (baseline: string) => `clusters: { all: { members: [a], evc: ${baseline} } }\n`

const xsave: readonly RuleCase[] = [
  {
    rule: 'cpu/xsave',
    shows: 'ESXi 8.0 Update 2 is to run on an Avoton',
    breaks: host('8.0U2', 'generation: avoton') + kvm,
    silent: host('8.0U2', 'generation: sandy-bridge') + kvm,
    at: 'site.hosts.a.version',
  },
  {
    rule: 'cpu/xsave',
    shows: 'ESXi 8.0 Update 3, and not Update 1, is to run on an Avoton',
    breaks: host('8.0U3', 'generation: avoton') + kvm,
    silent: host('8.0U1', 'generation: avoton') + kvm,
    at: 'site.hosts.a.version',
  },
  {
    rule: 'cpu/xsave',
    shows: 'ESXi 8.0 of an unknown update is to run on an Avoton',
    breaks: host('8.0', 'generation: avoton') + kvm,
    silent: host('7.0', 'generation: avoton') + kvm,
    at: 'site.hosts.a.version',
    severity: 'warning',
  },
  {
    rule: 'cpu/xsave',
    shows: 'a nested ESXi 9 is on a Westmere',
    breaks: host('6.7', 'generation: westmere') + esxiWith('9.0'),
    silent: host('6.7', 'generation: skylake') + esxiWith('9.0'),
    at: 'machines.esxi.hypervisor.version',
  },
  {
    rule: 'cpu/xsave',
    shows: 'EVC hides XSAVE from a nested ESXi 9',
    breaks: host('6.7', 'generation: skylake') + evc('westmere') + esxiWith('9.0'),
    silent: host('6.7', 'generation: skylake') + evc('sandy-bridge') + esxiWith('9.0'),
    at: 'machines.esxi.hypervisor.version',
  },
  {
    rule: 'cpu/xsave',
    shows: 'one of two hosts of a nested ESXi 9 has no XSAVE',
    breaks:
      onHosts({ a: `${esxi67}, cpu: { generation: avoton }`, b: `${esxi67}, cpu: { generation: zen }` }) +
      esxiWith('9.0'),
    silent:
      onHosts({ a: `${esxi67}, cpu: { generation: haswell }`, b: `${esxi67}, cpu: { generation: zen }` }) +
      esxiWith('9.0'),
    at: 'machines.esxi.hypervisor.version',
    severity: 'warning',
  },
  {
    rule: 'cpu/xsave',
    shows: 'the CPU model of a nested ESXi 9 has no XSAVE',
    breaks: esxiWith('9.0', 'hardware: { cpuModel: "Westmere,+vmx" },'),
    silent: esxiWith('9.0', 'hardware: { cpuModel: "Westmere,+vmx,+xsave" },'),
    at: 'machines.esxi.hypervisor.version',
  },
  {
    rule: 'cpu/xsave',
    shows: 'the CPU model of the hypervisor around a nested ESXi 9 has no XSAVE',
    breaks: kvmWith('hardware: { cpuModel: "Nehalem,+vmx" },', innerEsxi('9.0')),
    silent: kvmWith('hardware: { cpuModel: host },', innerEsxi('9.0')),
    at: 'machines.kvm.hypervisor.machines.esxi.hypervisor.version',
  },
  {
    rule: 'cpu/xsave',
    shows: 'a nested ESXi 8.0 of an unknown update is in an EVC cluster of nested hosts',
    breaks: `clusters: { inner: { members: [esxi], evc: westmere } }\n${esxiWith('7.0', '', innerEsxi('8.0'))}`,
    silent: `clusters: { inner: { members: [esxi], evc: westmere } }\n${esxiWith('7.0', '', innerEsxi('7.0'))}`,
    at: 'machines.esxi.hypervisor.machines.esxi.hypervisor.version',
    severity: 'warning',
  },
]

function innerEsxi(version: string): string {
  return `esxi: { hypervisor: { product: esxi, version: "${version}" } }`
}

const refused: readonly RuleCase[] = [
  {
    rule: 'cpu/refused-generation',
    shows: 'ESXi 7.0 is to run on a Westmere',
    breaks: host('7.0', 'generation: westmere') + kvm,
    silent: host('6.7', 'generation: westmere') + kvm,
    at: 'site.hosts.a.version',
  },
  {
    rule: 'cpu/refused-generation',
    shows: 'ESXi 8.0 is to run on a Sandy Bridge, for which there is a boot option',
    breaks: host('8.0U3', 'generation: sandy-bridge') + kvm,
    silent: host('7.0U3', 'generation: sandy-bridge') + kvm,
    at: 'site.hosts.a.version',
    severity: 'warning',
  },
  {
    rule: 'cpu/refused-generation',
    shows:
      'ESXi 8.0 can still be started on a Westmere by a boot option, which helps no more from Update 2 on',
    breaks: host('8.0U1', 'generation: westmere') + kvm,
    silent: host('8.0U2', 'generation: westmere') + kvm,
    at: 'site.hosts.a.version',
    severity: 'warning',
  },
  {
    rule: 'cpu/refused-generation',
    shows: 'a nested ESXi 7.0 is on a Westmere',
    breaks: host('6.5', 'generation: westmere') + esxiWith('7.0'),
    silent: host('6.5', 'generation: westmere') + esxiWith('6.7'),
    at: 'machines.esxi.hypervisor.version',
  },
  {
    rule: 'cpu/refused-generation',
    shows: 'the CPU model of a nested ESXi 7.0 is Westmere',
    breaks: host('6.5', 'generation: haswell') + esxiWith('7.0', 'hardware: { cpuModel: "Westmere,+vmx" },'),
    silent: host('6.5', 'generation: westmere') + esxiWith('7.0', 'hardware: { cpuModel: "Haswell,+vmx" },'),
    at: 'machines.esxi.hypervisor.version',
  },
]

export const processorCases: readonly RuleCase[] = [...generations, ...features, ...xsave, ...refused]
