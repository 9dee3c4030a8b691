/** `snapshot`: keeps a whole lab as it is at one instant, while it goes on. */
import type { MachineCopies, Provider } from '#providers'
import { beginFrozen, frozenPaths, lockLab, type Roots, saveFrozen, settleFrozen } from '#store'
import { applyPlan } from '../apply.ts'
import type { RunOptions, Surroundings } from '../contract.ts'
import { fail } from '../errors.ts'
import { levelGate } from '../gate.ts'
import { type EngineRecord, needRecord, unfinishedSteps } from '../lab-notes.ts'
import { seenOnTop } from '../observation.ts'
import type { Plan, Step } from '../plan-types.ts'
import { Reach } from '../reach.ts'
import { selectMachines } from '../select.ts'
import { isKeptBySite, takeBySite } from './by-site.ts'
import { collectInstants } from './collect.ts'
import { bytesOf, type FrozenLab, newFrozenId } from './frozen-lab.ts'
import {
  checkNewName,
  loadSnapshots,
  type Snapshot,
  saveSnapshots,
  snapshotIn,
  withoutHalf,
  withSnapshot,
} from './snapshot-list.ts'

export interface SnapshotWish {
  readonly name: string
  /** For people. */
  readonly note?: string
  /** Patterns of paths; a machine inside a hypervisor is kept with the one of L0 around it. Absent: the whole lab. */
  readonly only?: readonly string[]
}

export async function takeSnapshot(
  surroundings: Surroundings,
  of: { readonly lab: string; readonly wish: SnapshotWish },
  run: RunOptions,
): Promise<Snapshot> {
  const { roots } = surroundings
  const { lab, wish } = of
  await using _lock = await lockLab(roots, lab, 'nestlab snapshot')
  return await keepAs(surroundings, await needRecord(roots, lab), wish, run)
}

/** The lab's lock must be held. */
export async function keepAs(
  surroundings: Surroundings,
  record: EngineRecord,
  wish: SnapshotWish,
  run: RunOptions,
): Promise<Snapshot> {
  const { roots } = surroundings
  const { name: lab } = record.lab
  const list = await loadSnapshots(roots, lab)
  checkNewName(withoutHalf(list, wish.name), lab, wish.name)
  if (await isKeptBySite(surroundings, record, run)) await takeBySite(surroundings, record, wish, run)
  else {
    const kept = summaryOf(
      await freezeLab(surroundings, record, { ...run, ...(wish.only && { only: wish.only }) }),
    )
    const { note } = wish
    const snapshot = { name: wish.name, ...kept, ...(note !== undefined && { note }) }
    await saveSnapshots(roots, lab, withSnapshot(list, snapshot))
    await settleFrozen(roots, kept.id)
  }
  return snapshotIn(await loadSnapshots(roots, lab), lab, wish.name)
}

export interface FreezeOptions extends RunOptions {
  readonly only?: readonly string[]
  /** The lab whose command needs it; its lock must be held. Absent: the lab itself. */
  readonly makingOf?: string
}

/** Keeps the lab without giving it a name: whoever notes the id calls `settleFrozen`, or it is taken away. */
export async function freezeLab(
  surroundings: Surroundings,
  record: EngineRecord,
  run: FreezeOptions,
): Promise<FrozenLab> {
  const { roots, clock } = surroundings
  const { lab } = record
  const { makingOf = lab.name } = run
  const reach = new Reach(surroundings, { ...record, keys: undefined }, run.signal)
  try {
    const id = newFrozenId()
    await beginFrozen(roots, id, makingOf)
    try {
      const machines = await freezeMachines({ surroundings, reach, lab: lab.name, id }, run)
      const frozen: FrozenLab = {
        version: 1,
        id,
        atMs: clock.nowMs(),
        lab,
        sourceFile: record.sourceFile,
        made: record.made ?? {},
        insideName: record.insideName ?? lab.name,
        machines,
        ...(run.only && { isPart: true }),
      }
      await saveFrozen(roots, id, frozen)
      return frozen
    } catch (error) {
      // Layers that disks of the lab stand on already stay until nothing needs them.
      await collectInstants(roots, makingOf).catch(() => [])
      throw error
    }
  } finally {
    await reach.close()
  }
}

interface Freezing {
  readonly surroundings: Surroundings
  readonly reach: Reach
  readonly lab: string
  readonly id: string
}

async function freezeMachines({ surroundings, reach, lab, id }: Freezing, run: FreezeOptions) {
  const { roots, clock } = surroundings
  const { onEvent, signal } = run
  const level = await reach.level('')
  const { copies } = level
  if (!copies) throw fail('no-copies', { lab, site: reach.lab.site })
  await wakeInterrupted(copies, { roots, level, lab }, signal)
  const inventory = await level.inspect(signal)
  const chosen = selectMachines(reach.lab, run.only)
  const machines = reach.lab.top.machines.filter(
    ({ name }) => chosen.has(name) && inventory.machines.some((seen) => seen.name === name),
  )
  const running = machines.filter(({ name }) =>
    inventory.machines.some((seen) => seen.name === name && seen.state === 'running'),
  )
  const hindrances = await copies.hindrances(running, signal)
  if (hindrances.length > 0) throw fail('cannot-freeze', { lab, hindrances })
  const order = { folder: frozenPaths(roots, id).machines, machines: machines.map(({ name }) => name) }
  let frozen: FrozenLab['machines'] = []
  const perform = async () => {
    frozen = await copies.freeze(order, signal)
  }
  const seen = seenOnTop(inventory)
  await applyPlan(planFreeze(lab), seen, {
    roots,
    clock,
    performer: { perform },
    gate: levelGate(() => 1),
    onEvent,
    signal,
  })
  return frozen
}

/** A command that was killed at the instant itself has left machines standing that nobody asked to. */
async function wakeInterrupted(
  copies: MachineCopies,
  { roots, level, lab }: { readonly roots: Roots; readonly level: Provider; readonly lab: string },
  signal: AbortSignal,
): Promise<void> {
  const unfinished = await unfinishedSteps(roots, lab)
  if (!unfinished.some((step) => step.do === 'freeze-machines')) return
  const { machines } = await level.inspect(signal)
  const still = machines.filter(({ state }) => state === 'paused').map(({ name }) => name)
  await copies.resume(still, signal)
}

function planFreeze(lab: string): Plan {
  const step: Step = {
    id: 'freeze-machines',
    do: 'freeze-machines',
    path: '',
    because: 'asked for',
    needs: [],
  }
  return { lab, aim: 'freeze', steps: [step], unchanged: [], deferred: [] }
}

function summaryOf(frozen: FrozenLab): Omit<Snapshot, 'name' | 'parent' | 'note'> {
  const memories = frozen.machines.flatMap(({ name, memory }) => (memory ? [{ name, memory }] : []))
  const pausedMs = Math.max(...memories.map(({ memory }) => memory.pausedMs))
  return {
    id: frozen.id,
    atMs: frozen.atMs,
    ...(memories.length > 0 && { pausedMs }),
    bytes: bytesOf(frozen),
    running: memories.map(({ name }) => name),
  }
}
