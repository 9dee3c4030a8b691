/** Finds out where on a server a lab goes: datacenter, hosts, datastore, folders. */
import { fail } from './errors.ts'
import type { Target } from './level.ts'
import { isContainer } from './names.ts'
import type { Connection } from './soap/connection.ts'
import { allBelow, type ObjectProperties, propertiesOf } from './soap/properties.ts'
import {
  flagAt,
  isList,
  isRef,
  type MoRef,
  numberAt,
  refAt,
  textAt,
  type VimValue,
} from './soap/vim-value.ts'

export interface PlaceHost {
  readonly ref: MoRef
  readonly name: string
  readonly network: MoRef
  /** `6.7.0` */
  readonly version: string
  /** Memory that nobody uses now. */
  readonly freeMiB: number
}

export interface Place {
  readonly isVCenter: boolean
  /** Folder of machines in which the lab gets its own, or its machines where there are no folders. */
  readonly vmFolder: MoRef
  readonly networkFolder: MoRef
  readonly hostFolder: MoRef
  readonly compute: { readonly ref: MoRef; readonly name: string; readonly hasDrs: boolean }
  readonly pool: MoRef
  /** Those that take orders now. */
  readonly hosts: readonly PlaceHost[]
  /** False inside a nested host that has none yet. */
  readonly hasDatastore: boolean
  /** Fails when there is none. */
  readonly datastore: { readonly ref: MoRef; readonly name: string }
}

export async function findPlace(connection: Connection, target: Target, signal: AbortSignal): Promise<Place> {
  const center = await datacenterOf(connection, target.datacenter, signal)
  const hostFolder = needRef(center, 'hostFolder')
  const below = await allBelow(
    connection,
    hostFolder,
    {
      Folder: ['name'],
      ComputeResource: ['name', 'parent', 'resourcePool', 'host', 'datastore', 'configurationEx'],
      HostSystem: ['name', 'summary', 'runtime', 'config.product.version', 'configManager.networkSystem'],
    },
    { signal },
  )
  const ofLabs = new Set(
    below.filter((one) => one.ref.type === 'Folder' && isContainer(nameAt(one))).map(({ ref }) => ref.value),
  )
  // Clusters of labs are made of machines of this site, and are no place for others.
  const computes = below.filter(
    ({ ref, properties }) =>
      /ComputeResource$/.test(ref.type) && !ofLabs.has(refAt(properties.get('parent'))?.value ?? ''),
  )
  const compute = chosen('cluster', target.cluster, computes)
  const members = refsAt(compute, 'host').map(({ value }) => value)
  const hosts = below.flatMap((one) => (members.includes(one.ref.value) ? hostOf(one) : []))
  if (hosts.length === 0) {
    const message = `no host of ${nameAt(compute)} is connected and out of maintenance`
    throw fail('vsphere-maintenance', { method: 'Placing machines', message })
  }
  const datastore = await datastoreOf(connection, refsAt(compute, 'datastore'), target, {
    hosts: hosts.length,
    signal,
  })
  return {
    isVCenter: connection.isVCenter,
    vmFolder: await folderOf(connection, needRef(center, 'vmFolder'), target.folder, signal),
    networkFolder: needRef(center, 'networkFolder'),
    hostFolder,
    compute: {
      ref: compute.ref,
      name: nameAt(compute),
      hasDrs: flagAt(compute.properties.get('configurationEx'), 'drsConfig', 'enabled') === true,
    },
    pool: needRef(compute, 'resourcePool'),
    hosts,
    hasDatastore: datastore !== undefined,
    get datastore() {
      if (datastore) return datastore
      throw fail('vsphere-missing', { what: 'datastore', name: 'for machines', names: [] })
    },
  }
}

async function datacenterOf(connection: Connection, name: string | undefined, signal: AbortSignal) {
  const root = connection.service('rootFolder')
  const paths = { Datacenter: ['name', 'vmFolder', 'hostFolder', 'networkFolder'] }
  return chosen('datacenter', name, await allBelow(connection, root, paths, { signal }))
}

