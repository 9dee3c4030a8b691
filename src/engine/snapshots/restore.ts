/** Makes a lab what it was at an instant, under its own name or another: `revert`, `clone`, and `up` from a warm lab. */
import type { LabKeys } from '#guests'
import type { Machine } from '#lab'
import type { Inventory } from '#providers'
import { saveLabRecord } from '#store'
import { applyPlan } from '../apply.ts'
import type { RunOptions, Surroundings } from '../contract.ts'
import { fail } from '../errors.ts'
import { levelGate } from '../gate.ts'
import type { EngineRecord } from '../lab-notes.ts'
import { everyPath, labStatus } from '../lab-status.ts'
import { lookAt } from '../look.ts'
import { type Observation, seenOnTop } from '../observation.ts'
import { Performer } from '../perform.ts'
import type { LabStatus } from '../plan-types.ts'
import { stepId } from '../plan-up.ts'
import { Reach } from '../reach.ts'
import { type FrozenLab, sourcesOf } from './frozen-lab.ts'
import { planRestore } from './plan-restore.ts'

export interface Restoring {
  readonly frozen: FrozenLab
  /** Of the lab that goes on from there. */
  readonly name: string
  readonly sourceFile: string
  /** That guests know. */
  readonly keys: LabKeys
  /** That they are to be given once this has succeeded, and get when they boot again; absent: they keep theirs. */
  readonly fresh?: LabKeys
  /** Why its machines are made anew, for people. */
  readonly because: string
  /** For messages: how the user calls the instant. */
  readonly called: string
  /** There is no lab of that name yet: it counts as half made until this has succeeded. */
  readonly isNew?: boolean
}

export interface Restored {
  readonly status: LabStatus
  /** With the report of every machine that has proven to run. */
  readonly observation: Observation
}

/** The lab's lock must be held. Every machine that ran has proven to run again when this returns. */
export async function restoreLab(
  surroundings: Surroundings,
  restoring: Restoring,
  run: RunOptions,
): Promise<Restored> {
  const { roots, clock } = surroundings
  const { frozen, name, sourceFile, keys } = restoring
  const lab = { ...frozen.lab, name }
  const { id: from, insideName, made } = frozen
  const record: EngineRecord = {
    ...{ lab, sourceFile, savedAtMs: clock.nowMs(), made, from, insideName },
    ...(restoring.fresh && { isTakingOver: true }),
  }
  const reach = new Reach(surroundings, { ...record, keys }, run.signal)
  try {
    const level = await reach.level('')
    if (!level.copies) throw fail('no-copies', { lab: name, site: lab.site })
    const reasons = await level.copies.misfits(sourcesOf(roots, frozen), run.signal)
    if (reasons.length > 0) throw fail('snapshot-misfits', { name: restoring.called, reasons })
    // Noted before anything is made, so that a command that is killed here can be repeated, or its lab taken down.
    await saveLabRecord(roots, { ...record, ...(restoring.isNew && { isHalf: true }) })
    const inventory = await level.inspect(run.signal)
    const plan = planRestore({ ...frozen, lab }, inventory, restoring.because)
    const performer = performerOf(surroundings, { restoring, reach }, run)
    const seen = seenOnTop(inventory)
    const gate = levelGate(() => Number.POSITIVE_INFINITY)
    await applyPlan(plan, seen, { roots, clock, performer, gate, ...run })
    const inventories = await proveInside(performer, { reach, called: restoring.called }, run)
    const { guests } = surroundings
    const { reports } = performer
    const observation = await lookAt({ reach, guests, clock, signal: run.signal, reports, inventories })
    if (restoring.isNew) await saveLabRecord(roots, record)
    const status = labStatus(lab, { observation, chosen: everyPath(lab), interrupted: [] })
    return { status, observation }
  } finally {
    await reach.close()
  }
}

interface Way {
  readonly restoring: Restoring
  readonly reach: Reach
}

function performerOf(surroundings: Surroundings, { restoring, reach }: Way, run: RunOptions) {
  const { frozen, keys, fresh = keys } = restoring
  const sources = new Map(sourcesOf(surroundings.roots, frozen).map((one) => [one.machine.name, one]))
  return new Performer({
    surroundings,
    reach,
    onEvent: run.onEvent,
    creating: {
      keys: fresh,
      note: async ({ machine }) => {
        const made = frozen.made[machine.path]
        if (made) return made
        throw fail('snapshot-gone', { name: restoring.called })
      },
      frozen: (name) => sources.get(name),
    },
  })
}

/**
 * What is inside hypervisors has to prove itself too, in the time it would have to boot; fails with `not-alive`. What
 * was seen inside them, by their paths.
 */
async function proveInside(
  performer: Performer,
  { reach, called }: { readonly reach: Reach; readonly called: string },
  { signal }: RunOptions,
): Promise<ReadonlyMap<string, Inventory>> {
  const inventories = new Map<string, Inventory>()
  const silent: string[] = []
  const prove = async (machine: Machine): Promise<void> => {
    if (!machine.hypervisor || reach.leavesInside(machine) !== undefined) return
    const inventory = await (await reach.level(machine.path)).inspect(signal)
    inventories.set(machine.path, inventory)
    const { machines } = inventory
    const running = new Set(machines.filter(({ state }) => state === 'running').map(({ name }) => name))
    await Promise.all(
      machine.hypervisor.inside.machines.map(async (inner) => {
        if (!running.has(inner.name)) return
        const step = { id: stepId('prove-guest', inner.path), do: 'prove-guest', path: inner.path } as const
        try {
          await performer.perform({ ...step, because: called, needs: [] }, signal)
          await prove(inner)
        } catch (error) {
          signal.throwIfAborted()
          silent.push(`${inner.path} (${error instanceof Error ? error.message : error})`)
        }
      }),
    )
  }
  const awake = reach.lab.top.machines.filter(({ path }) => performer.reports.has(path))
  await Promise.all(awake.map(prove))
  if (silent.length > 0) throw fail('not-alive', { name: called, paths: silent })
  return inventories
}
