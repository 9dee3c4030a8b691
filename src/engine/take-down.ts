/** `down` and `stop`: from running machines to none. */
import { machinesOf } from '#lab'
import { listLabs, lockLab, removeLab } from '#store'
import { applyPlan } from './apply.ts'
import { refuseChangedHosts } from './changed-host.ts'
import type { RunOptions, Surroundings } from './contract.ts'
import { fail } from './errors.ts'
import { levelGate } from './gate.ts'
import { type EngineRecord, findRecord, keysOf, needRecord } from './lab-notes.ts'
import { everyPath, labStatus } from './lab-status.ts'
import { lookAt } from './look.ts'
import { seenOnTop } from './observation.ts'
import { Performer } from './perform.ts'
import { planDown, planStop } from './plan-end.ts'
import type { LabStatus } from './plan-types.ts'
import { Reach } from './reach.ts'
import { collectInstants } from './snapshots/index.ts'

/** Powers off and destroys; what is inside a hypervisor goes with it. Says what is no longer there. */
export async function takeDown(
  surroundings: Surroundings,
  lab: string,
  options: RunOptions,
): Promise<readonly string[]> {
  const { roots } = surroundings
  await using _lock = await lockLab(roots, lab, 'nestlab down')
  const record = await findRecord(roots, lab)
  const labs = await listLabs(roots)
  if (!record && !labs.includes(lab)) throw fail('no-such-lab', { lab, labs })
  // The record is written before anything is made: where there is none, there are only files.
  const removed = record ? await destroy(surroundings, record, options) : []
  await removeLab(roots, lab)
  // Its lock is ours: what a command that was cut off was making for it is nobody's any more.
  await collectInstants(roots, lab)
  return removed
}

async function destroy(
  surroundings: Surroundings,
  record: EngineRecord,
  { onEvent, signal }: RunOptions,
): Promise<readonly string[]> {
  const { roots, clock } = surroundings
  const { lab, made = {}, carrier } = record
  const reach = new Reach(surroundings, { lab, keys: undefined, carrier }, signal)
  try {
    const inventory = await (await reach.level('')).inspect(signal)
    const plan = planDown(lab.name, inventory)
    const performer = new Performer({ surroundings, reach, onEvent })
    const gate = levelGate(() => 1)
    const seen = seenOnTop(inventory)
    await applyPlan(plan, seen, { roots, clock, performer, gate, onEvent, signal })
    return performer.removed.flatMap((gone) => [gone, ...within(gone, Object.keys(made))])
  } finally {
    await reach.close()
  }
}

export async function stopMachines(
  surroundings: Surroundings,
  about: { readonly lab: string; readonly paths: readonly string[] },
  { onEvent, signal }: RunOptions,
): Promise<LabStatus> {
  const { roots, guests, clock } = surroundings
  await using _lock = await lockLab(roots, about.lab, 'nestlab stop')
  const record = await needRecord(roots, about.lab)
  const { lab } = record
  const keys = await keysOf(roots, lab.name, guests)
  const reach = new Reach(surroundings, { ...record, keys }, signal)
  try {
    const looking = { reach, guests, clock, signal }
    const paths = checkedPaths(reach, about.paths)
    const seen = await lookAt(looking)
    refuseChangedHosts(seen)
    const performer = new Performer({ surroundings, reach, onEvent })
    const gate = levelGate(() => 1)
    const plan = planStop(lab, seen, paths)
    await applyPlan(plan, seen, { roots, clock, performer, gate, onEvent, signal })
    const observation = await lookAt({ ...looking, reports: seen.reports })
    return labStatus(lab, {
      observation,
      chosen: everyPath(lab),
      interrupted: [],
      notes: surroundings.statusNotes?.(lab),
    })
  } finally {
    await reach.close()
  }
}

/** The paths as they are, or every machine of L0; fails with `no-such-machine`. */
export function checkedPaths(reach: Reach, paths: readonly string[]): ReadonlySet<string> {
  const { lab, index } = reach
  const known = [...machinesOf(lab.top)].map((machine) => machine.path)
  for (const path of paths) {
    if (!index.machines.has(path)) throw fail('no-such-machine', { lab: lab.name, path, paths: known })
  }
  return new Set(paths.length > 0 ? paths : lab.top.machines.map((machine) => machine.path))
}

function within(path: string, paths: readonly string[]): string[] {
  return paths.filter((one) => one.startsWith(`${path}/`)).sort()
}
