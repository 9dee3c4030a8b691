/** What is known about level 0: the hosts of the file, an instance in a cloud, hosts that were asked, or nothing. */
import { cloudSize, type ProcessorGeneration, processorOf } from '#facts'
import type { CloudProvider, HostFacts, ResolvedLab } from '#lab'
import { type Assumption, assumption } from './assumption.ts'
import { type MemoryFigure, ownUse } from './hypervisor-use.ts'

/** What asking the machines of a site has shown. */
export interface ProbedSite {
  readonly hosts: readonly HostFacts[]
  readonly accelerator?: 'kvm' | 'tcg' | 'none'
  /** Of the only host: what programs could use now without swapping. */
  readonly memoryAvailableMiB?: number
}

export interface Host {
  readonly name: string
  readonly product?: string
  readonly version?: string
  readonly memoryMiB?: number
  /** What its hypervisor, or whatever else runs there, takes. */
  readonly ownMiB?: number
  readonly cores?: number
  readonly threads?: number
  readonly sockets: number
  readonly generation?: ProcessorGeneration
  readonly disksMiB: readonly number[]
}

export interface Level0 {
  readonly origin: 'declared' | 'cloud' | 'probed' | 'simulated' | 'nothing'
  readonly hosts: readonly Host[]
  /** `assumed`: nobody has tried, so hardware virtualization is taken for granted. */
  readonly accelerator: 'hardware' | 'emulated' | 'simulated' | 'assumed'
  /** Whether each seat of a class has an instance of its own; otherwise all seats share the hosts. */
  readonly hostPerSeat: boolean
  readonly assumptions: readonly Assumption[]
}

export function level0Of(lab: ResolvedLab, probed: ProbedSite | undefined): Level0 {
  const { class: seats } = lab
  if (probed) return probedLevel(probed)
  if (seats?.provider && seats.size !== undefined) return cloudLevel(seats.provider, seats.size, undefined)
  if (seats?.provider)
    return { origin: 'cloud', hosts: [], accelerator: 'assumed', hostPerSeat: true, assumptions: [] }
  if (lab.cloud) return cloudLevel(lab.cloud.provider, lab.cloud.size, lab.cloud.os)
  const none = { hostPerSeat: false, assumptions: [] }
  if (lab.hosts && lab.hosts.length > 0)
    return { ...none, origin: 'declared', hosts: lab.hosts.map(declaredHost), accelerator: 'assumed' }
  if (lab.site === 'sim') return { ...none, origin: 'simulated', hosts: [], accelerator: 'simulated' }
  return { ...none, origin: 'nothing', hosts: [], accelerator: 'assumed' }
}

/** A host as the file describes it. */
export function declaredHost(facts: HostFacts): Host {
  const { name, product, version, cpu, memoryMiB, disksMiB } = facts
  const generation = cpu && processorOf(cpu)
  const own = ownUse(facts)
  return {
    name,
    ...(product !== undefined && { product }),
    ...(version !== undefined && { version }),
    ...(memoryMiB !== undefined && { memoryMiB }),
    ...(own && { ownMiB: own.MiB }),
    ...(cpu?.cores !== undefined && { cores: cpu.cores }),
    ...(cpu?.threads !== undefined && { threads: cpu.threads }),
    sockets: cpu?.sockets ?? 1,
    ...(generation && { generation }),
    disksMiB,
  }
}

function probedLevel({ hosts, accelerator, memoryAvailableMiB }: ProbedSite): Level0 {
  const assumptions: Assumption[] = []
  if (memoryAvailableMiB !== undefined)
    assumptions.push(assumption('What this machine uses at the moment counts as its own use.'))
  if (hosts.some(({ cpu }) => cpu?.cores === undefined && cpu?.threads !== undefined))
    assumptions.push(assumption('A host that tells only its threads has a core for each.'))
  return {
    origin: 'probed',
    hosts: hosts.map((facts) => probedHost(facts, hosts.length === 1 ? memoryAvailableMiB : undefined)),
    accelerator: acceleratorOf(accelerator),
    hostPerSeat: false,
    assumptions,
  }
}

function probedHost(facts: HostFacts, memoryAvailableMiB: number | undefined): Host {
  const host = declaredHost(facts)
  const { memoryMiB, cores = host.threads } = host
  const isMeasured = memoryAvailableMiB !== undefined && memoryMiB !== undefined
  return {
    ...host,
    ...(cores !== undefined && { cores }),
    ...(isMeasured && { ownMiB: Math.max(0, memoryMiB - memoryAvailableMiB) }),
  }
}

function acceleratorOf(accelerator: ProbedSite['accelerator']): Level0['accelerator'] {
  if (accelerator === undefined) return 'assumed'
  return accelerator === 'kvm' ? 'hardware' : 'emulated'
}

function cloudLevel(provider: CloudProvider, size: string, os: string | undefined): Level0 {
  const known = cloudSize(provider, size)
  const product = productInCloud(provider, os)
  const own: MemoryFigure | undefined = ownUse({ product })
  const assumptions = [
    assumption('A cloud instance is one host, and each seat of a class has one of its own.'),
  ]
  if (known?.vcpus !== undefined)
    assumptions.push(assumption('Two vCPUs of a cloud instance are the threads of one core.', known.source))
  if (product !== undefined) assumptions.push(assumption(`The instance runs ${product} as its hypervisor.`))
  const host: Host = {
    name: size,
    ...(product !== undefined && { product }),
    ...(known?.memoryMiB !== undefined && { memoryMiB: known.memoryMiB }),
    ...(own && { ownMiB: own.MiB }),
    ...(known?.vcpus !== undefined && { cores: Math.max(1, known.vcpus / 2), threads: known.vcpus }),
    sockets: 1,
    disksMiB: [],
  }
  return { origin: 'cloud', hosts: [host], accelerator: 'assumed', hostPerSeat: true, assumptions }
}

/** Which hypervisor an instance runs follows from its system, where that is known. */
function productInCloud(provider: CloudProvider, os: string | undefined): string | undefined {
  if (provider === 'azure-lab-services' || /windows/i.test(os ?? '')) return 'hyperv'
  return os === undefined ? undefined : 'kvm'
}
