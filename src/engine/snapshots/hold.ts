/** `freeze` and `thaw`: all machines of a lab stand still, and go on. */
import type { Guests } from '#guests'
import { lockLab } from '#store'
import { applyPlan } from '../apply.ts'
import type { RunOptions, Surroundings } from '../contract.ts'
import { fail } from '../errors.ts'
import { levelGate } from '../gate.ts'
import { keysOf, needRecord } from '../lab-notes.ts'
import { seenOnTop } from '../observation.ts'
import { Performer } from '../perform.ts'
import type { Plan } from '../plan-types.ts'
import { Reach } from '../reach.ts'

/** They take no processor time and keep their memory. Names of the machines of L0 that stand still now. */
export async function pauseLab(surroundings: Surroundings, lab: string, run: RunOptions) {
  return await hold(surroundings, { lab, aim: 'pause' }, run)
}

/** Their clocks are put right. Names of the machines of L0 that go on. */
export async function resumeLab(surroundings: Surroundings, lab: string, run: RunOptions) {
  return await hold(surroundings, { lab, aim: 'resume' }, run)
}

async function hold(
  surroundings: Surroundings,
  { lab, aim }: { readonly lab: string; readonly aim: 'pause' | 'resume' },
  run: RunOptions,
): Promise<readonly string[]> {
  const { roots, clock, guests } = surroundings
  await using _lock = await lockLab(roots, lab, aim === 'pause' ? 'nestlab freeze' : 'nestlab thaw')
  const record = await needRecord(roots, lab)
  const keys = await keysOf(roots, lab, guests)
  const reach = new Reach(surroundings, { ...record, keys }, run.signal)
  try {
    const level = await reach.level('')
    if (!level.copies) throw fail('no-copies', { lab, site: record.lab.site })
    const inventory = await level.inspect(run.signal)
    const from = aim === 'pause' ? 'running' : 'paused'
    const names = inventory.machines.filter(({ state }) => state === from).map(({ name }) => name)
    if (names.length === 0) return []
    const performer = new Performer({ surroundings, reach, onEvent: run.onEvent })
    const seen = seenOnTop(inventory)
    const gate = levelGate(() => 1)
    await applyPlan(planHold(lab, aim), seen, { roots, clock, performer, gate, ...run })
    if (aim === 'resume')
      await putClocksRight(reach, names, { guests, nowMs: clock.nowMs(), signal: run.signal })
    return names
  } finally {
    await reach.close()
  }
}

function planHold(lab: string, aim: 'pause' | 'resume'): Plan {
  const kind = `${aim}-machines` as const
  const step = { id: kind, do: kind, path: '', because: 'asked for', needs: [] }
  return { lab, aim, steps: [step], unchanged: [], deferred: [] }
}

/** One that cannot be entered goes on with the clock it has. */
async function putClocksRight(
  reach: Reach,
  names: readonly string[],
  {
    guests,
    nowMs,
    signal,
  }: { readonly guests: Guests; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<void> {
  await Promise.all(
    names.map(async (name) => {
      const host = await reach.enter(name, signal).catch(() => undefined)
      if (!host) return
      await guests.settle(host, nowMs, signal)
      await host.close().catch(() => undefined)
    }),
  )
}
