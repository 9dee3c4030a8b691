/** Machines that a section names: by path, all of a key with `count` by its name, or as hosts of the site. */
import { limits } from './limits.ts'
import { instead } from './near.ts'
import type { Path } from './problem.ts'
import type { Resolution } from './resolution.ts'

export interface Known {
  readonly machines: ReadonlySet<string>
  readonly hosts: ReadonlySet<string>
  readonly resolution: Resolution
}

export function membersOf(members: readonly string[], path: Path, known: Known): readonly string[] {
  return members.flatMap((member, index) => memberAt(member, [...path, index], known))
}

/** What one entry of a list of members stands for; nothing when it names none. */
export function memberAt(member: string, path: Path, known: Known): readonly string[] {
  const { machines, hosts, resolution } = known
  const group = resolution.groups.get(member)
  resolution.members += group?.length ?? 1
  if (resolution.members > limits.members) return tooMany(path, resolution)
  if (group) return group
  if (machines.has(member) || hosts.has(member)) return [member]
  const names = () => [...resolution.groups.keys(), ...hosts, ...machines]
  const text = `There is no machine or host \`${member}\`.`
  resolution.findings.push({ path, text, remedy: () => instead(member, names(), 'machines') })
  return []
}

function tooMany(path: Path, { findings }: Resolution): readonly string[] {
  const text = `Clusters, datastores and overlays name more than ${limits.members.toLocaleString('en')} machines.`
  // Said once: what follows is not looked at.
  if (findings.at(-1)?.text !== text) findings.push({ path, text, remedy: 'Name each machine once.' })
  return []
}
