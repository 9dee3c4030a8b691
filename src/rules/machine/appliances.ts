/** Rule about the size of appliances: vCenter, NSX, the vSAN witness, Contrail. */
import { type ApplianceSize, applianceSizes, compareVersions, productVersions } from '#facts'
import { type Cluster, formatMiB, type HostFacts, type MachineRole } from '#lab'
import { articles } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import type { Placed, Scene } from '../scene.ts'
import { counted } from '../words.ts'
import { factsOf, isHypervisor } from './hypervisors.ts'

/** Roles whose makers name sizes; others are as small as one likes. */
const sized: ReadonlySet<MachineRole> = new Set([
  'vcenter',
  'vsan-witness',
  'nsx-manager',
  'nsx-edge',
  'contrail-controller',
])

export const applianceSize: Rule = {
  id: 'appliance/size',
  severity: 'warning',
  title: 'An appliance has the virtual CPUs and the memory that its maker asks for.',
  why: 'Appliances for managing and for network virtualization take more memory than the machines they serve, and start their services one after the other until it is used up. With less, some of them fail without saying so.',
  covers: ['R030', 'R039'],
  sources: [articles.S0, articles.S3, pages.vcsa80, pages.witness],
  *find(scene) {
    const managed = managedBy(scene)
    for (const placed of scene.machines) {
      const role = placed.machine.traits?.role
      if (!role || !sized.has(role)) continue
      const size = role === 'vcenter' ? vcenterSize(placed, managed(placed)) : smallest(applianceSizes(role))
      if (size) yield* tooSmall(placed, size)
    }
  },
}

function* tooSmall(placed: Placed, size: ApplianceSize): Iterable<Hit> {
  const { machine, at } = placed
  const { path, memoryMiB, cpus } = machine
  // What the hypervisor in it needs at least is said already.
  const least = isHypervisor(placed) ? factsOf(placed) : undefined
  const severity =
    size.source.grade === 'K' && size.role !== 'vcenter' ? ('advice' as const) : ('warning' as const)
  if (memoryMiB < size.memoryMiB && memoryMiB >= (least?.memoryMiB ?? 0)) {
    const place = [...at, 'memory']
    const needed = formatMiB(size.memoryMiB)
    yield {
      at: place,
      severity,
      text: `\`${path}\` has ${formatMiB(memoryMiB)} of memory, less than the ${needed} of ${size.title}.`,
      remedy: `Set \`memory\` to ${needed}.`,
      edits: [{ at: place, value: needed }],
    }
  }
  if (cpus < size.cpus && cpus >= (least?.cores ?? 0)) {
    const place = [...at, 'cpus']
    yield {
      at: place,
      severity,
      text: `\`${path}\` has ${counted(cpus, 'virtual CPU')}, fewer than the ${size.cpus} of ${size.title}.`,
      remedy: `Set \`cpus\` to ${size.cpus}.`,
      edits: [{ at: place, value: size.cpus }],
    }
  }
}

function smallest(sizes: readonly ApplianceSize[]): ApplianceSize | undefined {
  return sizes.reduce<ApplianceSize | undefined>(
    (least, size) => (least === undefined || size.memoryMiB < least.memoryMiB ? size : least),
    undefined,
  )
}

interface Managed {
  readonly hosts: number
  readonly machines: number
  /** Of the newest ESXi; a vCenter is at least of that version. */
  readonly newest: string | undefined
}

/** The image may tell the version; else the least of all that can manage these hosts is asked for. */
function vcenterSize({ machine }: Placed, managed: Managed): ApplianceSize | undefined {
  const named =
    machine.image.from === 'catalogue' ? /\d+\.\d+(u\d+)?/i.exec(machine.image.name)?.[0] : undefined
  const own = named === undefined ? [] : fitting(named, managed)
  if (own.length > 0) return smallest(own)
  const { newest } = managed
  const releases = productVersions('esxi').filter(
    (version) => !/u/i.test(version) && (newest === undefined || compareVersions(version, newest) >= 0),
  )
  return smallest(releases.flatMap((version) => fitting(version, managed)))
}

function fitting(version: string, { hosts, machines }: Managed): readonly ApplianceSize[] {
  return applianceSizes('vcenter', version).filter(
    (size) => (size.hosts ?? hosts) >= hosts && (size.vms ?? machines) >= machines,
  )
}

/** What the clusters hold that a vCenter manages; each cluster is looked through once. */
function managedBy(scene: Scene): (placed: Placed) => Managed {
  const hosts = new Map(scene.site.hosts.map((host) => [host.name, host]))
  const byName = new Map((scene.lab.clusters ?? []).map((cluster) => [cluster.name, cluster]))
  const known = new Map<string, Managed>()
  const inCluster = (name: string): readonly Managed[] => {
    const cluster = byName.get(name)
    if (!cluster) return []
    const held = known.get(name) ?? heldBy(cluster, scene.byPath, hosts)
    known.set(name, held)
    return [held]
  }
  const anything = { hosts: 0, machines: 0, newest: oldestEsxi(scene) }
  return ({ machine }) => {
    if (machine.traits?.manages === undefined) return anything
    const held = [...new Set(machine.traits.manages)].flatMap(inCluster)
    return {
      hosts: held.reduce((sum, one) => sum + one.hosts, 0),
      machines: held.reduce((sum, one) => sum + one.machines, 0),
      newest: held
        .flatMap(({ newest }) => newest ?? [])
        .sort(compareVersions)
        .at(-1),
    }
  }
}

/** A vCenter that does not say what it manages is there for some ESXi of the lab. */
function oldestEsxi({ machines, site }: Scene): string | undefined {
  const all = [...machines.map(({ machine }) => machine.hypervisor), ...site.hosts]
  return all
    .flatMap((one) => (one?.product === 'esxi' && one.version !== undefined ? one.version : []))
    .sort(compareVersions)[0]
}

function heldBy(cluster: Cluster, byPath: Scene['byPath'], hosts: ReadonlyMap<string, HostFacts>): Managed {
  const members = [...new Set(cluster.members)]
  const inner = members.map((member) => byPath.get(member)?.machine.hypervisor)
  const versions = members.flatMap((member, index) => {
    const software = inner[index] ?? hosts.get(member)
    return software?.product === 'esxi' && software.version !== undefined ? software.version : []
  })
  return {
    hosts: members.length,
    machines: inner.reduce((sum, one) => sum + (one?.inside.machines.length ?? 0), 0),
    newest: versions.sort(compareVersions).at(-1),
  }
}
