/** Clusters and the sections without an effect yet: their references are checked all the same. */
import { type Known, membersOf } from './members.ts'
import type { Cluster, Expectation } from './model.ts'
import { addPending } from './resolution.ts'
import { resolveExpectations } from './resolve-expect.ts'
import type { LabInput } from './schema.ts'

export interface Sections {
  readonly clusters?: readonly Cluster[]
  readonly expect?: readonly Expectation[]
  readonly sections?: Readonly<Record<string, unknown>>
}

export function resolveSections(input: LabInput, known: Known): Sections {
  const { resolution } = known
  const clusters = resolveClusters(input, known)
  checkDatastores(input, known)
  const expect = resolveExpectations(input.expect ?? [], known)
  if (input.class) addPending(resolution, ['class'], { text: 'Classes cannot be handed out yet.' })
  const { datastores, class: seats } = input
  const sections = Object.entries({ datastores, class: seats }).filter(([, content]) => content)
  return {
    ...(clusters.length > 0 && { clusters }),
    ...(expect.length > 0 && { expect }),
    ...(sections.length > 0 && { sections: Object.fromEntries(sections) }),
  }
}

function resolveClusters(input: LabInput, known: Known): readonly Cluster[] {
  return Object.entries(input.clusters ?? {}).map(([name, cluster]) => {
    const path = ['clusters', name]
    const members = membersOf(cluster.members, [...path, 'members'], known)
    const machines = members.filter((member) => known.machines.has(member))
    const text = 'Clusters cannot be set up yet.'
    // A cluster of hosts that exist already is a fact like the hosts themselves.
    if (machines.length > 0) addPending(known.resolution, path, { text, machines })
    return {
      name,
      members,
      ...(cluster.evc !== undefined && { evc: cluster.evc }),
      drs: cluster.drs ?? false,
      ha: cluster.ha ?? false,
    }
  })
}

function checkDatastores(input: LabInput, known: Known): void {
  for (const [name, { members }] of Object.entries(input.datastores ?? {})) {
    const path = ['datastores', name]
    const text = 'Datastores cannot be set up yet.'
    if (!members) addPending(known.resolution, path, { text })
    else
      addPending(known.resolution, path, { text, machines: membersOf(members, [...path, 'members'], known) })
  }
}
