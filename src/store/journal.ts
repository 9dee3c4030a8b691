/** What was done to a lab, one JSON line before and one after each step, safe on the disk before the step begins. */
import { mkdir, open, truncate } from 'node:fs/promises'
import { dirname } from 'node:path'
import { failStore, fileFailure } from './errors.ts'
import { readIfThere, writeWhole } from './files.ts'

/** A step, as far as the journal must understand it. */
export interface JournalStep {
  readonly id: string
}

export interface JournalEntry<Step extends JournalStep = JournalStep> {
  readonly atMs: number
  readonly event: 'begin' | 'done' | 'failed'
  readonly step: Step
  /** Only with `failed`: code and text of the failure. */
  readonly because?: string
}

export interface Journal<Step extends JournalStep> {
  /** Resolves when the line is on the disk. Calls may overlap; they then share one write. */
  write(event: JournalEntry['event'], step: Step, because?: string): Promise<void>
  close(): Promise<void>
}

export interface JournalContent<Step extends JournalStep> {
  readonly entries: readonly JournalEntry<Step>[]
  /** The last line was cut off by a crash; it is not among the entries. */
  readonly torn: boolean
}

/** Above this, a new command keeps only what is unfinished. */
const compactAboveBytes = 1024 * 1024
const what = 'The journal'

/** Empty when there is no journal. Fails with `state-damaged` when any line but the last is broken. */
export async function readJournal<Step extends JournalStep>(
  path: string,
  isStep: (value: unknown) => value is Step,
): Promise<JournalContent<Step>> {
  const text = (await readIfThere(path, 'read the journal')) ?? ''
  const lines = text.split('\n')
  const torn = lines.pop() !== ''
  const entries = lines.map((line, index) => {
    const entry = parseEntry(line, isStep)
    if (!entry) throw failStore('state-damaged', { path, what, reason: `line ${index + 1} cannot be read` })
    return entry
  })
  return { entries, torn }
}

/** Steps that began and neither ended nor failed, oldest first: what a command was doing when it was cut off. */
export function unfinished<Step extends JournalStep>(
  entries: readonly JournalEntry<Step>[],
): readonly Step[] {
  const open = new Map<string, Step>()
  for (const { event, step } of entries) {
    if (event === 'begin') open.set(step.id, step)
    else open.delete(step.id)
  }
  return [...open.values()]
}

/** Opens the journal for a command that holds the lab's lock. A torn last line is cut away: it promised nothing yet. */
export async function openJournal<Step extends JournalStep>(
  path: string,
  isStep: (value: unknown) => value is Step,
  nowMs: () => number,
): Promise<Journal<Step>> {
  await tidy(path, isStep)
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(path, 'a', 0o600)
    return new AppendingJournal<Step>(path, file, nowMs)
  } catch (error) {
    throw fileFailure('open the journal', path, error)
  }
}

async function tidy<Step extends JournalStep>(path: string, isStep: (value: unknown) => value is Step) {
  const text = await readIfThere(path, 'read the journal')
  if (text === undefined) return
  const { entries, torn } = await readJournal(path, isStep)
  const bytes = Buffer.byteLength(text)
  if (bytes > compactAboveBytes) {
    const ids = new Set(unfinished(entries).map((step) => step.id))
    const kept = entries.filter((entry) => ids.has(entry.step.id))
    await writeWhole(path, kept.map((entry) => `${JSON.stringify(entry)}\n`).join(''), 'shorten the journal')
  } else if (torn) {
    await truncate(path, Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1)))
  }
}

class AppendingJournal<Step extends JournalStep> implements Journal<Step> {
  readonly #path: string
  readonly #file: Awaited<ReturnType<typeof open>>
  readonly #nowMs: () => number
  #waiting: string[] = []
  #next: Promise<void> | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(path: string, file: Awaited<ReturnType<typeof open>>, nowMs: () => number) {
    this.#path = path
    this.#file = file
    this.#nowMs = nowMs
  }

  write(event: JournalEntry['event'], step: Step, because?: string): Promise<void> {
    const entry: JournalEntry<Step> = {
      atMs: this.#nowMs(),
      event,
      step,
      ...(because !== undefined && { because }),
    }
    this.#waiting.push(`${JSON.stringify(entry)}\n`)
    // Lines that arrive while the disk is busy go out together: one sync for all of a start storm.
    this.#next ??= this.#last.catch(() => undefined).then(() => this.#flush())
    return this.#next
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined)
    await this.#next?.catch(() => undefined)
    await this.#file.close()
  }

  #flush(): Promise<void> {
    const lines = this.#waiting.join('')
    this.#waiting = []
    this.#next = undefined
    this.#last = this.#append(lines)
    return this.#last
  }

  async #append(lines: string): Promise<void> {
    try {
      await this.#file.appendFile(lines)
      await this.#file.datasync()
    } catch (error) {
      throw fileFailure('note a step in the journal', this.#path, error)
    }
  }
}

function parseEntry<Step extends JournalStep>(
  line: string,
  isStep: (value: unknown) => value is Step,
): JournalEntry<Step> | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('event' in value) || !('step' in value))
    return undefined
  if (value.event !== 'begin' && value.event !== 'done' && value.event !== 'failed') return undefined
  return isStep(value.step) ? (value as JournalEntry<Step>) : undefined
}
