/** What a vCenter or ESXi host says about itself: hosts, networks with their effective policies, datastores, clusters. */
import type { Connection } from '../soap/connection.ts'
import { allBelow, type ObjectProperties, propertiesOf } from '../soap/properties.ts'
import { flagAt, listAt, type MoRef, numberAt, refAt, textAt, type VimValue } from '../soap/vim-value.ts'
import { readDistributed, type SurveyedDistributed } from './distributed.ts'
import { readHost, type SurveyedHost } from './hosts.ts'
import { nameOf, refsIn } from './reading.ts'

/** Whatever is absent could not be seen: that means unknown, never "no". */
export interface Survey {
  readonly server: {
    readonly product: string
    readonly version: string
    readonly build?: string
    readonly apiVersion: string
    readonly isVCenter: boolean
  }
  readonly hosts: readonly SurveyedHost[]
  readonly clusters: readonly SurveyedCluster[]
  readonly distributed: readonly SurveyedDistributed[]
  readonly datastores: readonly SurveyedDatastore[]
  readonly licences: readonly SurveyedLicence[]
  /** One sentence for each thing that could not be read. */
  readonly unseen: readonly string[]
}

export interface SurveyedCluster {
  readonly ref: MoRef
  readonly name: string
  readonly drs?: boolean
  readonly ha?: boolean
  /** Key of the EVC baseline in force: `intel-westmere`. */
  readonly evc?: string
  readonly vsan?: boolean
  readonly hosts: readonly MoRef[]
}

export interface SurveyedDatastore {
  readonly ref: MoRef
  readonly name: string
  /** `VMFS`, `NFS`, `vsan`, … */
  readonly type: string
  readonly sizeMiB?: number
  readonly freeMiB?: number
  readonly isShared?: boolean
  readonly isAccessible?: boolean
}

/** Without the key, which is nobody's business. */
export interface SurveyedLicence {
  readonly name: string
  readonly edition: string
  readonly total?: number
  readonly used?: number
}

export interface SurveyOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (text: string) => void
}

const clusterPaths = ['name', 'host', 'configurationEx', 'summary']
const datastorePaths = ['name', 'summary']
const hostPaths = [
  'name',
  'summary',
  'capability',
  'config.network',
  'configManager',
  'config.product',
  'datastore',
  'parent',
  'runtime',
]
const switchPaths = ['name', 'config', 'summary']
const groupPaths = ['name', 'config', 'tag']

export async function survey(
  connection: Connection,
  { signal, onProgress }: SurveyOptions = {},
): Promise<Survey> {
  const unseen: string[] = []
  const root = connection.service('rootFolder')
  const below = async (paths: Readonly<Record<string, readonly string[]>>, what: string) => {
    onProgress?.(`reading ${what}`)
    return await allBelow(connection, root, paths, { signal, pageSize: 50 })
  }
  const hosts = await below({ HostSystem: hostPaths }, 'hosts')
  const stores = await below({ Datastore: datastorePaths }, 'datastores')
  const clusters = connection.isVCenter
    ? await below({ ClusterComputeResource: clusterPaths }, 'clusters')
    : []
  const distributed = connection.isVCenter
    ? await below(
        { DistributedVirtualSwitch: switchPaths, DistributedVirtualPortgroup: groupPaths },
        'switches',
      )
    : []
  const networks = await networksOf(connection, hosts, signal)
  const surveyed = hosts.map((host) => readHost(host, networks.get(host.ref.value)))
  for (const { name, standard, nestedSupported } of surveyed) {
    if (!standard) unseen.push(`The network of host ${name} could not be read.`)
    if (nestedSupported === undefined) unseen.push(`Whether host ${name} can nest is not told.`)
  }
  return {
    server: aboutOf(connection),
    hosts: surveyed,
    clusters: clusters.map(readCluster),
    distributed: readDistributed(distributed),
    datastores: stores.map(readDatastore),
    licences: await licencesOf(connection, unseen, signal),
    unseen,
  }
}

