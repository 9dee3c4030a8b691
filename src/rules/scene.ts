/** The lab as rules look at it: every machine with what is around it, and every NIC that carries a switch inside. */
import type {
  CloudFacts,
  Cluster,
  HostFacts,
  LabSwitch,
  Level,
  Machine,
  Nic,
  PortGroup,
  ResolvedLab,
} from '#lab'
import type { LabPath } from './rule.ts'

/** What is known about level 0: declared in the file, or found out on the machine. */
export interface SiteKnowledge {
  /** `nothing`: the file names a site, and nobody has asked it. */
  readonly origin: 'declared' | 'probed' | 'nothing'
  readonly hosts: readonly HostFacts[]
  readonly cloud?: CloudFacts
  /** Only of a probed site: what machines really run on. */
  readonly accelerator?: 'kvm' | 'tcg' | 'none'
  readonly memoryAvailableMiB?: number
}

/** A hypervisor as far as it decides what runs in it. */
export interface Software {
  readonly product: string
  readonly version?: string | undefined
}

/** A machine with its surroundings. */
export interface Placed {
  readonly machine: Machine
  /** Where the file has it, by names of the lab. */
  readonly at: LabPath
  /** The hypervisor it runs in; absent at level 1, which runs on the site. */
  readonly host?: Placed
  /** Machines and switches beside it. */
  readonly level: Level
  readonly levelAt: LabPath
  /** What may run it: its hypervisor, or every host of the site whose product is known. */
  readonly runsOn: readonly Software[]
}

/** A switch with where it stands. */
export interface PlacedSwitch {
  readonly labSwitch: LabSwitch
  readonly at: LabPath
  readonly level: Level
  /** The hypervisor that owns it; absent at level 0. */
  readonly owner?: Placed
}

/** A NIC of a hypervisor through which a switch inside reaches the network outside: nested frames pass it. */
export interface Carrier {
  readonly placed: Placed
  readonly nic: Nic
  /** The NIC. */
  readonly at: LabPath
  /** The switch and port group outside that it is plugged into. */
  readonly outer: PlacedSwitch
  readonly group: PortGroup
  readonly groupAt: LabPath
  /** Switches inside that have it as an uplink. */
  readonly inner: readonly PlacedSwitch[]
  /** Machines inside, on all levels, whose frames may leave through it. */
  readonly behind: readonly Placed[]
}

export interface Scene {
  readonly lab: ResolvedLab
  readonly site: SiteKnowledge
  /** All machines, outermost first, in the order of the file. */
  readonly machines: readonly Placed[]
  readonly byPath: ReadonlyMap<string, Placed>
  /** All switches, outermost first. */
  readonly switches: readonly PlacedSwitch[]
  readonly carriers: readonly Carrier[]
  /** Clusters that a machine (by path) or host of the site (by name) is a member of. */
  readonly clustersOf: ReadonlyMap<string, readonly Cluster[]>
}

export const pathOfCluster = (name: string): LabPath => ['clusters', name]
export const pathOfHost = (name: string): LabPath => ['site', 'hosts', name]
export const pathOfGroup = (at: LabPath, group: string): LabPath => [...at, 'portgroups', group]

export function sceneOf(lab: ResolvedLab, site: SiteKnowledge = declaredSite(lab)): Scene {
  const machines: Placed[] = []
  const switches: PlacedSwitch[] = []
  addLevel(lab.top, { at: [], runsOn: softwareOf(site), machines, switches })
  const byPath = new Map(machines.map((placed) => [placed.machine.path, placed]))
  return {
    lab,
    site,
    machines,
    byPath,
    switches,
    carriers: carriersOf(machines, switches),
    clustersOf: clustersByMember(lab.clusters ?? []),
  }
}

/** What the file itself says about level 0. */
export function declaredSite({ hosts, cloud }: ResolvedLab): SiteKnowledge {
  const origin = hosts || cloud ? 'declared' : 'nothing'
  return { origin, hosts: hosts ?? [], ...(cloud && { cloud }) }
}

function softwareOf({ hosts }: SiteKnowledge): readonly Software[] {
  return hosts.flatMap(({ product, version }) => (product === undefined ? [] : [{ product, version }]))
}

