/** What level 0 is asked to carry: the machines of level 1 with their copies, and where each of them may run. */
import type { Datastore, Level, Machine, ResolvedLab } from '#lab'
import { overheadOf, refusesWideMachines } from './hypervisor-use.ts'
import type { Host, Level0 } from './level0.ts'
import type { Bin, Item } from './placement/item.ts'

/** `copies` of each machine: the seats that share the hosts. */
export function demandOf(lab: ResolvedLab, hosts: readonly Host[], copies: number): readonly Item[] {
  const limits = new HostLimits(lab, hosts)
  return lab.top.machines.map((machine): Item => {
    const allowed = limits.of(machine)
    return { ...sizeOf(machine), copies, ...(allowed && { allowed }) }
  })
}

export function sizeOf({ path, memoryMiB, cpus }: Machine): Pick<Item, 'path' | 'memoryMiB' | 'cpus'> {
  return { path, memoryMiB, cpus }
}

/** Hosts whose memory is known, as what is left on them when they run nothing. */
export function binsOf({ hosts }: Pick<Level0, 'hosts'>): readonly Bin[] {
  return hosts.flatMap((host): Bin[] => {
    const { name, memoryMiB, ownMiB = 0, threads, cores, product } = host
    if (memoryMiB === undefined) return []
    return [
      {
        name,
        freeMiB: memoryMiB - ownMiB,
        ...widthOf(product, threads ?? cores),
        ...(product !== undefined && { product }),
        overheadMiB: (item) => overheadOf(host, item)?.MiB ?? 0,
      },
    ]
  })
}

/** A machine that is a hypervisor, as a host of the machines inside it. */
export function binOfMachine({ path, memoryMiB, cpus, hypervisor }: Machine, ownMiB: number): Bin {
  return {
    name: path,
    freeMiB: memoryMiB - ownMiB,
    ...widthOf(hypervisor?.product, cpus),
    ...(hypervisor && { product: hypervisor.product }),
    overheadMiB: (item) => overheadOf(hypervisor ?? {}, item)?.MiB ?? 0,
  }
}

function widthOf(product: string | undefined, threads: number | undefined): Pick<Bin, 'threads'> {
  return threads === undefined || !refusesWideMachines(product) ? {} : { threads }
}

/** Switches, port groups and datastores that only some hosts have keep a machine on these. */
class HostLimits {
  readonly #names: ReadonlySet<string>
  readonly #ofGroup: ReadonlyMap<string, readonly (readonly string[])[]>
  readonly #datastores: ReadonlyMap<string, Datastore>

  constructor({ top, datastores = [] }: ResolvedLab, hosts: readonly Host[]) {
    this.#names = new Set(hosts.map(({ name }) => name))
    this.#ofGroup = limitsOfGroups(top)
    this.#datastores = new Map(datastores.map((datastore) => [datastore.name, datastore]))
  }

  /** Undefined: no limit. */
  of({ nics, traits }: Machine): ReadonlySet<string> | undefined {
    const lists = [
      ...nics.flatMap(
        ({ switchName, portgroup }) => this.#ofGroup.get(groupKey(switchName, portgroup)) ?? [],
      ),
      ...(traits?.disks ?? []).flatMap(({ datastore }) => this.#hostsThatSee(datastore)),
    ]
    if (lists.length === 0) return undefined
    return new Set([...this.#names].filter((name) => lists.every((list) => list.includes(name))))
  }

  #hostsThatSee(datastore: string | undefined): readonly (readonly string[])[] {
    const members = datastore === undefined ? undefined : this.#datastores.get(datastore)?.members
    const hosts = members?.filter((member) => this.#names.has(member)) ?? []
    return hosts.length === 0 ? [] : [hosts]
  }
}

function limitsOfGroups(top: Level): ReadonlyMap<string, readonly (readonly string[])[]> {
  const limits = new Map<string, readonly (readonly string[])[]>()
  for (const { name, hosts, portgroups } of top.switches) {
    for (const group of portgroups) {
      const lists = [hosts, group.hosts].flatMap((list) => (list === undefined ? [] : [list]))
      if (lists.length > 0) limits.set(groupKey(name, group.name), lists)
    }
  }
  return limits
}

// No name of a lab holds a line break.
const groupKey = (switchName: string, portgroup: string) => `${switchName}\n${portgroup}`
