/** What the CPUs of several hosts have in common, and which machines may move between them while they run. */
import {
  commonBaseline,
  type EvcBaseline,
  evcBaseline,
  type ProcessorGeneration,
  reachesBaseline,
} from '#facts'
import type { Cluster, ResolvedLab } from '#lab'
import type { Host } from './level0.ts'

export interface Compatibility {
  /** One for each cluster with hosts of the site in it; without any, one for all hosts. */
  readonly baselines: readonly HostBaseline[]
  /** Every ordered pair of hosts; empty for more hosts than anybody would read. */
  readonly migrations: readonly Migration[]
}

export interface HostBaseline {
  /** Absent: all hosts. */
  readonly cluster?: string
  readonly hosts: readonly string[]
  /** The highest that all of them reach. */
  readonly baseline?: EvcBaseline
  /** What the file sets, and whether all of them reach it. */
  readonly declared?: {
    readonly name: string
    readonly verdict: 'right' | 'lower-than-needed' | 'not-reached' | 'unknown'
  }
  /** Why there is no baseline. */
  readonly why?: string
}

export interface Migration {
  readonly from: string
  readonly to: string
  /** `convert`: another hypervisor, so the machine has to be converted. */
  readonly how: 'live' | 'powered-off' | 'convert' | 'unknown'
  readonly why: string
}

const mostHosts = 32

export function compatibilityOf(lab: ResolvedLab, hosts: readonly Host[]): Compatibility {
  const clusters = (lab.clusters ?? []).map((cluster) => ({ cluster, hosts: membersOf(cluster, hosts) }))
  const physical = clusters.filter((one) => one.hosts.length > 0)
  const whole = hosts.length > 1 ? [baselineOf(hosts, undefined)] : []
  const pairs =
    hosts.length > mostHosts ? [] : hosts.flatMap((from) => hosts.map((to) => [from, to] as const))
  return {
    baselines: physical.length > 0 ? physical.map((one) => baselineOf(one.hosts, one.cluster)) : whole,
    migrations: pairs.flatMap(([from, to]) =>
      from === to ? [] : [migrationBetween(from, to, lab.clusters ?? [])],
    ),
  }
}

function membersOf({ members }: Cluster, hosts: readonly Host[]): readonly Host[] {
  return hosts.filter(({ name }) => members.includes(name))
}

function baselineOf(hosts: readonly Host[], cluster: Cluster | undefined): HostBaseline {
  const generations = hosts.flatMap(({ generation }) => generation ?? [])
  const isComplete = generations.length === hosts.length
  const baseline = isComplete ? commonBaseline(generations) : undefined
  const declared = cluster?.evc
  return {
    ...(cluster && { cluster: cluster.name }),
    hosts: hosts.map(({ name }) => name),
    ...(baseline && { baseline }),
    ...(declared !== undefined && {
      declared: { name: declared, verdict: declaredVerdict(declared, generations, baseline) },
    }),
    ...(!baseline && { why: whyNoBaseline(hosts, generations) }),
  }
}

type DeclaredVerdict = NonNullable<HostBaseline['declared']>['verdict']

function declaredVerdict(
  name: string,
  generations: readonly ProcessorGeneration[],
  common: EvcBaseline | undefined,
): DeclaredVerdict {
  const declared = evcBaseline(name)
  if (!declared) return 'unknown'
  if (generations.some((generation) => !reachesBaseline(generation, declared.key))) return 'not-reached'
  if (!common) return 'unknown'
  return declared.key === common.key ? 'right' : 'lower-than-needed'
}

function whyNoBaseline(hosts: readonly Host[], generations: readonly ProcessorGeneration[]): string {
  const strange = hosts.filter(({ generation }) => !generation).map(({ name }) => name)
  if (strange.length > 0) return `The CPU generation of ${strange.join(', ')} is not known.`
  const vendors = new Set(generations.map(({ vendor }) => vendor))
  if (vendors.size > 1) return 'EVC never joins Intel and AMD.'
  return 'EVC knows no baseline that all of them reach.'
}

function migrationBetween(from: Host, to: Host, clusters: readonly Cluster[]): Migration {
  const pair = { from: from.name, to: to.name }
  if (from.product === undefined || to.product === undefined)
    return { ...pair, how: 'unknown', why: 'The hypervisor of one of them is not known.' }
  if (from.product !== to.product)
    return {
      ...pair,
      how: 'convert',
      why: `${from.product} and ${to.product} do not run each other's machines.`,
    }
  if (!from.generation || !to.generation)
    return { ...pair, how: 'unknown', why: 'The CPU generation of one of them is not known.' }
  const [source, target] = [from.generation, to.generation]
  if (source.vendor !== target.vendor)
    return { ...pair, how: 'powered-off', why: 'No machine moves between Intel and AMD while it runs.' }
  if (source.key === target.key) return { ...pair, how: 'live', why: `Both are ${source.title}.` }
  const joined = joinedBaseline(pair, clusters, [source, target])
  if (joined)
    return { ...pair, how: 'live', why: `The cluster hides what is newer than EVC ${joined.title}.` }
  return { ...pair, ...unmasked(source, target) }
}

/** The baseline of a cluster that both are members of, when both reach it. */
function joinedBaseline(
  { from, to }: Pick<Migration, 'from' | 'to'>,
  clusters: readonly Cluster[],
  generations: readonly ProcessorGeneration[],
): EvcBaseline | undefined {
  const cluster = clusters.find(
    ({ members, evc }) => evc !== undefined && members.includes(from) && members.includes(to),
  )
  const baseline = cluster?.evc === undefined ? undefined : evcBaseline(cluster.evc)
  return baseline && generations.every((one) => reachesBaseline(one, baseline.key)) ? baseline : undefined
}

/** Without EVC a machine sees all that the CPU it started on has, and may only go where all of that is. */
function unmasked(source: ProcessorGeneration, target: ProcessorGeneration): Pick<Migration, 'how' | 'why'> {
  const common = commonBaseline([source, target])
  const remedy = common ? ` A cluster with EVC ${common.title} would allow it.` : ''
  if (source.evc !== undefined && isNamesake(source) && reachesBaseline(target, source.evc))
    return {
      how: 'live',
      why: `${target.title} has what ${source.title} has; the way back is open only after a restart.`,
    }
  return {
    how: 'powered-off',
    why: `A machine started on ${source.title} may use what ${target.title} does not have.${remedy}`,
  }
}

/** Whether the generation is the one that its baseline is named after: others (Avoton) have features beside it. */
function isNamesake({ key, evc }: ProcessorGeneration): boolean {
  return evc?.replace(/^(intel|amd)-/, '') === key.replaceAll('-', '')
}
