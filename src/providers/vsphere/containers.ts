/** Folder and resource pool of a lab: made when the first machine needs them, removed when nothing is in them. */
import { fail } from './errors.ts'
import { containerNameOf } from './names.ts'
import { childOf } from './place.ts'
import { poolsNamed } from './record.ts'
import { propertiesOf } from './soap/properties.ts'
import { runTask } from './soap/task.ts'
import { isList, isRef, type MoRef, type VimObject } from './soap/vim-value.ts'
import type { Level } from './switches.ts'

export interface Containers {
  readonly folder: MoRef
  readonly pool: MoRef
}

/** The record must be there: it says that both are of the lab. */
export async function needContainers(on: Level, signal: AbortSignal): Promise<Containers> {
  return await on.inTurn('containers', () => madeContainers(on, signal))
}

async function madeContainers(on: Level, signal: AbortSignal): Promise<Containers> {
  const { level, place } = on
  const { connection, lab } = level
  const name = containerNameOf(lab)
  const made = async (method: string, parent: MoRef, parameters: VimObject) => {
    const ref = await connection.call(method, parent, parameters, { signal })
    if (isRef(ref)) return ref
    throw fail('vsphere-answer-unreadable', { reason: `${method} gave no reference` })
  }
  const folder = place.isVCenter
    ? ((await folderOf(on, signal)) ?? (await made('CreateFolder', place.vmFolder, { name })))
    : place.vmFolder
  if (!hasPools(on)) return { folder, pool: place.pool }
  const [pool] = await poolsNamed(level, place, signal)
  return { folder, pool: pool ?? (await made('CreateResourcePool', place.pool, { name, spec: poolSpec })) }
}

/** The lab's folder, or where all machines are; undefined while there is none. */
export async function folderOf({ level, place }: Level, signal: AbortSignal): Promise<MoRef | undefined> {
  if (!place.isVCenter) return place.vmFolder
  const found = await childOf(level.connection, place.vmFolder, containerNameOf(level.lab), signal)
  return found?.type === 'Folder' ? found : undefined
}

/** A cluster divides its resources only where DRS does it. */
export function hasPools({ place }: Level): boolean {
  return place.isVCenter && (place.compute.hasDrs || place.compute.ref.type !== 'ClusterComputeResource')
}

const share = {
  reservation: 0,
  expandableReservation: true,
  limit: -1,
  shares: { shares: 4000, level: 'normal' },
}
export const poolSpec: VimObject = { cpuAllocation: share, memoryAllocation: share }

/** Names what it removed. Fails when something in them is not of the lab. */
export async function removeContainers(on: Level, signal: AbortSignal): Promise<readonly string[]> {
  const { level, place } = on
  const { connection } = level
  if (!place.isVCenter) return []
  const name = containerNameOf(level.lab)
  const removed: string[] = []
  for (const pool of await poolsNamed(level, place, signal)) {
    await refuseFull(on, pool, { place: `Resource pool ${name}`, inside: ['vm', 'resourcePool'] }, signal)
    await runTask(connection, 'Destroy_Task', pool, {}, { signal })
    removed.push(`resource pool ${name}`)
  }
  const folder = await folderOf(on, signal)
  if (!folder) return removed
  await refuseFull(on, folder, { place: `Folder ${name}`, inside: ['childEntity'] }, signal)
  await runTask(connection, 'Destroy_Task', folder, {}, { signal })
  return [...removed, `folder ${name}`]
}

async function refuseFull(
  { level: { connection } }: Level,
  ref: MoRef,
  about: { readonly place: string; readonly inside: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const [found] = await propertiesOf(connection, [ref], { [ref.type]: about.inside }, { signal })
  const inside = about.inside.flatMap((property) => {
    const value = found?.properties.get(property)
    return isList(value) ? value.filter(isRef) : []
  })
  if (inside.length === 0) return
  const paths = Object.fromEntries(inside.map(({ type }) => [type, ['name']]))
  const named = await propertiesOf(connection, inside, paths, { signal })
  const names = named.map(({ properties }) => String(properties.get('name')))
  throw fail('vsphere-foreign-inside', { place: about.place, names })
}
