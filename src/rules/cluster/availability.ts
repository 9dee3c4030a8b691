/** Rules about clusters that shall survive the loss of a member. */
import { productFacts } from '#facts'
import { formatMiB } from '#lab'
import { articles, known } from '../articles.ts'
import type { Hit, Rule } from '../rule.ts'
import type { Scene } from '../scene.ts'
import { type ClusterWithMembers, clustersOf, type Member } from './members.ts'

export const oneMember: Rule = {
  id: 'cluster/one-member',
  severity: 'warning',
  title: 'A cluster with HA or DRS has at least two members.',
  why:
    'HA starts the machines of a lost host on another one, and DRS moves them between hosts. With one member there is no ' +
    'other host, so neither ever does anything.',
  covers: [],
  sources: [known],
  *find(scene) {
    for (const { cluster, members, at } of clustersOf(scene)) {
      if (members.length > 1 || (!cluster.ha && !cluster.drs)) continue
      const feature = cluster.ha ? 'ha' : 'drs'
      const count = members[0] ? `only one member, \`${members[0].name}\`` : 'no members'
      yield {
        at: [...at, feature],
        text: `Cluster \`${cluster.name}\` has \`${feature}: true\` and ${count}.`,
        remedy: `Add a second member, or remove \`${feature}\`.`,
        ...(cluster.ha ? {} : { severity: 'advice' }),
      }
    }
  },
}

export const nPlusOne: Rule = {
  id: 'cluster/n-plus-one',
  severity: 'warning',
  title: 'The machines of a cluster with HA fit on its members without the largest one.',
  why: 'When a host is lost, the others have to take its machines too. What does not fit there stays off, or everything swaps.',
  covers: ['R201'],
  sources: [articles.S3, known],
  *find(scene) {
    const candidates = clustersOf(scene).filter(({ cluster, members }) => cluster.ha && members.length > 1)
    if (candidates.length === 0) return
    const inside = memoryInside(scene)
    for (const one of candidates) yield* withoutLargest(one, inside, scene)
  },
}

function* withoutLargest(
  { cluster, members, at }: ClusterWithMembers,
  inside: ReadonlyMap<string, number>,
  { site }: Scene,
): Generator<Hit> {
  const rooms = members.flatMap((member) => roomOf(member) ?? [])
  if (rooms.length < members.length) return
  const onHosts = members.every(({ host }) => host)
  // Machines of level 1 may as well run on hosts outside of the cluster, so only a cluster of all hosts must hold them.
  if (onHosts && members.length < site.hosts.length) return
  if (!onHosts && members.some(({ placed }) => !placed)) return
  const neededMiB = onHosts ? (inside.get('') ?? 0) : sum(members.map(({ name }) => inside.get(name) ?? 0))
  const allMiB = sum(rooms)
  const restMiB = allMiB - Math.max(...rooms)
  // What does not fit on all members is another fault.
  if (neededMiB <= restMiB || neededMiB > allMiB) return
  yield {
    at: [...at, 'ha'],
    text: `The machines of cluster \`${cluster.name}\` have ${inWords(neededMiB)} of memory, but without its largest member only ${inWords(restMiB)} are left.`,
    remedy: 'Give the members more memory or the machines less, or add a member.',
  }
}

/** Memory of the machines directly inside each hypervisor; those of level 1 under the empty path. */
function memoryInside({ machines }: Scene): ReadonlyMap<string, number> {
  const totals = new Map<string, number>()
  for (const { machine, host } of machines) {
    const path = host?.machine.path ?? ''
    totals.set(path, (totals.get(path) ?? 0) + machine.memoryMiB)
  }
  return totals
}

/** Memory for machines: what the hypervisor uses itself is taken off, as far as it is known. */
function roomOf({ memoryMiB, product, version }: Member): number | undefined {
  if (memoryMiB === undefined) return undefined
  const own = product === undefined ? undefined : productFacts(product, version)?.ownMemoryMiB
  return Math.max(0, memoryMiB - (own ?? 0))
}

function inWords(mebibytes: number): string {
  return mebibytes < 1024 ? formatMiB(mebibytes) : `${Math.round(mebibytes / 102.4) / 10}GiB`
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
