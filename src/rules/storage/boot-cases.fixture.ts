/** Cases of the rules on boot disks and boot media. */
import type { RuleCase } from '../rule-case.fixture.ts'

/** An ESXi with one machine inside. */
const esxi = (version: string, keys: string) =>
  `machines: { esxi: { ${keys}, hypervisor: { product: esxi, version: "${version}", machines: { web: { image: tiny } } } } }\n`

const bare = (product: string, keys: string) =>
  `machines: { node: { ${keys}, hypervisor: { product: ${product} } } }\n`

const host = (version: string, keys: string) =>
  `site: { kind: facts, hosts: { pc: { product: esxi, version: "${version}", ${keys} } } }\n`

const room = 'storage/datastore-room'
const usb = 'storage/usb-boot'

export const bootCases: readonly RuleCase[] = [
  {
    rule: 'storage/boot-disk',
    shows: 'ESXi 7.0 has a boot disk of 16 GiB',
    breaks: esxi('7.0', 'bootDisk: 16GiB, disks: [{ size: 40GiB }]'),
    silent: esxi('7.0', 'bootDisk: 32GiB, disks: [{ size: 40GiB }]'),
    at: 'machines.esxi.bootDisk',
  },
  {
    rule: 'storage/boot-disk',
    shows: 'ESXi 7.0 has the boot disk that is enough for 6.7',
    breaks: esxi('7.0', 'bootDisk: 8GiB'),
    silent: esxi('6.7', 'bootDisk: 8GiB'),
    at: 'machines.esxi.bootDisk',
  },
  {
    rule: 'storage/boot-disk',
    shows: 'ESXi 6.7 has less than 1 GiB',
    breaks: esxi('6.7', 'bootDisk: 512MiB'),
    silent: esxi('6.7', 'bootDisk: 512MiB, bootMedia: usb'),
    at: 'machines.esxi.bootDisk',
  },
  {
    rule: 'storage/boot-disk',
    shows: 'Hyper-V has a boot disk of 16 GiB',
    breaks: bare('hyperv', 'bootDisk: 16GiB'),
    silent: bare('proxmox', 'bootDisk: 16GiB'),
    at: 'machines.node.bootDisk',
    severity: 'warning',
  },
  {
    rule: room,
    shows: 'ESXi 8.0 with a machine inside has nothing but a boot disk of 64 GiB',
    breaks: esxi('8.0', 'bootDisk: 64GiB'),
    silent: esxi('8.0', 'bootDisk: 64GiB, disks: [{ size: 40GiB }]'),
    at: 'machines.esxi.bootDisk',
  },
  {
    rule: room,
    shows: 'the only further disk of ESXi is a cache of vSAN',
    breaks: esxi('8.0', 'bootDisk: 64GiB, disks: [{ size: 40GiB, use: cache }]'),
    silent: `${esxi('8.0', 'bootDisk: 64GiB, disks: [{ size: 40GiB, use: cache }]')}clusters: { c: { members: [esxi], vsan: true } }\n`,
    at: 'machines.esxi.bootDisk',
  },
  {
    rule: room,
    shows: 'ESXi with a small boot disk sees no datastore',
    breaks: `${esxi('8.0', 'bootDisk: 64GiB')}datastores: { nas: { kind: nfs, members: [] } }\n`,
    silent: `${esxi('8.0', 'bootDisk: 64GiB')}datastores: { nas: { kind: nfs, members: [esxi] } }\n`,
    at: 'machines.esxi.bootDisk',
  },
  {
    rule: room,
    shows: 'ESXi 7.0 boots from 130 GiB, about which its pages disagree',
    breaks: esxi('7.0', 'bootDisk: 130GiB'),
    silent: esxi('7.0', 'bootDisk: 142GiB'),
    at: 'machines.esxi.bootDisk',
    severity: 'warning',
  },
  {
    rule: room,
    shows: 'ESXi 7.0 boots from 64 GiB, which was much for 6.7',
    breaks: esxi('7.0', 'bootDisk: 64GiB'),
    silent: esxi('6.7', 'bootDisk: 64GiB'),
    at: 'machines.esxi.bootDisk',
  },
  {
    rule: room,
    shows: 'ESXi 6.7 boots from 4 GiB',
    breaks: esxi('6.7', 'bootDisk: 4GiB'),
    silent: esxi('6.7', 'bootDisk: 5.5GiB'),
    at: 'machines.esxi.bootDisk',
  },
  {
    rule: room,
    shows: 'ESXi boots from USB, whatever size is said',
    breaks: esxi('6.7', 'bootMedia: usb, bootDisk: 200GiB'),
    silent: esxi('6.7', 'bootMedia: disk'),
    at: 'machines.esxi.bootMedia',
  },
  {
    rule: room,
    shows: 'an ESXi with a small boot disk is to hold a machine',
    breaks: esxi('8.0', 'bootDisk: 32GiB'),
    silent: bare('esxi', 'bootDisk: 32GiB'),
    at: 'machines.esxi.bootDisk',
  },
  {
    rule: usb,
    shows: 'a host with ESXi 5.5 boots from USB and keeps its logs nowhere',
    breaks: host('5.5', 'bootMedia: usb'),
    silent: host('5.5', 'bootMedia: usb, logs: remote'),
    at: 'site.hosts.pc.bootMedia',
  },
  {
    rule: usb,
    shows: 'ESXi 6.7 boots from an SD card without a disk',
    breaks: esxi('6.7', 'bootMedia: sd'),
    silent: esxi('6.7', 'bootMedia: sd, disks: [{ size: 40GiB }]'),
    at: 'machines.esxi.bootMedia',
  },
  {
    rule: usb,
    shows: 'ESXi 7.0 boots from USB and has no disk',
    breaks: esxi('7.0', 'bootMedia: usb'),
    silent: esxi('7.0', 'bootMedia: network'),
    at: 'machines.esxi.bootMedia',
    severity: 'error',
  },
  {
    rule: usb,
    shows: 'ESXi 7.0 on USB sends its logs away, which was enough for 6.7',
    breaks: esxi('7.0', 'bootMedia: usb, logs: remote'),
    silent: esxi('6.7', 'bootMedia: usb, logs: remote'),
    at: 'machines.esxi.bootMedia',
  },
  {
    rule: usb,
    shows: 'a host with ESXi 8.0 boots from USB and has a disk of 32 GiB beside it',
    breaks: host('8.0', 'bootMedia: usb, disks: [32GiB]'),
    silent: host('8.0', 'bootMedia: disk, disks: [32GiB]'),
    at: 'site.hosts.pc.bootMedia',
    severity: 'advice',
  },
  {
    rule: usb,
    shows: 'a host with ESXi 8.0 boots from USB, and all its disks are small',
    breaks: host('8.0', 'bootMedia: usb, disks: [16GiB]'),
    silent: host('6.7', 'bootMedia: usb, disks: [16GiB]'),
    at: 'site.hosts.pc.bootMedia',
    severity: 'error',
  },
  {
    rule: usb,
    shows: 'a host with ESXi 8.0 boots from USB, and nothing is said about its disks',
    breaks: host('8.0', 'bootMedia: usb'),
    silent: host('8.0', 'memory: 32GiB'),
    at: 'site.hosts.pc.bootMedia',
  },
  {
    rule: usb,
    shows: 'Hyper-V boots from USB',
    breaks: bare('hyperv', 'bootMedia: usb'),
    silent: bare('kvm', 'bootMedia: usb'),
    at: 'machines.node.bootMedia',
  },
]
