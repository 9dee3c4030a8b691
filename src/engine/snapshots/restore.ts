/** Makes a lab what it was at an instant, under its own name or another: `revert`, `clone`, and `up` from a warm lab. */
import type { LabKeys } from '#guests'
import { saveLabRecord } from '#store'
import { applyPlan } from '../apply.ts'
import type { Inside, RunOptions, Surroundings } from '../contract.ts'
import { fail } from '../errors.ts'
import { levelGate } from '../gate.ts'
import type { EngineRecord } from '../lab-notes.ts'
import { everyPath, labStatus } from '../lab-status.ts'
import { lookAt } from '../look.ts'
import { Performer } from '../perform.ts'
import type { LabStatus } from '../plan-types.ts'
import { Reach } from '../reach.ts'
import { type FrozenLab, sourcesOf } from './frozen-lab.ts'
import { planRestore } from './plan-restore.ts'
import { settleGuest } from './settle.ts'

export interface Restoring {
  readonly frozen: FrozenLab
  /** Of the lab that goes on from there. */
  readonly name: string
  readonly sourceFile: string
  readonly keys: LabKeys
  /** Why its machines are made anew, for people. */
  readonly because: string
  /** For messages: how the user calls the instant. */
  readonly called: string
}

/** A guest that was frozen in the middle of its work takes a moment to answer; much longer and it hangs. */
const aliveLimitMs = 90_000
const askAgainMs = 300

/** The lab's lock must be held. Every machine that ran has proven to run again when this returns. */
export async function restoreLab(
  surroundings: Surroundings,
  restoring: Restoring,
  run: RunOptions,
): Promise<LabStatus> {
  const { roots, clock } = surroundings
  const { frozen, name, sourceFile, keys } = restoring
  const lab = { ...frozen.lab, name }
  const { id: from, insideName, made } = frozen
  const record: EngineRecord = { lab, sourceFile, savedAtMs: clock.nowMs(), made, from, insideName }
  const reach = new Reach(surroundings, { ...record, keys }, run.signal)
  try {
    const level = await reach.level('')
    if (!level.copies) throw fail('no-copies', { lab: name, site: lab.site })
    const reasons = await level.copies.misfits(sourcesOf(roots, frozen), run.signal)
    if (reasons.length > 0) throw fail('snapshot-misfits', { name: restoring.called, reasons })
    // Noted before anything is made, so that a command that is killed here can be repeated, or its lab taken down.
    await saveLabRecord(roots, record)
    const inventory = await level.inspect(run.signal)
    const plan = planRestore({ ...frozen, lab }, inventory, restoring.because)
    const entered = (host: Inside) => settleGuest(host, clock.nowMs(), run.signal)
    const performer = performerOf(surroundings, { restoring, reach, entered }, run)
    const seen = { levels: new Map([['', { kind: 'seen', inventory } as const]]), reports: new Map() }
    const gate = levelGate(() => Number.POSITIVE_INFINITY)
    await applyPlan(plan, seen, { roots, clock, performer, gate, ...run })
    return await untilAlive(surroundings, { reach, performer, entered, called: restoring.called }, run)
  } finally {
    await reach.close()
  }
}

interface Way {
  readonly restoring: Restoring
  readonly reach: Reach
  readonly entered: (host: Inside) => Promise<void>
}

function performerOf(surroundings: Surroundings, { restoring, reach, entered }: Way, run: RunOptions) {
  const { frozen, keys } = restoring
  const sources = new Map(sourcesOf(surroundings.roots, frozen).map((one) => [one.machine.name, one]))
  return new Performer({
    surroundings,
    reach,
    onEvent: run.onEvent,
    entered,
    creating: {
      keys,
      note: async ({ machine }) => {
        const made = frozen.made[machine.path]
        if (made) return made
        throw fail('snapshot-gone', { name: restoring.called })
      },
      frozen: (name) => sources.get(name),
    },
  })
}

interface Waking {
  readonly reach: Reach
  readonly performer: Performer
  readonly entered: (host: Inside) => Promise<void>
  readonly called: string
}

/** Asks every level until all that runs answers; fails with `not-alive` when something never does. */
async function untilAlive(
  surroundings: Surroundings,
  { reach, performer, entered, called }: Waking,
  { signal }: RunOptions,
): Promise<LabStatus> {
  const { guests, clock } = surroundings
  const untilMs = clock.nowMs() + aliveLimitMs
  const reports = new Map(performer.reports)
  for (;;) {
    const observation = await lookAt({ reach, guests, clock, signal, reports, entered })
    for (const [path, report] of observation.reports) reports.set(path, report)
    const status = labStatus(reach.lab, { observation, chosen: everyPath(reach.lab), interrupted: [] })
    const silent = status.machines.filter(({ state }) =>
      ['unreachable', 'unknown', 'crashed'].includes(state),
    )
    if (silent.length === 0) return status
    if (clock.nowMs() > untilMs)
      throw fail('not-alive', { name: called, paths: silent.map(({ path }) => path) })
    await clock.sleep(askAgainMs, signal)
  }
}
