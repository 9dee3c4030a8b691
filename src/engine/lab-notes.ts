/** The engine's notes on one lab between commands: its record, its keys, its journal. */
import type { Guests, LabKeys } from '#guests'
import {
  type LabRecord,
  labPaths,
  listLabs,
  loadLabKeys,
  loadLabRecord,
  lockHolder,
  type Roots,
  readJournal,
  saveLabKeys,
  saveLabRecord,
  unfinished,
} from '#store'
import type { Carrier } from './contract.ts'
import { fail } from './errors.ts'
import type { MadeMachine } from './facts.ts'
import type { Step } from './plan-types.ts'

/** What machines were made from is kept in the lab's record, by path, and so is what carries its frames. */
export type EngineRecord = LabRecord & {
  readonly made?: Readonly<Record<string, MadeMachine>>
  /** `process` when absent. */
  readonly carrier?: Carrier
  /** By which name its hypervisors know the lab, where that is another: it is a copy. */
  readonly insideName?: string
  /** The instant that its machines go on from; their memory may be in its files. */
  readonly from?: string
  /** Its guests still know keys that others know too; a command that was cut off here begins again. */
  readonly isTakingOver?: true
  /** It is a copy that is still being made, or was when its command was cut off. */
  readonly isHalf?: true
}

export async function findRecord(roots: Roots, lab: string): Promise<EngineRecord | undefined> {
  return await loadLabRecord(roots, lab)
}

/** Fails with `no-such-lab`. */
export async function needRecord(roots: Roots, lab: string): Promise<EngineRecord> {
  const record = await findRecord(roots, lab)
  if (!record) throw fail('no-such-lab', { lab, labs: await listLabs(roots) })
  return record
}

/** The lab's keys, made when there are none yet. */
export async function keysOf(roots: Roots, lab: string, guests: Guests): Promise<LabKeys> {
  const known = await loadLabKeys(roots, lab)
  if (known) return known
  const made = await guests.makeKeys()
  await saveLabKeys(roots, lab, made)
  return made
}

/** Steps that a command began and never ended; none while a command is at work. */
export async function interruptedSteps(roots: Roots, lab: string): Promise<readonly Step[]> {
  return (await lockHolder(roots, lab)) ? [] : await unfinishedSteps(roots, lab)
}

export async function unfinishedSteps(roots: Roots, lab: string): Promise<readonly Step[]> {
  const { entries } = await readJournal(labPaths(roots, lab).journal, isStep)
  return unfinished(entries)
}

export function isStep(value: unknown): value is Step {
  if (typeof value !== 'object' || value === null) return false
  const { id, path, needs } = value as Partial<Record<keyof Step, unknown>>
  return typeof id === 'string' && typeof path === 'string' && Array.isArray(needs)
}

/** Writes the record again whenever a machine is made; writes that come while one is under way share the next. */
export class RecordKeeper {
  readonly #roots: Roots
  readonly #made: Record<string, MadeMachine>
  readonly #record: Omit<EngineRecord, 'savedAtMs'>
  readonly #nowMs: () => number
  #last: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(
    roots: Roots,
    record: Omit<EngineRecord, 'savedAtMs' | 'made'>,
    keep: { readonly made: Readonly<Record<string, MadeMachine>>; readonly nowMs: () => number },
  ) {
    this.#roots = roots
    this.#record = record
    this.#made = { ...keep.made }
    this.#nowMs = keep.nowMs
  }

  get made(): Readonly<Record<string, MadeMachine>> {
    return this.#made
  }

  async note(path: string, made: MadeMachine): Promise<void> {
    this.#made[path] = made
    await this.save()
  }

  save(): Promise<void> {
    this.#next ??= this.#last
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        const record: EngineRecord = { ...this.#record, savedAtMs: this.#nowMs(), made: this.#made }
        this.#last = saveLabRecord(this.#roots, record)
        return this.#last
      })
    return this.#next
  }
}
