/** Takes away what was kept of labs and nothing needs any more. */
import {
  instantsUnder,
  type KeptInstant,
  listFrozen,
  listLabs,
  lockHolder,
  type Roots,
  removeFrozen,
  shedFrozen,
} from '#store'
import { findRecord } from '../lab-notes.ts'
import { loadSnapshots } from './snapshot-list.ts'
import { loadWarm } from './warm-list.ts'

export interface Needed {
  /** Wanted with all they have: named by a snapshot, or what a lab runs from. */
  readonly whole: ReadonlySet<string>
  /** Disks of labs stand on theirs. */
  readonly disks: ReadonlySet<string>
  /** Labs that a running command is at work on. */
  readonly busy: ReadonlySet<string>
}

export interface Verdict {
  readonly remove: readonly string[]
  /** Only their disks are needed. */
  readonly shed: readonly string[]
}

/** Pure: what goes, by what is there and what is needed. What a needed one stands on is needed too. */
export function judgeInstants(kept: readonly KeptInstant[], needed: Needed): Verdict {
  const byId = new Map(kept.map((one) => [one.id, one]))
  const making = kept.filter(({ makingOf }) => makingOf !== undefined && needed.busy.has(makingOf))
  const keep = new Set<string>()
  const visit = (id: string) => {
    if (keep.has(id)) return
    keep.add(id)
    for (const below of byId.get(id)?.standsOn ?? []) visit(below)
  }
  for (const id of [...needed.whole, ...needed.disks, ...making.map((one) => one.id)]) visit(id)
  const isWanted = ({ id, makingOf }: KeptInstant) =>
    needed.whole.has(id) || (makingOf !== undefined && needed.busy.has(makingOf))
  return {
    remove: kept.filter(({ id }) => !keep.has(id)).map(({ id }) => id),
    shed: kept.filter((one) => keep.has(one.id) && !isWanted(one)).map(({ id }) => id),
  }
}

/**
 * Ids of what was taken away. A lab that cannot be read keeps everything from being taken away. `givenUp`: the lab of
 * the command itself, which is not making anything of it any more.
 */
export async function collectInstants(roots: Roots, givenUp?: string): Promise<readonly string[]> {
  // What is there is listed before what is needed: what is made in between is not touched.
  const kept = await listFrozen(roots)
  if (kept.length === 0) return []
  const needed = await neededBy(roots, kept, givenUp)
  const { remove, shed } = judgeInstants(kept, needed)
  for (const id of remove) await removeFrozen(roots, id)
  for (const id of shed) await shedFrozen(roots, id)
  return remove
}

async function neededBy(
  roots: Roots,
  kept: readonly KeptInstant[],
  givenUp: string | undefined,
): Promise<Needed> {
  const whole = new Set((await loadWarm(roots)).map(({ id }) => id))
  const disks = new Set<string>()
  const busy = new Set<string>()
  for (const lab of await listLabs(roots)) {
    for (const { id } of (await loadSnapshots(roots, lab)).snapshots) if (id !== '') whole.add(id)
    const from = (await findRecord(roots, lab))?.from
    if (from !== undefined) whole.add(from)
    for (const id of await instantsUnder(roots, lab)) disks.add(id)
  }
  // A copy that is being made has a lock before it has anything else.
  for (const lab of new Set(kept.flatMap(({ makingOf }) => makingOf ?? [])))
    if (lab !== givenUp && (await lockHolder(roots, lab))) busy.add(lab)
  return { whole, disks, busy }
}
