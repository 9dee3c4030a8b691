/** Everything the engine offers on the snapshots of labs. */
import type { ResolvedLab } from '#lab'
import { lockLab, type Roots } from '#store'
import type { Surroundings } from '../contract.ts'
import { fail } from '../errors.ts'
import { type MadeMachine, machineChanges } from '../facts.ts'
import { needRecord } from '../lab-notes.ts'
import { removeBySite } from './by-site.ts'
import { collectInstants } from './collect.ts'
import { needFrozen } from './frozen-lab.ts'
import {
  loadSnapshots,
  type SnapshotList,
  saveSnapshots,
  snapshotIn,
  withoutSnapshot,
} from './snapshot-list.ts'

/** A server joins the disks of a snapshot with what stands on them, which takes its time. */
const siteLimitMs = 600_000

export async function listSnapshots(roots: Roots, lab: string): Promise<SnapshotList> {
  await needRecord(roots, lab)
  return await loadSnapshots(roots, lab)
}

export async function removeSnapshot(surroundings: Surroundings, lab: string, name: string): Promise<void> {
  const { roots } = surroundings
  await using _lock = await lockLab(roots, lab, 'nestlab snapshot rm')
  const record = await needRecord(roots, lab)
  const list = await loadSnapshots(roots, lab)
  // The name may be gone and what it stood for not yet, when an earlier command was killed in between.
  if (!list.snapshots.some((one) => one.name === name)) await collectInstants(roots, lab)
  const snapshot = snapshotIn(list, lab, name)
  if (snapshot.id === '')
    await removeBySite(surroundings, record, snapshot, { signal: AbortSignal.timeout(siteLimitMs) })
  await saveSnapshots(roots, lab, withoutSnapshot(list, name))
  await collectInstants(roots, lab)
}

/** The lab as a snapshot has it. */
export async function labAt(roots: Roots, lab: string, name: string): Promise<ResolvedLab> {
  await needRecord(roots, lab)
  const { id } = snapshotIn(await loadSnapshots(roots, lab), lab, name)
  return (await needFrozen(roots, id, name)).lab
}

/** One machine that is not the same at two instants. */
export interface SnapshotDifference {
  readonly path: string
  /** For people: `new`, `gone`, or what differs. */
  readonly changes: readonly string[]
}

/** What differs between two snapshots of a lab as far as its description goes; `to` absent: the lab as it is now. */
export async function compareSnapshots(
  roots: Roots,
  lab: string,
  { from, to }: { readonly from: string; readonly to?: string },
): Promise<readonly SnapshotDifference[]> {
  const before = await madeAt(roots, lab, from)
  const after = await madeAt(roots, lab, to)
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()
  return paths.flatMap((path) => {
    const changes = changesOf(before[path], after[path])
    return changes.length > 0 ? [{ path, changes }] : []
  })
}

type Made = Readonly<Record<string, MadeMachine>>

async function madeAt(roots: Roots, lab: string, name: string | undefined): Promise<Made> {
  const record = await needRecord(roots, lab)
  if (name === undefined) return record.made ?? {}
  const { id } = snapshotIn(await loadSnapshots(roots, lab), lab, name)
  return (await needFrozen(roots, id, name)).made
}

function changesOf(before: MadeMachine | undefined, after: MadeMachine | undefined): readonly string[] {
  if (!before) return ['new']
  if (!after) return ['gone']
  if (before.digest === after.digest) return []
  return machineChanges(before.facts, after.facts)
}

/** Fails with `no-such-lab` for a name that is none. */
export function splitName(text: string): { readonly lab: string; readonly snapshot?: string } {
  const [lab = '', snapshot, ...more] = text.split('@')
  if (lab === '' || more.length > 0 || snapshot === '') throw fail('snapshot-name-unfit', { name: text })
  return { lab, ...(snapshot !== undefined && { snapshot }) }
}
