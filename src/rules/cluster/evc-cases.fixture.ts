/** Labs that break a rule about EVC, each with its nearest neighbour that does not. */
import type { RuleCase } from '../rule-case.fixture.ts'

type Cpus = Readonly<Record<string, string>>

/** Physical ESXi hosts by their CPUs, and one cluster of all of them. */
function hosts(cpus: Cpus, cluster: string, host = 'product: esxi, version: "8.0"'): string {
  const lines = Object.entries(cpus).map(([name, cpu]) => `    ${name}: { ${host}, cpu: { ${cpu} } }\n`)
  const members = Object.keys(cpus).join(', ')
  return `site:\n  kind: facts\n  hosts:\n${lines.join('')}clusters:\n  main: { members: [${members}], ${cluster} }\nmachines: {}\n`
}

/** Nested hosts in one cluster. */
const nested = (version: string, cluster: string, more = '') => `
machines:
  esxi: { count: 2, ${more}hypervisor: { product: esxi, version: "${version}" } }
clusters:
  inner: { members: [esxi], ${cluster} }
`

const xeon = 'model: Intel Xeon E3-1230'
const avoton = 'model: Intel Atom C2750'
const haswell = 'generation: haswell'
const rome = 'model: EPYC 7742'

const needed: readonly RuleCase[] = [
  {
    rule: 'evc/needed',
    shows: 'a Xeon and an Avoton share a cluster with DRS',
    breaks: hosts({ xeon, avoton }, 'drs: true'),
    silent: hosts({ xeon, avoton }, 'drs: true, evc: westmere'),
    at: 'clusters.main.evc',
  },
  {
    rule: 'evc/needed',
    shows: 'generations are declared, and vMotion is only by hand',
    breaks: hosts({ a: haswell, b: 'generation: broadwell' }, 'ha: true'),
    silent: hosts({ a: haswell, b: 'generation: Haswell-EP' }, 'ha: true'),
    at: 'clusters.main.evc',
    severity: 'advice',
  },
  {
    rule: 'evc/needed',
    shows: 'no EVC baseline holds one of the hosts',
    breaks: hosts({ a: 'generation: jaguar', b: 'generation: zen' }, 'drs: true'),
    silent: hosts({ a: 'generation: jaguar', b: 'cores: 4' }, 'drs: true'),
    at: 'clusters.main.evc',
  },
  {
    rule: 'evc/needed',
    shows: 'the hosts are those of vSphere',
    breaks: hosts({ xeon, avoton }, 'drs: true'),
    silent: hosts({ xeon, avoton }, 'drs: true', 'product: proxmox, version: "9"'),
    at: 'clusters.main.evc',
  },
]

const vendors: readonly RuleCase[] = [
  {
    rule: 'evc/vendors',
    shows: 'Intel and AMD share a cluster',
    breaks: hosts({ xeon, rome }, 'drs: true'),
    silent: hosts({ rome, milan: 'generation: zen3' }, 'drs: true'),
    at: 'clusters.main.members',
  },
  {
    rule: 'evc/vendors',
    shows: 'EVC is wanted for Intel and AMD together',
    breaks: hosts({ xeon, rome }, 'evc: westmere'),
    silent: hosts({ xeon, unknown: 'cores: 8' }, 'evc: westmere'),
    at: 'clusters.main.members',
    severity: 'error',
  },
]

