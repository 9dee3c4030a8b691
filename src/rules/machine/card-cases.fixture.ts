/** Cases of the rules about network cards and tools. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { esxiWith, hypervisorWith, onHost } from './labs.fixture.ts'

const net = 'switches: { vSwitch0: { portgroups: { lan: { } } } }\n'
const card = (model: string) => `nics: [{ portgroup: lan, model: ${model} }],`
const onEsxi = onHost('product: esxi, version: "8.0"')
const onKvm = onHost('product: kvm')
const at = 'machines.esxi.nics[0].model'

const drivers: readonly RuleCase[] = [
  {
    rule: 'hardware/nic-driver',
    shows: 'a nested ESXi has a virtio card',
    breaks: net + esxiWith('8.0', card('virtio')),
    silent: net + hypervisorWith('proxmox', '9', card('virtio')),
    at,
  },
  {
    rule: 'hardware/nic-driver',
    shows: 'a nested ESXi 7.0 has an e1000, whose driver is gone',
    breaks: net + esxiWith('7.0', card('e1000')),
    silent: net + esxiWith('6.7', card('e1000')),
    at,
  },
  {
    rule: 'hardware/nic-driver',
    shows: 'a nested ESXi 7.0 has an e1000, and not an e1000e',
    breaks: net + esxiWith('7.0', card('e1000')),
    silent: net + esxiWith('7.0', card('e1000e')),
    at,
  },
  {
    rule: 'hardware/nic-driver',
    shows: 'a machine on ESXi has a virtio card',
    breaks: `${net}${onEsxi}machines:\n  web: { image: debian, ${card('virtio')} }\n`,
    silent: `${net}${onKvm}machines:\n  web: { image: debian, ${card('virtio')} }\n`,
    at: 'machines.web.nics[0].model',
  },
]

/** An ESXi whose first card is an uplink for what is inside. */
function carrying(model: string): string {
  const nics = `nics: [{ portgroup: lan, model: ${model} }]`
  const inside = `switches: { s: { uplinks: [nic0], portgroups: { g: { } } } }, machines: { web: { image: debian, nics: [{ portgroup: g }] } }`
  return `${net}machines:\n  esxi: { memory: 16GiB, cpus: 4, ${nics}, hypervisor: { product: esxi, version: "6.7", ${inside} } }\n`
}

const cards: readonly RuleCase[] = [
  {
    rule: 'hardware/nic-model',
    shows: 'an uplink for what is inside is an e1000e',
    breaks: onEsxi + carrying('e1000e'),
    silent: onEsxi + carrying('vmxnet3'),
    at,
  },
  {
    rule: 'hardware/nic-model',
    shows: 'an e1000 is an uplink for what is inside, and not only for management',
    breaks: onEsxi + carrying('e1000'),
    silent: onEsxi + net + esxiWith('6.7', card('e1000')),
    at,
  },
]

const tools: readonly RuleCase[] = [
  {
    rule: 'tools/nested-esxi',
    shows: 'a nested ESXi 5.5 has no tools',
    breaks: esxiWith('5.5', 'tools: none,'),
    silent: esxiWith('5.5', 'tools: vib,'),
    at: 'machines.esxi.tools',
  },
  {
    rule: 'tools/nested-esxi',
    shows: 'a nested ESXi 5.5 is thought to have its tools built in',
    breaks: esxiWith('5.5', 'tools: built-in,'),
    silent: esxiWith('6.0', 'tools: built-in,'),
    at: 'machines.esxi.tools',
  },
  {
    rule: 'tools/nested-esxi',
    shows: 'a nested ESXi 6.0 gets the package for ESXi 5',
    breaks: esxiWith('6.0', 'tools: vib,'),
    silent: onKvm + esxiWith('6.0', 'tools: vib,'),
    at: 'machines.esxi.tools',
    severity: 'advice',
  },
  {
    rule: 'tools/inner-machines',
    shows: 'a machine inside a nested ESXi has no tools',
    breaks: esxiWith('8.0', '', 'web: { image: debian, tools: none }'),
    silent: hypervisorWith('proxmox', '9', '', 'web: { image: debian, tools: none }'),
    at: 'machines.esxi.hypervisor.machines.web.tools',
  },
]

export const cardCases: readonly RuleCase[] = [...drivers, ...cards, ...tools]
