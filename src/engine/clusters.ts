/** Clusters of a lab that a plan is about: those whose members are machines of level 0. */
import type { Cluster, Machine, ResolvedLab } from '#lab'
import type { Selection } from './select.ts'

export interface PlannedCluster {
  /** Without members that are no machines. */
  readonly cluster: Cluster
  readonly members: readonly Machine[]
}

/** A cluster is left as it is while some of its machines were not chosen. */
export function clustersOf(
  { clusters = [], top }: ResolvedLab,
  chosen?: Selection,
): readonly PlannedCluster[] {
  return clusters.flatMap((cluster) => {
    const members = top.machines.filter(({ path }) => cluster.members.includes(path))
    if (members.length === 0 || members.some(({ path }) => chosen && !chosen.has(path))) return []
    return [{ cluster: { ...cluster, members: members.map(({ path }) => path) }, members }]
  })
}
