/** The engine: each method opens what it needs of one lab, does its work, and closes it again. */
import type { ResolvedLab } from '#lab'
import { listLabs, loadLabKeys } from '#store'
import { bringUp, planOnly } from './bring-up.ts'
import { cleanConsole } from './console-text.ts'
import type { Engine, LabEntry, PlanOptions, RunOptions, Surroundings, UpOptions } from './contract.ts'
import { asFailure } from './errors.ts'
import { checkExpectations, type ExpectOptions } from './expect.ts'
import { labNetwork } from './lab-network.ts'
import { findRecord, interruptedSteps, needRecord } from './lab-notes.ts'
import { everyPath, labStatus } from './lab-status.ts'
import { levelStats } from './level-stats.ts'
import { lookAt } from './look.ts'
import { proposeBalance } from './moves/balance.ts'
import { failHypervisor } from './moves/fail-over.ts'
import { type MoveWish, moveMachine } from './moves/move.ts'
import { Reach } from './reach.ts'
import {
  type CloneWish,
  cloneLab,
  compareSnapshots,
  dropWarm,
  handOut,
  keepWarm,
  labAt,
  listSnapshots,
  loadWarm,
  pauseLab,
  removeSnapshot,
  resumeLab,
  revertLab,
  type SnapshotWish,
  snapshotDetails,
  type TakingIn,
  takeIn,
  takeSnapshot,
  wakeFor,
} from './snapshots/index.ts'
import { checkedPaths, stopMachines, takeDown } from './take-down.ts'
import { closingAccess, closingReach } from './ways-in.ts'

export function openEngine(surroundings: Surroundings): Engine {
  return new LabEngine(surroundings)
}

