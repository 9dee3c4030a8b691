/** `up` and `start`: from the lab file to machines that have proven to be up. */
import type { LabKeys } from '#guests'
import { type Machine, machinesOf, type ResolvedLab } from '#lab'
import { loadLabKeys, lockLab } from '#store'
import { type Applying, applyPlan } from './apply.ts'
import type { Carrier, PlanOptions, Surroundings, UpOptions } from './contract.ts'
import { fail } from './errors.ts'
import type { MadeMachine } from './facts.ts'
import { levelGate } from './gate.ts'
import { imagesOf, provideImages } from './images.ts'
import type { Placed } from './lab-index.ts'
import { type EngineRecord, findRecord, keysOf, RecordKeeper } from './lab-notes.ts'
import { labStatus } from './lab-status.ts'
import { lookAt } from './look.ts'
import { madeFrom } from './made.ts'
import { inventoryOf, type Observation } from './observation.ts'
import { Performer } from './perform.ts'
import { callsOf, openedBy } from './plan-calls.ts'
import type { LabStatus, NotedPlan, Plan, Step } from './plan-types.ts'
import { planUp } from './plan-up.ts'
import { Reach } from './reach.ts'
import { refuseOther, refuseTooBig, refuseUnfit, settleCarrier } from './refuse.ts'
import { nameOf, narrowed, ownerOf, type Selection, selectMachines } from './select.ts'
import { beginWarm, keepAs } from './snapshots/index.ts'
import { switchNotes } from './switch-notes.ts'
import { takeDown } from './take-down.ts'

/** Machines that boot at the same time on L0 when nobody says otherwise. */
const usualBoots = 4

/** Everything one `up` works with. */
interface Work {
  readonly surroundings: Surroundings
  readonly options: UpOptions
  readonly aim: 'up' | 'start'
  readonly lab: ResolvedLab
  readonly chosen: Selection
  readonly before: EngineRecord | undefined
  readonly keeper: RecordKeeper
  readonly keys: LabKeys
  readonly carrier: Carrier
  readonly reach: Reach
  /** Of a lab that has just begun from a warm one. */
  readonly seen?: Observation
}

/** A lab that is brought up for the first time may have been kept warm. */
async function warmBeginning(
  surroundings: Surroundings,
  lab: ResolvedLab,
  options: UpOptions,
): Promise<Observation | undefined> {
  const images = await imagesOf(surroundings.guests, lab)
  return await beginWarm(surroundings, { lab, images, sourceFile: options.file ?? '' }, options)
}

/** What `up` would do now. Changes nothing; images are not built for it. */
export async function planOnly(
  surroundings: Surroundings,
  lab: ResolvedLab,
  options: PlanOptions & { readonly signal: AbortSignal },
): Promise<NotedPlan> {
  const chosen = selectMachines(lab, options.only)
  await refuseUnfit(surroundings, lab, chosen)
  const { roots, guests, clock } = surroundings
  const before = await findRecord(roots, lab.name)
  refuseOther(lab, options.file, before)
  const { signal } = options
  const small = narrowed(lab, chosen)
  const carrier = await settleCarrier(surroundings, small, { asked: options.carrier, before, signal })
  const keys = await loadLabKeys(roots, lab.name)
  const reach = new Reach(surroundings, { ...insideOf(before), lab: small, keys, carrier }, signal)
  try {
    const observation = await lookAt({ reach, guests, clock, signal })
    const whole = isWhole(options)
    const wanted = {
      lab,
      chosen,
      whole,
      images: await imagesOf(guests, small),
      ...orderOf(surroundings, lab),
    }
    const known = { observation, made: before?.made ?? {}, ...(before && { before: before.lab }) }
    const plan = planUp(wanted, known)
    const calls = await callsOf(plan, { reach, seen: observation, signal })
    return { ...plan, notes: switchNotes(surroundings, small, carrier), ...(calls && { calls }) }
  } finally {
    await reach.close()
  }
}

