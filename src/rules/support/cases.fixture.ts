/** For each rule of the pack `support`: a lab that breaks it, and its nearest neighbour that does not. */
import type { RuleCase } from '../rule-case.fixture.ts'
import { licenceCases } from './licence-cases.fixture.ts'
import { snapshotCases } from './snapshot-cases.fixture.ts'

const nested = (product: string, further = '') => `machines:
  node: { ${further}hypervisor: { product: ${product} } }
`
const host = (product: string) => `site: { kind: facts, hosts: { pc: { product: ${product} } } }\n`
const cloud = 'site: { kind: facts, cloud: { provider: ec2, size: m8i.2xlarge, nested: true } }\n'
const deeper =
  'machines: { node: { hypervisor: { product: hyperv, machines: { inner: { hypervisor: { product: hyperv } } } } } }\n'

const rule = 'support/production'
const production = 'use: production\n'

const productionCases: readonly RuleCase[] = [
  {
    rule,
    shows: 'production runs in nested ESXi',
    breaks: `${production}${nested('esxi')}`,
    silent: `use: lab\n${nested('esxi')}`,
    at: 'use',
  },
  {
    rule,
    shows: 'the nested ESXi of production is no witness of a vSAN',
    breaks: `${production}${nested('esxi')}`,
    silent: `${production}${nested('esxi', 'role: vsan-witness, ')}`,
    at: 'use',
  },
  {
    rule,
    shows: 'production runs in a nested hypervisor, and not in Windows with VBS',
    breaks: `${production}${nested('esxi')}`,
    silent: `${production}machines: { node: { image: windows, hardware: { vbs: true } } }\n`,
    at: 'use',
  },
  {
    rule,
    shows: 'production runs in nested KVM, for which nobody answers',
    breaks: `${production}${host('kvm')}${nested('kvm')}`,
    silent: `${production}${host('hyperv')}${nested('hyperv')}`,
    at: 'use',
    severity: 'warning',
  },
  {
    rule,
    shows: 'production runs in Hyper-V two levels deep',
    breaks: `${production}${host('hyperv')}${deeper}`,
    silent: `${production}${host('hyperv')}${nested('hyperv')}`,
    at: 'use',
    severity: 'warning',
  },
  {
    rule,
    shows: 'production runs in nested Hyper-V that is there for more than the security of Windows',
    breaks: `${production}${nested('hyperv')}`,
    silent: `${production}${nested('hyperv', 'hardware: { vbs: true }, ')}`,
    at: 'use',
    severity: 'warning',
  },
  {
    rule,
    shows: 'production runs in nested ESXi in a cloud',
    breaks: `${production}${cloud}${nested('esxi')}`,
    silent: `${production}${cloud}${nested('kvm')}`,
    at: 'use',
  },
]

export const supportCases: readonly RuleCase[] = [...productionCases, ...licenceCases, ...snapshotCases]
