/** Does what a step says, through the contract of the step's level. */
import type { GuestReport, LabKeys } from '#guests'
import type { FrozenSource, Provider } from '#providers'
import { clustersOf } from './clusters.ts'
import type { Surroundings } from './contract.ts'
import { datastoresOf } from './datastores.ts'
import { fail } from './errors.ts'
import { digestOf, type MadeMachine, scheduleDigest } from './facts.ts'
import type { Placed } from './lab-index.ts'
import { LevelWatch } from './level-watch.ts'
import type { EngineEvent, Step } from './plan-types.ts'
import { Prover } from './prove.ts'
import { provenBySite } from './prove-by-site.ts'
import { isBrokenWay, type Reach } from './reach.ts'
import { levelOf, nameOf, ownerOf } from './select.ts'
import { shutDown } from './shut-down.ts'

export interface Doing {
  readonly surroundings: Surroundings
  readonly reach: Reach
  readonly onEvent: (event: EngineEvent) => void
  /** Only for plans that create machines. */
  readonly creating?: Creating
}

export interface Creating {
  readonly keys: LabKeys
  /** What a machine is made from, noted before it is made. */
  readonly note: (placed: Placed) => Promise<MadeMachine>
  /** Where a machine of L0 goes on from; absent: it begins empty. */
  readonly frozen?: (name: string) => FrozenSource | undefined
}

export class Performer {
  /** Of the machines that proved to be up. */
  readonly reports = new Map<string, GuestReport>()
  /** What providers said they took away. */
  readonly removed: string[] = []
  readonly #doing: Doing
  readonly #prover: Prover
  readonly #watch: LevelWatch
  /** Created by this plan, so they boot. */
  readonly #made = new Set<string>()
  /** They stood still, and so did their clocks. */
  readonly #woken = new Set<string>()

  constructor(doing: Doing) {
    this.#doing = doing
    const { surroundings, reach } = doing
    this.#watch = new LevelWatch(reach, surroundings.clock)
    this.#prover = new Prover(reach, this.#watch, surroundings)
  }

  /** Each provider call may be repeated, so a step whose connection broke is tried once more over a new one. */
  readonly perform = async (step: Step, signal: AbortSignal): Promise<void> => {
    const { reach } = this.#doing
    const ways = reach.waysTo(levelOf(step))
    try {
      await this.#once(step, signal)
    } catch (error) {
      if (signal.aborted || ways.size === 0 || !isBrokenWay(error)) throw error
      reach.forgetBroken(ways)
      await this.#once(step, signal)
    }
  }