export async function bringUp(
  surroundings: Surroundings,
  lab: ResolvedLab,
  options: UpOptions & { readonly aim: 'up' | 'start' },
): Promise<LabStatus> {
  const chosen = selectMachines(lab, options.only)
  await refuseUnfit(surroundings, lab, chosen)
  const { roots, guests, clock } = surroundings
  // Nobody has worked with it yet, and its guests know keys that others know.
  if ((await findRecord(roots, lab.name))?.isTakingOver) await takeDown(surroundings, lab.name, options)
  await using _lock = await lockLab(roots, lab.name, `nestlab ${options.aim}`)
  const found = await findRecord(roots, lab.name)
  refuseOther(lab, options.file, found)
  const { signal } = options
  const small = narrowed(lab, chosen)
  const carrier = await settleCarrier(surroundings, small, { asked: options.carrier, before: found, signal })
  const isNew = !found && options.aim === 'up' && isWhole(options) && carrier === 'process'
  const warm = isNew ? await warmBeginning(surroundings, lab, options) : undefined
  const before = warm ? await findRecord(roots, lab.name) : found
  const sourceFile = options.file ?? before?.sourceFile ?? ''
  const keep = { made: before?.made ?? {}, nowMs: () => clock.nowMs() }
  const keeper = new RecordKeeper(roots, { ...insideOf(before), lab, sourceFile, carrier }, keep)
  await keeper.save()
  const keys = await keysOf(roots, lab.name, guests)
  const reach = new Reach(surroundings, { ...insideOf(before), lab: small, keys, carrier }, signal)
  try {
    return await converge({
      surroundings,
      options,
      aim: options.aim,
      lab,
      chosen,
      before,
      keeper,
      keys,
      carrier,
      reach,
      ...(warm && { seen: warm }),
    })
  } finally {
    await reach.close()
  }
}

/**
 * Plans and applies until nothing is deferred: hypervisors that were found running but silent are looked into once
 * they answer. Each round answers at least one more level, so a lab's depth bounds the rounds.
 */
async function converge(work: Work): Promise<LabStatus> {
  const { surroundings, options, lab, chosen, reach } = work
  const { guests, clock } = surroundings
  const { onEvent, signal } = options
  if (work.aim === 'up') {
    for (const note of switchNotes(surroundings, reach.lab, work.carrier)) onEvent({ kind: 'note', ...note })
  }
  const [first] = await Promise.all([
    work.seen ?? lookAt({ reach, guests, clock, signal }),
    provideImages(guests, reach.lab, { onEvent, signal }),
  ])
  const images = await imagesOf(guests, reach.lab)
  let observation = first
  let deferredBefore = new Set<string>()
  for (;;) {
    const deferred = await round(work, observation, images)
    observation = deferred.after
    refuseStuck(deferred.paths, deferredBefore, observation)
    if (deferred.paths.length === 0)
      return labStatus(lab, { observation, chosen, interrupted: [], notes: surroundings.statusNotes?.(lab) })
    deferredBefore = new Set(deferred.paths)
  }
}

async function round(
  work: Work,
  observation: Observation,
  images: ReadonlyMap<string, string>,
): Promise<{ readonly paths: readonly string[]; readonly after: Observation }> {
  const { surroundings, options, lab, chosen, before, keeper, reach } = work
  const known = { observation, made: keeper.made, ...(before && { before: before.lab }) }
  const wanted = { lab, chosen, whole: isWhole(options), images, ...orderOf(surroundings, lab) }
  const plan = planUp(wanted, known, work.aim)
  await refuseTooBig(surroundings, plan, { index: reach.index, observation })
  // What a site cannot be asked for is refused before anything else is.
  await callsOf(plan, { reach, seen: observation, signal: options.signal })
  const opened = await openedBy(plan, { reach, signal: options.signal })
  if (opened.length > 0 && !(await options.agrees?.(opened))) throw fail('not-agreed', { opened })
  await keepBefore(work, plan, observation)
  const performer = new Performer({
    surroundings,
    reach,
    onEvent: options.onEvent,
    creating: { keys: work.keys, note: (placed) => noteMade(keeper, { ...placed, lab }, images) },
  })
  await applyPlan(plan, observation, applying(work, performer))
  if (plan.steps.length === 0 && plan.deferred.length === 0) return { paths: [], after: observation }
  const { guests, clock } = surroundings
  const { signal } = options
  const reports = new Map([...observation.reports, ...performer.reports])
  const after = await lookAt({ reach, guests, clock, signal, reports })
  return { paths: plan.deferred, after }
}

