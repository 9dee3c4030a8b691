/** How many vCPUs of all levels share the cores, and how long they may have to wait for one. */
import { sizingFigure } from '#facts'
import { type Machine, machinesOf, type ResolvedLab } from '#lab'
import { type Assumption, assumedFigure, assumption } from './assumption.ts'
import { refusesWideMachines } from './hypervisor-use.ts'
import type { Host } from './level0.ts'

/** `waits-at-peaks`: machines wait while several are busy at once. `waits`: they wait most of the time. */
export type ReadyRisk = 'comfortable' | 'waits-at-peaks' | 'waits' | 'unknown'

export interface CpuReport {
  /** From level 1 on; all seats that share the hosts. */
  readonly levels: readonly { readonly level: number; readonly machines: number; readonly vcpus: number }[]
  /** Of all levels: each of them is scheduled, those of inner machines at every level above them. */
  readonly runnableVcpus: number
  /** Physical cores of all hosts; absent when that of one is not known. */
  readonly cores?: number
  /** `runnableVcpus` for each core. */
  readonly perCore?: number
  readonly risk: ReadyRisk
  /** Up to `comfortable` nobody waits, beyond `waits` everybody does; vCPUs for each core. */
  readonly thresholds: { readonly comfortable: number; readonly waits: number }
  readonly hypervisors: readonly HypervisorCpus[]
  readonly assumptions: readonly Assumption[]
}

export interface HypervisorCpus {
  readonly path: string
  readonly vcpus: number
  /** Of the machines directly inside. */
  readonly innerVcpus: number
  /** Machines that its product does not start, because they have more vCPUs than it has. */
  readonly tooWide: readonly string[]
}

export function cpuReport(lab: ResolvedLab, hosts: readonly Host[], copies: number): CpuReport {
  const machines = [...machinesOf(lab.top)]
  const levels = levelsOf(machines, copies)
  const runnableVcpus = levels.reduce((sum, { vcpus }) => sum + vcpus, 0)
  const cores = coresOf(hosts)
  const figure = sizingFigure(levels.length > 1 ? 'cpus-per-core-nested' : 'cpus-per-core')
  const thresholds = { comfortable: figure.low, waits: figure.high }
  const perCore = cores === undefined ? undefined : runnableVcpus / cores
  return {
    levels,
    runnableVcpus,
    ...(cores !== undefined && { cores }),
    ...(perCore !== undefined && { perCore }),
    risk: riskOf(perCore, thresholds),
    thresholds,
    hypervisors: machines.flatMap(hypervisorCpus),
    assumptions: [
      assumption(
        'A vCPU of an inner machine counts beside the vCPU of its hypervisor that it runs on: both are scheduled.',
      ),
      assumedFigure(sizingFigure('cpus-per-core')),
      assumedFigure(figure),
      ...slowCores(hosts),
    ],
  }
}

/** Cores are counted, not weighed; of one kind it is known how much less they do. */
function slowCores(hosts: readonly Host[]): readonly Assumption[] {
  if (hosts.every(({ generation }) => generation?.key !== 'silvermont')) return []
  const keys = ['avoton-of-e3-1230-v3', 'vms-on-avoton'] as const
  const counted = 'Cores are counted, not weighed: those of an Avoton count as much as others.'
  return [assumption(counted), ...keys.map((key) => assumedFigure(sizingFigure(key)))]
}

export function levelsOf(machines: readonly Machine[], copies: number): CpuReport['levels'] {
  const levels = new Map<number, { machines: number; vcpus: number }>()
  for (const { level, cpus } of machines) {
    const sum = levels.get(level) ?? { machines: 0, vcpus: 0 }
    sum.machines += copies
    sum.vcpus += cpus * copies
    levels.set(level, sum)
  }
  return [...levels].sort(([a], [b]) => a - b).map(([level, sum]) => ({ level, ...sum }))
}

export function riskOf(perCore: number | undefined, thresholds: CpuReport['thresholds']): ReadyRisk {
  if (perCore === undefined) return 'unknown'
  if (perCore <= thresholds.comfortable) return 'comfortable'
  return perCore <= thresholds.waits ? 'waits-at-peaks' : 'waits'
}

function coresOf(hosts: readonly Host[]): number | undefined {
  let sum = 0
  for (const { cores } of hosts) {
    if (cores === undefined) return undefined
    sum += cores
  }
  return sum === 0 ? undefined : sum
}

function hypervisorCpus({ path, cpus, hypervisor }: Machine): readonly HypervisorCpus[] {
  if (!hypervisor) return []
  const { machines } = hypervisor.inside
  const wide = refusesWideMachines(hypervisor.product) ? machines.filter((inner) => inner.cpus > cpus) : []
  return [
    {
      path,
      vcpus: cpus,
      innerVcpus: machines.reduce((sum, inner) => sum + inner.cpus, 0),
      tooWide: wide.map((inner) => inner.path),
    },
  ]
}
