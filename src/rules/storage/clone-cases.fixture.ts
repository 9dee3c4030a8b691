/** Cases of the rules on copies of machines. */
import type { RuleCase } from '../rule-case.fixture.ts'

const prepared = 'followsMac: true, newUuid: true, resignature: true'

/** An ESXi and its copy. */
const pair = (clone: string, keys = '', product = 'product: esxi') => `machines:
  master: { ${keys}hypervisor: { product: esxi } }
  copy: { clone: { of: master, ${clone} }, hypervisor: { ${product} } }
`

const inside = (copy: string) => `machines:
  master: { hypervisor: { product: esxi, machines: { web: { image: tiny }, db: { image: tiny } } } }
  copy: { clone: { of: master, ${prepared} }, hypervisor: { product: esxi, machines: { ${copy} } } }
`

const joined = 'clusters: { compute: { members: [copy] } }\n'

export const cloneCases: readonly RuleCase[] = [
  {
    rule: 'clone/source',
    shows: 'a copy is made of nobody',
    breaks: pair(prepared).replace('of: master', 'of: mester'),
    silent: pair(prepared),
    at: 'machines.copy.clone.of',
  },
  {
    rule: 'clone/source',
    shows: 'a copy is made of somebody outside, and no site that was added has machines',
    breaks: pair(prepared).replace('of: master', 'of: golden'),
    silent: `site: home\n${pair(prepared).replace('of: master', 'of: golden')}`,
    at: 'machines.copy.clone.of',
  },
  {
    rule: 'clone/source',
    shows: 'a copy is made of itself',
    breaks: pair(prepared).replace('of: master', 'of: copy'),
    silent: pair(prepared),
    at: 'machines.copy.clone.of',
  },
  {
    rule: 'clone/source',
    shows: 'a copy is of another version',
    breaks: pair(prepared, '', 'product: esxi, version: "7.0"'),
    silent: pair(prepared, '', 'product: esxi, version: "8.0"'),
    at: 'machines.copy.clone.of',
  },
  {
    rule: 'clone/source',
    shows: 'a copy lacks a machine that its source holds',
    breaks: inside('web: { image: tiny }'),
    silent: inside('web: { image: tiny }, db: { image: tiny }, more: { image: tiny }'),
    at: 'machines.copy.clone.of',
    severity: 'warning',
  },
  {
    rule: 'clone/mac',
    shows: 'the VMkernel of a copied ESXi keeps its MAC',
    breaks: pair('newUuid: true, resignature: true'),
    silent: pair(prepared),
    at: 'machines.copy.clone.followsMac',
  },
  {
    rule: 'clone/mac',
    shows: 'a copied hypervisor has a VMkernel',
    breaks: pair('newUuid: true'),
    silent: pair('newUuid: true', '', 'product: proxmox'),
    at: 'machines.copy.clone.followsMac',
  },
  {
    rule: 'clone/uuid',
    shows: 'a copied ESXi keeps its UUID',
    breaks: pair('followsMac: true, resignature: true'),
    silent: pair(prepared),
    at: 'machines.copy.clone.newUuid',
  },
  {
    rule: 'clone/uuid',
    shows: 'a copied ESXi keeps its UUID and joins a cluster',
    breaks: `${pair('followsMac: true')}${joined}`,
    silent: `${pair('followsMac: true, newUuid: true')}${joined}`,
    at: 'machines.copy.clone.newUuid',
    severity: 'error',
  },
  {
    rule: 'clone/vmfs-signature',
    shows: 'a copied ESXi has the datastore of its source',
    breaks: pair('followsMac: true, newUuid: true', 'disks: [{ size: 40GiB }], '),
    silent: pair(prepared, 'disks: [{ size: 40GiB }], '),
    at: 'machines.copy.clone.resignature',
  },
  {
    rule: 'clone/vmfs-signature',
    shows: 'the boot disk of a copied ESXi is large enough for a datastore',
    breaks: pair('followsMac: true, newUuid: true', 'bootDisk: 200GiB, '),
    silent: pair('followsMac: true, newUuid: true', 'bootDisk: 64GiB, '),
    at: 'machines.copy.clone.resignature',
  },
]