interface Adding {
  readonly at: LabPath
  readonly owner?: Placed
  readonly runsOn: readonly Software[]
  readonly machines: Placed[]
  readonly switches: PlacedSwitch[]
}

function addLevel(level: Level, adding: Adding): void {
  const { at, owner, machines, switches } = adding
  for (const labSwitch of level.switches) {
    switches.push({ labSwitch, level, at: [...at, 'switches', labSwitch.name], ...(owner && { owner }) })
  }
  for (const machine of level.machines) {
    const place = [...at, 'machines', machine.name]
    const placed: Placed = {
      machine,
      at: place,
      level,
      levelAt: at,
      runsOn: adding.runsOn,
      ...(owner && { host: owner }),
    }
    machines.push(placed)
    const { hypervisor } = machine
    if (!hypervisor) continue
    const { product, version } = hypervisor
    const inside = { at: [...place, 'hypervisor'], owner: placed, runsOn: [{ product, version }] }
    addLevel(hypervisor.inside, { ...inside, machines, switches })
  }
}

function carriersOf(machines: readonly Placed[], switches: readonly PlacedSwitch[]): readonly Carrier[] {
  const byOwner = new Map<string, Map<string, PlacedSwitch>>()
  for (const one of switches) {
    const path = one.level.owner
    const known = byOwner.get(path) ?? new Map<string, PlacedSwitch>()
    byOwner.set(path, known.set(one.labSwitch.name, one))
  }
  const insides = insidesOf(machines)
  return machines.flatMap((placed) => {
    const own = [...(byOwner.get(placed.machine.path)?.values() ?? [])]
    if (own.length === 0) return []
    const around = byOwner.get(placed.level.owner) ?? new Map<string, PlacedSwitch>()
    return placed.machine.nics.flatMap((nic, index) =>
      carrierAt(placed, nic, index, { own, around, insides }),
    )
  })
}

interface Around {
  readonly own: readonly PlacedSwitch[]
  readonly around: ReadonlyMap<string, PlacedSwitch>
  readonly insides: ReadonlyMap<string, readonly Placed[]>
}

function carrierAt(
  placed: Placed,
  nic: Nic,
  index: number,
  { own, around, insides }: Around,
): readonly Carrier[] {
  const inner = own.filter(({ labSwitch }) =>
    labSwitch.uplinks.some((uplink) => uplink.kind === 'nic' && uplink.name === nic.name),
  )
  const outer = around.get(nic.switchName)
  const group = outer?.labSwitch.portgroups.find(({ name }) => name === nic.portgroup)
  if (inner.length === 0 || !outer || !group) return []
  const names = new Set(inner.map(({ labSwitch }) => labSwitch.name))
  const behind = (insides.get(placed.machine.path) ?? []).filter(({ machine }) =>
    machine.nics.some(({ switchName }) => names.has(switchName)),
  )
  return [
    {
      placed,
      nic,
      at: [...placed.at, 'nics', index],
      outer,
      group,
      groupAt: pathOfGroup(outer.at, group.name),
      inner,
      behind: behind.flatMap((one) => [one, ...allInside(one, insides)]),
    },
  ]
}

/** The machines directly inside each hypervisor. */
function insidesOf(machines: readonly Placed[]): ReadonlyMap<string, readonly Placed[]> {
  const insides = new Map<string, Placed[]>()
  for (const placed of machines) {
    if (!placed.host) continue
    const { path } = placed.host.machine
    const known = insides.get(path)
    if (known) known.push(placed)
    else insides.set(path, [placed])
  }
  return insides
}

function allInside(placed: Placed, insides: ReadonlyMap<string, readonly Placed[]>): readonly Placed[] {
  const direct = insides.get(placed.machine.path) ?? []
  return direct.flatMap((one) => [one, ...allInside(one, insides)])
}

function clustersByMember(clusters: readonly Cluster[]): ReadonlyMap<string, readonly Cluster[]> {
  const found = new Map<string, Cluster[]>()
  for (const cluster of clusters) {
    for (const member of cluster.members) {
      const known = found.get(member)
      if (known) known.push(cluster)
      else found.set(member, [cluster])
    }
  }
  return found
}
