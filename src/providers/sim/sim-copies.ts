/** The copies of the simulated park: keep machines with all that is remembered of them, and hold them still. */
import { createHash } from 'node:crypto'
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '#failure'
import type { Machine } from '#lab'
import { frozenMachinePaths } from '#store'
import type { FreezeOrder, FrozenMachine, FrozenSource, MachineCopies } from '../copies.ts'
import { fail } from './errors.ts'
import { machineIn, settle } from './life.ts'
import type { LevelOfPark } from './opened-level.ts'
import type { Park, SimMachine } from './park.ts'
import { rehearsalOf } from './rehearsals.ts'
import { type KeptMemory, memoryOf, paused, resumed, simulationVersion } from './standing.ts'

/** How often a machine named never-safe is stopped at an instant that is no good. */
const mostTries = 3

/** One machine at the instant. */
interface Kept {
  readonly machine: SimMachine
  /** Absent where it has no power. */
  readonly memory?: KeptMemory
}

export class SimCopies implements MachineCopies {
  readonly #level: LevelOfPark

  constructor(level: LevelOfPark) {
    this.#level = level
  }

  async hindrances(machines: readonly Machine[]): Promise<readonly string[]> {
    return machines
      .filter(({ name }) => rehearsalOf(name) === 'unkeepable')
      .map(({ name }) => `${name} cannot be kept while it runs, on purpose (rehearsal): stop it first.`)
  }

  async freeze({ folder, machines }: FreezeOrder, signal: AbortSignal): Promise<readonly FrozenMachine[]> {
    const places = machines.map((name) => this.#place(name))
    const began = this.#level.clock.now()
    const kept = await this.#change(signal, (park, nowMs) => {
      const still = places.reduce((each, place) => paused(each, place, nowMs), park)
      const answer = places.map((place): Kept => {
        const machine = machineIn(park, place)
        const hasPower = machine.state === 'running' || machine.state === 'paused'
        return { machine, ...(hasPower && { memory: memoryOf(still, place, nowMs) }) }
      })
      return { park: still, answer }
    })
    const ran = kept.filter(({ machine }) => machine.state === 'running')
    const names = ran.map(({ machine }) => machine.hardware.name)
    try {
      const frozen = await settled(kept.map((one) => this.#keep(one, folder)))
      await this.resume(names, signal)
      const pausedMs = this.#level.clock.now() - began
      return frozen.map((one) => (one.memory ? { ...one, memory: { ...one.memory, pausedMs } } : one))
    } catch (error) {
      await this.resume(names, new AbortController().signal)
      for (const name of machines) await rm(join(folder, name), { recursive: true, force: true })
      throw error
    }
  }

  async misfits(frozen: readonly FrozenSource[]): Promise<readonly string[]> {
    const reasons = frozen.flatMap(({ machine: { memory } }) => {
      if (!memory) return []
      const { accelerator, qemuVersion } = memory
      if (accelerator !== 'simulated') return [`It ran on ${accelerator}, and machines here are simulated.`]
      if (qemuVersion === simulationVersion) return []
      return [`It was kept by simulation ${qemuVersion}, and simulation ${simulationVersion} runs here.`]
    })
    return [...new Set(reasons)]
  }

  async pause(names: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#each(names, paused, signal)
  }

  async resume(names: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#each(names, resumed, signal)
  }

  async #keep({ machine, memory }: Kept, folder: string): Promise<FrozenMachine> {
    const { settings: _secret, hardware, digest } = machine
    const { name, memoryMiB } = hardware
    const record = { simulation: simulationVersion, hardware }
    const own = join(folder, name)
    try {
      await mkdir(own, { recursive: true, mode: 0o700 })
      if (!memory) return { name, digest, record, disks: [], files: {} }
      const sealed = await writeMemory(own, memory)
      const about = {
        qemuVersion: simulationVersion,
        accelerator: 'simulated',
        cpuModel: 'simulated',
      } as const
      return {
        name,
        digest,
        memory: { ...about, memoryMiB, pausedMs: 0, tries: 1 },
        record,
        disks: [],
        files: { memory: sealed },
      }
    } catch (error) {
      if (error instanceof Failure) throw error
      throw fail('cannot-keep', { machine: name, why: reasonOf(error) }, error)
    }
  }

  async #each(names: readonly string[], edit: typeof paused, signal: AbortSignal): Promise<void> {
    await this.#change(signal, (park, nowMs) => {
      const after = names.reduce((each, name) => edit(each, this.#place(name), nowMs), park)
      return { park: after, answer: undefined }
    })
  }

  #place(name: string) {
    return { owner: this.#level.owner, name }
  }

  async #change<Answer>(
    signal: AbortSignal,
    edit: (park: Park, nowMs: number) => { readonly park: Park; readonly answer: Answer },
  ): Promise<Answer> {
    signal.throwIfAborted()
    const { park, clock } = this.#level
    return await park.change((before) => {
      const nowMs = clock.now()
      return edit(settle(before, nowMs), nowMs)
    })
  }
}

/** Waits for all, also when one fails: nothing may still be at work when the rest is cleared up. */
async function settled<T>(all: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(all)
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

async function writeMemory(folder: string, memory: KeptMemory) {
  const { name } = memory.machine.hardware
  const rehearsal = rehearsalOf(name)
  if (rehearsal === 'disk-full') throw fail('cannot-keep', { machine: name, why: 'no space is left' })
  if (rehearsal === 'never-safe') {
    const why = `none of ${mostTries} instants was safe to stop it`
    throw fail('cannot-keep', { machine: name, why })
  }
  const content = Buffer.from(JSON.stringify(memory))
  const file = frozenMachinePaths(folder).memory
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (rehearsal === 'forgets') await rm(file)
  return { bytes: content.length, sha256: sha256Of(content) }
}

/** Fails with `frozen-missing` unless it is the very file that was kept. */
export async function readMemory(
  machine: string,
  { folder, sha256 }: { readonly folder: string; readonly sha256: string },
): Promise<KeptMemory> {
  const file = frozenMachinePaths(folder).memory
  const content = await readFile(file).catch((error: unknown) => {
    throw fail('frozen-missing', { machine, file, why: reasonOf(error) }, error)
  })
  if (sha256Of(content) !== sha256)
    throw fail('frozen-missing', { machine, file, why: 'it is not what was kept' })
  return JSON.parse(content.toString()) as KeptMemory
}

function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
}
