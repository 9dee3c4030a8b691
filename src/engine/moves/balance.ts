/** `balance`: which machines of a cluster should move so that its hypervisors are used alike. */
import { machinesOf } from '#lab'
import type { Surroundings } from '../contract.ts'
import { fail } from '../errors.ts'
import { keysOf, needRecord } from '../lab-notes.ts'
import { Reach } from '../reach.ts'
import { ownerOf } from '../select.ts'
import { type Proposal, proposeMoves } from './placing.ts'
import { sheltersOf } from './shelters.ts'

/** Looks at the memory that running machines take; changes nothing. */
export async function proposeBalance(
  surroundings: Surroundings,
  lab: string,
  signal: AbortSignal,
): Promise<readonly Proposal[]> {
  const { roots, guests } = surroundings
  const record = await needRecord(roots, lab)
  const keys = await keysOf(roots, lab, guests)
  const reach = new Reach(surroundings, { ...record, keys }, signal)
  try {
    const clusters = (record.lab.clusters ?? []).filter(({ drs }) => drs)
    if (clusters.length === 0) throw fail('no-cluster', { path: lab, wants: 'drs' })
    const all: Proposal[] = []
    for (const { members } of clusters) {
      const hypervisors = record.lab.top.machines.filter(({ path }) => members.includes(path))
      const shelters = await sheltersOf(reach, hypervisors, signal)
      const inside = new Set(shelters.map(({ path }) => path))
      const movable = [...machinesOf(record.lab.top)].filter(({ path }) => inside.has(ownerOf(path)))
      all.push(...proposeMoves(shelters, movable))
    }
    return all
  } finally {
    await reach.close()
  }
}