class LabEngine implements Engine {
  readonly #surroundings: Surroundings

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  plan(lab: ResolvedLab, options: PlanOptions, signal: AbortSignal) {
    return doing(`plan lab ${lab.name}`, () => planOnly(this.#surroundings, lab, { ...options, signal }))
  }

  up(lab: ResolvedLab, options: UpOptions) {
    const asked = { ...options, aim: 'up' } as const
    return doing(`bring lab ${lab.name} up`, () => bringUp(this.#surroundings, lab, asked))
  }

  down(lab: string, options: RunOptions) {
    return doing(`take lab ${lab} down`, () => takeDown(this.#surroundings, lab, options))
  }

  stop(lab: string, paths: readonly string[], options: RunOptions) {
    return doing(`stop lab ${lab}`, () => stopMachines(this.#surroundings, { lab, paths }, options))
  }

  start(lab: string, paths: readonly string[], options: RunOptions) {
    return doing(`start lab ${lab}`, async () => {
      const asked = { ...options, only: paths, aim: 'start' } as const
      return await bringUp(this.#surroundings, await this.recorded(lab), asked)
    })
  }

  snapshot(lab: string, wish: SnapshotWish, options: RunOptions) {
    return doing(`keep lab ${lab}`, () => takeSnapshot(this.#surroundings, { lab, wish }, options))
  }

  snapshots(lab: string) {
    return doing(`list the snapshots of ${lab}`, () => listSnapshots(this.#surroundings.roots, lab))
  }

  snapshotDetails(lab: string, name: string) {
    return doing(`look at snapshot ${name}`, () => snapshotDetails(this.#surroundings.roots, lab, name))
  }

  removeSnapshot(lab: string, name: string) {
    return doing(`remove snapshot ${name}`, () => removeSnapshot(this.#surroundings, lab, name))
  }

  compareSnapshots(lab: string, names: { readonly from: string; readonly to?: string }) {
    return doing('compare snapshots', () => compareSnapshots(this.#surroundings.roots, lab, names))
  }

  revert(lab: string, name: string, options: RunOptions) {
    return doing(`take lab ${lab} back`, () => revertLab(this.#surroundings, { lab, name }, options))
  }

  clone(lab: string, wish: CloneWish, options: RunOptions) {
    return doing(`copy lab ${lab}`, () => cloneLab(this.#surroundings, { lab, wish }, options))
  }

  keepWarm(lab: string, options: RunOptions) {
    return doing(`keep lab ${lab} warm`, () => keepWarm(this.#surroundings, lab, options))
  }

  warmLabs() {
    return doing('list the warm labs', () => loadWarm(this.#surroundings.roots))
  }

  dropWarm(lab: string) {
    return doing(`forget the warm lab ${lab}`, () => dropWarm(this.#surroundings.roots, lab))
  }

  handOut(lab: ResolvedLab) {
    return doing(`hand out lab ${lab.name}`, () => handOut(this.#surroundings, lab))
  }

  takeIn(of: TakingIn, options: RunOptions) {
    return doing(`take in lab ${of.lab.name}`, () => takeIn(this.#surroundings, of, options))
  }

  migrate(lab: string, wish: MoveWish, options: RunOptions) {
    return doing(`move ${wish.path}`, () => moveMachine(this.#surroundings, { lab, wish }, options))
  }

  failHypervisor(
    lab: string,
    what: { readonly path: string; readonly planOnly: boolean },
    options: RunOptions,
  ) {
    return doing(`fail ${what.path}`, () => failHypervisor(this.#surroundings, { lab, ...what }, options))
  }

  proposeBalance(lab: string, signal: AbortSignal) {
    return doing(`balance lab ${lab}`, () => proposeBalance(this.#surroundings, lab, signal))
  }

  pause(lab: string, options: RunOptions) {
    return doing(`pause lab ${lab}`, () => pauseLab(this.#surroundings, lab, options))
  }

  resume(lab: string, options: RunOptions) {
    return doing(`resume lab ${lab}`, () => resumeLab(this.#surroundings, lab, options))
  }

  status(lab: string, signal: AbortSignal) {
    return this.#closing(lab, signal, async (reach) => {
      const { guests, clock, roots } = this.#surroundings
      const observation = await lookAt({ reach, guests, clock, signal })
      const interrupted = await interruptedSteps(roots, lab)
      const notes = this.#surroundings.statusNotes?.(reach.lab)
      return labStatus(reach.lab, { observation, chosen: everyPath(reach.lab), interrupted, notes })
    })
  }

  labs() {
    const { roots } = this.#surroundings
    return doing('list the labs', async () => {
      const names = await listLabs(roots)
      return await Promise.all(names.map((name) => this.#entry(name)))
    })
  }

  recorded(lab: string, snapshot?: string) {
    const { roots } = this.#surroundings
    return doing(`read lab ${lab}`, async () =>
      snapshot === undefined ? (await needRecord(roots, lab)).lab : await labAt(roots, lab, snapshot),
    )
  }

  enter(lab: string, path: string, signal: AbortSignal) {
    return this.#reaching(lab, signal, async (reach) => {
      checkedPaths(reach, [path])
      await wakeFor(this.#surroundings, { reach, path }, signal)
      return closingReach(await reach.enter(path, signal), reach)
    })
  }

  access(lab: string, path: string, signal: AbortSignal) {
    return this.#reaching(lab, signal, async (reach) => {
      checkedPaths(reach, [path])
      await wakeFor(this.#surroundings, { reach, path }, signal)
      return closingAccess(await reach.access(path), reach)
    })
  }

  stats(lab: string, signal: AbortSignal) {
    return this.#closing(lab, signal, (reach) => levelStats(reach, signal))
  }

  checkExpectations(lab: string, options: ExpectOptions) {
    const { nowMs } = this.#surroundings.clock
    return this.#closing(lab, options.signal, (reach) => checkExpectations(reach, nowMs, options))
  }

  network(lab: string, signal: AbortSignal) {
    return this.#reaching(lab, signal, async (reach) => labNetwork(reach))
  }

  logs(lab: string, path: string, maxBytes: number, signal: AbortSignal) {
    return this.#closing(lab, signal, async (reach) => {
      checkedPaths(reach, [path])
      return cleanConsole(await reach.consoleTail(path, maxBytes))
    })
  }

  async #entry(name: string): Promise<LabEntry> {
    try {
      const record = await findRecord(this.#surroundings.roots, name)
      if (!record) return { name, site: '', damaged: 'it has no record' }
      const { sourceFile: file, lab } = record
      return { name, site: lab.site, ...(file && { file }) }
    } catch (error) {
      return { name, site: '', damaged: asFailure(error, `read lab ${name}`).message }
    }
  }

  /** The ways into a lab that is there; `use` hands on the duty to close them, unless it fails. */
  #reaching<T>(lab: string, signal: AbortSignal, use: (reach: Reach) => Promise<T>): Promise<T> {
    return doing(`reach lab ${lab}`, async () => {
      const { roots } = this.#surroundings
      const record = await needRecord(roots, lab)
      const keys = await loadLabKeys(roots, lab)
      const reach = new Reach(this.#surroundings, { ...record, keys }, signal)
      try {
        return await use(reach)
      } catch (error) {
        await reach.close()
        throw error
      }
    })
  }

  #closing<T>(lab: string, signal: AbortSignal, use: (reach: Reach) => Promise<T>): Promise<T> {
    return this.#reaching(lab, signal, async (reach) => {
      const result = await use(reach)
      await reach.close()
      return result
    })
  }
}

/** Everything leaves the engine as a `Failure`. */
async function doing<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asFailure(error, what)
  }
}
