/** Cases of the rules on licences. */
import type { RuleCase } from '../rule-case.fixture.ts'

const esxi = 'hypervisor: { product: esxi }'

const two = (first: string, second: string) => `machines:
  a: { ${first}${esxi} }
  b: { ${second}${esxi} }
`
const purchased = 'licence: { kind: purchased }, '
const evaluation = 'licence: { kind: evaluation }, '
const free = 'licence: { kind: free }, '
const cluster = 'clusters: { compute: { members: [a] } }\n'

const holding = (licence: string, cpus: number) =>
  `machines: { a: { ${licence}hypervisor: { product: esxi, machines: { web: { image: tiny, cpus: ${cpus} } } } } }\n`

const evaluated = (since: string, version: string, dates: string) => `machines:
  a: { licence: { kind: evaluation, since: "${since}" }, hypervisor: { product: esxi, version: "${version}" } }
class: { seats: 2, ${dates} }
`
const january = 'opens: "2027-01-11T08:00:00Z", closes: "2027-01-15T18:00:00Z"'

const paid = (licence: string, keys: string) =>
  `machines: { a: { licence: { kind: ${licence} }, ${keys}, ${esxi} } }\n`

const freeRule = 'licence/free-edition'
const overRule = 'licence/evaluation-over'
const topologyRule = 'licence/topology'

const kindCases: readonly RuleCase[] = [
  {
    rule: 'licence/per-instance',
    shows: 'one of two nested ESXi has a licence',
    breaks: two(purchased, ''),
    silent: two(purchased, evaluation),
    at: 'machines.b.licence',
  },
  {
    rule: 'licence/per-instance',
    shows: 'licences are spoken of at all',
    breaks: two(purchased, ''),
    silent: two('', ''),
    at: 'machines.b.licence',
  },
  {
    rule: 'licence/per-instance',
    shows: 'an ESXi without a licence is no witness',
    breaks: two(purchased, ''),
    silent: two(purchased, 'role: vsan-witness, '),
    at: 'machines.b.licence',
  },
  {
    rule: freeRule,
    shows: 'the free edition is a member of a cluster',
    breaks: `${two(free, '')}${cluster}`,
    silent: `${two(evaluation, '')}${cluster}`,
    at: 'machines.a.licence.kind',
  },
  {
    rule: freeRule,
    shows: 'the free edition is a member of a cluster and not alone',
    breaks: `${two(free, '')}${cluster}`,
    silent: two(free, ''),
    at: 'machines.a.licence.kind',
  },
  {
    rule: freeRule,
    shows: 'machines are to be created in the free edition',
    breaks: holding(free, 8),
    silent: holding(evaluation, 8),
    at: 'machines.a.licence.kind',
    severity: 'warning',
  },
  {
    rule: freeRule,
    shows: 'a machine in the free edition has 9 vCPUs',
    breaks: holding(free, 9),
    silent: holding(evaluation, 9),
    at: 'machines.a.hypervisor.machines.web.cpus',
  },
  {
    rule: freeRule,
    shows: 'a vCenter is to be free',
    breaks: 'machines: { vc: { image: vcsa, role: vcenter, licence: { kind: free } } }\n',
    silent: 'machines: { vc: { image: vcsa, role: dns, licence: { kind: free } } }\n',
    at: 'machines.vc.licence.kind',
  },
]

const dayCases: readonly RuleCase[] = [
  {
    rule: overRule,
    shows: 'an evaluation of 60 days is over before the class closes',
    breaks: evaluated('2026-11-15', '8.0', january),
    silent: evaluated('2026-11-16', '8.0', january),
    at: 'machines.a.licence.since',
  },
  {
    rule: overRule,
    shows: 'an evaluation of ESXi 8.0 is shorter than one of 9.0',
    breaks: evaluated('2026-11-14', '8.0', january),
    silent: evaluated('2026-11-14', '9.0', january),
    at: 'machines.a.licence.since',
  },
  {
    rule: overRule,
    shows: 'an evaluation is over before the class opens',
    breaks: evaluated('2026-10-01', '8.0', january),
    silent: evaluated('2026-10-01', '8.0', 'hours: 20'),
    at: 'machines.a.licence.since',
    severity: 'error',
  },
  {
    rule: topologyRule,
    shows: 'a purchased ESXi shows four sockets',
    breaks: paid('purchased', 'cpus: 4, hardware: { coresPerSocket: 1 }'),
    silent: paid('purchased', 'cpus: 4, hardware: { coresPerSocket: 4 }'),
    at: 'machines.a.hardware.coresPerSocket',
  },
  {
    rule: topologyRule,
    shows: 'a subscribed ESXi shows two sockets of 16 cores that count',
    breaks: paid('subscription', 'cpus: 16, hardware: { coresPerSocket: 8 }'),
    silent: paid('subscription', 'cpus: 32, hardware: { coresPerSocket: 16 }'),
    at: 'machines.a.hardware.coresPerSocket',
  },
  {
    rule: topologyRule,
    shows: 'somebody pays for the sockets of an ESXi',
    breaks: paid('purchased', 'cpus: 4'),
    silent: paid('evaluation', 'cpus: 4'),
    at: 'machines.a.hardware.coresPerSocket',
  },
]

export const licenceCases: readonly RuleCase[] = [...kindCases, ...dayCases]
