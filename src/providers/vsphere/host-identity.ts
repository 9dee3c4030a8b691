/**
 * Makes a nested host that is a copy a host of its own, as far as its own interface can: its name, and the signatures
 * of datastores that came with its disks. Only what is still that of the original is changed.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '#failure'
import { line } from './describe-text.ts'
import { fail } from './errors.ts'
import { readStorage, type StorageHost } from './host-storage.ts'
import type { CopyIdentity } from './level.ts'
import { propertiesOf } from './soap/properties.ts'
import { runTask } from './soap/task.ts'
import {
  flagAt,
  isList,
  isRef,
  listAt,
  type MoRef,
  numberAt,
  textAt,
  type VimObject,
  type VimValue,
} from './soap/vim-value.ts'
import type { Level } from './switches.ts'

const lookAgainMs = 300
const mostLooks = 5

interface CopiedVolume {
  /** Name of the datastore that it was. */
  readonly label: string
  readonly devicePaths: readonly string[]
  readonly isResolvable: boolean
}

/** What a copy still has of its original. */
interface Foreign {
  readonly host: StorageHost
  readonly network: MoRef
  /** Absent: it has its own name. */
  readonly name?: { readonly was: string; readonly config: VimObject }
  readonly volumes: readonly CopiedVolume[]
}

/** For people: `the name golden`, `the signature of datastore1`. Empty where the host is no copy, or one of its own. */
export async function inspectIdentity(on: Level, signal: AbortSignal): Promise<readonly string[]> {
  const foreign = await readForeign(on, signal)
  if (!foreign) return []
  const { name, volumes } = foreign
  return [
    ...(name ? [`the name ${name.was}`] : []),
    ...volumes.filter(isResolvable).map(({ label }) => `the signature of ${label}`),
  ]
}

export async function describeIdentity(on: Level, signal: AbortSignal): Promise<readonly string[]> {
  const foreign = await readForeign(on, signal)
  if (!foreign) return []
  const { host, name, volumes } = foreign
  return [
    ...(name ? [line('UpdateDnsConfig', host.name, name.config)] : []),
    ...volumes
      .filter(isResolvable)
      .map(({ label, devicePaths }) =>
        line('ResignatureUnresolvedVmfsVolume_Task', `${label} on ${host.name}`, specOf(devicePaths)),
      ),
  ]
}

/** Says what was done, and what cannot be. Fails with `vsphere-copy-refused`. */
export async function putIdentity(on: Level, signal: AbortSignal): Promise<readonly string[]> {
  const foreign = await readForeign(on, signal)
  if (!foreign) return []
  const { connection } = on.level
  const { host, network, name, volumes } = foreign
  const said: string[] = []
  if (name) {
    const { was, config } = name
    const given = connection.call('UpdateDnsConfig', network, { config }, { signal })
    await orRefused(on, 'the name', given)
    said.push(`it was called ${was}, and is ${String(config.hostName)} now`)
  }
  for (const { label, devicePaths } of volumes.filter(isResolvable)) {
    const task = runTask(
      connection,
      'ResignatureUnresolvedVmfsVolume_Task',
      host.datastores,
      { resolutionSpec: specOf(devicePaths) },
      { signal },
    )
    const called = await nameOf(on, await orRefused(on, `the signature of ${label}`, task), signal)
    said.push(`its copied datastore ${label} has a signature of its own, and is called ${called} now`)
  }
  for (const { label } of volumes.filter((one) => !isResolvable(one)))
    said.push(`its copied datastore ${label} stays unmounted: a part of it is missing, or there are two`)
  await untilOwn(on, signal)
  return said
}

/** A host may tell of what it has taken only a moment later; what it took and does not keep is never true. */
async function untilOwn(on: Level, signal: AbortSignal): Promise<void> {
  for (let looks = 1; ; looks += 1) {
    const left = await inspectIdentity(on, signal)
    if (left.length === 0) return
    if (looks === mostLooks) throw refused(on, left.join(', '), 'it took that, and still has the old one.')
    await sleep(lookAgainMs, undefined, { signal })
  }
}

const isResolvable = (volume: CopiedVolume) => volume.isResolvable

const specOf = (extentDevicePath: readonly string[]): VimObject => ({ extentDevicePath })

/** Undefined where the host is no copy. */
async function readForeign({ level, place }: Level, signal: AbortSignal): Promise<Foreign | undefined> {
  const { connection, copy } = level
  const [at] = place.hosts
  if (!copy || !at || place.isVCenter) return undefined
  const host = await readStorage(connection, at, signal)
  const { network } = at
  const paths = { HostNetworkSystem: ['dnsConfig'] }
  const [read] = await propertiesOf(connection, [network], paths, { signal })
  const name = otherName(read?.properties.get('dnsConfig'), copy)
  const answer = copy.resignature
    ? await connection.call('QueryUnresolvedVmfsVolumes', host.datastores, {}, { signal })
    : undefined
  return { host, network, ...(name && { name }), volumes: (isList(answer) ? answer : []).map(readVolume) }
}

/** A name that DHCP gives would come back, so it is asked for no more; all else is left as it is. */
function otherName(now: VimValue | undefined, { hostName }: CopyIdentity): Foreign['name'] {
  const was = textAt(now, 'hostName')
  if (was === undefined || was.toLowerCase() === hostName.toLowerCase()) return undefined
  return { was, config: { ...(now as VimObject), dhcp: false, hostName } }
}

function readVolume(volume: VimValue): CopiedVolume {
  const inOrder = listAt(volume, 'extent').toSorted(
    (a, b) => (numberAt(a, 'ordinal') ?? 0) - (numberAt(b, 'ordinal') ?? 0),
  )
  return {
    label: textAt(volume, 'vmfsLabel') ?? '',
    devicePaths: inOrder.flatMap((extent) => textAt(extent, 'devicePath') ?? []),
    isResolvable: flagAt(volume, 'resolveStatus', 'resolvable') === true,
  }
}

/** Of the datastore that the task gave. */
async function nameOf({ level }: Level, result: VimValue | undefined, signal: AbortSignal): Promise<string> {
  const ref =
    result !== undefined && !isRef(result) && !isList(result) ? (result as VimObject).result : result
  if (!isRef(ref)) throw fail('vsphere-answer-unreadable', { reason: 'a new signature gave no datastore' })
  const [read] = await propertiesOf(level.connection, [ref], { Datastore: ['name'] }, { signal })
  return String(read?.properties.get('name'))
}

/** What a host will not do over its interface can still be done on its console. */
async function orRefused<T>(on: Level, what: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Failure) || !refusals.has(error.code)) throw error
    throw refused(on, what, error.message, error)
  }
}

function refused({ level }: Level, what: string, reason: string, cause?: Failure): Failure {
  return fail('vsphere-copy-refused', { machine: level.hypervisor?.path ?? '', what, reason }, cause)
}

const refusals: ReadonlySet<string> = new Set(['vsphere-refused', 'vsphere-not-supported'])
