/** Snapshots of labs whose site keeps them itself, machine by machine: vSphere. */
import type { MachineSnapshots, Provider } from '#providers'
import { loadLabKeys } from '#store'
import { applyPlan } from '../apply.ts'
import type { RunOptions, Surroundings } from '../contract.ts'
import { fail } from '../errors.ts'
import { levelGate } from '../gate.ts'
import type { EngineRecord } from '../lab-notes.ts'
import { everyPath, labStatus } from '../lab-status.ts'
import { lookAt } from '../look.ts'
import { seenOnTop } from '../observation.ts'
import { Performer } from '../perform.ts'
import type { LabStatus, Plan, Step, StepKind } from '../plan-types.ts'
import { stepId } from '../plan-up.ts'
import { Reach } from '../reach.ts'
import { selectMachines } from '../select.ts'
import { loadSnapshots, type Snapshot, saveSnapshots, withoutHalf, withSnapshot } from './snapshot-list.ts'
import type { SnapshotWish } from './take.ts'

/** Where machines can be frozen with their memory, that is done instead. */
export async function isKeptBySite(
  surroundings: Surroundings,
  record: EngineRecord,
  run: Pick<RunOptions, 'signal'>,
): Promise<boolean> {
  return await reaching(surroundings, record, run, async (_, level) => keptBySite(level) !== undefined)
}

function keptBySite(level: Provider): MachineSnapshots | undefined {
  return level.copies ? undefined : level.machineSnapshots
}

/**
 * One machine after the other, so they are not of one instant: guests that talk to each other are told apart by what
 * each has seen. It is listed as half before the first machine, so what was cut off can be seen, removed, and taken anew
 * under the same name.
 */
export async function takeBySite(
  surroundings: Surroundings,
  record: EngineRecord,
  wish: SnapshotWish,
  run: RunOptions,
): Promise<Snapshot> {
  const { roots, clock } = surroundings
  const { lab } = record
  const all = await loadSnapshots(roots, lab.name)
  const half = all.snapshots.find((one) => one.name === wish.name && one.isHalf)
  const list = withoutHalf(all, wish.name)
  return await reaching(surroundings, record, run, async (reach, level) => {
    const snapshots = needSnapshots(level, record)
    const { machines } = await level.inspect(run.signal)
    const chosen = selectMachines(lab, wish.only)
    const names = machines.map(({ name }) => name).filter((name) => chosen.has(name))
    const known = half?.machines ?? []
    await refuseUnlisted(
      snapshots,
      { name: wish.name, machines: names.filter((one) => !known.includes(one)) },
      run,
    )
    const running = machines.filter(({ name, state }) => state === 'running' && names.includes(name))
    const { name, note } = wish
    const taken = {
      ...{ name, id: '', bytes: 0, atMs: clock.nowMs(), ...(note !== undefined && { note }) },
      ...{ machines: names, running: running.map((one) => one.name) },
    }
    const mayHave = [...new Set([...known, ...names])]
    const begun = {
      ...taken,
      machines: mayHave,
      isHalf: true,
      failed: 'it was cut off while it was taken',
    } as const
    await saveSnapshots(roots, lab.name, { ...list, snapshots: [...list.snapshots, begun] })
    const there = new Set(machines.map((one) => one.name))
    for (const one of known) if (there.has(one)) await snapshots.remove(one, name, run.signal)
    const asked = { name, keeps: 'memory', ...(note !== undefined && { note }) } as const
    const perform = ({ path }: Step) => snapshots.create(path, asked, run.signal)
    const plan = planEach(lab.name, 'freeze', names, 'freeze-machines')
    await carryOut(surroundings, { plan, reach, perform }, run)
    await saveSnapshots(roots, lab.name, withSnapshot(list, taken))
    return taken
  })
}

/** One that another machine has listed would be taken for one that is whole. */
async function refuseUnlisted(
  snapshots: MachineSnapshots,
  { name, machines }: { readonly name: string; readonly machines: readonly string[] },
  { signal }: Pick<RunOptions, 'signal'>,
): Promise<void> {
  const having = await havingIt(snapshots, { name, machines }, signal)
  if (having.length > 0) throw fail('snapshot-unlisted', { name, machines: having })
}

async function havingIt(
  snapshots: MachineSnapshots,
  { name, machines }: { readonly name: string; readonly machines: readonly string[] },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const having = await Promise.all(
    machines.map(async (machine) => {
      const kept = await snapshots.list(machine, signal)
      return kept.some((one) => one.name === name) ? [machine] : []
    }),
  )
  return having.flat()
}

/**
 * Machines that ran are up again when this returns. Fails with `snapshot-gone`, before anything is changed, when the
 * site has not all of it any more.
 */