  async #once(step: Step, signal: AbortSignal): Promise<void> {
    const { path } = step
    if (step.do === 'prove-guest') return await this.#prove(path, signal)
    if (step.do === 'stop-machine') return await this.#stop(path, signal)
    const level = await this.#doing.reach.level(levelOf(step))
    if (step.do === 'put-identity') return await this.#putIdentity(path, level, signal)
    if (step.do === 'start-machine') return await this.#start(path, level, signal)
    if (step.do === 'create-machine') return await this.#create(path, level, signal)
    if (step.do === 'put-schedule') return await this.#putSchedule(path, level, signal)
    if (step.do === 'remove-machine') return await this.#remove(path, level, signal)
    if (step.do === 'drop-switch') return await this.#drop(path, level, signal)
    if (step.do === 'put-switch') return await this.#putSwitch(path, level, signal)
    if (step.do === 'put-datastore') return await this.#putDatastore(path, level, signal)
    if (step.do === 'drop-datastore') {
      await level.dropDatastore?.(nameOf(path), signal)
      this.removed.push(path)
      return
    }
    if (step.do === 'put-cluster') return await this.#putCluster(path, level, signal)
    if (step.do === 'drop-cluster') {
      await level.dropCluster?.(path, signal)
      this.removed.push(path)
      return
    }
    if (step.do === 'resume-machines' || step.do === 'pause-machines')
      return await hold(step.do, level, signal)
    this.removed.push(...(await level.clear(signal)))
  }

  /** One that stands still goes on. Machines that are taken back to an instant go on later, all at once. */
  async #start(path: string, level: Provider, signal: AbortSignal): Promise<void> {
    const name = nameOf(path)
    const { copies } = level
    if (!copies || this.#made.has(path) || this.#doing.creating?.frozen)
      return await level.start(name, signal)
    const stands = async () =>
      (await level.inspect(signal)).machines.some((one) => one.name === name && one.state === 'paused')
    const stood = await stands()
    await level.start(name, signal)
    // Also after a command that was cut off before it let machines go on.
    if (!(await stands()) && !stood) return
    await copies.resume([name], signal)
    this.#woken.add(path)
  }

  async #putIdentity(path: string, level: Provider, signal: AbortSignal): Promise<void> {
    for (const text of (await level.putIdentity?.(signal)) ?? [])
      this.#doing.onEvent({ kind: 'note', path, text })
  }

  async #putSchedule(path: string, level: Provider, signal: AbortSignal): Promise<void> {
    const { machine } = this.#placed(path)
    await level.putSchedule?.(machine, scheduleDigest(machine), signal)
  }

  async #putSwitch(path: string, level: Provider, signal: AbortSignal): Promise<void> {
    const wanted = this.#doing.reach.index.switches.get(path)
    if (wanted) await level.putSwitch(wanted, digestOf(wanted), signal)
  }

  async #putDatastore(path: string, level: Provider, signal: AbortSignal): Promise<void> {
    const all = datastoresOf(this.#doing.reach.lab, ownerOf(path))
    const wanted = all.find(({ name }) => name === nameOf(path))
    if (wanted) await level.putDatastore?.(wanted, digestOf(wanted), signal)
  }

  async #putCluster(name: string, level: Provider, signal: AbortSignal): Promise<void> {
    const wanted = clustersOf(this.#doing.reach.lab).find(({ cluster }) => cluster.name === name)
    if (wanted) await level.putCluster?.({ ...wanted, digest: digestOf(wanted.cluster) }, signal)
  }

  async #drop(path: string, level: Provider, signal: AbortSignal): Promise<void> {
    await level.dropSwitch(nameOf(path), signal)
    this.removed.push(path)
  }

  async #create(path: string, level: Provider, signal: AbortSignal): Promise<void> {
    const placed = this.#placed(path)
    const { reach, surroundings, creating } = this.#doing
    if (!creating) throw fail('keys-missing', { lab: reach.lab.name })
    const boot = await surroundings.guests.boot(reach.lab, placed.machine, creating.keys)
    const { digest } = await creating.note(placed)
    const frozen = creating.frozen?.(path)
    await level.create({ machine: placed.machine, boot, digest, ...(frozen && { frozen }) }, signal)
    this.#made.add(path)
  }

  async #prove(path: string, signal: AbortSignal): Promise<void> {
    const { machine } = this.#placed(path)
    const { reach, surroundings } = this.#doing
    const site = await reach.level(ownerOf(path))
    const ask = site.guest?.bind(site)
    if (ask) {
      // What was known of its inside is of an earlier run.
      reach.leave(path)
      const { guests, clock } = surroundings
      const proof = { reach, watch: this.#watch, guests, clock }
      this.reports.set(path, await provenBySite(machine, { ask, signal }, proof))
      return
    }
    const hasSlept = this.#doing.creating?.frozen !== undefined || this.#woken.has(path)
    const { host, report } = await this.#prover.prove(machine, signal, hasSlept)
    this.reports.set(path, report)
    if (machine.hypervisor) this.#doing.reach.adopt(path, host)
    else void host.close().catch(() => undefined)
  }

  async #stop(path: string, signal: AbortSignal): Promise<void> {
    const { reach, surroundings, onEvent } = this.#doing
    const say = (about: string, text: string) => onEvent({ kind: 'note', path: about, text })
    await shutDown(path, { reach, guests: surroundings.guests, clock: surroundings.clock, signal, say })
    this.reports.delete(path)
  }

  async #remove(path: string, level: Provider, signal: AbortSignal): Promise<void> {
    this.#doing.reach.forget(path)
    this.reports.delete(path)
    await level.remove(nameOf(path), signal)
    this.removed.push(path)
  }

  #placed(path: string): Placed {
    const { index, lab } = this.#doing.reach
    const placed = index.machines.get(path)
    if (!placed) throw fail('no-such-machine', { lab: lab.name, path, paths: [...index.machines.keys()] })
    return placed
  }
}

/** All machines of the level at once. */
async function hold(
  what: 'resume-machines' | 'pause-machines',
  level: Provider,
  signal: AbortSignal,
): Promise<void> {
  const { machines } = await level.inspect(signal)
  const from = what === 'resume-machines' ? 'paused' : 'running'
  const names = machines.filter(({ state }) => state === from).map(({ name }) => name)
  if (what === 'resume-machines') await level.copies?.resume(names, signal)
  else await level.copies?.pause(names, signal)
}
