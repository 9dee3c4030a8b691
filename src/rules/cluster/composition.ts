/** Rules about what belongs into one cluster. */
import { articles, known } from '../articles.ts'
import type { Hit, Rule } from '../rule.ts'
import { pathOfCluster } from '../scene.ts'
import { named } from '../words.ts'
import { type ClusterWithMembers, clustersOf, type Member } from './members.ts'

const namesOf = (members: readonly Member[]): string => named(members.map(({ name }) => name))

export const physicalAndNested: Rule = {
  id: 'cluster/physical-and-nested',
  severity: 'warning',
  title: 'Nested hypervisors have a cluster of their own.',
  why:
    'A cluster moves machines to any of its members, so a nested hypervisor can come to run machines of the physical ' +
    'cluster, or even itself be moved while it holds them. Kept apart, the physical cluster stays clean whatever breaks inside.',
  covers: ['R210'],
  sources: [articles.S0],
  *find(scene) {
    for (const { cluster, members, at } of clustersOf(scene)) {
      const nested = members.filter(({ placed }) => placed)
      const physical = members.filter(({ host }) => host)
      if (nested.length === 0 || physical.length === 0) continue
      yield {
        at: [...at, 'members'],
        text: `Cluster \`${cluster.name}\` has physical hosts (${namesOf(physical)}) and machines of the lab (${namesOf(nested)}).`,
        remedy: `Put ${namesOf(nested)} into another cluster.`,
      }
    }
  },
}

export const hypervisorsOnly: Rule = {
  id: 'cluster/hypervisors-only',
  severity: 'error',
  title: 'Members of a cluster are hypervisors.',
  why: 'A cluster runs machines on its members. A machine that is no hypervisor cannot join one.',
  covers: [],
  sources: [known],
  *find(scene) {
    for (const { cluster, members, at } of clustersOf(scene)) {
      const guests = members.filter(({ placed }) => placed && !placed.machine.hypervisor)
      if (guests.length === 0) continue
      yield {
        at: [...at, 'members'],
        text: `${namesOf(guests)} in cluster \`${cluster.name}\` ${guests.length === 1 ? 'is no hypervisor' : 'are no hypervisors'}.`,
        remedy: 'Take what is no hypervisor out of `members`, or say with `hypervisor` what it is.',
      }
    }
  },
}

export const unlikeMembers: Rule = {
  id: 'cluster/unlike-members',
  severity: 'warning',
  title: 'The members of a cluster run the same release of the same product.',
  why:
    'Different products form no cluster at all. Different releases are meant for the days of an upgrade: what the older one ' +
    'cannot do is missing for all of them, and machines made on the newer one do not run on the older one.',
  covers: [],
  sources: [known],
  *find(scene) {
    for (const one of clustersOf(scene)) {
      const products = Map.groupBy(
        one.members.filter(({ product }) => product !== undefined),
        ({ product }) => product,
      )
      if (products.size > 1) yield unlikeProducts(one, products)
      // Members of two releases are what the rehearsal of an upgrade looks like.
      else if (scene.lab.use !== 'upgrade-rehearsal') yield* unlikeReleases(one)
    }
  },
}

function unlikeProducts(
  { cluster, at }: ClusterWithMembers,
  products: ReadonlyMap<string | undefined, readonly Member[]>,
): Hit {
  const each = [...products].map(([product, members]) => `\`${product}\` on ${namesOf(members)}`)
  return {
    at: [...at, 'members'],
    severity: 'error',
    text: `Cluster \`${cluster.name}\` mixes products: ${each.join('; ')}.`,
    remedy: 'Make a cluster for each product.',
  }
}

function* unlikeReleases({ cluster, members, at }: ClusterWithMembers): Generator<Hit> {
  const known = members.filter(({ version }) => version !== undefined)
  const [first] = known
  const other = known.find(({ version }) => isOtherRelease(first?.version ?? '', version ?? ''))
  if (!first || !other) return
  yield {
    at: [...at, 'members'],
    text: `Cluster \`${cluster.name}\` mixes releases of \`${first.product}\`: \`${first.name}\` runs ${first.version}, \`${other.name}\` ${other.version}.`,
    remedy:
      'Give all members one version, or say `use: upgrade-rehearsal` where this is what the lab is about.',
  }
}

/** Updates of one release (`8.0` and `8.0U2`) get along; `8` may be any release of 8. */
function isOtherRelease(left: string, right: string): boolean {
  const numbersOf = (version: string) => /^(\d+)(?:\.(\d+))?/.exec(version.trim())?.slice(1) ?? []
  const [a, b] = [numbersOf(left), numbersOf(right)]
  return [0, 1].some((place) => a[place] !== undefined && b[place] !== undefined && a[place] !== b[place])
}

export const oneCluster: Rule = {
  id: 'cluster/one-cluster',
  severity: 'error',
  title: 'A hypervisor is a member of one cluster.',
  why: 'A host has one place in the inventory of its vCenter. To join a second cluster it has to leave the first.',
  covers: [],
  sources: [known],
  *find({ clustersOf: byMember }) {
    for (const [member, found] of byMember) {
      const [first, second] = new Set(found.map(({ name }) => name))
      if (first === undefined || second === undefined) continue
      yield {
        at: [...pathOfCluster(second), 'members'],
        text: `\`${member}\` is a member of cluster \`${first}\` and of cluster \`${second}\`.`,
        remedy: `Remove it from one of them.`,
      }
    }
  },
}
