/** In which order machines stop: inner before outer, users before what they use, and a vCenter last; a pure function. */
import { type Machine, machinesOf, type ResolvedLab } from '#lab'
import { upwards } from './select.ts'

/** What has to be off before a machine stops, by its path. `stopping`: paths of all that stop. Never a circle. */
export function stopNeeds(
  lab: ResolvedLab,
  stopping: ReadonlySet<string>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const machines = [...machinesOf(lab.top)].filter(({ path }) => stopping.has(path))
  const order = new Order(machines)
  for (const { path } of machines)
    for (const around of upwards(path).slice(1)) if (stopping.has(around)) order.add(around, path)
  for (const { server, members } of lab.datastores ?? [])
    for (const user of members ?? hypervisorsOf(machines)) if (server !== undefined) order.add(server, user)
  const centers = machines.filter(isCenter)
  for (const center of centers) for (const path of managedBy(lab, center)) order.add(center.path, path)
  // What it does not manage may still be managed from there.
  for (const center of centers) {
    const waiting = order.waitingFor(center.path)
    for (const one of machines)
      if (!isCenter(one) && !waiting.has(one.path)) order.add(center.path, one.path, true)
  }
  return order.needs
}

/** Machines that manage a cluster: they have to be up before hosts are joined to it. */
export function managersOf({ top }: ResolvedLab, cluster: string): readonly Machine[] {
  return [...machinesOf(top)].filter(
    (machine) => isCenter(machine) && (machine.traits?.manages?.includes(cluster) ?? true),
  )
}

export function isCenter({ traits }: Machine): boolean {
  return traits?.role === 'vcenter'
}

/** Members of the clusters that it names; one that names none manages all ESXi hosts. */
function managedBy({ clusters = [], top }: ResolvedLab, { traits }: Machine): readonly string[] {
  const { manages } = traits ?? {}
  if (manages) return clusters.filter(({ name }) => manages.includes(name)).flatMap(({ members }) => members)
  return [...machinesOf(top)].flatMap(({ path, hypervisor }) =>
    hypervisor?.product === 'esxi' ? [path] : [],
  )
}

function hypervisorsOf(machines: readonly Machine[]): readonly string[] {
  return machines.flatMap(({ path, hypervisor }) => (hypervisor ? [path] : []))
}

class Order {
  readonly needs: Map<string, Set<string>>
  readonly #waiting: Map<string, Set<string>>

  constructor(machines: readonly Machine[]) {
    this.needs = new Map(machines.map(({ path }) => [path, new Set()]))
    this.#waiting = new Map(machines.map(({ path }) => [path, new Set()]))
  }

  /** What would make a circle is left out: of two that need each other the first word counts. */
  add(path: string, before: string, isSafe = false): void {
    if (path === before || !this.needs.has(path) || !this.needs.has(before)) return
    if (!isSafe && this.waitingFor(path).has(before)) return
    this.needs.get(path)?.add(before)
    this.#waiting.get(before)?.add(path)
  }

  /** All that cannot stop before this one has, itself included. */
  waitingFor(path: string): ReadonlySet<string> {
    const found = new Set([path])
    for (const one of found) for (const next of this.#waiting.get(one) ?? []) found.add(next)
    return found
  }
}
