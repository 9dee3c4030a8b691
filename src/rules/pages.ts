/** The pages that rules of several files rest on, and those of machines and clouds; others stand beside their rule. */
import type { Source } from '#facts'
import { page } from './articles.ts'

export const pages = {
  kernel: page(
    'Linux: running nested guests with KVM',
    'https://git.zx2c4.com/linux-dev/tree/Documentation/virt/kvm/x86/running-nested-guests.rst',
  ),
  kernelLevel3: page(
    'Linux: commit that let KVM nest deeper',
    'https://git.karo-electronics.de/?a=commit&h=509c75ea198fe524adaf90ca1021487b733447ce&p=linux-beck.git',
    'S',
  ),
  vmwareNested: page('VMware: running nested VMs', 'https://communities.vmware.com/docs/DOC-8970'),
  passthrough: page(
    'Broadcom KB 437651: hardware virtualization cannot be exposed',
    'https://knowledge.broadcom.com/external/article/437651/unable-to-enable-expose-hardware-assiste.html',
  ),
  hostVbs: page(
    'VMware Workstation Player 17: running on a host with Hyper-V',
    'https://docs.vmware.com/jp/VMware-Workstation-Player-for-Windows/17.0/com.vmware.player.win.using.doc/GUID-778DD0ED-6FC9-415F-B071-0CEC127BE719.html',
  ),
  hybrid: page(
    'deinserverfachmann.de: ESXi and newer Intel CPUs',
    'https://deinserverfachmann.de/allgemein/vmware/esxi/esxi-und-neuere-intel-cpus/?amp=1',
    'S',
  ),
  xsave: page(
    'William Lam: ESXi 8.0 Update 2 requires XSAVE',
    'https://williamlam.com/2023/10/heads-up-esxi-8-0-update-2-requires-xsave-cpu-instruction-even-with-allowlegacycputrue.html',
    'S',
  ),
  refusedCpu: page(
    'polarclouds: ESXi 7.0 refuses Westmere',
    'https://polarclouds.co.uk/workaround-esxi-cpu-unsupported-pt2',
    'S',
  ),
  evc: page(
    'VMware KB 1003212 (a copy): EVC baselines',
    'http://5bim.com/oubohuiyuanwangzhan/21116.html',
    'S',
  ),
  qemuModels: page(
    'QEMU: recommended CPU models',
    'https://github.com/qemu/qemu/blob/master/docs/system/cpu-models-x86.rst.inc',
  ),
  qemuHyperv: page(
    'QEMU: Hyper-V enlightenments',
    'https://www.qemu.org/docs/master/system/i386/hyperv.html',
  ),
  qemuHypervAmd: page(
    'QEMU issue 3177: Hyper-V in a guest on AMD',
    'https://gitlab.com/qemu-project/qemu/-/work_items/3177',
    'S',
  ),
  esxiOnKvm: page(
    'weekly-geekly: ESXi inside KVM',
    'https://weekly-geekly.imtqy.com/articles/325090/index.html',
    'S',
  ),
  proxmox: page('Proxmox VE: nested virtualization', 'https://pve.proxmox.com/wiki/Nested_Virtualization'),
  virtualbox: page(
    'VirtualBox issue 141: KVM holds VT-x',
    'https://github.com/VirtualBox/virtualbox/issues/141',
    'S',
  ),
  hypervNested: page(
    'Microsoft: enable nested virtualization',
    'https://github.com/MicrosoftDocs/windowsserverdocs/blob/main/WindowsServerDocs/virtualization/hyper-v/enable-nested-virtualization.md',
  ),
  xcpng: page('XCP-ng issue 105: nested virtualization', 'https://github.com/xcp-ng/xcp/issues/105', 'S'),
  hardware65: page(
    'VMware: hardware features by compatibility setting, vSphere 6.5',
    'https://docs.vmware.com/en/VMware-vSphere/6.5/com.vmware.vsphere.vm_admin.doc/GUID-64D4B1C9-CD5D-4C68-8B50-585F6A87EBA0.html',
  ),
  hardware80: page(
    'VMware: hardware features by compatibility setting, vSphere 8.0',
    'https://docs.vmware.com/de/VMware-vSphere/8.0/vsphere-vm-administration/GUID-789C3913-1053-4850-A0F0-E29C3D32B6DA.html',
  ),
  vbs: page(
    'VMware: virtualization-based security, vSphere 8.0',
    'https://docs.vmware.com/it/VMware-vSphere/8.0/vsphere-security/GUID-8361F64B-DE1D-4FF1-A9FC-4DDE7056DC23.html',
  ),
  esxi60: page(
    'VMware: ESXi 6.0 hardware requirements',
    'http://pubs.vmware.com/vsphere-60/topic/com.vmware.vsphere.install.doc/GUID-DEB8086A-306B-4239-BF76-E354679202FC.html',
  ),
  esxi70: page(
    'VMware: ESXi 7.0 hardware requirements',
    'https://docs.vmware.com/en/VMware-vSphere/7.0/com.vmware.esxi.install.doc/GUID-DEB8086A-306B-4239-BF76-E354679202FC.html',
  ),
  esxi80: page(
    'VMware: ESXi 8.0 hardware requirements',
    'https://docs.vmware.com/cn/VMware-vSphere/8.0/vsphere-esxi-installation/GUID-DEB8086A-306B-4239-BF76-E354679202FC.html',
  ),
  vcsa80: page(
    'VMware: vCenter Server 8.0 appliance sizes',
    'https://docs.vmware.com/de/VMware-vSphere/8.0/vsphere-vcenter-installation/GUID-752FCA83-1A9B-499E-9C65-D5625351C0B5.html',
  ),
  witness: page(
    'VMware: sizing the vSAN witness',
    'https://docs.vmware.com/en/VMware-vSphere/8.0/vsan-planning/GUID-05C1737A-5FBA-4AEE-BDB8-3BF5DE569E0A.html',
  ),
  ec2: page(
    'AWS: nested virtualization on EC2',
    'https://docs.aws.eu/AWSEC2/latest/UserGuide/amazon-ec2-nested-virtualization.html',
  ),
  ec2Options: page(
    'AWS: ModifyInstanceCpuOptions',
    'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceCpuOptions.html',
  ),
  gcp: page(
    'Google: nested virtualization on Compute Engine',
    'https://cloud.google.com/compute/docs/instances/nested-virtualization/overview',
  ),
  labs: page(
    'Microsoft: nested virtualization in Azure Lab Services',
    'https://github.com/MicrosoftDocs/azure-docs/blob/main/articles/lab-services/concept-nested-virtualization-template-vm.md',
  ),
  labsRetire: page(
    'Microsoft: retirement guide of Azure Lab Services',
    'https://github.com/MicrosoftDocs/azure-docs/blob/main/articles/lab-services/retirement-guide.md',
  ),
  spot: {
    title:
      'guardianproject/nix-builder-autoscaler, commit 02b1a063: spot refused together with nested CPU options',
    grade: 'S',
    asOf: '2026-11-28',
  },
  trustedLaunch: page(
    'MicrosoftDocs/azure-docs#87947: Trusted Launch and nested virtualization',
    'https://github.com/MicrosoftDocs/azure-docs/issues/87947',
    'S',
  ),
  nestedEsxi: page(
    'VMware KB 2009916: support and licences of nested ESXi',
    'https://kb.vmware.com/selfservice/microsites/search.do?language=en_US&cmd=displayKC&externalId=2009916',
  ),
  hypervScenarios: page(
    'Microsoft: what is nested virtualization, supported scenarios',
    'https://github.com/MicrosoftDocs/windowsserverdocs/blob/main/WindowsServerDocs/virtualization/hyper-v/nested-virtualization.md',
  ),
  holodeck: page(
    'VMware Holodeck: nested labs, their sizes, vSAN and evaluations',
    'https://github.com/vmware/Holodeck/blob/main/docs/index.md',
  ),
} as const satisfies Readonly<Record<string, Source>>
