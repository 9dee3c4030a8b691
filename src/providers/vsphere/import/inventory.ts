/** Everything that one vCenter or ESXi host says about what it has, or about the part of it that is meant. */
import { Failure } from '#failure'
import type { SurveyedHost } from '../probe/hosts.ts'
import { type Survey, survey } from '../probe/survey.ts'
import type { Connection } from '../soap/connection.ts'
import { allBelow, propertiesOf } from '../soap/properties.ts'
import { at, type MoRef } from '../soap/vim-value.ts'
import { isNestedEsxi, machinePaths, readMachine, type SeenMachine, scopePaths } from './machines.ts'
import { expanded, type NestedHosts, nestedHosts } from './nested-hosts.ts'
import { chosen, isEverything, Places, type Scope } from './scope.ts'

export interface Inventory {
  readonly survey: Survey
  readonly places: Places
  readonly machines: readonly SeenMachine[]
  /** Hosts that are machines of this same server. */
  readonly nested: NestedHosts
  /** References of hosts on which promiscuous ports take frames from their own uplink only. */
  readonly reversePath: ReadonlySet<string>
}

export interface InventoryOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (text: string) => void
  readonly scope: Scope
  /** For messages. */
  readonly site: string
}

const placePaths = ['name', 'parent']

export async function readInventory(connection: Connection, options: InventoryOptions): Promise<Inventory> {
  const { signal, onProgress } = options
  const seen = await survey(connection, { signal, ...(onProgress && { onProgress }) })
  const root = connection.service('rootFolder')
  onProgress?.('reading folders')
  const paths = { Folder: placePaths, Datacenter: placePaths, ComputeResource: placePaths }
  // The root is not below itself.
  const [top] = await propertiesOf(connection, [root], paths, { signal })
  const places = new Places([...(top ? [top] : []), ...(await allBelow(connection, root, paths, { signal }))])
  const machines = await readMachines(connection, options, { seen, places })
  return {
    survey: seen,
    places,
    machines: [...machines].sort((left, right) => compare(left.name, right.name)),
    nested: nestedHosts(seen.hosts, machines),
    reversePath: await reversePathOf(connection, seen, signal),
  }
}

/** By code points, so that two imports of the same inventory are the same file. */
export function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

async function readMachines(
  connection: Connection,
  options: InventoryOptions,
  { seen, places }: { readonly seen: Survey; readonly places: Places },
): Promise<readonly SeenMachine[]> {
  const { scope, site, signal } = options
  const paths = isEverything(scope) ? ['name'] : scopePaths
  const root = connection.service('rootFolder')
  const listed = await allBelow(connection, root, { VirtualMachine: paths }, { signal })
  const known = new Map<string, SeenMachine>()
  const read = async (refs: readonly MoRef[]) => {
    for (const one of await inBatches(connection, refs, { ...options, before: known.size }))
      known.set(one.ref.value, one)
  }
  if (isEverything(scope)) {
    await read(listed.map(({ ref }) => ref))
    return [...known.values()]
  }
  const all = listed.map(readMachine)
  const clusters = seen.clusters
  const wanted = new Set(chosen(all, scope, { places, clusters, site }).map(({ ref }) => ref.value))
  // A host that is a machine belongs to whatever is in it, and is recognized by its cards.
  await read(all.filter((one) => wanted.has(one.ref.value) || isNestedEsxi(one)).map(({ ref }) => ref))
  const complete = expanded(wanted, all, nestedHosts(seen.hosts, [...known.values()]))
  await read(all.filter(({ ref }) => complete.has(ref.value) && !known.has(ref.value)).map(({ ref }) => ref))
  return [...known.values()].filter(({ ref }) => complete.has(ref.value))
}

const batchSize = 250
/** While one answer is read, the server works on the others. */
const batchesAtOnce = 3

async function inBatches(
  connection: Connection,
  refs: readonly MoRef[],
  { signal, onProgress, before }: InventoryOptions & { readonly before: number },
): Promise<readonly SeenMachine[]> {
  const found: SeenMachine[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < refs.length) {
      const batch = refs.slice(next, next + batchSize)
      next += batch.length
      const paths = { VirtualMachine: machinePaths }
      const objects = await propertiesOf(connection, batch, paths, { signal, pageSize: batchSize })
      for (const object of objects) found.push(readMachine(object))
      onProgress?.(`reading machines: ${before + found.length} of ${before + refs.length}`)
    }
  }
  await Promise.all(Array.from({ length: batchesAtOnce }, work))
  return found
}

const option = 'Net.ReversePathFwdCheckPromisc'

/** It matters only where a switch has several uplinks. */
async function reversePathOf(
  connection: Connection,
  { hosts }: Survey,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const switches = (host: Survey['hosts'][number]) => [...(host.standard ?? []), ...host.proxies]
  const several = hosts.filter((host) => switches(host).some(({ uplinks }) => uplinks.length > 1))
  const checking = await Promise.all(
    several.map(async (host) => ((await isChecking(connection, host, signal)) ? [host.ref.value] : [])),
  )
  return new Set(checking.flat())
}

/** Hosts that do not know the option, or do not tell it, do not check. */
async function isChecking(
  connection: Connection,
  { options }: SurveyedHost,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (!options) return false
  try {
    const answer = await connection.call('QueryOptions', options, { name: option }, { signal })
    const [first] = Array.isArray(answer) ? answer : []
    return [1, '1', true].some((on) => at(first, 'value') === on)
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof Failure) return false
    throw error
  }
}
