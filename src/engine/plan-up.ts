/** Decides what brings a lab from what was seen to what its file says: a pure function, so that a plan can be shown. */
import type { LabSwitch, Level, Machine, ResolvedLab } from '#lab'
import type { Inventory, SeenSwitch } from '#providers'
import { clustersOf } from './clusters.ts'
import { datastoresOf } from './datastores.ts'
import { digestOf, type MadeMachine, scheduleDigest, switchChanges } from './facts.ts'
import { indexLab, type LabIndex } from './lab-index.ts'
import { judge, type Verdict } from './machine-verdict.ts'
import { emptyInventory, type Observation } from './observation.ts'
import type { Plan, Step, StepKind } from './plan-types.ts'
import { ownerOf, pathIn, type Selection } from './select.ts'
import { isCenter, managersOf } from './stop-order.ts'

export interface Wanted {
  readonly lab: ResolvedLab
  readonly chosen: Selection
  /** No machine was singled out, so what is not in the file is to go. */
  readonly whole: boolean
  /** SHA-256 of each machine's image, by machine path; absent while the image is not in the image store. */
  readonly images: ReadonlyMap<string, string>
  /** Paths of hypervisors whose inside is left alone. */
  readonly alone?: ReadonlySet<string>
  /** Machines cannot be made before their switches. */
  readonly switchesFirst?: boolean
  readonly makesClusters?: boolean
  /** Paths of hypervisors that are copies, and are to become their own over their own interface. */
  readonly copies?: ReadonlySet<string>
}

export interface Known {
  readonly observation: Observation
  /** What machines were made from, by path. */
  readonly made: Readonly<Record<string, MadeMachine>>
  /** The lab as it was brought up before. */
  readonly before?: ResolvedLab
}

export function planUp(wanted: Wanted, known: Known, aim: 'up' | 'start' = 'up'): Plan {
  const planner = new UpPlanner(wanted, known)
  const top = known.observation.levels.get('')
  const seen = top?.kind === 'seen' ? top.inventory : emptyInventory
  planner.level(wanted.lab.top, seen, [])
  if (wanted.makesClusters) planner.clusters(seen)
  const { steps, unchanged, deferred } = planner
  return { lab: wanted.lab.name, aim, steps, unchanged, deferred }
}

export function stepId(kind: StepKind, path: string): string {
  return `${kind} ${path}`.trimEnd()
}

class UpPlanner {
  readonly steps: Step[] = []
  readonly unchanged: string[] = []
  readonly deferred: string[] = []
  readonly #wanted: Wanted
  readonly #known: Known
  readonly #before: LabIndex | undefined
  readonly #planned = new Set<string>()

  constructor(wanted: Wanted, known: Known) {
    this.#wanted = wanted
    this.#known = known
    this.#before = known.before && indexLab(known.before)
  }

