/** Clusters and the sections without an effect yet: their references are checked all the same. */
import { type Known, membersOf } from './members.ts'
import type { Cluster } from './model.ts'
import { instead } from './near.ts'
import type { Path } from './problem.ts'
import { addPending } from './resolution.ts'
import type { LabInput } from './schema.ts'

export interface Sections {
  readonly clusters?: readonly Cluster[]
  readonly sections?: Readonly<Record<string, unknown>>
}

export function resolveSections(input: LabInput, known: Known): Sections {
  const { resolution } = known
  const clusters = resolveClusters(input, known)
  checkDatastores(input, known)
  checkExpectations(input, known)
  if (input.class) addPending(resolution, ['class'], { text: 'Classes cannot be handed out yet.' })
  const { datastores, expect, class: seats } = input
  const sections = Object.entries({ datastores, expect, class: seats }).filter(([, content]) => content)
  return {
    ...(clusters.length > 0 && { clusters }),
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

function checkExpectations(input: LabInput, known: Known): void {
  for (const [index, expectation] of (input.expect ?? []).entries()) {
    const path = ['expect', index]
    const { reach, isolated, http, exec } = expectation
    for (const [kind, pair] of Object.entries({ reach, isolated, http })) {
      if (pair)
        for (const end of ['from', 'to'] as const) checkMachine(pair[end], [...path, kind, end], known)
    }
    if (exec) checkMachine(exec.on, [...path, 'exec', 'on'], known)
  }
  if (!input.expect) return
  addPending(known.resolution, ['expect'], { text: 'Expectations cannot be checked yet.' })
}

function checkMachine(machine: string, path: Path, { machines, resolution }: Known): void {
  if (machines.has(machine)) return
  const text = `There is no machine \`${machine}\`.`
  resolution.findings.push({ path, text, remedy: () => instead(machine, [...machines], 'machines') })
}
