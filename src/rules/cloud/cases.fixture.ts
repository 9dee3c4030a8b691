/** For each rule of the pack `cloud`: a lab that breaks it, and its nearest neighbour that does not. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { seatCases } from './seat-cases.fixture.ts'

const guest = 'machines: { web: { image: tiny } }\n'
const esxi = 'machines: { esxi: { hypervisor: { product: esxi } } }\n'

const cloud = (facts: string, machines = guest) => `site: { kind: facts, cloud: { ${facts} } }\n${machines}`

const ec2 = (facts: string, machines = guest) => cloud(`provider: ec2, ${facts}`, machines)
const azure = (facts: string, machines = guest) => cloud(`provider: azure, ${facts}`, machines)
const gcp = (facts: string, machines = guest) => cloud(`provider: gcp, ${facts}`, machines)
const labs = (facts: string, machines = guest) => cloud(`provider: azure-lab-services, ${facts}`, machines)

const nesting: readonly RuleCase[] = [
  {
    rule: 'cloud/size-name',
    shows: 'a size of EC2 is wanted in Azure',
    breaks: azure('size: m8i.2xlarge'),
    silent: azure('size: Standard_D4s_v5'),
    at: 'site.cloud.size',
  },
  {
    rule: 'cloud/size-name',
    shows: 'no size of EC2 looks like that',
    breaks: ec2('size: m8i-2xlarge, nested: true'),
    silent: ec2('size: m8i.2xlarge, nested: true'),
    at: 'site.cloud.size',
    severity: 'warning',
  },
  {
    rule: 'cloud/size-name',
    shows: 'a size of Azure is wanted in Google Compute Engine',
    breaks: gcp('size: Standard_D4s_v5, nested: true'),
    silent: gcp('size: c9-standard-4, nested: true'),
    at: 'site.cloud.size',
  },
  {
    rule: 'cloud/nested-support',
    shows: 'ESXi is wanted on a size of EC2 of which only metal nests',
    breaks: ec2('size: m5.2xlarge, nested: true', esxi),
    silent: ec2('size: m5.metal', esxi),
    at: 'site.cloud.size',
  },
  {
    rule: 'cloud/nested-support',
    shows: 'KVM nodes would have to be emulated',
    breaks: ec2('size: m5.2xlarge, nested: true'),
    silent: ec2('size: m8i.2xlarge, nested: true'),
    at: 'site.cloud.size',
    severity: 'warning',
  },
  {
    rule: 'cloud/nested-support',
    shows: 'Hyper-V is in an instance with a CPU of AMD',
    breaks: ec2('size: m8a.2xlarge, nested: true, os: windows-server-2022'),
    silent: ec2('size: m8i.2xlarge, nested: true, os: windows-server-2022'),
    at: 'site.cloud.size',
  },
  {
    rule: 'cloud/nested-support',
    shows: 'reports about a size disagree',
    breaks: ec2('size: m7i.2xlarge, nested: true', esxi),
    silent: ec2('size: x9z.2xlarge, nested: true', esxi),
    at: 'site.cloud.size',
    severity: 'advice',
  },
  {
    rule: 'cloud/nested-support',
    shows: 'E2 of Google does not nest',
    breaks: gcp('size: e2-standard-4, nested: true', esxi),
    silent: gcp('size: n2-standard-4, nested: true', esxi),
    at: 'site.cloud.size',
  },
  {
    rule: 'cloud/nested-support',
    shows: 'the first version of a series of Azure does not nest',
    breaks: azure('size: Standard_D2_v2', esxi),
    silent: azure('size: Standard_D2_v3', esxi),
    at: 'site.cloud.size',
  },
  {
    rule: 'cloud/nested-support',
    shows: 'a small size of Azure Lab Services does not nest',
    breaks: labs('size: Small'),
    silent: labs('size: Medium (Nested virtualization)'),
    at: 'site.cloud.size',
  },
  {
    rule: 'cloud/nested-enabled',
    shows: 'nesting is not asked for on EC2',
    breaks: ec2('size: m8i.2xlarge', esxi),
    silent: ec2('size: m8i.2xlarge, nested: true', esxi),
    at: 'site.cloud.nested',
  },
  {
    rule: 'cloud/nested-enabled',
    shows: 'nesting is not asked for in Google Compute Engine, where KVM nodes would be emulated',
    breaks: gcp('size: n2-standard-4'),
    silent: gcp('size: n2-standard-4, nested: true'),
    at: 'site.cloud.nested',
    severity: 'warning',
  },
  {
    rule: 'cloud/nested-enabled',
    shows: 'the instance is a machine of the cloud and not of metal',
    breaks: ec2('size: m8i.24xlarge', esxi),
    silent: ec2('size: m8i.metal-48xl', esxi),
    at: 'site.cloud.nested',
  },
]

const deeper = (inner: string) => `
machines:
  node:
    memory: 16GiB
    hypervisor: { product: ${inner}, machines: { web: { image: tiny } } }
`

const depth: readonly RuleCase[] = [
  {
    rule: 'class/depth',
    shows: 'the seats of a class are instances in which hypervisors hold machines',
    breaks: `class: { seats: 10, provider: azure, size: Standard_D8s_v5 }\n${deeper('hyperv')}`,
    silent: `class: { seats: 10 }\n${deeper('hyperv')}`,
    at: 'class.size',
  },
  {
    rule: 'class/depth',
    shows: 'the seats are no machines of metal',
    breaks: `class: { seats: 10, provider: ec2 }\n${deeper('kvm')}`,
    silent: `class: { seats: 10, provider: ec2, size: m8i.metal-48xl }\n${deeper('kvm')}`,
    at: 'class.provider',
  },
]

const guests: readonly RuleCase[] = [
  {
    rule: 'cloud/hypervisor',
    shows: 'Windows with Hyper-V is wanted in Google Compute Engine',
    breaks: gcp('size: n2-standard-4, nested: true, os: windows-server-2022'),
    silent: gcp('size: n2-standard-4, nested: true, os: debian-13'),
    at: 'site.cloud.os',
    severity: 'error',
  },
  {
    rule: 'cloud/hypervisor',
    shows: 'ESXi itself is wanted as the system of an instance of EC2',
    breaks: ec2('size: m8i.2xlarge, nested: true, os: esxi-8.0'),
    silent: ec2('size: m8i.2xlarge, nested: true, os: windows-server-2022'),
    at: 'site.cloud.os',
  },
  {
    rule: 'cloud/hypervisor',
    shows: 'KVM runs in Azure without a promise',
    breaks: azure('size: Standard_D4s_v5, os: ubuntu-24.04'),
    silent: azure('size: Standard_D4s_v5'),
    at: 'site.cloud.os',
    severity: 'advice',
  },
  {
    rule: 'cloud/hypervisor',
    shows: 'KVM is wanted inside Azure Lab Services',
    breaks: labs('size: Standard_D8s_v4, os: windows-server-2022', deeper('kvm')),
    silent: labs('size: Standard_D8s_v4, os: windows-server-2022', deeper('hyperv')),
    at: 'machines.node.hypervisor.product',
    severity: 'error',
  },
  {
    rule: 'cloud/windows',
    shows: 'a machine of Azure Lab Services is Linux',
    breaks: labs('size: Standard_D8s_v4, os: ubuntu-22.04'),
    silent: labs('size: Standard_D8s_v4, os: windows-11'),
    at: 'site.cloud.os',
  },
  {
    rule: 'cloud/production',
    shows: 'production would run nested',
    breaks: `use: production\n${ec2('size: m8i.2xlarge, nested: true')}`,
    silent: `use: production\n${ec2('size: m8i.metal-48xl')}`,
    at: 'use',
  },
]

const options: readonly RuleCase[] = [
  {
    rule: 'cloud/spot',
    shows: 'a spot instance shall nest',
    breaks: ec2('size: m8i.2xlarge, nested: true, spot: true'),
    silent: ec2('size: m8i.metal-48xl, nested: true, spot: true'),
    at: 'site.cloud.spot',
  },
  {
    rule: 'cloud/hibernation',
    shows: 'a Windows instance that nests shall hibernate',
    breaks: ec2('size: m8i.2xlarge, nested: true, hibernation: true, os: windows-server-2025'),
    silent: ec2('size: m8i.2xlarge, nested: true, hibernation: true, os: linux'),
    at: 'site.cloud.hibernation',
  },
  {
    rule: 'cloud/size-limit',
    shows: 'a Windows instance that nests is too large',
    breaks: ec2('size: m8i.96xlarge, nested: true, os: windows-server-2025'),
    silent: ec2('size: m8i.48xlarge, nested: true, os: windows-server-2025'),
    at: 'site.cloud.size',
  },
  {
    rule: 'cloud/size-limit',
    shows: 'the system is Windows, where Linux nests on any size',
    breaks: ec2('size: m8i.96xlarge, nested: true, os: windows-server-2025'),
    silent: ec2('size: m8i.96xlarge, nested: true, os: linux'),
    at: 'site.cloud.size',
  },
  {
    rule: 'cloud/azure-security-type',
    shows: 'Trusted Launch is wanted',
    breaks: azure('size: Standard_D4s_v5, securityType: trusted-launch'),
    silent: azure('size: Standard_D4s_v5, securityType: standard'),
    at: 'site.cloud.securityType',
  },
  {
    rule: 'cloud/azure-security-type',
    shows: 'a confidential machine is wanted, where what is not said is not known',
    breaks: azure('size: Standard_D4s_v5, securityType: confidential'),
    silent: azure('size: Standard_D4s_v5'),
    at: 'site.cloud.securityType',
  },
]

export const cloudCases: readonly RuleCase[] = [...nesting, ...depth, ...guests, ...options, ...seatCases]
