/** What may run a machine: hosts of the site with their processors, and versions of products. */
import {
  type CpuVendor,
  cpuVendor,
  evcBaseline,
  type ProcessorGeneration,
  processorGeneration,
  processorOf,
} from '#facts'
import type { Cluster, HostFacts } from '#lab'
import type { LabPath, Severity } from '../rule.ts'
import { type Placed, pathOfHost, type Scene, type Software } from '../scene.ts'

export interface SiteHost {
  readonly facts: HostFacts
  readonly at: LabPath
  /** Where the file says which processor it has. */
  readonly cpuAt: LabPath
  readonly generation?: ProcessorGeneration
  readonly vendor?: CpuVendor
}

/** Linear in the hosts; call it once in a rule. */
export function siteHosts({ site }: Scene): readonly SiteHost[] {
  return site.hosts.map((facts) => {
    const at = pathOfHost(facts.name)
    const generation = facts.cpu && processorOf(facts.cpu)
    const vendor = generation?.vendor ?? cpuVendor(facts.cpu ?? {})
    const key = facts.cpu?.generation === undefined ? 'model' : 'generation'
    return {
      facts,
      at,
      cpuAt: [...at, 'cpu', key],
      ...(generation && { generation }),
      ...(vendor && { vendor }),
    }
  })
}

/** The vendor of all processors of the site, where they are known to be of one. */
export function siteVendor(scene: Scene): CpuVendor | undefined {
  const [first, ...rest] = siteHosts(scene).map(({ vendor }) => vendor)
  return rest.every((vendor) => vendor === first) ? first : undefined
}

/** The generation whose features an EVC baseline shows; undefined where the name is not known. */
export function generationOfBaseline(evc: string): ProcessorGeneration | undefined {
  const baseline = evcBaseline(evc)
  return baseline && (processorGeneration(baseline.key) ?? processorGeneration(baseline.qemuModel))
}

/** EVC of the clusters that a hypervisor is in, which its machines see. */
export function evcOf(
  member: string,
  { clustersOf }: Scene,
): readonly (Cluster & { readonly evc: string })[] {
  return (clustersOf.get(member) ?? []).flatMap((cluster) =>
    cluster.evc === undefined ? [] : [{ ...cluster, evc: cluster.evc }],
  )
}

/** What fails on every host cannot work; what fails on some works until a machine lands there. */
export function severityFor(failing: number, all: number): Severity {
  return failing >= all ? 'error' : 'warning'
}

/** How many hosts may run a machine, also those about which too little is known. */
export function hostCount({ host, runsOn }: Placed, { site }: Scene): number {
  return host ? 1 : Math.max(site.hosts.length, runsOn.length)
}

/** Machines of a level share what may run them, so that what follows from it is worked out once. */
export function perHosts<Value>(work: (runsOn: readonly Software[]) => Value): (placed: Placed) => Value {
  const found = new Map<readonly Software[], { readonly value: Value }>()
  return ({ runsOn }) => {
    const before = found.get(runsOn)
    if (before) return before.value
    const value = work(runsOn)
    found.set(runsOn, { value })
    return value
  }
}

const ofVmware: ReadonlySet<string> = new Set(['esxi', 'workstation', 'player', 'fusion'])

export function isVmware({ product }: Software): boolean {
  return ofVmware.has(product)
}

export function isEsxi({ product }: Software): boolean {
  return product === 'esxi'
}

export function isHyperv({ product }: Software): boolean {
  return product === 'hyperv'
}

export function isKvm({ product }: Software): boolean {
  return product === 'kvm' || product === 'proxmox'
}

type Such = (software: Software) => boolean

/** Answers given before: thousands of machines may run on the same hundreds of hosts. */
const such = new WeakMap<readonly Software[], Map<Such, readonly Software[]>>()

/** Those of which it is true; `is` has to be a function that is there once, not one made for each machine. */
export function hostsThat(is: Such, runsOn: readonly Software[]): readonly Software[] {
  const answers = such.get(runsOn) ?? new Map<Such, readonly Software[]>()
  const hosts = answers.get(is) ?? runsOn.filter(is)
  answers.set(is, hosts)
  such.set(runsOn, answers)
  return hosts
}

/** Nothing known speaks against it: all known hosts are such, or none is known. */
export function mayAllBe(runsOn: readonly Software[], is: Such): boolean {
  return hostsThat(is, runsOn).length === runsOn.length
}

/** All hosts are such, and at least one is known. */
export function allAre(runsOn: readonly Software[], is: Such): boolean {
  return runsOn.length > 0 && mayAllBe(runsOn, is)
}
