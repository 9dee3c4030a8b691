/** Which hypervisors see which datastores, and where the disks of a machine lie, as far as the file says. */
import type { Datastore, DeclaredDisk } from '#lab'
import type { Placed, Scene } from '../scene.ts'

export interface SeenDatastores {
  readonly byName: ReadonlyMap<string, Datastore>
  /** Seen by every hypervisor, since the file names no members. */
  readonly everywhere: readonly Datastore[]
  readonly byMember: ReadonlyMap<string, ReadonlySet<Datastore>>
}

export function seenDatastores({ lab }: Scene): SeenDatastores {
  const datastores = lab.datastores ?? []
  const byMember = new Map<string, Set<Datastore>>()
  for (const datastore of datastores) {
    for (const member of datastore.members ?? []) {
      const known = byMember.get(member)
      if (known) known.add(datastore)
      else byMember.set(member, new Set([datastore]))
    }
  }
  return {
    byName: new Map(datastores.map((datastore) => [datastore.name, datastore])),
    everywhere: datastores.filter(({ members }) => members === undefined),
    byMember,
  }
}

/** `member` is the path of a machine or the name of a host. */
export function seesAny({ everywhere, byMember }: SeenDatastores, member: string): boolean {
  return everywhere.length > 0 || byMember.has(member)
}

export function sees({ byMember }: SeenDatastores, member: string, datastore: Datastore): boolean {
  return datastore.members === undefined || (byMember.get(member)?.has(datastore) ?? false)
}

/** Disks on which a hypervisor makes a datastore of its own. */
export function dataDisks({ machine }: Placed): readonly DeclaredDisk[] {
  return (machine.traits?.disks ?? []).filter(({ use }) => use === undefined)
}

/** Those that the hypervisors of one level may share: of the site when the file describes its hosts, else of level 1. */
export function datastoreOfMachine(
  scene: Scene,
  seen: SeenDatastores,
): (placed: Placed) => readonly string[] {
  const ofSite = onlyOfSite(scene, seen)
  return (placed) => {
    const asked = (placed.machine.traits?.disks ?? []).flatMap(({ datastore }) => datastore ?? [])
    if (asked.length > 0) return [...new Set(asked)]
    const { host } = placed
    const only = host ? onlyInside(scene, seen, host) : ofSite
    return only === undefined ? [] : [only.name]
  }
}

/** The datastore in which all machines of level 1 must be, for want of another one. */
function onlyOfSite({ lab, site }: Scene, { everywhere, byMember }: SeenDatastores): Datastore | undefined {
  if (!lab.hosts || site.hosts.some(({ disksMiB }) => disksMiB.length > 0)) return undefined
  const found = new Set([...everywhere, ...site.hosts.flatMap(({ name }) => [...(byMember.get(name) ?? [])])])
  const [only] = found
  return found.size === 1 ? only : undefined
}

function onlyInside(
  { lab }: Scene,
  { everywhere, byMember }: SeenDatastores,
  host: Placed,
): Datastore | undefined {
  if (dataDisks(host).length > 0) return undefined
  const own = byMember.get(host.machine.path) ?? new Set<Datastore>()
  const shared = lab.hosts || host.machine.level > 1 ? [] : everywhere
  return own.size + shared.length === 1 ? [...own, ...shared][0] : undefined
}
