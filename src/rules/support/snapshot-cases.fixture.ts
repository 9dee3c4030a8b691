/** Cases of the rules on snapshots of running machines. */
import type { RuleCase } from '../rule-case.fixture.ts'
import type { SiteKnowledge } from '../scene.ts'

const hosts = (text: string) => `site: { kind: facts, hosts: { ${text} } }\n`
const amd = 'pc: { product: kvm, cpu: { model: AMD EPYC 7402P } }'
const zen = 'pc: { product: proxmox, cpu: { generation: zen2 } }'
const intel = 'pc: { product: kvm, cpu: { generation: skylake } }'

const running = (inside = 'machines: { web: { image: tiny } }', product = 'kvm') =>
  `snapshots: running\nmachines: { node: { hypervisor: { product: ${product}, ${inside} } } }\n`
const stopped = running().replace('running', 'stopped')

const old = (version: string, product = 'kvm') => hosts(`pc: { product: ${product}, version: "${version}" }`)

const probed = (accelerator: 'kvm' | 'tcg'): SiteKnowledge => ({
  origin: 'probed',
  accelerator,
  hosts: [{ name: 'this-machine', cpu: { model: 'AMD Ryzen 7 5800X' }, disksMiB: [], nics: [] }],
})

const amdRule = 'snapshot/amd-running'
const intelRule = 'snapshot/intel-versions'
const hypervRule = 'snapshot/hyperv-host'

const amdCases: readonly RuleCase[] = [
  {
    rule: amdRule,
    shows: 'a KVM host with AMD saves a hypervisor with a machine running inside',
    breaks: `${hosts(amd)}${running()}`,
    silent: `${hosts(intel)}${running()}`,
    at: 'snapshots',
  },
  {
    rule: amdRule,
    shows: 'Proxmox VE on Zen 2 saves running machines',
    breaks: `${hosts(zen)}${running()}`,
    silent: `${hosts(zen)}${stopped}`,
    at: 'snapshots',
  },
  {
    rule: amdRule,
    shows: 'the hypervisor that is saved holds a machine',
    breaks: `${hosts(amd)}${running()}`,
    silent: `${hosts(amd)}${running('machines: {}')}`,
    at: 'snapshots',
  },
  {
    rule: amdRule,
    shows: 'the host with AMD runs KVM and not ESXi',
    breaks: `${hosts(amd)}${running()}`,
    silent: `${hosts(amd.replace('kvm', 'esxi'))}${running()}`,
    at: 'snapshots',
  },
  {
    rule: amdRule,
    shows: 'one of two hosts has AMD',
    breaks: `${hosts(`${amd}, other: { product: kvm, cpu: { generation: haswell } }`)}${running()}`,
    silent: `${hosts(`${intel}, other: { product: kvm, cpu: { generation: haswell } }`)}${running()}`,
    at: 'snapshots',
    severity: 'warning',
  },
  {
    rule: amdRule,
    shows: 'this machine has AMD and a KVM that works',
    breaks: running(),
    silent: running(),
    at: 'snapshots',
    site: probed('kvm'),
    silentSite: probed('tcg'),
  },
]

const versionCases: readonly RuleCase[] = [
  {
    rule: intelRule,
    shows: 'KVM is older than kernel and QEMU must be',
    breaks: `${old('4.1')}${running()}`,
    silent: `${old('5.3')}${running()}`,
    at: 'site.hosts.pc.version',
  },
  {
    rule: intelRule,
    shows: 'KVM is too old if its version is that of the kernel',
    breaks: `${old('5.2')}${running()}`,
    silent: `${old('5.2')}${stopped}`,
    at: 'site.hosts.pc.version',
    severity: 'warning',
  },
  {
    rule: intelRule,
    shows: 'Proxmox VE is older than 6.2',
    breaks: `${old('6.1', 'proxmox')}${running()}`,
    silent: `${old('6.2', 'proxmox')}${running()}`,
    at: 'site.hosts.pc.version',
  },
  {
    rule: hypervRule,
    shows: 'Hyper-V saves a hypervisor with a machine running inside',
    breaks: `${old('2022', 'hyperv')}${running('machines: { web: { image: tiny } }', 'hyperv')}`,
    silent: `${old('2022', 'hyperv')}${running('machines: {}', 'hyperv')}`,
    at: 'snapshots',
  },
  {
    rule: hypervRule,
    shows: 'the host of a saved hypervisor is Hyper-V and not KVM',
    breaks: `${old('2022', 'hyperv')}${running()}`,
    silent: `${old('6.1', 'kvm')}${running()}`,
    at: 'snapshots',
  },
]

export const snapshotCases: readonly RuleCase[] = [...amdCases, ...versionCases]
