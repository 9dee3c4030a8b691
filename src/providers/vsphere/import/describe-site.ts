/** Hosts, clusters and datastores as the lab file has them: facts of the site that nobody makes. */
import { formatMiB, printable } from '#lab'
import type { SurveyedHost } from '../probe/hosts.ts'
import type { SurveyedDatastore } from '../probe/survey.ts'
import { compare, type Inventory } from './inventory.ts'
import { nodesBelow, type SeenLevel } from './levels.ts'
import { Names, sectionName } from './names.ts'
import { Block, type Flow, quoted } from './yaml-text.ts'

const text = (value: string | undefined, length: number) =>
  value === undefined ? undefined : printable(value.slice(0, length))

export function siteBlock(top: SeenLevel): Block {
  const hosts = new Block()
  const { server } = top.inventory.survey
  const note = server.isVCenter ? `managed by a vCenter, ${server.product} ${server.version}` : undefined
  for (const host of top.hosts) {
    const name = top.hostNames.get(host.ref.value) ?? ''
    const { isConnected, inMaintenance } = host
    hosts.add(name, hostBlock(host, note), [
      ...(name === host.name ? [] : [quoted(host.name)]),
      ...(isConnected === false
        ? ['It is not connected to vCenter, so what is said about it may be old.']
        : []),
      ...(inMaintenance === true ? ['It is in maintenance mode.'] : []),
      ...(host.standard ? [] : ['Its network could not be read.']),
      ...(host.nestedSupported === undefined ? ['Whether it can nest is not told.'] : []),
    ])
  }
  return new Block().add('kind', 'facts').add('hosts', hosts)
}

function hostBlock(host: SurveyedHost, note: string | undefined): Block {
  const { version, cpuModel, generation, sockets, cores, threads, memoryMiB, nics, nestedSupported } = host
  const cpu: Flow = {
    model: text(cpuModel, 60),
    generation: text(generation, 40),
    sockets: within(sockets, 64),
    cores: within(cores, 4096),
    threads: within(threads, 8192),
  }
  const speeds = nics.slice(0, 64).map(({ mbits }): Flow => ({ mbits: within(mbits, 1_000_000) }))
  return new Block()
    .add('product', 'esxi')
    .add('version', text(version, 20))
    .add('cpu', Object.values(cpu).some((value) => value !== undefined) ? cpu : undefined)
    .add('memory', memoryMiB === undefined ? undefined : formatMiB(memoryMiB))
    .add('nics', speeds.length > 0 ? speeds : undefined)
    .add('nested', nestedSupported)
    .add('note', text(note, 200))
}

function within(value: number | undefined, most: number): number | undefined {
  return value !== undefined && value >= 1 && value <= most ? value : undefined
}

export interface WrittenClusters {
  readonly block: Block
  readonly names: readonly string[]
}

/** Members are physical hosts by name, and hosts that are machines by path. */
export function clustersBlock(top: SeenLevel): WrittenClusters {
  const paths = new Map(
    [...nodesBelow(top)].flatMap(({ path, inside }) =>
      inside && inside.level.inventory === top.inventory ? [[inside.host.ref.value, path] as const] : [],
    ),
  )
  const member = (reference: string) => top.hostNames.get(reference) ?? paths.get(reference)
  const found = top.inventory.survey.clusters
    .map((cluster) => ({ cluster, members: cluster.hosts.flatMap(({ value }) => member(value) ?? []) }))
    .filter(({ members }) => members.length > 0)
    .sort((left, right) => compare(left.cluster.name, right.cluster.name))
  const names = new Names().claimAll(
    found.map(({ cluster }) => cluster.name),
    sectionName,
  )
  const block = new Block()
  for (const [index, { cluster, members }] of found.entries()) {
    const { name, evc, drs, ha, vsan } = cluster
    const own = new Block()
      .add('members', members)
      .add('evc', text(evc, 40))
      .add('drs', drs)
      .add('ha', ha)
      .add('vsan', vsan === true ? true : undefined)
    block.add(names[index] ?? '', own, name === names[index] ? [] : [quoted(name)])
  }
  return { block, names }
}

export interface WrittenDatastores {
  readonly block: Block
  nameOf(level: SeenLevel, reference: string): string | undefined
}

/** Of the site, and of each nested host that was logged in to. */
export function datastoresBlock(top: SeenLevel): WrittenDatastores {
  const found = seenDatastores(top)
  const names = new Names().claimAll(
    found.map(({ store }) => store.name),
    sectionName,
  )
  const block = new Block()
  // References are unique on their server only.
  const nameOf = new Map<Inventory, Map<string, string>>()
  for (const [index, { store, members, inventory }] of found.entries()) {
    const name = names[index] ?? ''
    const known = nameOf.get(inventory) ?? new Map<string, string>()
    nameOf.set(inventory, known.set(store.ref.value, name))
    const own = new Block()
      .add('kind', kindOf(store, members))
      .add('size', store.sizeMiB === undefined || store.sizeMiB < 1 ? undefined : formatMiB(store.sizeMiB))
      .add('members', members)
    block.add(name, own, [
      ...(name === store.name ? [] : [quoted(store.name)]),
      ...(store.isAccessible === false ? ['It cannot be reached at present.'] : []),
    ])
  }
  return { block, nameOf: ({ inventory }, reference) => nameOf.get(inventory)?.get(reference) }
}

interface SeenDatastore {
  readonly store: SurveyedDatastore
  readonly inventory: Inventory
  readonly members: string[]
}

function seenDatastores(top: SeenLevel): readonly SeenDatastore[] {
  const found = new Map<SurveyedDatastore, SeenDatastore>()
  const add = (inventory: Inventory, host: SurveyedHost, member: string) => {
    const references = new Set(host.datastores.map(({ value }) => value))
    for (const store of inventory.survey.datastores) {
      if (!references.has(store.ref.value)) continue
      const known = found.get(store) ?? { store, inventory, members: [] }
      found.set(store, known)
      known.members.push(member)
    }
  }
  for (const host of top.hosts) add(top.inventory, host, top.hostNames.get(host.ref.value) ?? '')
  for (const { path, inside } of nodesBelow(top)) if (inside) add(inside.level.inventory, inside.host, path)
  return [...found.values()]
}

/** A VMFS that one host sees is local to it, as far as anybody can tell. */
function kindOf({ type, isShared }: SurveyedDatastore, members: readonly string[]): string {
  const kind = type.toLowerCase()
  if (kind.startsWith('nfs')) return 'nfs'
  if (kind.startsWith('vsan')) return 'vsan'
  return members.length > 1 || isShared === true ? 'vmfs' : 'local'
}
