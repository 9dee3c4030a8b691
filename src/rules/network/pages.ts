/** Pages that the rules about networks stand on. */
import { page } from '../articles.ts'

const lam = 'http://www.virtuallyghetto.com/2014/08/'

export const pages = {
  standardPolicies: page(
    'VMware: security policies of standard switches, vSphere 5.0',
    'https://pubs.vmware.com/vsphere-50/topic/com.vmware.vsphere.networking.doc_50/GUID-8447136B-FE9B-42EB-BD3E-1CF1E339BD00.html',
  ),
  security: page(
    'VMware: vSphere Security, MAC addresses and forged transmits, GUID-942BD3AA and GUID-7DC6486F',
    'https://docs.vmware.com/en/VMware-vSphere/7.0/com.vmware.vsphere.security.doc/GUID-942BD3AA-731B-4A05-8196-66F2B4BF1ACB.html',
  ),
  learning: page(
    'VMware: MAC learning of distributed switches',
    'https://docs.vmware.com/en/VMware-vSphere/8.0/vsphere-networking/GUID-E0246B3D-9FB1-4976-8217-5C085863EA9A.html',
  ),
  learningInstead: page(
    'William Lam: native MAC learning in vSphere 6.7 instead of promiscuous mode',
    'https://www.virtuallyghetto.com/2018/04/native-mac-learning-in-vsphere-6-7-removes-the-need-for-promiscuous-mode-for-nested-esxi.html',
  ),
  copies: page(
    'William Lam: network and CPU load of promiscuous mode for nested ESXi',
    `${lam}new-vmware-fling-to-improve-networkcpu-performance-when-using-promiscuous-mode-for-nested-esxi.html`,
  ),
  fling: page(
    'vmguru: the MAC learning dvfilter for ESXi',
    'https://www.vmguru.com/2014/08/new-vmware-fling-esxi-mac-learning-dvfilter/',
    'S',
  ),
  duplicates: page(
    'VMware: promiscuous mode, several uplinks and Net.ReversePathFwdCheckPromisc',
    'https://blogs.vmware.com/cloud-foundation/2024/10/23/nsx-edge-bridge-and-promiscuous',
  ),
  promiscuousScope: page(
    'Broadcom KB 324553: how promiscuous mode works',
    'https://knowledge.broadcom.com/external/article/324553',
  ),
  hardening: page(
    'Tenable: vSphere Security Configuration Guide 8, network-reject-forged-transmit-standardswitch',
    'https://www.tenable.com/audits/items/VMware_vSphere_Security_Configuration_Guide_8.0.audit:41ca1ba72fd18612835b685a9f34b08a',
    'S',
  ),
  binding: page(
    'VMware KB 324492: static and ephemeral binding without vCenter',
    'https://knowledge.broadcom.com/external/article?articleNumber=324492',
  ),
  ephemeral: page(
    'Chris Wahl: ephemeral binding',
    'https://wahlnetwork.com/2015/01/30/vds-ephemeral-binding/',
    'S',
  ),
  hostInSwitch: page(
    'VMware: fault NotSupportedHostInDvs',
    'https://developer.broadcom.com/xapis/vmware-storage-policy-api/8.0U3/vim.fault.NotSupportedHostInDvs.html',
  ),
  thirdParty: page(
    'Chris Wahl: the end of third-party switches in vSphere',
    'https://wahlnetwork.com/2017/04/03/vmware-says-so-long-to-chupacabra-virtual-switches/',
    'S',
  ),
  thirdPartyDate: page(
    '1310nm: VMware KB 2149722, no third-party switches after 6.5 Update 1',
    'https://1310nm.net/?p=4121',
    'S',
  ),
  hypervNested: page(
    'Microsoft: nested virtualization with Hyper-V, MAC spoofing or NAT',
    'https://github.com/MicrosoftDocs/windowsserverdocs/blob/main/WindowsServerDocs/virtualization/hyper-v/enable-nested-virtualization.md',
  ),
  mtuDrops: page(
    'Broadcom KB 419088: risks of changing the MTU',
    'https://knowledge.broadcom.com/external/article/419088/risks-and-potential-impacts-of-changing.html',
  ),
  nsxMtu: page(
    'Network readiness for NSX-T: MTU of the physical network',
    'https://communities.vmware.com/people/oziltener/blog/2020/03/23/network-readiness-part-1-physical-network-mtu',
  ),
} as const
