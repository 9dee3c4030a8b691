/** Rules about who manages which cluster, and from where. */
import { articles, known, ofNestlab } from '../articles.ts'
import type { Hit, Rule } from '../rule.ts'
import type { Placed, Scene } from '../scene.ts'
import { named } from '../words.ts'
import { clustersOf } from './members.ts'

const managers = ({ machines }: Scene): readonly Placed[] =>
  machines.filter(({ machine }) => machine.traits?.manages !== undefined)

export const knownCluster: Rule = {
  id: 'cluster/known-cluster',
  severity: 'error',
  title: 'A machine manages clusters that the file has.',
  why:
    'What follows from who manages what cannot be judged for a cluster that is not there. A misspelt name also leaves the ' +
    'cluster that was meant without its vCenter.',
  covers: [],
  sources: [ofNestlab],
  *find(scene) {
    const names = new Set((scene.lab.clusters ?? []).map(({ name }) => name))
    for (const { machine, at } of managers(scene)) {
      for (const [index, name] of (machine.traits?.manages ?? []).entries()) {
        if (names.has(name)) continue
        yield {
          at: [...at, 'manages', index],
          text: `\`${machine.path}\` manages \`${name}\`, and there is no cluster of that name.`,
          remedy:
            names.size > 0 ? `The clusters here are ${named([...names])}.` : 'Declare it under `clusters`.',
        }
      }
    }
  },
}

export const oneVcenter: Rule = {
  id: 'cluster/one-vcenter',
  severity: 'error',
  title: 'A cluster is managed by one vCenter.',
  why:
    'A host takes orders from one vCenter, and a second one takes it away from the first. The cluster would be empty for ' +
    'one of them.',
  covers: [],
  sources: [known],
  *find(scene) {
    const first = new Map<string, string>()
    for (const { machine, at } of managers(scene)) {
      for (const [index, name] of (machine.traits?.manages ?? []).entries()) {
        const other = first.get(name)
        if (other === undefined) first.set(name, machine.path)
        else if (other !== machine.path) {
          yield {
            at: [...at, 'manages', index],
            text: `Cluster \`${name}\` is managed by \`${other}\` and by \`${machine.path}\`.`,
            remedy: 'Leave it to one of them.',
          }
        }
      }
    }
  },
}

export const vcenterNeeded: Rule = {
  id: 'cluster/vcenter-needed',
  severity: 'warning',
  title: 'A cluster of nested ESXi hosts with HA, DRS or EVC is managed by a vCenter.',
  why:
    'Clusters exist in vCenter only, and a single ESXi host knows nothing of them. A file that says what each vCenter ' +
    'manages, and leaves a cluster out, has probably forgotten it.',
  covers: [],
  sources: [known],
  *find(scene) {
    const vcenters = scene.machines.filter(({ machine }) => machine.traits?.role === 'vcenter')
    const [first] = vcenters
    // A vCenter that does not say what it manages may manage anything, and there may be one outside of the lab.
    if (!first || vcenters.some(({ machine }) => machine.traits?.manages === undefined)) return
    const names = named(vcenters.map(({ machine }) => machine.path))
    const managed = new Set(managers(scene).flatMap(({ machine }) => machine.traits?.manages ?? []))
    for (const { cluster, members, at } of clustersOf(scene)) {
      const nested = members.every(({ placed, product }) => placed && product === 'esxi')
      const features = cluster.ha || cluster.drs || cluster.evc !== undefined
      if (managed.has(cluster.name) || !nested || members.length === 0 || !features) continue
      yield {
        at,
        text: `No vCenter of the lab manages cluster \`${cluster.name}\`, whose HA, DRS or EVC only a vCenter can switch on.`,
        remedy: `Add \`${cluster.name}\` to \`manages\` of ${names}.`,
      }
    }
  },
}

/** The hypervisor among those around a machine that is a member of one of the clusters that `manager` manages. */
function memberAround(
  placed: Placed,
  manager: Placed,
  { clustersOf: byMember }: Scene,
): { readonly member: string; readonly cluster: string } | undefined {
  const managed = new Set(manager.machine.traits?.manages ?? [])
  for (let { host } = placed; host; host = host.host) {
    const member = host.machine.path
    const cluster = byMember.get(member)?.find(({ name }) => managed.has(name))
    if (cluster) return { member, cluster: cluster.name }
  }
  return undefined
}

export const vcenterInside: Rule = {
  id: 'operations/vcenter-inside',
  severity: 'warning',
  title: 'A vCenter runs outside of the nested clusters that it manages.',
  why:
    'A nested cluster is there to be broken, reset and taken away, and with it goes the vCenter that would be needed to ' +
    'repair it. It also cannot set up the cluster in which it does not yet run.',
  covers: ['R211'],
  sources: [articles.S1],
  *find(scene) {
    for (const placed of managers(scene)) {
      const found = memberAround(placed, placed, scene)
      if (!found) continue
      yield {
        at: [...placed.at, 'manages'],
        text: `\`${placed.machine.path}\` runs inside \`${found.member}\`, a member of cluster \`${found.cluster}\`, which it manages.`,
        remedy: `Move it beside \`${found.member}\`, out of the nested layer.`,
      }
    }
  },
}

export const directoryInside: Rule = {
  id: 'operations/directory-inside',
  severity: 'warning',
  title: 'What a vCenter depends on runs outside of the nested clusters that it manages.',
  why:
    'A vCenter without its name server or directory does not come up, and nobody can log in. When these run in the cluster ' +
    'that it manages, each waits for the other after an outage.',
  covers: ['R211'],
  sources: [articles.S1],
  *find(scene) {
    const asking = managers(scene).filter(({ machine }) => machine.traits?.dns !== undefined)
    if (asking.length === 0) return
    const servers = nameServers(scene)
    for (const placed of asking) yield* dependsOnInside(placed, servers, scene)
  },
}

function* dependsOnInside(
  placed: Placed,
  servers: ReadonlyMap<string, Placed>,
  scene: Scene,
): Generator<Hit> {
  const { machine, at } = placed
  for (const [index, address] of (machine.traits?.dns ?? []).entries()) {
    const server = servers.get(address)
    const found = server && memberAround(server, placed, scene)
    if (!server || !found) continue
    yield {
      at: [...at, 'dns', index],
      text: `\`${machine.path}\` asks \`${server.machine.path}\` for names, which runs inside \`${found.member}\`, a member of cluster \`${found.cluster}\`, which \`${machine.path}\` manages.`,
      remedy: `Move \`${server.machine.path}\` out of the nested layer.`,
    }
  }
}

/** By their addresses. */
function nameServers({ machines }: Scene): ReadonlyMap<string, Placed> {
  const servers = machines.filter(
    ({ machine }) => machine.traits?.role === 'dns' || machine.traits?.role === 'directory',
  )
  return new Map(
    servers.flatMap((placed) =>
      placed.machine.nics.flatMap(({ address }) => (address ? [[address.ip, placed] as const] : [])),
    ),
  )
}