/** A machine that is made anew loses what it was: the lab is kept first, so that this can be undone. */
async function keepBefore(work: Work, { steps }: Plan, observation: Observation): Promise<void> {
  const { surroundings, options, before, reach, keeper } = work
  if (!before || options.keepsNothing) return
  const remade = remadeMachines(steps, observation)
  const { copies } = await reach.level('')
  if (remade.length === 0 || !copies) return
  const name = `before-up-${new Date(surroundings.clock.nowMs()).toISOString().replace(/[-:.Z]/g, '')}`
  const note = `before ${remade.join(', ')} ${remade.length === 1 ? 'was' : 'were'} made anew`
  await keepAs(surroundings, { ...before, made: keeper.made }, { name, note }, options)
  options.onEvent({ kind: 'note', path: '', text: `kept as ${name}: nestlab revert ${name} undoes this` })
}

/** Paths of running machines that the plan removes and makes again. */
function remadeMachines(steps: readonly Step[], observation: Observation): readonly string[] {
  const made = new Set(steps.filter((step) => step.do === 'create-machine').map(({ path }) => path))
  return steps
    .filter((step) => step.do === 'remove-machine' && made.has(step.path))
    .map(({ path }) => path)
    .filter((path) =>
      inventoryOf(observation, ownerOf(path)).machines.some(
        (one) => one.name === nameOf(path) && one.state === 'running',
      ),
    )
}

/** What a site makes of a plan. */
function orderOf(
  { leavesInside, switchesFirst = false, makesClusters = false, isCopy }: Surroundings,
  lab: ResolvedLab,
) {
  const alone = [...machinesOf(lab.top)].filter(
    (machine) => machine.hypervisor && leavesInside?.(machine, lab) !== undefined,
  )
  const copies = [...machinesOf(lab.top)].filter((machine) => machine.hypervisor && isCopy?.(machine, lab))
  return { switchesFirst, makesClusters, alone: pathsOf(alone), copies: pathsOf(copies) }
}

const pathsOf = (machines: readonly Machine[]) => new Set(machines.map(({ path }) => path))

/** What a lab that began as a copy keeps for as long as it is there. */
function insideOf(before: EngineRecord | undefined): Pick<EngineRecord, 'insideName' | 'from'> {
  const { insideName, from } = before ?? {}
  return { ...(insideName !== undefined && { insideName }), ...(from !== undefined && { from }) }
}

function isWhole({ only }: PlanOptions): boolean {
  return !only || only.length === 0
}

function applying({ surroundings, options, reach }: Work, performer: Performer): Applying {
  const { roots, clock, bootsAtOnce = usualBoots } = surroundings
  const { onEvent, signal, parallel } = options
  const gate = levelGate((owner) => {
    if (parallel !== undefined) return Math.max(1, parallel)
    const hypervisor = reach.index.machines.get(owner)
    return hypervisor ? Math.max(2, hypervisor.machine.cpus) : Math.max(1, bootsAtOnce)
  })
  return { roots, clock, performer, gate, onEvent, signal }
}

/** Noted before the machine is made: a plan after a killed command can then still say what it was made from. */
async function noteMade(
  keeper: RecordKeeper,
  { lab, ...placed }: Placed & { readonly lab: ResolvedLab },
  images: ReadonlyMap<string, string>,
): Promise<MadeMachine> {
  const made = madeFrom(placed, lab, images)
  await keeper.note(placed.machine.path, made)
  return made
}

/** A hypervisor that answers and still cannot be looked into would be waited for again and again. */
function refuseStuck(paths: readonly string[], before: ReadonlySet<string>, observation: Observation): void {
  for (const path of paths) {
    const level = observation.levels.get(path)
    if (before.has(path) && level?.kind === 'closed') throw fail('inside-closed', { path, why: level.why })
  }
}
