/** What is known of one snapshot: the machines it has, and what must be the same where they are to run again. */
import type { FrozenMachine } from '#providers'
import type { Roots } from '#store'
import { needRecord } from '../lab-notes.ts'
import { needFrozen } from './frozen-lab.ts'
import { loadSnapshots, type Snapshot, snapshotIn } from './snapshot-list.ts'

export interface SnapshotDetails extends Snapshot {
  /** Of level 0; empty when the site keeps them. */
  readonly kept: readonly Omit<FrozenMachine, 'record'>[]
}

/** Fails with `no-such-snapshot`, and with `snapshot-gone` when what it kept is not there. */
export async function snapshotDetails(roots: Roots, lab: string, name: string): Promise<SnapshotDetails> {
  await needRecord(roots, lab)
  const snapshot = snapshotIn(await loadSnapshots(roots, lab), lab, name)
  if (snapshot.id === '') return { ...snapshot, kept: [] }
  const { machines } = await needFrozen(roots, snapshot.id, name)
  return { ...snapshot, kept: machines.map(({ record: _, ...machine }) => machine) }
}