  /** `needs`: what must be done before anything can be done on this level. */
  level(level: Level, seen: Inventory, above: readonly string[]): void {
    // Whatever is made in a hypervisor lies on a datastore, so those come first.
    const needs = [...above, ...this.#datastores(level.owner, seen, above)]
    const verdicts = level.machines
      .filter((machine) => this.#wanted.chosen.has(machine.path))
      .map((machine) => ({ machine, verdict: this.#judge(machine, level, seen, above) }))
    const removals = this.#removals(level, seen, verdicts, needs)
    for (const one of this.#switchesOf(level))
      this.#putSwitch(level.owner, one, seen, [...needs, ...removals])
    if (this.#wanted.whole) {
      this.#dropSwitches(level, seen, [...needs, ...removals])
      this.#dropDatastores(level, seen, [...needs, ...removals])
    }
    // What manages others takes longest; then hypervisors, since what is inside them waits for them.
    const rank = ({ machine }: { machine: Machine }) => (isCenter(machine) ? 2 : machine.hypervisor ? 1 : 0)
    const inOrder = verdicts.toSorted((a, b) => rank(b) - rank(a))
    for (const { machine, verdict } of inOrder) this.#machine(machine, verdict, needs)
    for (const { machine } of inOrder) this.#schedule(machine, seen, needs)
    for (const { machine, verdict } of inOrder) this.#inside(machine, verdict)
  }

  /** Members must be up; one that was made anew has to join again. */
  clusters({ clusters: seen = [] }: Inventory): void {
    const wanted = clustersOf(this.#wanted.lab, this.#wanted.chosen)
    for (const { cluster, members } of wanted) {
      const { name } = cluster
      const proofs = members.map(({ path }) => stepId('prove-guest', path))
      const managers = managersOf(this.#wanted.lab, name).map(({ path }) => stepId('prove-guest', path))
      const found = seen.find((one) => one.name === name)
      const isSame = found?.digest === digestOf(cluster) && !proofs.some((id) => this.#planned.has(id))
      if (isSame) this.unchanged.push(name)
      else {
        const because = found ? 'its members or settings differ' : 'new in the lab file'
        const own = members.map(({ path }) => stepId('put-identity', path))
        this.#add('put-cluster', name, because, [...managers, ...proofs, ...own])
      }
    }
    if (!this.#wanted.whole) return
    const kept = new Set(wanted.map(({ cluster }) => cluster.name))
    for (const { name } of seen) {
      if (!kept.has(name)) this.#add('drop-cluster', name, 'no longer in the lab file', [])
    }
  }

  /** One that a machine of the lab serves waits until that one is up. */
  #datastores(owner: string, { datastores: seen = [] }: Inventory, needs: readonly string[]): string[] {
    const { lab, chosen } = this.#wanted
    return datastoresOf(lab, owner, chosen).flatMap((wanted) => {
      const path = pathIn(owner, wanted.name)
      const found = seen.find(({ name }) => name === wanted.name)
      if (found?.alive && found.digest === digestOf(wanted)) {
        this.unchanged.push(path)
        return []
      }
      const because = found ? 'it differs, or cannot be reached' : 'new in the lab file'
      const served = wanted.kind === 'nfs' ? [stepId('prove-guest', wanted.server)] : []
      return this.#add('put-datastore', path, because, [...needs, ...served])
    })
  }

  #dropDatastores({ owner }: Level, { datastores: seen = [] }: Inventory, needs: readonly string[]): void {
    const wanted = new Set(datastoresOf(this.#wanted.lab, owner).map(({ name }) => name))
    for (const { name } of seen) {
      if (!wanted.has(name))
        this.#add('drop-datastore', pathIn(owner, name), 'no longer in the lab file', needs)
    }
  }

  #judge(machine: Machine, level: Level, seen: Inventory, needs: readonly string[]): Verdict {
    return judge({
      lab: this.#wanted.lab,
      machine,
      level,
      seen: seen.machines.find((one) => one.name === machine.name),
      made: this.#known.made[machine.path],
      images: this.#wanted.images,
      answered: this.#known.observation.reports.has(machine.path),
      before: this.#before?.machines.has(machine.path) ?? false,
      ownerStarts: needs.length > 0,
    })
  }

  #removals(
    level: Level,
    seen: Inventory,
    verdicts: readonly { machine: Machine; verdict: Verdict }[],
    needs: readonly string[],
  ): string[] {
    const removals: string[] = []
    for (const { machine, verdict } of verdicts) {
      if (verdict.do !== 'remake') continue
      removals.push(this.#add('remove-machine', machine.path, verdict.because, needs))
    }
    if (!this.#wanted.whole) return removals
    for (const { name } of seen.machines) {
      if (level.machines.some((machine) => machine.name === name)) continue
      const path = pathIn(level.owner, name)
      removals.push(this.#add('remove-machine', path, 'no longer in the lab file', needs))
    }
    return removals
  }

  #switchesOf(level: Level): readonly LabSwitch[] {
    if (this.#wanted.whole) return level.switches
    const used = new Set<string>()
    for (const machine of level.machines) {
      if (!this.#wanted.chosen.has(machine.path)) continue
      for (const nic of machine.nics) used.add(nic.switchName)
    }
    return level.switches.filter((one) => used.has(one.name))
  }

  #putSwitch(owner: string, wanted: LabSwitch, seen: Inventory, needs: readonly string[]): void {
    const path = pathIn(owner, wanted.name)
    const found = seen.switches.find((one) => one.name === wanted.name)
    if (found?.alive && found.digest === digestOf(wanted)) this.unchanged.push(path)
    else this.#add('put-switch', path, this.#whySwitch(path, wanted, found), needs)
  }

  #whySwitch(path: string, wanted: LabSwitch, found: SeenSwitch | undefined): string {
    const before = this.#before?.switches.get(path)
    if (!found) return before ? 'is missing' : 'new in the lab file'
    if (found.digest === digestOf(wanted)) return 'nothing carries its frames'
    const changes = before && digestOf(before) === found.digest ? switchChanges(before, wanted) : []
    return changes.join(', ') || 'differs from the lab file'
  }

  #dropSwitches(level: Level, seen: Inventory, needs: readonly string[]): void {
    for (const { name } of seen.switches) {
      if (level.switches.some((one) => one.name === name)) continue
      this.#add('drop-switch', pathIn(level.owner, name), 'no longer in the lab file', needs)
    }
  }

  #machine({ path, nics }: Machine, verdict: Verdict, needs: readonly string[]): void {
    if (verdict.do === 'nothing') {
      this.unchanged.push(path)
      return
    }
    const switches = nics.map((nic) => stepId('put-switch', pathIn(ownerOf(path), nic.switchName)))
    if (verdict.do === 'make' || verdict.do === 'remake') {
      const before = this.#wanted.switchesFirst ? switches : []
      const all = [...needs, stepId('remove-machine', path), ...new Set(before)]
      this.#add('create-machine', path, verdict.because, all)
    }
    if (verdict.do !== 'prove') {
      const before = [...needs, stepId('create-machine', path), ...new Set(switches)]
      this.#add('start-machine', path, verdict.because, before)
    }
    this.#add('prove-guest', path, verdict.because, [...needs, stepId('start-machine', path)])
  }

  /** After the start, so that no clock strikes in between. */
  #schedule(machine: Machine, { machines }: Inventory, needs: readonly string[]): void {
    const { path, name } = machine
    const isMade = this.#planned.has(stepId('create-machine', path))
    const now = isMade ? '' : (machines.find((one) => one.name === name)?.schedule ?? '')
    const wanted = scheduleDigest(machine)
    if (now === wanted) return
    const because = wanted === '' ? 'no longer in the lab file' : 'its times differ'
    const before = [stepId('create-machine', path), stepId('start-machine', path)]
    this.#add('put-schedule', path, because, [...needs, ...before])
  }

  #inside(machine: Machine, verdict: Verdict): void {
    if (!machine.hypervisor || this.#wanted.alone?.has(machine.path)) return
    const { inside } = machine.hypervisor
    const prove = stepId('prove-guest', machine.path)
    const seen = this.#known.observation.levels.get(machine.path)
    const isEmpty = verdict.do === 'make' || verdict.do === 'remake' || verdict.do === 'start'
    if (isEmpty) this.level(inside, emptyInventory, this.#asItself(machine.path, prove))
    else if (verdict.do === 'nothing' && seen?.kind === 'seen') {
      const { copied = [] } = seen.inventory
      if (copied.length > 0) this.#separate(machine.path, copied)
      else this.level(inside, seen.inventory, [])
    } else this.#defer(machine.path, prove)
  }

  /** What one that is a copy still has of its original is known only once it is up. */
  #asItself(path: string, prove: string): readonly string[] {
    if (!this.#wanted.copies?.has(path)) return [prove]
    return [prove, this.#add('put-identity', path, 'it is a copy', [prove])]
  }

  /** A datastore may come of it for what is inside, which is planned then. */
  #separate(path: string, copied: readonly string[]): void {
    this.deferred.push(path)
    this.#add('put-identity', path, `it has ${copied.join(', ')} of its original`, [])
    this.unchanged.splice(this.unchanged.indexOf(path), 1)
  }

  #defer(path: string, prove: string): void {
    this.deferred.push(path)
    if (this.#planned.has(prove)) return
    this.#add('prove-guest', path, 'what is inside is not known', [])
    this.unchanged.splice(this.unchanged.indexOf(path), 1)
  }

  /** Needs that are not in the plan are met already. Steps are added after those they need. */
  #add(kind: StepKind, path: string, because: string, needs: readonly string[]): string {
    const id = stepId(kind, path)
    this.#planned.add(id)
    this.steps.push({ id, do: kind, path, because, needs: needs.filter((need) => this.#planned.has(need)) })
    return id
  }
}
