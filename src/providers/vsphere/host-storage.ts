/** Datastores of one host as it has them, and the parts of the host that make and remove them. */
import { fail } from './errors.ts'
import type { PlaceHost } from './place.ts'
import type { Connection } from './soap/connection.ts'
import { type ObjectProperties, propertiesOf } from './soap/properties.ts'
import { flagAt, isList, isRef, listAt, type MoRef, refAt, textAt, type VimValue } from './soap/vim-value.ts'

export interface StorageHost {
  /** Of the host itself. */
  readonly ref: MoRef
  readonly name: string
  /** The part that has datastores, and the one that has disks. */
  readonly datastores: MoRef
  readonly storage: MoRef
}

export interface HostDatastore {
  readonly ref: MoRef
  readonly name: string
  readonly isAccessible: boolean
  /** UUID of its file system, or what is mounted as `10.0.0.5:/srv/nfs/nas`; empty where neither is said. */
  readonly id: string
  /** Disks that it lies on, as the host names them. */
  readonly disks: readonly string[]
  readonly machines: readonly MoRef[]
}

export async function readStorage(
  connection: Connection,
  { ref, name }: PlaceHost,
  signal: AbortSignal,
): Promise<StorageHost> {
  const paths = { HostSystem: ['configManager.datastoreSystem', 'configManager.storageSystem'] }
  const [found] = await propertiesOf(connection, [ref], paths, { signal })
  const datastores = found?.properties.get('configManager.datastoreSystem')
  const storage = found?.properties.get('configManager.storageSystem')
  if (isRef(datastores) && isRef(storage)) return { ref, name, datastores, storage }
  throw fail('vsphere-answer-unreadable', { reason: `host ${name} does not say what has its disks` })
}

export async function readDatastores(
  connection: Connection,
  { datastores }: StorageHost,
  signal: AbortSignal,
): Promise<readonly HostDatastore[]> {
  const [system] = await propertiesOf(
    connection,
    [datastores],
    { HostDatastoreSystem: ['datastore'] },
    { signal },
  )
  const refs = refsOf(system?.properties.get('datastore'))
  const paths = { Datastore: ['name', 'info', 'summary', 'vm'] }
  return (await propertiesOf(connection, refs, paths, { signal })).map(readDatastore)
}

function readDatastore({ ref, properties }: ObjectProperties): HostDatastore {
  const info = properties.get('info')
  const remote = textAt(info, 'nas', 'remoteHost')
  const folder = textAt(info, 'nas', 'remotePath')
  return {
    ref,
    name: String(properties.get('name')),
    isAccessible: flagAt(properties.get('summary'), 'accessible') !== false,
    id:
      remote !== undefined && folder !== undefined
        ? mountId(remote, folder)
        : (textAt(info, 'vmfs', 'uuid') ?? ''),
    disks: listAt(info, 'vmfs', 'extent').flatMap((extent) => textAt(extent, 'diskName') ?? []),
    machines: refsOf(properties.get('vm')),
  }
}

export const mountId = (host: string, path: string) => `${host}:${path}`

function refsOf(value: VimValue | undefined): readonly MoRef[] {
  return (isList(value) ? value : []).flatMap((one) => (isRef(one) ? [one] : (refAt(one) ?? [])))
}

export async function namesOf(
  connection: Connection,
  refs: readonly MoRef[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await propertiesOf(connection, refs, { VirtualMachine: ['name'] }, { signal })
  return found.map(({ properties }) => String(properties.get('name')))
}
