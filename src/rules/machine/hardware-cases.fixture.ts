/** Cases of the rules about virtual hardware and guest types. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { esxiWith, hypervisorWith, kvmWith, onHost, onHosts } from './labs.fixture.ts'

const hardware = (keys: string) => `hardware: { ${keys} },`
const version = (number: number) => hardware(`version: ${number}`)
const onEsxi = (release: string) => onHost(`product: esxi, version: "${release}"`)
const plain = (keys: string) => `machines:\n  web: { image: debian, ${keys} }\n`
const at = 'machines.esxi.hardware.version'

const versions: readonly RuleCase[] = [
  {
    rule: 'hardware/version',
    shows: 'a hypervisor has hardware version 8',
    breaks: esxiWith('5.5', version(8)),
    silent: esxiWith('5.5', version(9)),
    at,
  },
  {
    rule: 'hardware/version',
    shows: 'a hypervisor has hardware version 8 on ESXi 5.1, and not on 5.0',
    breaks: onEsxi('5.1') + esxiWith('5.5', version(8)),
    silent: onEsxi('5.0') + esxiWith('5.5', version(8)),
    at,
  },
  {
    rule: 'hardware/version',
    shows: 'a hypervisor, and not a plain machine, has hardware version 8',
    breaks: kvmWith(version(8)),
    silent: plain(version(8)),
    at: 'machines.kvm.hardware.version',
  },
  {
    rule: 'hardware/version',
    shows: 'hardware version 11 is to run on ESXi 5.5',
    breaks: onEsxi('5.5') + esxiWith('5.5', version(11)),
    silent: onEsxi('5.5') + esxiWith('5.5', version(10)),
    at,
  },
  {
    rule: 'hardware/version',
    shows: 'hardware version 19 is to run on ESXi 7.0 Update 1',
    breaks: onEsxi('7.0U1') + esxiWith('7.0', version(19)),
    silent: onEsxi('7.0U2') + esxiWith('7.0', version(19)),
    at,
  },
  {
    rule: 'hardware/version',
    shows: 'hardware version 20 is to run on ESXi 7.0, none of whose updates has it',
    breaks: onEsxi('7.0') + esxiWith('7.0', version(20)),
    silent: onEsxi('7.0') + esxiWith('7.0', version(19)),
    at,
  },
  {
    rule: 'hardware/version',
    shows: 'only one of two hosts runs hardware version 13',
    breaks:
      onHosts({ a: 'product: esxi, version: "6.0"', b: 'product: esxi, version: "6.7"' }) +
      esxiWith('6.5', version(13)),
    silent:
      onHosts({ a: 'product: esxi, version: "6.0"', b: 'product: esxi, version: "6.7"' }) +
      esxiWith('6.5', version(11)),
    at,
    severity: 'warning',
  },
  {
    rule: 'hardware/version',
    shows: 'hardware version 16 of Workstation is to run on ESXi',
    breaks: onEsxi('8.0') + plain(version(16)),
    silent: onHost('product: workstation, version: "16"') + plain(version(16)),
    at: 'machines.web.hardware.version',
  },
  {
    rule: 'hardware/version',
    shows: 'a machine inside a nested ESXi 6.5 has hardware version 14',
    breaks: esxiWith('6.5', '', `web: { image: debian, ${version(14)} }`),
    silent: esxiWith('6.7', '', `web: { image: debian, ${version(14)} }`),
    at: 'machines.esxi.hypervisor.machines.web.hardware.version',
  },
]

const limits: readonly RuleCase[] = [
  {
    rule: 'hardware/limits',
    shows: 'a machine of hardware version 10 has 65 virtual CPUs',
    breaks: plain(`${version(10)} cpus: 65`),
    silent: plain(`${version(11)} cpus: 65`),
    at: 'machines.web.cpus',
  },
  {
    rule: 'hardware/limits',
    shows: 'ESXi 5.5 is to run a machine with 65 virtual CPUs',
    breaks: onEsxi('5.5') + plain('cpus: 65'),
    silent: onEsxi('6.0') + plain('cpus: 65'),
    at: 'machines.web.cpus',
  },
  {
    rule: 'hardware/limits',
    shows: 'a machine of hardware version 19 has 65 cores in a socket',
    breaks: plain(`${hardware('version: 19, coresPerSocket: 65')} cpus: 65`),
    silent: plain(`${hardware('version: 20, coresPerSocket: 65')} cpus: 65`),
    at: 'machines.web.hardware.coresPerSocket',
  },
  {
    rule: 'hardware/limits',
    shows: 'a machine of hardware version 10 has 1012 GiB of memory',
    breaks: plain(`${version(10)} memory: 1012GiB`),
    silent: plain(`${version(10)} memory: 1011GiB`),
    at: 'machines.web.memory',
  },
  {
    rule: 'hardware/limits',
    shows: 'a machine of hardware version 11 has an NVMe disk',
    breaks: plain(`${version(11)} disks: [{ size: 8GiB }, { size: 8GiB, kind: nvme }]`),
    silent: plain(`${version(13)} disks: [{ size: 8GiB }, { size: 8GiB, kind: nvme }]`),
    at: 'machines.web.disks[1].kind',
  },
  {
    rule: 'hardware/firmware',
    shows: 'a machine of hardware version 7 starts from UEFI',
    breaks: plain(hardware('version: 7, firmware: efi')),
    silent: plain(hardware('version: 8, firmware: efi')),
    at: 'machines.web.hardware.firmware',
  },
  {
    rule: 'hardware/firmware',
    shows: 'a nested ESXi 8.0 starts from legacy BIOS',
    breaks: esxiWith('8.0', hardware('firmware: bios')),
    silent: esxiWith('7.0', hardware('firmware: bios')),
    at: 'machines.esxi.hardware.firmware',
    severity: 'advice',
  },
  {
    rule: 'hardware/web-client',
    shows: 'hardware version 10 on ESXi 5.5 is without a vCenter',
    breaks: onEsxi('5.5') + esxiWith('5.5', version(10)),
    silent: `${onEsxi('5.5') + esxiWith('5.5', version(10))}  vc: { image: vcsa, memory: 12GiB, cpus: 2, role: vcenter }\n`,
    at,
  },
  {
    rule: 'hardware/web-client',
    shows: 'hardware version 9 stands on ESXi 5.1, and not on 6.0 with its own client in the browser',
    breaks: onEsxi('5.1') + plain(version(9)),
    silent: onEsxi('6.0') + plain(version(9)),
    at: 'machines.web.hardware.version',
  },
  {
    rule: 'hardware/web-client',
    shows: 'what is to be set for hardware version 9 is not written for a .vmx file',
    breaks: onEsxi('5.1') + plain(version(9)),
    silent: onEsxi('5.1') + plain(hardware('version: 9, settings: { vhv.enable: "TRUE" }')),
    at: 'machines.web.hardware.version',
  },
]

const guest = (id: string) => hardware(`guestId: ${id}`)

const guests: readonly RuleCase[] = [
  {
    rule: 'hardware/guest-id',
    shows: 'a nested ESXi has the guest type of a Linux',
    breaks: esxiWith('6.7', guest('otherLinux64Guest')),
    silent: esxiWith('6.7', guest('vmkernel65Guest')),
    at: 'machines.esxi.hardware.guestId',
  },
  {
    rule: 'hardware/guest-id',
    shows: 'a nested ESXi 7.0 has the guest type of 6.5',
    breaks: onEsxi('7.0') + esxiWith('7.0', guest('vmkernel65Guest')),
    silent: onEsxi('6.7') + esxiWith('7.0', guest('vmkernel65Guest')),
    at: 'machines.esxi.hardware.guestId',
    severity: 'advice',
  },
  {
    rule: 'hardware/guest-id',
    shows: 'Hyper-V has the guest type of a Linux on VMware, and not on KVM',
    breaks: onEsxi('8.0') + hypervisorWith('hyperv', '2022', guest('otherLinux64Guest')),
    silent: onHost('product: kvm') + hypervisorWith('hyperv', '2022', guest('otherLinux64Guest')),
    at: 'machines.hyperv.hardware.guestId',
  },
  {
    rule: 'hardware/guest-id',
    shows: 'a KVM node has the guest type of ESXi',
    breaks: kvmWith(guest('vmkernel8Guest')),
    silent: kvmWith(guest('debian12_64Guest')),
    at: 'machines.kvm.hardware.guestId',
  },
]

const hyperv = (keys: string) => hypervisorWith('hyperv', '2022', hardware(keys))
const onHyperv = (cpu: string) => onHost(`product: hyperv, version: "2022", cpu: { ${cpu} }`)

const hypervMachines: readonly RuleCase[] = [
  {
    rule: 'hardware/hyperv-config-version',
    shows: 'a hypervisor has configuration version 5.0',
    breaks: hyperv('configVersion: "5.0"'),
    silent: hyperv('configVersion: "8.0"'),
    at: 'machines.hyperv.hardware.configVersion',
  },
  {
    rule: 'hardware/hyperv-config-version',
    shows: 'a hypervisor on AMD has configuration version 9.0',
    breaks: onHyperv('generation: zen2') + hyperv('configVersion: "9.0"'),
    silent: onHyperv('generation: skylake') + hyperv('configVersion: "9.0"'),
    at: 'machines.hyperv.hardware.configVersion',
  },
  {
    rule: 'hardware/hyperv-memory',
    shows: 'a hypervisor has dynamic memory',
    breaks: hyperv('dynamicMemory: true'),
    silent: `machines:\n  web: { image: windows, memory: 4GiB, ${hardware('dynamicMemory: true')} }\n`,
    at: 'machines.hyperv.hardware.dynamicMemory',
  },
]

const windows = (keys: string) =>
  `machines:\n  win: { image: windows, memory: 8GiB, ${hardware(`vbs: true, ${keys}`)} }\n`
const onCpu = (release: string, cpu: string) =>
  onHost(`product: esxi, version: "${release}", cpu: { generation: ${cpu} }`)

const vbs: readonly RuleCase[] = [
  {
    rule: 'hardware/vbs',
    shows: 'a machine with VBS has hardware version 13',
    breaks: windows('version: 13'),
    silent: windows('version: 14'),
    at: 'machines.win.hardware.version',
  },
  {
    rule: 'hardware/vbs',
    shows: 'a machine with VBS on AMD has hardware version 18',
    breaks: onCpu('8.0', 'zen2') + windows('version: 18'),
    silent: onCpu('8.0', 'skylake') + windows('version: 18'),
    at: 'machines.win.hardware.version',
  },
  {
    rule: 'hardware/vbs',
    shows: 'a machine with VBS is on ESXi 6.5',
    breaks: onCpu('6.5', 'haswell') + windows(''),
    silent: onCpu('6.7', 'haswell') + windows(''),
    at: 'machines.win.hardware.vbs',
  },
  {
    rule: 'hardware/vbs',
    shows: 'a machine with VBS is on ESXi 7.0 Update 1 and AMD',
    breaks: onCpu('7.0U1', 'zen3') + windows(''),
    silent: onCpu('7.0U2', 'zen3') + windows(''),
    at: 'machines.win.hardware.vbs',
  },
  {
    rule: 'hardware/vbs',
    shows: 'a machine with VBS is on an Ivy Bridge, where it is slow',
    breaks: onCpu('6.7', 'ivy-bridge') + windows(''),
    silent: onCpu('6.7', 'haswell') + windows(''),
    at: 'machines.win.hardware.vbs',
    severity: 'advice',
  },
  {
    rule: 'hardware/vbs',
    shows: 'a machine with VBS starts from legacy BIOS',
    breaks: windows('firmware: bios'),
    silent: windows('firmware: efi'),
    at: 'machines.win.hardware.firmware',
  },
  {
    rule: 'hardware/vbs',
    shows: 'a machine with VBS is not handed hardware virtualization',
    breaks: windows('exposeVirtualization: false'),
    silent: windows('exposeVirtualization: true'),
    at: 'machines.win.hardware.exposeVirtualization',
  },
]

export const hardwareCases: readonly RuleCase[] = [
  ...versions,
  ...limits,
  ...guests,
  ...hypervMachines,
  ...vbs,
]
