/** Labs that break a rule about classes and services that end, each with its nearest neighbour that does not. */
import type { RuleCase } from '../rule-case.fixture.ts'

const guest = 'machines: { web: { image: tiny } }\n'

const seats = (keys: string, machines = guest) => `class: { seats: 20, ${keys} }\n${machines}`

const labs = (keys: string, machines = guest) =>
  seats(`provider: azure-lab-services, size: Standard_D8s_v4, ${keys}`, machines)

const windows = (hardware: string) => `machines: { web: { image: windows, hardware: { ${hardware} } } }\n`

const azure = 'provider: azure, size: Standard_D8s_v5'

const times: readonly RuleCase[] = [
  {
    rule: 'cloud/retired',
    shows: 'the seats are in a service that ends',
    breaks: labs('hours: 20'),
    silent: seats(`${azure}, hours: 20`),
    at: 'class.provider',
  },
  {
    rule: 'cloud/retired',
    shows: 'the site is a machine of a service that ends',
    breaks: `site: { kind: facts, cloud: { provider: azure-lab-services, size: Standard_D8s_v4 } }\n${guest}`,
    silent: `site: { kind: facts, cloud: { provider: azure, size: Standard_D8s_v4 } }\n${guest}`,
    at: 'site.cloud.provider',
  },
  {
    rule: 'cloud/retired',
    shows: 'the class would outlive the service',
    breaks: labs('closes: "2027-09-30T18:00:00Z"'),
    silent: seats(`${azure}, closes: "2027-09-30T18:00:00Z"`),
    at: 'class.provider',
    severity: 'error',
  },
  {
    rule: 'class/dates',
    shows: 'a class closes before it opens',
    breaks: seats('opens: "2027-01-15T08:00:00Z", closes: "2027-01-11T18:00:00Z"'),
    silent: seats('opens: "2027-01-11T08:00:00Z", closes: "2027-01-15T18:00:00Z"'),
    at: 'class.closes',
  },
  {
    rule: 'class/dates',
    shows: 'the hours differ only by their zones',
    breaks: seats('opens: "2027-01-11T08:00:00+01:00", closes: "2027-01-11T08:30:00+0200"'),
    silent: seats('opens: "2027-01-11T08:00:00+01:00", closes: "2027-01-11T08:30:00"'),
    at: 'class.closes',
  },
  {
    rule: 'class/dates',
    shows: 'days are given without hours, and the last one counts',
    breaks: seats('opens: "2027-01-11", closes: "2027-01-10"'),
    silent: seats('opens: "2027-01-11", closes: "2027-01-11"'),
    at: 'class.closes',
  },
  {
    rule: 'class/dates',
    shows: 'a day does not exist',
    breaks: seats('opens: "2027-02-30"'),
    silent: seats('opens: "2028-02-29"'),
    at: 'class.opens',
  },
  {
    rule: 'class/dates',
    shows: 'a time is written in words',
    breaks: seats('closes: next Friday'),
    silent: seats('closes: "2027-01-15 18:00"'),
    at: 'class.closes',
  },
]

const students: readonly RuleCase[] = [
  {
    rule: 'class/size',
    shows: 'the seats have a size that does not nest',
    breaks: seats('provider: azure, size: Standard_B4ms', windows('firmware: efi')),
    silent: seats(azure, windows('firmware: efi')),
    at: 'class.size',
    severity: 'warning',
  },
  {
    rule: 'class/size',
    shows: 'the seats shall hold ESXi, and have a size that does not nest',
    breaks: seats(
      'provider: ec2, size: t3.xlarge',
      'machines: { esxi: { hypervisor: { product: esxi } } }\n',
    ),
    silent: seats(
      'provider: ec2, size: c8i.xlarge',
      'machines: { esxi: { hypervisor: { product: esxi } } }\n',
    ),
    at: 'class.size',
  },
  {
    rule: 'class/hyperv-group',
    shows: 'students may not start machines',
    breaks: labs('administrators: false, groups: [Remote Desktop Users]'),
    silent: labs('administrators: false, groups: [Remote Desktop Users, Hyper-V Administrators]'),
    at: 'class.groups',
  },
  {
    rule: 'class/hyperv-group',
    shows: 'the file says nothing of groups',
    breaks: labs('administrators: false'),
    silent: labs('administrators: true'),
    at: 'class.groups',
    severity: 'advice',
  },
  {
    rule: 'class/hyperv-group',
    shows: 'the seats are Windows, as their folder of disks tells',
    breaks: seats('administrators: false, groups: [], diskFolder: "D:\\\\VMs"'),
    silent: seats('administrators: false, groups: [], diskFolder: /srv/vms'),
    at: 'class.groups',
  },
  {
    rule: 'class/disk-folder',
    shows: 'disks lie in the profile of the teacher',
    breaks: labs('administrators: false, diskFolder: "C:\\\\Users\\\\teacher\\\\VMs"'),
    silent: labs('administrators: false, diskFolder: "C:\\\\Users\\\\Public\\\\VMs"'),
    at: 'class.diskFolder',
    severity: 'error',
  },
  {
    rule: 'class/disk-folder',
    shows: 'it is not known whether students may read every folder',
    breaks: labs('diskFolder: "%USERPROFILE%\\\\VMs"'),
    silent: labs('administrators: true, diskFolder: "%USERPROFILE%\\\\VMs"'),
    at: 'class.diskFolder',
  },
  {
    rule: 'class/disk-kind',
    shows: 'disks are of fixed size',
    breaks: seats('diskKind: fixed'),
    silent: seats('diskKind: dynamic'),
    at: 'class.diskKind',
  },
  {
    rule: 'class/nat',
    shows: 'seats in Azure have no NAT inside',
    breaks: labs('nat: false'),
    silent: labs('nat: true'),
    at: 'class.nat',
  },
  {
    rule: 'class/nat',
    shows: 'the seats are in Azure and not on machines of one’s own',
    breaks: seats(`${azure}, nat: false`),
    silent: seats('nat: false'),
    at: 'class.nat',
  },
]

const inside: readonly RuleCase[] = [
  {
    rule: 'class/processor-compatibility',
    shows: 'an inner machine is bound to the CPU that it was made on',
    breaks: labs('hours: 20', windows('processorCompatibility: false')),
    silent: labs('hours: 20', windows('processorCompatibility: true')),
    at: 'machines.web.hardware.processorCompatibility',
  },
  {
    rule: 'class/processor-compatibility',
    shows: 'the machine is in Azure, whose CPUs vary within a size',
    breaks: seats(azure, windows('processorCompatibility: false')),
    silent: seats('hours: 20', windows('processorCompatibility: false')),
    at: 'machines.web.hardware.processorCompatibility',
    severity: 'advice',
  },
  {
    rule: 'class/automatic-stop',
    shows: 'an inner machine is turned off with its seat',
    breaks: labs('hours: 20', windows('automaticStop: turn-off')),
    silent: labs('hours: 20', windows('automaticStop: shutdown')),
    at: 'machines.web.hardware.automaticStop',
  },
  {
    rule: 'class/automatic-stop',
    shows: 'the state of an inner machine is saved for another CPU',
    breaks: labs('hours: 20', windows('automaticStop: save')),
    silent: labs('hours: 20', windows('automaticStop: save, processorCompatibility: true')),
    at: 'machines.web.hardware.automaticStop',
    severity: 'advice',
  },
]

export const seatCases: readonly RuleCase[] = [...times, ...students, ...inside]