export async function revertBySite(
  surroundings: Surroundings,
  record: EngineRecord,
  snapshot: Snapshot,
  run: RunOptions,
): Promise<LabStatus> {
  const { guests, clock, statusNotes } = surroundings
  return await reaching(surroundings, record, run, async (reach, level) => {
    const snapshots = needSnapshots(level, record)
    await needWhole(snapshots, level, snapshot, run.signal)
    const performer = new Performer({ surroundings, reach, onEvent: run.onEvent })
    const perform = async (step: Step, signal: AbortSignal) => {
      if (step.do !== 'create-machine') return await performer.perform(step, signal)
      reach.forget(step.path)
      await snapshots.revert(step.path, snapshot.name, signal)
    }
    const plan = planRevert(record.lab.name, snapshot)
    await carryOut(surroundings, { plan, reach, perform }, run)
    const { reports } = performer
    const observation = await lookAt({ reach, guests, clock, signal: run.signal, reports })
    const notes = statusNotes?.(record.lab)
    return labStatus(record.lab, { observation, chosen: everyPath(record.lab), interrupted: [], notes })
  })
}

async function needWhole(
  snapshots: MachineSnapshots,
  level: Provider,
  { name, machines = [], isHalf }: Snapshot,
  signal: AbortSignal,
): Promise<void> {
  const there = new Set((await level.inspect(signal)).machines.map((one) => one.name))
  const isThere = machines.every((one) => there.has(one))
  const having = isThere && !isHalf ? await havingIt(snapshots, { name, machines }, signal) : []
  if (isHalf || having.length < machines.length) throw fail('snapshot-gone', { name })
}

export async function removeBySite(
  surroundings: Surroundings,
  record: EngineRecord,
  snapshot: Snapshot,
  run: Pick<RunOptions, 'signal'>,
): Promise<void> {
  await reaching(surroundings, record, run, async (_, level) => {
    const snapshots = needSnapshots(level, record)
    const there = new Set((await level.inspect(run.signal)).machines.map(({ name }) => name))
    for (const name of snapshot.machines ?? []) {
      if (there.has(name)) await snapshots.remove(name, snapshot.name, run.signal)
    }
  })
}

function needSnapshots(level: Provider, { lab }: EngineRecord): MachineSnapshots {
  const snapshots = keptBySite(level)
  if (!snapshots) throw fail('no-copies', { lab: lab.name, site: lab.site })
  return snapshots
}

async function reaching<T>(
  surroundings: Surroundings,
  record: EngineRecord,
  { signal }: Pick<RunOptions, 'signal'>,
  work: (reach: Reach, level: Provider) => Promise<T>,
): Promise<T> {
  const keys = await loadLabKeys(surroundings.roots, record.lab.name)
  const reach = new Reach(surroundings, { ...record, keys }, signal)
  try {
    return await work(reach, await reach.level(''))
  } finally {
    await reach.close()
  }
}

interface Carried {
  readonly plan: Plan
  readonly reach: Reach
  readonly perform: (step: Step, signal: AbortSignal) => Promise<void>
}

async function carryOut(surroundings: Surroundings, carried: Carried, run: RunOptions): Promise<void> {
  const { roots, clock } = surroundings
  const { plan, reach, perform } = carried
  const inventory = await (await reach.level('')).inspect(run.signal)
  const seen = seenOnTop(inventory)
  const gate = levelGate(() => Number.POSITIVE_INFINITY)
  await applyPlan(plan, seen, { roots, clock, performer: { perform }, gate, ...run })
}

function planEach(lab: string, aim: Plan['aim'], names: readonly string[], kind: StepKind): Plan {
  const steps = names.map((path): Step => {
    return { id: stepId(kind, path), do: kind, path, because: 'asked for', needs: [] }
  })
  return { lab, aim, steps, unchanged: [], deferred: [] }
}

/** Starting does nothing to a machine that goes on with its memory. */
function planRevert(lab: string, { name, machines = [], running }: Snapshot): Plan {
  const because = `goes back to ${name}`
  const steps = machines.flatMap((path): Step[] => {
    const made = {
      id: stepId('create-machine', path),
      do: 'create-machine' as const,
      path,
      because,
      needs: [],
    }
    if (!running.includes(path)) return [made]
    const started = { id: stepId('start-machine', path), do: 'start-machine' as const, path, because }
    const proven = { id: stepId('prove-guest', path), do: 'prove-guest' as const, path, because }
    return [made, { ...started, needs: [made.id] }, { ...proven, needs: [started.id] }]
  })
  return { lab, aim: 'restore', steps, unchanged: [], deferred: [] }
}
