/** Clusters and the sections without an effect yet: their references are checked all the same. */
import { limits } from './limits.ts'
import { type Cluster, type HostFacts, type Level, machinesOf } from './model.ts'
import { instead } from './near.ts'
import type { Path } from './problem.ts'
import { addPending, type Resolution } from './resolution.ts'
import type { LabInput } from './schema.ts'

interface Known {
  readonly machines: ReadonlySet<string>
  readonly hosts: ReadonlySet<string>
  readonly resolution: Resolution
}

export interface Sections {
  readonly clusters?: readonly Cluster[]
  readonly sections?: Readonly<Record<string, unknown>>
}

export function resolveSections(
  input: LabInput,
  { top, hosts }: { readonly top: Level; readonly hosts: readonly HostFacts[] },
  resolution: Resolution,
): Sections {
  const known: Known = {
    machines: new Set([...machinesOf(top)].map((machine) => machine.path)),
    hosts: new Set(hosts.map((host) => host.name)),
    resolution,
  }
  const clusters = resolveClusters(input, known)
  checkDatastores(input, known)
  checkOverlays(input, known)
  checkExpectations(input, known)
  if (input.class) addPending(resolution, ['class'], { text: 'Classes cannot be handed out yet.' })
  const { datastores, overlays, expect, class: seats } = input
  const sections = Object.entries({ datastores, overlays, expect, class: seats }).filter(
    ([, content]) => content,
  )
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

/** Members as paths: the name of a key with `count` stands for all its machines. */
function membersOf(members: readonly string[], path: Path, known: Known): readonly string[] {
  const { machines, hosts, resolution } = known
  return members.flatMap((member, index) => {
    const group = resolution.groups.get(member)
    resolution.members += group?.length ?? 1
    if (resolution.members > limits.members) return tooMany([...path, index], resolution)
    if (group) return group
    if (machines.has(member) || hosts.has(member)) return [member]
    const names = () => [...resolution.groups.keys(), ...hosts, ...machines]
    const text = `There is no machine or host \`${member}\`.`
    resolution.findings.push({
      path: [...path, index],
      text,
      remedy: () => instead(member, names(), 'machines'),
    })
    return []
  })
}

function tooMany(path: Path, { findings }: Resolution): readonly string[] {
  const text = `Clusters, datastores and overlays name more than ${limits.members.toLocaleString('en')} machines.`
  // Said once: what follows is not looked at.
  if (findings.at(-1)?.text !== text) findings.push({ path, text, remedy: 'Name each machine once.' })
  return []
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

function checkOverlays(input: LabInput, known: Known): void {
  for (const [name, { between }] of Object.entries(input.overlays ?? {})) {
    const path = ['overlays', name]
    const machines = membersOf(between, [...path, 'between'], known)
    addPending(known.resolution, path, { text: 'Overlays cannot be set up yet.', machines })
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
