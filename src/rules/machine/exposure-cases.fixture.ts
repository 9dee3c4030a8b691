/** Cases of the rules about handing hardware virtualization on, and about what is in its way on the host. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { esxiWith, hypervisorWith, kvm, kvmWith, onHost, onHosts } from './labs.fixture.ts'

const hardware = (keys: string) => `hardware: { ${keys} },`
const hidden = hardware('exposeVirtualization: false')
const onEsxi = (version: string) => onHost(`product: esxi, version: "${version}"`)

const key = (text: string, value = 'TRUE') => esxiWith('5.5', hardware(`settings: { ${text}: "${value}" }`))

const exposure: readonly RuleCase[] = [
  {
    rule: 'cpu/exposure',
    shows: 'a nested ESXi with a machine is not handed VT-x',
    breaks: esxiWith('8.0', hidden),
    silent: esxiWith('8.0', hidden, ''),
    at: 'machines.esxi.hardware.exposeVirtualization',
  },
  {
    rule: 'cpu/exposure',
    shows: 'a KVM node is not handed VT-x, so that it emulates',
    breaks: kvmWith(hidden),
    silent: kvmWith(hardware('exposeVirtualization: true')),
    at: 'machines.kvm.hardware.exposeVirtualization',
    severity: 'warning',
  },
  {
    rule: 'cpu/exposure',
    shows: 'a 64-bit machine is in an ESXi 5.5 without VT-x',
    breaks: esxiWith('5.5', hidden),
    silent: esxiWith('5.5'),
    at: 'machines.esxi.hardware.exposeVirtualization',
  },
  {
    rule: 'cpu/exposure',
    shows: 'a 32-bit machine is in an ESXi 5.5 without VT-x, which translates its code',
    breaks: esxiWith('5.5', hidden, 'web: { image: debian, hardware: { bits: 32 } }'),
    silent: esxiWith('5.5', '', 'web: { image: debian, hardware: { bits: 32 } }'),
    at: 'machines.esxi.hardware.exposeVirtualization',
    severity: 'warning',
  },
  {
    rule: 'cpu/exposure',
    shows: 'a 32-bit machine is in an ESXi 6.7 without VT-x, which translates nothing any more',
    breaks: esxiWith('6.7', hidden, 'web: { image: debian, hardware: { bits: 32 } }'),
    silent: esxiWith('6.7', '', 'web: { image: debian, hardware: { bits: 32 } }'),
    at: 'machines.esxi.hardware.exposeVirtualization',
    severity: 'error',
  },
  {
    rule: 'cpu/exposure',
    shows: 'a setting of the .vmx file hides VT-x',
    breaks: esxiWith('8.0', hardware('settings: { vhv.enable: "FALSE" }')),
    silent: esxiWith('8.0', hardware('settings: { vhv.enable: "TRUE" }')),
    at: 'machines.esxi.hardware.settings.vhv.enable',
  },
  {
    rule: 'cpu/exposure',
    shows: 'a setting of VMware takes it away, on a host that reads it',
    breaks: onEsxi('8.0') + key('vhv.enable', 'FALSE'),
    silent: onHost('product: kvm') + key('vhv.enable', 'FALSE'),
    at: 'machines.esxi.hardware.settings.vhv.enable',
  },
  {
    rule: 'cpu/passthrough-excludes-exposure',
    shows: 'a nested ESXi has a device of its ESXi host',
    breaks: onEsxi('8.0') + esxiWith('8.0', hardware('passthrough: [gpu]')),
    silent: onHost('product: kvm') + esxiWith('8.0', hardware('passthrough: [gpu]')),
    at: 'machines.esxi.hardware.passthrough',
  },
  {
    rule: 'cpu/passthrough-excludes-exposure',
    shows: 'a hypervisor, and not a plain machine, has a device of its ESXi host',
    breaks: onEsxi('8.0') + kvmWith(hardware('passthrough: [gpu]')),
    silent: `${onEsxi('8.0')}machines:\n  web: { image: debian, hardware: { passthrough: [gpu] } }\n`,
    at: 'machines.kvm.hardware.passthrough',
  },
  {
    rule: 'cpu/execution-mode',
    shows: 'a nested ESXi executes in software',
    breaks: esxiWith('6.5', hardware('execution: software')),
    silent: esxiWith('6.5', hardware('execution: hardware')),
    at: 'machines.esxi.hardware.execution',
  },
  {
    rule: 'cpu/execution-mode',
    shows: 'a nested ESXi leaves its execution mode to the host',
    breaks: onEsxi('6.5') + esxiWith('6.5', hardware('execution: automatic')),
    silent: onHost('product: kvm') + esxiWith('6.5', hardware('execution: automatic')),
    at: 'machines.esxi.hardware.execution',
    severity: 'advice',
  },
  {
    rule: 'cpu/execution-mode',
    shows: 'a setting lets a nested ESXi shadow page tables in software',
    breaks: esxiWith('6.5', hardware('settings: { monitor.virtual_mmu: "software" }')),
    silent: esxiWith('6.5', hardware('settings: { monitor.virtual_mmu: "hardware" }')),
    at: 'machines.esxi.hardware.settings.monitor.virtual_mmu',
  },
]

const exposureKeys: readonly RuleCase[] = [
  {
    rule: 'cpu/exposure-key',
    shows: 'the key has the misprint of an article',
    breaks: key('hvh.enable'),
    silent: key('vhv.enable'),
    at: 'machines.esxi.hardware.settings.hvh.enable',
  },
  {
    rule: 'cpu/exposure-key',
    shows: 'the key of ESXi 5.0 stands on 5.1',
    breaks: onEsxi('5.1') + key('vhv.allow'),
    silent: onEsxi('5.0') + key('vhv.allow'),
    at: 'machines.esxi.hardware.settings.vhv.allow',
  },
  {
    rule: 'cpu/exposure-key',
    shows: 'the key of ESXi 5.1 stands on 5.0',
    breaks: onEsxi('5.0') + key('vhv.enable'),
    silent: onEsxi('5.0') + key('vhv.allow'),
    at: 'machines.esxi.hardware.settings.vhv.enable',
  },
  {
    rule: 'cpu/exposure-key',
    shows: 'the key repeats on ESXi 6.7 what the machine says',
    breaks: onEsxi('6.7') + key('vhv.enable'),
    silent: onEsxi('6.7') + esxiWith('5.5', hardware('exposeVirtualization: true')),
    at: 'machines.esxi.hardware.settings.vhv.enable',
    severity: 'advice',
  },
  {
    rule: 'cpu/exposure-key',
    shows: 'the key of VMware stands on a KVM host',
    breaks: onHost('product: kvm') + key('vhv.enable'),
    silent: onHost('product: kvm') + esxiWith('5.5', hardware('settings: { hv-time: "on" }')),
    at: 'machines.esxi.hardware.settings.vhv.enable',
  },
  {
    rule: 'cpu/exposure-key',
    shows: 'the key says the opposite of the machine',
    breaks: esxiWith('8.0', hardware('exposeVirtualization: true, settings: { vhv.enable: "FALSE" }')),
    silent: esxiWith('8.0', hardware('exposeVirtualization: true, settings: { vhv.enable: "TRUE" }')),
    at: 'machines.esxi.hardware.settings.vhv.enable',
  },
]

const model = (text: string) => hardware(`cpuModel: "${text}"`)

const models: readonly RuleCase[] = [
  {
    rule: 'cpu/model-hides-virtualization',
    shows: 'a nested ESXi has the CPU model kvm64',
    breaks: esxiWith('6.7', model('kvm64')),
    silent: esxiWith('6.7', model('host')),
    at: 'machines.esxi.hardware.cpuModel',
  },
  {
    rule: 'cpu/model-hides-virtualization',
    shows: 'a nested ESXi has a named model without vmx',
    breaks: esxiWith('6.7', model('Haswell-noTSX')),
    silent: esxiWith('6.7', model('Haswell-noTSX,+vmx')),
    at: 'machines.esxi.hardware.cpuModel',
  },
  {
    rule: 'cpu/model-hides-virtualization',
    shows: 'a KVM node on Proxmox VE has the type x86-64-v2-AES, so that it emulates',
    breaks: onHost('product: proxmox, version: "8"') + kvmWith(model('x86-64-v2-AES')),
    silent: onHost('product: esxi, version: "8.0"') + kvmWith(model('x86-64-v2-AES')),
    at: 'machines.kvm.hardware.cpuModel',
    severity: 'warning',
  },
  {
    rule: 'cpu/model-hides-virtualization',
    shows: 'a nested ESXi has a model of AMD, to which only libvirt adds svm',
    breaks: esxiWith('6.7', model('EPYC')),
    silent: esxiWith('6.7', hardware('cpuModel: EPYC, settings: { args: "-cpu EPYC,+svm" }')),
    at: 'machines.esxi.hardware.cpuModel',
    severity: 'warning',
  },
  {
    rule: 'cpu/model-hides-virtualization',
    shows: 'vmx is taken from the model of the host',
    breaks: esxiWith('6.7', model('host,-vmx')),
    silent: esxiWith('6.7', model('host,-pcid')),
    at: 'machines.esxi.hardware.cpuModel',
  },
  {
    rule: 'cpu/model-hides-virtualization',
    shows: 'the model qemu64 is run by KVM, and not emulated',
    breaks: kvmWith(model('qemu64')),
    silent: kvmWith(model('qemu64')),
    at: 'machines.kvm.hardware.cpuModel',
    severity: 'warning',
    site: { origin: 'probed', hosts: [], accelerator: 'kvm' },
    silentSite: { origin: 'probed', hosts: [], accelerator: 'tcg' },
  },
]

const hosts: readonly RuleCase[] = [
  {
    rule: 'cpu/host-passes-on',
    shows: 'a KVM host without `nested` is to run a nested ESXi with machines',
    breaks: onHost('product: kvm, nested: false') + esxiWith('7.0'),
    silent: onHost('product: kvm') + esxiWith('7.0'),
    at: 'site.hosts.a.nested',
  },
  {
    rule: 'cpu/host-passes-on',
    shows: 'a KVM host without `nested` is to run KVM nodes, which emulate',
    breaks: onHost('product: kvm, nested: false') + kvm,
    silent: onHost('product: kvm, nested: false') + kvmWith('', ''),
    at: 'site.hosts.a.nested',
    severity: 'warning',
  },
  {
    rule: 'cpu/host-passes-on',
    shows: 'one of two hosts has `nested` off',
    breaks: onHosts({ a: 'product: kvm, nested: false', b: 'product: kvm' }) + esxiWith('7.0'),
    silent: onHosts({ a: 'product: kvm, nested: true', b: 'product: kvm' }) + esxiWith('7.0'),
    at: 'site.hosts.a.nested',
    severity: 'warning',
  },
  {
    rule: 'cpu/host-vbs',
    shows: 'Workstation runs on a Windows with VBS',
    breaks: onHost('product: workstation, version: "17", vbs: true') + esxiWith('8.0'),
    silent: onHost('product: hyperv, version: "2022", vbs: true') + esxiWith('8.0'),
    at: 'site.hosts.a.vbs',
  },
  {
    rule: 'cpu/host-vbs',
    shows: 'a hypervisor is to run in Workstation with VBS, and not only a plain machine',
    breaks: onHost('product: player, vbs: true') + kvm,
    silent: `${onHost('product: player, vbs: true')}machines:\n  web: { image: debian }\n`,
    at: 'site.hosts.a.vbs',
  },
  {
    rule: 'cpu/two-hypervisors',
    shows: 'VirtualBox and KVM share a host',
    breaks: onHost('product: virtualbox, version: "7.1", alsoRuns: [kvm]') + kvm,
    silent: onHost('product: virtualbox, version: "7.1", alsoRuns: [docker]') + kvm,
    at: 'site.hosts.a.alsoRuns[0]',
  },
  {
    rule: 'cpu/two-hypervisors',
    shows: 'Hyper-V is on beside Workstation',
    breaks: onHost('product: workstation, alsoRuns: [Hyper-V]') + kvm,
    silent: onHost('product: hyperv, alsoRuns: [VMware Workstation]') + kvm,
    at: 'site.hosts.a.alsoRuns[0]',
    severity: 'error',
  },
  {
    rule: 'cpu/two-hypervisors',
    shows: 'a KVM host also runs Workstation',
    breaks: onHost('product: kvm, alsoRuns: [qemu, VMware Workstation]') + kvm,
    silent: onHost('product: kvm, alsoRuns: [qemu, libvirt]') + kvm,
    at: 'site.hosts.a.alsoRuns[1]',
    severity: 'advice',
  },
  {
    rule: 'cpu/accelerator',
    shows: 'the machine was found to have no KVM',
    breaks: kvm,
    silent: kvm,
    at: 'site',
    severity: 'advice',
    site: { origin: 'probed', hosts: [], accelerator: 'tcg' },
    silentSite: { origin: 'probed', hosts: [], accelerator: 'kvm' },
  },
  {
    rule: 'cpu/accelerator',
    shows: 'a nested ESXi would be emulated',
    breaks: hypervisorWith('esxi', '8.0'),
    silent: hypervisorWith('esxi', '8.0'),
    at: 'site',
    severity: 'warning',
    site: { origin: 'probed', hosts: [], accelerator: 'tcg' },
    silentSite: { origin: 'probed', hosts: [], accelerator: 'kvm' },
  },
  {
    rule: 'cpu/accelerator',
    shows: 'the machine was found to have no QEMU',
    breaks: kvm,
    silent: kvm,
    at: 'site',
    severity: 'error',
    site: { origin: 'probed', hosts: [], accelerator: 'none' },
    silentSite: { origin: 'nothing', hosts: [] },
  },
]

export const exposureCases: readonly RuleCase[] = [...exposure, ...exposureKeys, ...models, ...hosts]
