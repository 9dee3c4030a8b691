/** Cases of the rules about which hypervisor runs in which, and how deep. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { esxiWith, hypervisorWith, kvm, kvmWith, onHost, onHosts } from './labs.fixture.ts'

const supported: readonly RuleCase[] = [
  {
    rule: 'nesting/supported',
    shows: 'a nested ESXi runs in Hyper-V',
    breaks: onHost('product: hyperv, version: "2022"') + esxiWith('8.0'),
    silent: onHost('product: hyperv, version: "2022"') + hypervisorWith('hyperv', '2022'),
    at: 'machines.esxi.hypervisor.product',
    severity: 'warning',
  },
  {
    rule: 'nesting/supported',
    shows: 'a hypervisor runs in a Hyper-V from before 2016',
    breaks: onHost('product: hyperv, version: "2012"') + hypervisorWith('hyperv', '2022'),
    silent: onHost('product: hyperv, version: "2016"') + hypervisorWith('hyperv', '2022'),
    at: 'machines.hyperv.hypervisor.product',
  },
  {
    rule: 'nesting/supported',
    shows: 'a hypervisor runs in Workstation 7',
    breaks: onHost('product: workstation, version: "7"') + kvm,
    silent: onHost('product: workstation, version: "8"') + kvm,
    at: 'machines.kvm.hypervisor.product',
  },
  {
    rule: 'nesting/supported',
    shows: 'one of two hosts is an ESXi 4.1',
    breaks: onHosts({ a: 'product: esxi, version: "4.1"', b: 'product: esxi, version: "5.0"' }) + kvm,
    silent: onHosts({ a: 'product: esxi, version: "5.0"', b: 'product: esxi, version: "5.0"' }) + kvm,
    at: 'machines.kvm.hypervisor.product',
    severity: 'warning',
  },
  {
    rule: 'nesting/supported',
    shows: 'Hyper-V is inside XCP-ng, also on level 2',
    breaks: hypervisorWith('xcp-ng', '8.3', '', 'h: { hypervisor: { product: hyperv } }'),
    silent: hypervisorWith('proxmox', '9', '', 'h: { hypervisor: { product: hyperv } }'),
    at: 'machines.xcp-ng.hypervisor.machines.h.hypervisor.product',
  },
  {
    rule: 'nesting/supported',
    shows: 'Xen is inside KVM, where it is little tested',
    breaks: onHost('product: kvm') + hypervisorWith('xcp-ng', '8.3'),
    silent: onHost('product: esxi, version: "8.0"') + hypervisorWith('xcp-ng', '8.3'),
    at: 'machines.xcp-ng.hypervisor.product',
    severity: 'warning',
  },
]

const versions: readonly RuleCase[] = [
  {
    rule: 'nesting/host-version',
    shows: 'Hyper-V 2019 is to nest on a processor of AMD',
    breaks:
      onHost('product: hyperv, version: "2019", cpu: { generation: zen2 }') +
      hypervisorWith('hyperv', '2019'),
    silent:
      onHost('product: hyperv, version: "2022", cpu: { generation: zen2 }') +
      hypervisorWith('hyperv', '2019'),
    at: 'site.hosts.a.version',
  },
  {
    rule: 'nesting/host-version',
    shows: 'Hyper-V 2016 is to nest on AMD, and not on Intel',
    breaks:
      onHost('product: hyperv, version: "2016", cpu: { model: AMD EPYC }') + hypervisorWith('hyperv', '2016'),
    silent:
      onHost('product: hyperv, version: "2016", cpu: { model: Intel Xeon }') +
      hypervisorWith('hyperv', '2016'),
    at: 'site.hosts.a.version',
  },
  {
    rule: 'nesting/host-version',
    shows: 'VirtualBox 6.0 is to nest on a processor of Intel',
    breaks: onHost('product: virtualbox, version: "6.0", cpu: { generation: skylake }') + kvm,
    silent: onHost('product: virtualbox, version: "6.0", cpu: { generation: zen }') + kvm,
    at: 'site.hosts.a.version',
  },
  {
    rule: 'nesting/host-version',
    shows: 'VirtualBox is to nest on a Haswell',
    breaks: onHost('product: virtualbox, version: "7.1", cpu: { generation: haswell }') + kvm,
    silent: onHost('product: virtualbox, version: "7.1", cpu: { generation: broadwell }') + kvm,
    at: 'site.hosts.a.product',
    severity: 'warning',
  },
]

const kvmInside = (inner: string) =>
  `k: { image: kvm-node, memory: 512MiB, hypervisor: { machines: { ${inner} } } }`
const tiny = 'app: { image: tiny }'
const cloud = (size: string) =>
  `site: { kind: facts, cloud: { provider: ec2, size: ${size}, nested: true } }\n`

const depth: readonly RuleCase[] = [
  {
    rule: 'nesting/depth',
    shows: 'machines are four levels deep',
    breaks: kvmWith('', kvmInside(kvmInside(tiny))),
    silent: kvmWith('', kvmInside(tiny)),
    at: 'machines.kvm.hypervisor.machines.k.hypervisor.machines.k.hypervisor.machines',
  },
  {
    rule: 'nesting/depth',
    shows: 'machines are three levels deep in ESXi',
    breaks: esxiWith('8.0', '', 'e: { hypervisor: { product: esxi, machines: { web: { image: debian } } } }'),
    silent: esxiWith('8.0', '', 'e: { hypervisor: { product: esxi } }'),
    at: 'machines.esxi.hypervisor.machines.e.hypervisor.machines',
    severity: 'advice',
  },
  {
    rule: 'nesting/depth',
    shows: 'Hyper-V in Hyper-V holds machines',
    breaks: hypervisorWith(
      'hyperv',
      '2022',
      '',
      'h: { hypervisor: { product: hyperv, machines: { w: { image: debian } } } }',
    ),
    silent: hypervisorWith('hyperv', '2022', '', 'h: { hypervisor: { product: hyperv } }'),
    at: 'machines.hyperv.hypervisor.machines.h.hypervisor.machines',
  },
  {
    rule: 'nesting/depth',
    shows: 'hypervisors with machines run in an instance of a cloud that is itself a machine',
    breaks: cloud('m8i.4xlarge') + kvm,
    silent: cloud('m5.metal') + kvm,
    at: 'machines.kvm.hypervisor.machines',
  },
]

const flags = (text: string) => `hardware: { settings: { args: "-cpu host,${text}" } },`
const all = 'hv-vpindex,hv-synic,hv-time,hv-stimer,hv-stimer-direct'

const enlightenments: readonly RuleCase[] = [
  {
    rule: 'nesting/hyperv-on-kvm',
    shows: 'nothing is said about the enlightenments of a Hyper-V in KVM',
    breaks: onHost('product: kvm') + hypervisorWith('hyperv', '2022'),
    silent: onHost('product: esxi, version: "8.0"') + hypervisorWith('hyperv', '2022'),
    at: 'machines.hyperv.hardware.settings',
    severity: 'advice',
  },
  {
    rule: 'nesting/hyperv-on-kvm',
    shows: 'a Hyper-V in KVM lacks the direct timers',
    breaks:
      onHost('product: kvm') +
      hypervisorWith('hyperv', '2022', flags('hv-vpindex,hv-synic,hv-time,hv-stimer')),
    silent: onHost('product: kvm') + hypervisorWith('hyperv', '2022', flags(all)),
    at: 'machines.hyperv.hardware.settings',
  },
  {
    rule: 'nesting/hyperv-on-kvm',
    shows: 'a Hyper-V in KVM is on a processor of AMD',
    breaks: onHost('product: kvm, cpu: { generation: zen3 }') + hypervisorWith('hyperv', '2022', flags(all)),
    silent:
      onHost('product: kvm, cpu: { generation: skylake }') + hypervisorWith('hyperv', '2022', flags(all)),
    at: 'machines.hyperv.hardware.settings',
  },
]

export const nestingCases: readonly RuleCase[] = [...supported, ...versions, ...depth, ...enlightenments]
