/** `fail`: a hypervisor loses its power, and what was inside is started again on the others of its cluster, as HA does. */
import type { LabKeys } from '#guests'
import { lockLab, saveLabRecord } from '#store'
import { applyPlan } from '../apply.ts'
import type { RunOptions, Surroundings } from '../contract.ts'
import { fail } from '../errors.ts'
import { levelGate } from '../gate.ts'
import { type EngineRecord, keysOf, needRecord } from '../lab-notes.ts'
import { lookAt } from '../look.ts'
import { Performer } from '../perform.ts'
import type { Plan, Step, StepKind } from '../plan-types.ts'
import { stepId } from '../plan-up.ts'
import { Reach } from '../reach.ts'
import { pathIn } from '../select.ts'
import { type Placement, placeAll } from './placing.ts'
import { machineAt, relocated, relocatedMade } from './relocate.ts'
import { neighboursOf, sheltersOf } from './shelters.ts'

export interface FailOver {
  readonly restarted: readonly { readonly path: string; readonly now: string }[]
  readonly lost: readonly { readonly path: string; readonly reasons: readonly string[] }[]
}

/** `planOnly`: nothing is done; what would be is returned. */
export async function failHypervisor(
  surroundings: Surroundings,
  of: { readonly lab: string; readonly path: string; readonly planOnly: boolean },
  run: RunOptions,
): Promise<FailOver> {
  const { roots, guests } = surroundings
  await using _lock = await lockLab(roots, of.lab, 'nestlab fail')
  const record = await needRecord(roots, of.lab)
  const keys = await keysOf(roots, of.lab, guests)
  const placement = await placementOf(surroundings, { record, keys, path: of.path }, run)
  if (!of.planOnly) await carryOut(surroundings, { record, keys, path: of.path, placement }, run)
  return {
    restarted: placement.placed.map(({ machine, to }) => ({
      path: machine.path,
      now: pathIn(to, machine.name),
    })),
    lost: placement.unplaced.map(({ machine, reasons }) => ({ path: machine.path, reasons })),
  }
}

interface Failing {
  readonly record: EngineRecord
  readonly keys: LabKeys
  readonly path: string
}

async function placementOf(
  surroundings: Surroundings,
  { record, keys, path }: Failing,
  { signal }: RunOptions,
): Promise<Placement> {
  const reach = new Reach(surroundings, { ...record, keys }, signal)
  try {
    const failing = machineAt(record.lab.top, path)
    const paths = [...reach.index.machines.keys()]
    if (!failing?.hypervisor || path.includes('/'))
      throw fail('no-such-machine', { lab: record.lab.name, path, paths })
    const shelters = await sheltersOf(reach, neighboursOf(reach, path, 'ha'), signal)
    return placeAll(failing.hypervisor.inside.machines, shelters)
  } finally {
    await reach.close()
  }
}

/** Where machines go is noted before any is made: a command that is cut off is finished by `nestlab start`. */
async function carryOut(
  surroundings: Surroundings,
  { record, keys, path, placement }: Failing & { readonly placement: Placement },
  run: RunOptions,
): Promise<void> {
  const { roots, clock, guests } = surroundings
  let changed = record
  for (const { machine, to } of placement.placed) {
    const lab = relocated(changed.lab, machine.path, to)
    changed = { ...changed, lab, made: relocatedMade(changed.made ?? {}, machine.path, to) }
  }
  const reach = new Reach(surroundings, { ...changed, keys }, run.signal)
  try {
    await (await reach.level('')).stop(path, 'power', run.signal)
    await saveLabRecord(roots, { ...changed, savedAtMs: clock.nowMs() })
    const { made = {} } = changed
    const note = async ({ machine }: { readonly machine: { readonly path: string } }) => {
      const known = made[machine.path]
      if (known) return known
      throw fail('no-such-machine', { lab: record.lab.name, path: machine.path, paths: Object.keys(made) })
    }
    const performer = new Performer({ surroundings, reach, onEvent: run.onEvent, creating: { keys, note } })
    const seen = await lookAt({ reach, guests, clock, signal: run.signal })
    const plan = planRestart(record.lab.name, path, placement)
    await applyPlan(plan, seen, { roots, clock, performer, gate: levelGate(() => 2), ...run })
  } finally {
    await reach.close()
  }
}

/** One after the other on each hypervisor, in the order of the lab file. */
function planRestart(lab: string, failed: string, { placed }: Placement): Plan {
  const steps: Step[] = []
  const last = new Map<string, string>()
  for (const { machine, to } of placed) {
    const path = pathIn(to, machine.name)
    const because = `${failed} has failed`
    const add = (kind: StepKind, needs: readonly string[]) => {
      const id = stepId(kind, path)
      steps.push({ id, do: kind, path, because, needs })
      return id
    }
    const before = last.get(to)
    const created = add('create-machine', before === undefined ? [] : [before])
    const started = add('start-machine', [created])
    last.set(to, add('prove-guest', [started]))
  }
  return { lab, aim: 'start', steps, unchanged: [], deferred: [] }
}
