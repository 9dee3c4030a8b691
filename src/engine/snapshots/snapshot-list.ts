/** The snapshots of a lab by name, as a tree: each goes back to the one the lab went on from when it was taken. */
import { labPaths, type Roots, readSealed, type SealedFile, writeSealed } from '#store'
import { fail } from '../errors.ts'

export interface Snapshot {
  readonly name: string
  /** Of what was kept on this machine; empty when the site keeps it. */
  readonly id: string
  /** Names of the machines of level 0 of which the site keeps a snapshot of that name. */
  readonly machines?: readonly string[]
  /** Name of the one it was taken after; absent for the first ones. */
  readonly parent?: string
  readonly atMs: number
  readonly note?: string
  /** The longest that a machine stood still for it; absent when none ran. */
  readonly pausedMs?: number
  /** Bytes of all files, holes included. */
  readonly bytes: number
  /** Paths of the machines of level 0 whose memory it has. */
  readonly running: readonly string[]
  /** Why a lab that was taken back to it was not what it was: nobody should count on it. */
  readonly failed?: string
  /** The site has it of some machines only, and of others perhaps: it was cut off while it was taken. */
  readonly isHalf?: true
}

export interface SnapshotList {
  readonly snapshots: readonly Snapshot[]
  /** Name of the one that the lab went on from. */
  readonly current?: string
}

const longestName = 60
const namePattern = /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/i

export async function loadSnapshots(roots: Roots, lab: string): Promise<SnapshotList> {
  const content = await readSealed(listFile(roots, lab))
  return isList(content) ? content : { snapshots: [] }
}

export async function saveSnapshots(roots: Roots, lab: string, list: SnapshotList): Promise<void> {
  await writeSealed(listFile(roots, lab), list)
}

/** Fails with `no-such-snapshot`. */
export function snapshotIn(list: SnapshotList, lab: string, name: string): Snapshot {
  const found = list.snapshots.find((one) => one.name === name)
  if (found) return found
  throw fail('no-such-snapshot', { lab, name, names: list.snapshots.map((one) => one.name) })
}

/** Fails with `snapshot-name-unfit` or `snapshot-name-taken`. */
export function checkNewName(list: SnapshotList, lab: string, name: string): void {
  if (name.length > longestName || !namePattern.test(name)) throw fail('snapshot-name-unfit', { name })
  if (list.snapshots.some((one) => one.name === name)) throw fail('snapshot-name-taken', { lab, name })
}

/** What was cut off may be taken again under its name. */
export function withoutHalf(list: SnapshotList, name: string): SnapshotList {
  return { ...list, snapshots: list.snapshots.filter((one) => one.name !== name || !one.isHalf) }
}

/** The lab goes on from the new one. */
export function withSnapshot(list: SnapshotList, snapshot: Snapshot): SnapshotList {
  const { current } = list
  const linked = current === undefined ? snapshot : { ...snapshot, parent: current }
  return { snapshots: [...list.snapshots, linked], current: snapshot.name }
}

/** Those taken after it are linked to the one before it. */
export function withoutSnapshot(list: SnapshotList, name: string): SnapshotList {
  const gone = list.snapshots.find((one) => one.name === name)
  const relinked = list.snapshots
    .filter((one) => one !== gone)
    .map((one) => (one.parent === name ? withParent(one, gone?.parent) : one))
  const current = list.current === name ? gone?.parent : list.current
  return { snapshots: relinked, ...(current !== undefined && { current }) }
}

function withParent({ parent: _, ...snapshot }: Snapshot, parent: string | undefined): Snapshot {
  return { ...snapshot, ...(parent !== undefined && { parent }) }
}

function listFile(roots: Roots, lab: string): SealedFile {
  return { path: labPaths(roots, lab).snapshots, what: 'The list of snapshots' }
}

function isList(value: unknown): value is SnapshotList {
  return typeof value === 'object' && value !== null && Array.isArray((value as SnapshotList).snapshots)
}
