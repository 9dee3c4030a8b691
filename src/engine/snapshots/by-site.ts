/** Snapshots of labs whose site keeps them itself, machine by machine: vSphere. */
import type { Provider } from '#providers'
import { applyPlan } from '../apply.ts'
import type { RunOptions, Surroundings } from '../contract.ts'
import { fail } from '../errors.ts'
import { levelGate } from '../gate.ts'
import { type EngineRecord, keysOf } from '../lab-notes.ts'
import { everyPath, labStatus } from '../lab-status.ts'
import { lookAt } from '../look.ts'
import { Performer } from '../perform.ts'
import type { LabStatus, Plan, Step, StepKind } from '../plan-types.ts'
import { stepId } from '../plan-up.ts'
import { Reach } from '../reach.ts'
import { selectMachines } from '../select.ts'
import type { Snapshot } from './snapshot-list.ts'
import type { SnapshotWish } from './take.ts'

/** Where machines can be frozen with their memory, that is done instead. */
export async function isKeptBySite(
  surroundings: Surroundings,
  record: EngineRecord,
  run: Pick<RunOptions, 'signal'>,
): Promise<boolean> {
  return await reaching(surroundings, record, run, async (_, level) => keptBySite(level) !== undefined)
}

function keptBySite(level: Provider): Provider['machineSnapshots'] {
  return level.copies ? undefined : level.machineSnapshots
}

/**
 * One machine after the other, so they are not of one instant: guests that talk to each other are told apart by what
 * each has seen. A call that is cut off is repeated under the same name.
 */
export async function takeBySite(
  surroundings: Surroundings,
  record: EngineRecord,
  wish: SnapshotWish,
  run: RunOptions,
): Promise<Omit<Snapshot, 'name' | 'parent' | 'note'>> {
  const { clock } = surroundings
  return await reaching(surroundings, record, run, async (reach, level) => {
    const snapshots = needSnapshots(level, record)
    const { machines } = await level.inspect(run.signal)
    const chosen = selectMachines(record.lab, wish.only)
    const names = machines.map(({ name }) => name).filter((name) => chosen.has(name))
    const { note } = wish
    const asked = { name: wish.name, keeps: 'memory', ...(note !== undefined && { note }) } as const
    const perform = ({ path }: Step) => snapshots.create(path, asked, run.signal)
    const plan = planEach(record.lab.name, 'freeze', names, 'freeze-machines')
    await carryOut(surroundings, { plan, reach, perform }, run)
    const running = machines.filter(({ name, state }) => state === 'running' && names.includes(name))
    return {
      id: '',
      atMs: clock.nowMs(),
      bytes: 0,
      running: running.map(({ name }) => name),
      machines: names,
    }
  })
}

/** Machines that ran are up again when this returns. */
export async function revertBySite(
  surroundings: Surroundings,
  record: EngineRecord,
  snapshot: Snapshot,
  run: RunOptions,
): Promise<LabStatus> {
  const { guests, clock } = surroundings
  return await reaching(surroundings, record, run, async (reach, level) => {
    const snapshots = needSnapshots(level, record)
    const performer = new Performer({ surroundings, reach, onEvent: run.onEvent })
    const perform = async (step: Step, signal: AbortSignal) => {
      if (step.do !== 'create-machine') return await performer.perform(step, signal)
      await snapshots.revert(step.path, snapshot.name, signal)
    }
    const plan = planRevert(record.lab.name, snapshot)
    await carryOut(surroundings, { plan, reach, perform }, run)
    const { reports } = performer
    const observation = await lookAt({ reach, guests, clock, signal: run.signal, reports })
    return labStatus(record.lab, { observation, chosen: everyPath(record.lab), interrupted: [] })
  })
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

function needSnapshots(level: Provider, { lab }: EngineRecord) {
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
  const keys = await keysOf(surroundings.roots, record.lab.name, surroundings.guests)
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
  const seen = { levels: new Map([['', { kind: 'seen', inventory } as const]]), reports: new Map() }
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
