/** The simulation file: read whole, checked, and replaced whole, one change after another. */
import { createHash } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fail } from './errors.ts'
import { withLock } from './lock.ts'
import { emptyPark, type Park } from './park.ts'

const format = 1

/** A change answers with the park it wants to be kept; the same object means: nothing to write. */
export type Edit<Answer> = (park: Park) => { readonly park: Park; readonly answer: Answer }

interface Waiting {
  /** Gives the park after this change; the caller is told once the file is replaced. */
  apply(park: Park): Park
  done(problem?: unknown): void
}

export class ParkFile {
  readonly file: string
  private readonly lab: string
  private waiting: Waiting[] = []
  private working: Promise<void> | undefined
  private seen: { readonly version: string; readonly park: Park } | undefined

  constructor(file: string, lab: string) {
    this.file = file
    this.lab = lab
  }

  /** The same object as long as the file is the same, so that looking often costs little. */
  async read(): Promise<Park> {
    // Asked before reading: a file replaced in between is then read once too often, never once too seldom.
    const version = await versionOf(this.file)
    if (this.seen && this.seen.version === version) return this.seen.park
    const text = await textOf(this.file)
    const park =
      text === undefined ? emptyPark(this.lab) : parsePark(text, { file: this.file, lab: this.lab })
    this.seen = { version, park }
    return park
  }

  /** Changes overlap freely: those that come while one is being written share the next write. */
  change<Answer>(edit: Edit<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let answer: () => void = () => undefined
      this.waiting.push({
        apply: (park) => {
          try {
            const edited = edit(park)
            answer = () => resolve(edited.answer)
            return edited.park
          } catch (problem) {
            answer = () => reject(problem)
            return park
          }
        },
        done: (problem) => (problem === undefined ? answer() : reject(problem)),
      })
      this.working ??= this.work()
    })
  }

  /** Takes away the file once nothing is in it, and what a killed writer left beside it; says what was there. */
  async removeWhenEmpty(): Promise<readonly string[]> {
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 })
    return withLock(this.file, async () => {
      if ((await this.read()).levels.length > 0) return []
      const there: string[] = []
      for (const file of [this.file, besides(this.file)]) {
        if ((await textOf(file)) === undefined) continue
        await rm(file, { force: true })
        there.push(file)
      }
      return there
    })
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0) {
      let batch: Waiting[] = []
      try {
        await mkdir(dirname(this.file), { recursive: true, mode: 0o700 })
        await withLock(this.file, async () => {
          const before = await this.read()
          batch = this.waiting
          this.waiting = []
          const after = batch.reduce((park, change) => change.apply(park), before)
          if (after !== before) await replace(this.file, printPark(after))
        })
        for (const change of batch) change.done()
      } catch (problem) {
        // Nothing was written, so nobody in line may believe otherwise.
        for (const change of [...batch, ...this.waiting]) change.done(problem)
        this.waiting = []
      }
    }
    this.working = undefined
  }
}

const besides = (file: string) => `${file}.new`

async function replace(file: string, text: string): Promise<void> {
  try {
    // A fixed name: under the lock there is one writer, and what a killed one left is overwritten.
    const handle = await open(besides(file), 'w', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(besides(file), file)
  } catch (problem) {
    throw fail('simulation-unwritable', { file, why: reasonOf(problem) }, problem)
  }
}

/** Changes whenever the file is replaced; empty when there is none. */
async function versionOf(file: string): Promise<string> {
  const seen = await stat(file, { bigint: true }).catch(() => undefined)
  return seen ? `${seen.ino} ${seen.mtimeNs} ${seen.size}` : ''
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (problem) {
    if (problem instanceof Error && 'code' in problem && problem.code === 'ENOENT') return undefined
    throw fail('simulation-unwritable', { file, why: reasonOf(problem) }, problem)
  }
}

const reasonOf = (problem: unknown) => (problem instanceof Error ? problem.message : String(problem))

function digestOf(body: string): string {
  return createHash('sha256').update(body).digest('hex')
}

/** Two lines, so that the checksum covers the second one exactly as it was written. */
function printPark(park: Park): string {
  const body = JSON.stringify(park)
  return `{"simulation":${format},"sha256":"${digestOf(body)}","park":\n${body}}\n`
}

function parsePark(text: string, where: { file: string; lab: string }): Park {
  const damaged = (why: string) => fail('simulation-damaged', { file: where.file, why })
  const head = /^\{"simulation":(\d+),"sha256":"([0-9a-f]{64})","park":\n/.exec(text)
  if (!head) throw damaged('its first line is not that of a simulation file')
  if (Number(head[1]) !== format)
    throw damaged(`its format ${head[1]} is not ${format}, the one this version knows`)
  const body = text.slice(head[0].length, -2)
  if (!text.endsWith('}\n') || digestOf(body) !== head[2]) throw damaged('its checksum is wrong')
  // The checksum vouches for the shape: these bytes were written by printPark.
  const park = JSON.parse(body) as Park
  if (park.lab !== where.lab) throw damaged(`it belongs to the lab ${park.lab}, not to ${where.lab}`)
  return park
}
