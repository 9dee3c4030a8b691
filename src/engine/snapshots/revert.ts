/** `revert`: takes a lab back to one of its snapshots; `clone`: makes another lab that begins there. */
import { Failure } from '#failure'
import type { ResolvedLab } from '#lab'
import { loadLabKeys, lockLab, type Roots, removeLab, saveLabKeys, settleFrozen } from '#store'
import type { RunOptions, Surroundings } from '../contract.ts'
import { fail } from '../errors.ts'
import { type EngineRecord, findRecord, keysOf, needRecord } from '../lab-notes.ts'
import type { LabStatus } from '../plan-types.ts'
import { revertBySite } from './by-site.ts'
import { collectInstants } from './collect.ts'
import { type FrozenLab, needFrozen } from './frozen-lab.ts'
import { restoreLab } from './restore.ts'
import {
  loadSnapshots,
  type Snapshot,
  type SnapshotList,
  saveSnapshots,
  snapshotIn,
} from './snapshot-list.ts'
import { freezeLab } from './take.ts'

/** What has become of the lab since is lost, unless it has a snapshot of its own. */
export async function revertLab(
  surroundings: Surroundings,
  of: { readonly lab: string; readonly name: string },
  run: RunOptions,
): Promise<LabStatus> {
  const { roots } = surroundings
  const { lab, name } = of
  await using _lock = await lockLab(roots, lab, 'nestlab revert')
  const record = await needRecord(roots, lab)
  const list = await loadSnapshots(roots, lab)
  const snapshot = snapshotIn(list, lab, name)
  const going = () =>
    snapshot.id === ''
      ? revertBySite(surroundings, record, snapshot, run)
      : revertHere(surroundings, record, snapshot, run)
  try {
    const status = await going()
    await saveSnapshots(roots, lab, { ...list, current: name })
    await collectInstants(roots, lab)
    return status
  } catch (error) {
    const dead = deadIn(error)
    if (dead) await saveSnapshots(roots, lab, markedFailed({ ...list, current: name }, name, dead.message))
    throw error
  }
}

async function revertHere(
  surroundings: Surroundings,
  record: EngineRecord,
  { id, name }: Snapshot,
  run: RunOptions,
): Promise<LabStatus> {
  const { roots, guests } = surroundings
  const { sourceFile, lab } = record
  const frozen = await needFrozen(roots, id, name)
  const keys = await keysOf(roots, lab.name, guests)
  const because = `goes back to ${name}`
  const whole = frozen.isPart ? withPart(record, frozen, name) : frozen
  const about = { frozen: whole, name: lab.name, sourceFile, keys, because, called: name }
  return (await restoreLab(surroundings, about, run)).status
}

/** The lab as it is, with the kept machines as they were. */
function withPart(
  { lab, made = {}, insideName = lab.name }: EngineRecord,
  part: FrozenLab,
  name: string,
): FrozenLab {
  const kept = new Map(part.lab.top.machines.map((machine) => [machine.name, machine]))
  const names = new Set(part.machines.map((machine) => machine.name))
  const gone = [...names].filter((one) => !lab.top.machines.some((machine) => machine.name === one))
  if (gone.length > 0 || insideName !== part.insideName) throw fail('snapshot-gone', { name })
  const machines = lab.top.machines.map((machine) =>
    names.has(machine.name) ? (kept.get(machine.name) ?? machine) : machine,
  )
  const isKept = ([path]: readonly [string, unknown]) => names.has(path.split('/')[0] ?? '')
  const others = Object.entries(made).filter((entry) => !isKept(entry))
  const those = Object.entries(part.made).filter(isKept)
  return {
    ...part,
    lab: { ...lab, top: { ...lab.top, machines } },
    made: Object.fromEntries([...others, ...those]),
  }
}

export interface CloneWish {
  /** The snapshot to begin at; absent: the lab as it is now. */
  readonly snapshot?: string
  readonly name: string
}

/** Identity inside is the same, so that everything inside goes on; what leaves the lab is told apart by its switch. */
export async function cloneLab(
  surroundings: Surroundings,
  of: { readonly lab: string; readonly wish: CloneWish },
  run: RunOptions,
): Promise<LabStatus> {
  const { roots } = surroundings
  const { lab, wish } = of
  await using _lock = await lockLab(roots, wish.name, 'nestlab clone')
  await refuseTaken(roots, wish.name)
  const source = await needRecord(roots, lab)
  refuseShared(source.lab)
  const keys = await loadLabKeys(roots, lab)
  if (!keys) throw fail('keys-missing', { lab })
  const called = wish.snapshot === undefined ? lab : `${lab}@${wish.snapshot}`
  const because = `copy of ${called}`
  const about = { name: wish.name, sourceFile: '', keys, because, called, isNew: true }
  try {
    const frozen = await sourceOf(surroundings, of, run)
    // Guests inside let nobody in but the holder of the keys they were made with.
    await saveLabKeys(roots, wish.name, keys)
    const { status } = await restoreLab(surroundings, { ...about, frozen }, run)
    await settleFrozen(roots, frozen.id)
    // What was frozen for earlier tries that were cut off.
    await collectInstants(roots, wish.name)
    return status
  } catch (error) {
    await clearUnbegun(roots, wish.name).catch(() => undefined)
    throw error
  }
}

/** Before there is a record nothing was made of a copy but files. */
async function clearUnbegun(roots: Roots, name: string): Promise<void> {
  if (!(await findRecord(roots, name))) await removeLab(roots, name)
  await collectInstants(roots, name)
}

async function sourceOf(
  surroundings: Surroundings,
  { lab, wish }: { readonly lab: string; readonly wish: CloneWish },
  run: RunOptions,
): Promise<FrozenLab> {
  const { roots } = surroundings
  if (wish.snapshot !== undefined) {
    const { id } = snapshotIn(await loadSnapshots(roots, lab), lab, wish.snapshot)
    const frozen = await needFrozen(roots, id, wish.snapshot)
    if (frozen.isPart) throw fail('snapshot-is-part', { name: wish.snapshot })
    return frozen
  }
  await using _lock = await lockLab(roots, lab, 'nestlab clone')
  return await freezeLab(surroundings, await needRecord(roots, lab), { ...run, makingOf: wish.name })
}

/**
 * A copy that was cut off may be finished under its name; any other lab of that name is in the way. Without a record
 * there are only files of one that was cut off at once: whoever else makes a lab notes it first.
 */
async function refuseTaken(roots: Roots, name: string): Promise<void> {
  const there = await findRecord(roots, name)
  if (!there || there.isHalf) return
  // The command that made it may have been killed before it took away what earlier tries had frozen.
  await collectInstants(roots, name)
  throw fail('clone-name-taken', { name })
}

/** Two labs with the same MAC addresses on one network outside would disturb each other. */
function refuseShared({ name, top }: ResolvedLab): void {
  const shared = top.switches.filter(({ uplinks }) => uplinks.some(({ kind }) => kind !== 'nat'))
  if (shared.length > 0)
    throw fail('clone-shares-network', { lab: name, switches: shared.map((one) => one.name) })
}

/** Present where everything was done, and then something did not answer. */
function deadIn(error: unknown): Failure | undefined {
  if (!(error instanceof Failure)) return undefined
  if (['not-alive', 'guest-silent', 'machine-died'].includes(error.code)) return error
  return deadIn(error.cause)
}

function markedFailed(list: SnapshotList, name: string, failed: string): SnapshotList {
  const snapshots = list.snapshots.map((one) => (one.name === name ? { ...one, failed } : one))
  return { ...list, snapshots }
}