/** By host: what its network system says, where a change is seen before the host’s configuration has it. */
async function networksOf(
  connection: Connection,
  hosts: readonly ObjectProperties[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, VimValue>> {
  const systems = new Map(
    hosts.flatMap(({ ref, properties }) => {
      const system = refAt(properties.get('configManager'), 'networkSystem')
      return system ? [[system.value, { host: ref.value, system }] as const] : []
    }),
  )
  const refs = [...systems.values()].map(({ system }) => system)
  const found = await propertiesOf(
    connection,
    refs,
    { HostNetworkSystem: ['networkInfo'] },
    { signal, pageSize: 50 },
  )
  return new Map(
    found.flatMap(({ ref, properties }) => {
      const network = properties.get('networkInfo')
      const host = systems.get(ref.value)?.host
      return network === undefined || host === undefined ? [] : [[host, network] as const]
    }),
  )
}

function aboutOf({ content, isVCenter }: Connection): Survey['server'] {
  const build = textAt(content, 'about', 'build')
  return {
    product: textAt(content, 'about', 'name') ?? 'unknown',
    version: textAt(content, 'about', 'version') ?? '',
    ...(build !== undefined && { build }),
    apiVersion: textAt(content, 'about', 'apiVersion') ?? '',
    isVCenter,
  }
}

function readCluster({ ref, properties }: ObjectProperties): SurveyedCluster {
  const configuration = properties.get('configurationEx')
  const drs = flagAt(configuration, 'drsConfig', 'enabled')
  const ha = flagAt(configuration, 'dasConfig', 'enabled')
  const evc = textAt(properties.get('summary'), 'currentEVCModeKey')
  const vsan = flagAt(configuration, 'vsanConfigInfo', 'enabled')
  return {
    ref,
    name: nameOf(properties),
    ...(drs !== undefined && { drs }),
    ...(ha !== undefined && { ha }),
    ...(evc !== undefined && { evc }),
    ...(vsan !== undefined && { vsan }),
    hosts: refsIn(properties.get('host')),
  }
}

const bytesOfMiB = 1024 * 1024

function readDatastore({ ref, properties }: ObjectProperties): SurveyedDatastore {
  const summary = properties.get('summary')
  const capacity = numberAt(summary, 'capacity')
  const free = numberAt(summary, 'freeSpace')
  const isShared = flagAt(summary, 'multipleHostAccess')
  const isAccessible = flagAt(summary, 'accessible')
  return {
    ref,
    name: nameOf(properties),
    type: textAt(summary, 'type') ?? 'unknown',
    ...(capacity !== undefined && { sizeMiB: Math.floor(capacity / bytesOfMiB) }),
    ...(free !== undefined && { freeMiB: Math.floor(free / bytesOfMiB) }),
    ...(isShared !== undefined && { isShared }),
    ...(isAccessible !== undefined && { isAccessible }),
  }
}

/** Users without the privilege for it get none. */
async function licencesOf(
  connection: Connection,
  unseen: string[],
  signal: AbortSignal | undefined,
): Promise<readonly SurveyedLicence[]> {
  const manager = refAt(connection.content, 'licenseManager')
  const [found] = manager
    ? await propertiesOf(connection, [manager], { LicenseManager: ['licenses'] }, { signal })
    : []
  const licences = found?.properties.get('licenses')
  if (licences === undefined) {
    unseen.push('The licences could not be read.')
    return []
  }
  return listAt({ licences }, 'licences').map((one) => {
    const total = numberAt(one, 'total')
    const used = numberAt(one, 'used')
    return {
      name: textAt(one, 'name') ?? 'unknown',
      edition: textAt(one, 'editionKey') ?? 'unknown',
      ...(total !== undefined && { total }),
      ...(used !== undefined && { used }),
    }
  })
}
