/** Which groups of hosts are to survive the loss of one: HA clusters of the site and of the lab, or all hosts. */
import type { Cluster, Machine, ResolvedLab } from '#lab'
import { machinesOf } from '#lab'
import { binOfMachine, sizeOf } from './demand.ts'
import { ownUse } from './hypervisor-use.ts'
import type { Bin, Item } from './placement/item.ts'
import type { Placement } from './placement/place.ts'
import { checkSpare, type RunningHosts, type SpareCheck } from './placement/spare.ts'

export interface PlacedSite {
  readonly bins: readonly Bin[]
  readonly items: readonly Item[]
  /** Absent when it is not known where machines run. */
  readonly placement?: Placement | undefined
}

export function sparesOf(lab: ResolvedLab, site: PlacedSite): readonly SpareCheck[] {
  const ha = (lab.clusters ?? []).filter((cluster) => cluster.ha)
  const running = runningOn(site)
  const ofHosts = ha.flatMap((cluster) => ofCluster(cluster, running))
  const all = running && running.bins.length > 1 && ofHosts.length === 0
  return [...(all ? [checkSpare(running, 'rebalance')] : []), ...ofHosts, ...nestedSpares(lab, ha)]
}

/** Undefined when nothing is placed, or not everything. */
function runningOn({ bins, items, placement }: PlacedSite): RunningHosts | undefined {
  if (placement?.outcome !== 'placed') return undefined
  const byPath = new Map(items.map((item) => [item.path, item]))
  const running = placement.hosts.map(({ machines }) =>
    machines.flatMap(({ path, copies }) => {
      const item = byPath.get(path)
      return item ? [{ ...item, copies }] : []
    }),
  )
  return { bins, running }
}

/** With DRS the machines of the other hosts may make room. */
function ofCluster(
  { name, members, drs }: Cluster,
  running: RunningHosts | undefined,
): readonly SpareCheck[] {
  const indexes = running?.bins.flatMap((bin, index) => (members.includes(bin.name) ? [index] : [])) ?? []
  if (!running || indexes.length === 0) return []
  const part: RunningHosts = {
    bins: indexes.flatMap((index) => running.bins[index] ?? []),
    running: indexes.map((index) => running.running[index] ?? []),
  }
  return [checkSpare(part, drs ? 'rebalance' : 'restart', name)]
}

function nestedSpares(lab: ResolvedLab, ha: readonly Cluster[]): readonly SpareCheck[] {
  if (ha.length === 0) return []
  const machines = new Map([...machinesOf(lab.top)].map((machine) => [machine.path, machine]))
  return ha.flatMap(({ name, members, drs }) => {
    const hypervisors = members.flatMap((member) => machines.get(member) ?? [])
    const running = runningInside(hypervisors)
    return running ? [checkSpare(running, drs ? 'rebalance' : 'restart', name)] : []
  })
}

/** Undefined when the own use of a member is not known, and when there is no member. */
function runningInside(hypervisors: readonly Machine[]): RunningHosts | undefined {
  const bins: Bin[] = []
  const running: (readonly Item[])[] = []
  for (const machine of hypervisors) {
    const own = machine.hypervisor && ownUse(machine.hypervisor)
    if (!own || !machine.hypervisor) return undefined
    bins.push(binOfMachine(machine, own.MiB))
    running.push(machine.hypervisor.inside.machines.map((inner) => ({ ...sizeOf(inner), copies: 1 })))
  }
  return bins.length === 0 ? undefined : { bins, running }
}
