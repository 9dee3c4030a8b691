/** Clusters and the sections without an effect yet: their references are checked all the same. */
import { type Known, membersOf } from './members.ts'
import type { Cluster, Machine, ResolvedLab } from './model.ts'
import { addPending } from './resolution.ts'
import { resolveDatastores } from './resolve-datastore.ts'
import { resolveExpectations } from './resolve-expect.ts'
import { classOf, suppressionsOf } from './resolve-traits.ts'
import type { LabInput } from './schema.ts'

export type Sections = Pick<ResolvedLab, 'clusters' | 'expect' | 'datastores' | 'class' | 'suppress'>

export function resolveSections(
  input: LabInput,
  known: Known,
  machines: ReadonlyMap<string, Machine>,
): Sections {
  const clusters = resolveClusters(input, known, machines)
  const datastores = resolveDatastores(input, known, machines)
  const expect = resolveExpectations(input.expect ?? [], known)
  return {
    ...(clusters.length > 0 && { clusters }),
    ...(expect.length > 0 && { expect }),
    ...(datastores.length > 0 && { datastores }),
    ...(input.class && { class: classOf(input.class) }),
    ...(input.suppress && { suppress: suppressionsOf(input.suppress) }),
  }
}

function resolveClusters(
  input: LabInput,
  known: Known,
  all: ReadonlyMap<string, Machine>,
): readonly Cluster[] {
  return Object.entries(input.clusters ?? {}).map(([name, cluster]) => {
    const path = ['clusters', name]
    const members = membersOf(cluster.members, [...path, 'members'], known)
    const machines = members.filter((member) => known.machines.has(member))
    const text = 'Clusters cannot be set up yet.'
    // Failures and loads of KVM nodes are Nestlab's own work; EVC and vSAN are a vCenter's.
    const isOurs = machines.every((path) => all.get(path)?.hypervisor?.product === 'kvm')
    const isSimple = isOurs && cluster.evc === undefined && !cluster.vsan
    // A cluster of hosts that exist already is a fact like the hosts themselves; a vCenter can make others.
    if (machines.length > 0 && !isSimple && known.resolution.siteKind !== 'vsphere')
      addPending(known.resolution, path, { text, machines })
    return {
      name,
      members,
      ...(cluster.evc !== undefined && { evc: cluster.evc }),
      drs: cluster.drs ?? false,
      ha: cluster.ha ?? false,
      vsan: cluster.vsan ?? false,
      ...(cluster.witness !== undefined && { witness: cluster.witness }),
    }
  })
}