const baselines: readonly RuleCase[] = [
  {
    rule: 'evc/baseline',
    shows: 'an Avoton shall look like Sandy Bridge',
    breaks: hosts({ xeon, avoton }, 'evc: sandy-bridge'),
    silent: hosts({ xeon, avoton }, 'evc: Westmere'),
    at: 'clusters.main.evc',
  },
  {
    rule: 'evc/baseline',
    shows: 'the level is given instead of the name',
    breaks: hosts({ a: haswell }, 'evc: L7'),
    silent: hosts({ a: haswell }, 'evc: L6'),
    at: 'clusters.main.evc',
  },
  {
    rule: 'evc/baseline',
    shows: 'a baseline of Intel is wanted for AMD',
    breaks: hosts({ rome }, 'evc: intel-westmere'),
    silent: hosts({ rome }, 'evc: amd-zen'),
    at: 'clusters.main.evc',
  },
  {
    rule: 'evc/baseline',
    shows: 'generation 4 of Opteron shall look like generation 3 with 3DNow!, which it has no more',
    breaks: hosts({ a: 'generation: bulldozer' }, 'evc: amd-greyhound'),
    silent: hosts({ a: 'generation: bulldozer' }, 'evc: amd-greyhoundno3dnow'),
    at: 'clusters.main.evc',
  },
  {
    rule: 'evc/baseline',
    shows: 'the CPU model of nested hosts is older than the baseline',
    breaks: nested('8.0', 'evc: haswell', 'hardware: { cpuModel: Westmere }, '),
    silent: nested('8.0', 'evc: haswell', 'hardware: { cpuModel: host }, '),
    at: 'clusters.inner.evc',
  },
  {
    rule: 'evc/baseline',
    shows: 'a CPU is in no baseline at all',
    breaks: hosts({ a: 'generation: jaguar' }, 'evc: amd-greyhoundno3dnow'),
    silent: hosts({ a: 'generation: zen' }, 'evc: amd-greyhoundno3dnow'),
    at: 'clusters.main.evc',
  },
  {
    rule: 'evc/known',
    shows: 'a generation that is no baseline is taken for one',
    breaks: hosts({ xeon, avoton }, 'evc: avoton'),
    silent: hosts({ xeon, avoton }, 'evc: westmere'),
    at: 'clusters.main.evc',
  },
  {
    rule: 'evc/known',
    shows: 'a baseline is misspelt',
    breaks: hosts({ a: haswell }, 'evc: haswel'),
    silent: hosts({ a: haswell }, 'evc: \'Intel "Haswell" Generation\''),
    at: 'clusters.main.evc',
  },
]

const versions: readonly RuleCase[] = [
  {
    rule: 'evc/too-new',
    shows: 'ESXi 6.5 shall know Skylake',
    breaks: hosts({ a: 'generation: skylake' }, 'evc: skylake', 'product: esxi, version: "6.5"'),
    silent: hosts({ a: 'generation: skylake' }, 'evc: skylake', 'product: esxi, version: "6.7"'),
    at: 'clusters.main.evc',
  },
  {
    rule: 'evc/too-new',
    shows: 'ESXi 6.7 of any update shall know Ice Lake',
    breaks: hosts({ a: 'generation: ice-lake' }, 'evc: ice-lake', 'product: esxi, version: "6.7"'),
    silent: hosts({ a: 'generation: ice-lake' }, 'evc: ice-lake', 'product: esxi, version: "7.0"'),
    at: 'clusters.main.evc',
  },
  {
    rule: 'evc/too-new',
    shows: 'a baseline above Skylake is wanted of ESXi 5.5',
    breaks: hosts({ a: 'generation: ice-lake' }, 'evc: ice-lake', 'product: esxi, version: "5.5"'),
    silent: hosts({ a: 'generation: ice-lake' }, 'evc: broadwell', 'product: esxi, version: "5.5"'),
    at: 'clusters.main.evc',
  },
  {
    rule: 'evc/nested-hosts',
    shows: 'virtual hosts of ESXi 6.7 are in an EVC cluster',
    breaks: nested('6.7', 'evc: haswell'),
    silent: nested('8.0', 'evc: haswell'),
    at: 'clusters.inner.evc',
  },
  {
    rule: 'evc/nested-hosts',
    shows: 'virtual hosts of ESXi 6.5 are in an EVC cluster, physical ones are not meant',
    breaks: nested('6.5', 'evc: haswell'),
    silent: hosts({ a: haswell }, 'evc: haswell', 'product: esxi, version: "6.5"'),
    at: 'clusters.inner.evc',
  },
  {
    rule: 'evc/product',
    shows: 'a cluster of KVM nodes has a baseline of vCenter',
    breaks: hosts({ a: haswell }, 'evc: haswell', 'product: kvm'),
    silent: hosts({ a: haswell }, 'evc: haswell', 'product: esxi'),
    at: 'clusters.main.evc',
  },
]

export const evcCases: readonly RuleCase[] = [...needed, ...vendors, ...baselines, ...versions]
