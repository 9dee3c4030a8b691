/** Rule about inner hypervisors that act as one: machines find the same port groups on each of them. */
import type { PortGroup } from '#lab'
import { formatVlan } from '#lab'
import { articles } from '../articles.ts'
import type { Hit, LabPath, Rule } from '../rule.ts'
import type { Placed, Scene } from '../scene.ts'
import { pluggedInto } from './plugged.ts'
import { listed, policies, policyWords } from './wording.ts'

/** A port group that machines of some member use, and that they need wherever they are moved. */
interface Needed {
  readonly group: PortGroup
  readonly member: string
  readonly carries: boolean
}

export const clusterSameGroups: Rule = {
  id: 'network/cluster-same-groups',
  severity: 'warning',
  title: 'The members of a cluster have the same port groups inside, with the same VLANs and policies.',
  why: 'DRS and HA move a machine to a port group of the same name on another member. Where that is missing the machine cannot go there, and where its VLAN or policies differ it is cut off after the move.',
  covers: ['R066'],
  sources: [articles.S0],
  *find(scene) {
    for (const { name, members, drs, ha } of scene.lab.clusters ?? []) {
      const inside = members.flatMap((member) => scene.byPath.get(member) ?? [])
      const hypervisors = inside.filter(({ machine }) => machine.hypervisor)
      if ((!drs && !ha) || hypervisors.length < 2) continue
      const needed = neededBy(scene, hypervisors)
      for (const placed of hypervisors) yield* lacking(placed, needed, name)
    }
  },
}

function neededBy(scene: Scene, hypervisors: readonly Placed[]): ReadonlyMap<string, Needed> {
  const needed = new Map<string, Needed>()
  for (const { machine } of hypervisors) {
    for (const { portgroups } of machine.hypervisor?.inside.switches ?? []) {
      for (const group of portgroups) {
        const { carriers, others } = pluggedInto(scene, group)
        if (carriers.length + others.length === 0) continue
        const known = needed.get(group.name)
        const carries = carriers.length > 0
        if (!known || (carries && !known.carries))
          needed.set(group.name, { group, member: machine.path, carries })
      }
    }
  }
  return needed
}

function* lacking(
  { machine, at }: Placed,
  needed: ReadonlyMap<string, Needed>,
  cluster: string,
): Generator<Hit> {
  const inside: LabPath = [...at, 'hypervisor', 'switches']
  const own = new Map(
    (machine.hypervisor?.inside.switches ?? []).flatMap(({ name, portgroups }) =>
      portgroups.map(
        (group) => [group.name, { group, path: [...inside, name, 'portgroups', group.name] }] as const,
      ),
    ),
  )
  const missing = [...needed].filter(([name]) => !own.has(name))
  if (missing.length > 0) {
    yield {
      at: inside,
      text: `${machine.path} has no port group ${listed(missing.map(([name]) => name))} inside, which machines of the cluster ${cluster} use on ${listed(missing.map(([, { member }]) => member))}.`,
      remedy: 'Make the port group there as well, with the same name, VLAN and policies.',
    }
  }
  for (const [name, { group, path }] of own) {
    const other = needed.get(name)
    if (other && other.member !== machine.path)
      yield* differing({ group, path, member: machine.path }, other, cluster)
  }
}

function* differing(
  { group, path, member }: { readonly group: PortGroup; readonly path: LabPath; readonly member: string },
  other: Needed,
  cluster: string,
): Generator<Hit> {
  const [here, there] = [formatVlan(group.vlan), formatVlan(other.group.vlan)]
  if (here !== there) {
    yield {
      at: [...path, 'vlan'],
      text: `In the cluster ${cluster} the port group ${group.name} has VLAN ${here} on ${member} and ${there} on ${other.member}.`,
      remedy: 'Give both the same VLAN.',
    }
  }
  const stricter = policies.filter(
    (policy) => group.security[policy] === 'reject' && other.group.security[policy] === 'accept',
  )
  if (!other.carries || stricter.length === 0) return
  yield {
    at: [...path, 'security'],
    text: `In the cluster ${cluster} the port group ${group.name} carries nested machines, and ${member} rejects ${listed(stricter.map((policy) => policyWords[policy]))}, which ${other.member} accepts.`,
    remedy: 'Give both the same policies.',
  }
}