/** By the path that the site says, which must be there. */
async function folderOf(
  connection: Connection,
  root: MoRef,
  path: string | undefined,
  signal: AbortSignal,
): Promise<MoRef> {
  let folder = root
  for (const name of path?.split('/').filter(Boolean) ?? []) {
    const child = await childOf(connection, folder, name, signal)
    if (child?.type !== 'Folder')
      throw fail('vsphere-missing', { what: 'folder', name: path ?? '', names: [] })
    folder = child
  }
  return folder
}

export async function childOf(
  connection: Connection,
  folder: MoRef,
  name: string,
  signal: AbortSignal,
): Promise<MoRef | undefined> {
  const search = connection.service('searchIndex')
  const found = await connection.call('FindChild', search, { entity: folder, name }, { signal })
  return isRef(found) ? found : undefined
}

/** The one that is named, else the first of the lab's own, else of those that every host sees the one with most room. */
async function datastoreOf(
  connection: Connection,
  refs: readonly MoRef[],
  { datastore: name, stores = [] }: Target,
  { hosts, signal }: { readonly hosts: number; readonly signal: AbortSignal },
): Promise<Place['datastore'] | undefined> {
  const all = await propertiesOf(connection, refs, { Datastore: ['name', 'summary', 'host'] }, { signal })
  if (name !== undefined) {
    const { ref } = chosen('datastore', name, all)
    return { ref, name }
  }
  const seenBy = ({ properties }: ObjectProperties) => {
    const mounts = properties.get('host')
    return isList(mounts) ? mounts.length : 0
  }
  const free = ({ properties }: ObjectProperties) => numberAt(properties.get('summary'), 'freeSpace') ?? 0
  const usable = all.filter((one) => flagAt(one.properties.get('summary'), 'accessible') !== false)
  const own = stores.flatMap((store) => usable.find((one) => nameAt(one) === store) ?? [])
  const [best] = usable.filter((one) => seenBy(one) >= hosts).toSorted((a, b) => free(b) - free(a))
  const chosenOne = own[0] ?? best
  if (chosenOne) return { ref: chosenOne.ref, name: nameAt(chosenOne) }
  if (usable.length > 0) throw fail('vsphere-which', { what: 'datastore', names: usable.map(nameAt) })
  return undefined
}

function hostOf({ ref, properties }: ObjectProperties): readonly PlaceHost[] {
  const summary = properties.get('summary')
  const runtime = properties.get('runtime')
  const network = properties.get('configManager.networkSystem')
  const isReady =
    textAt(runtime, 'connectionState') === 'connected' && flagAt(runtime, 'inMaintenanceMode') !== true
  if (!isReady || !isRef(network)) return []
  const bytes = numberAt(summary, 'hardware', 'memorySize') ?? 0
  const usedMiB = numberAt(summary, 'quickStats', 'overallMemoryUsage') ?? 0
  return [
    {
      ref,
      name: textOf(properties.get('name')),
      network,
      version: textOf(properties.get('config.product.version')),
      freeMiB: Math.floor(bytes / 1024 / 1024) - usedMiB,
    },
  ]
}

/** The one of that name; without a name the only one. */
function chosen(what: string, name: string | undefined, all: readonly ObjectProperties[]): ObjectProperties {
  const names = all.map(nameAt)
  const found = name === undefined ? all : all.filter((one) => nameAt(one) === name)
  const [first, ...others] = found
  if (!first) throw fail('vsphere-missing', { what, name: name ?? 'at all', names })
  if (others.length > 0) throw fail('vsphere-which', { what, names })
  return first
}

function nameAt({ properties }: ObjectProperties): string {
  return textOf(properties.get('name'))
}

function textOf(value: VimValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

function refsAt({ properties }: ObjectProperties, property: string): readonly MoRef[] {
  const value = properties.get(property)
  return isList(value) ? value.filter(isRef) : []
}

function needRef({ ref, properties }: ObjectProperties, property: string): MoRef {
  const value = properties.get(property)
  const found = isRef(value) ? value : refAt(value)
  if (found) return found
  throw fail('vsphere-answer-unreadable', { reason: `${ref.type} ${ref.value} has no ${property}` })
}
