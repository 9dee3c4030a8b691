/** One machine while it is being kept: its parts are called in order by `freeze`, side by side with other machines. */
import { mkdir, rm } from 'node:fs/promises'
import { frozenMachinePaths, type MachinePaths } from '#store'
import type { FrozenMachine, FrozenMemory } from '../../copies.ts'
import type { FoundMachine } from '../look.ts'
import { MonitorTalk } from '../monitor.ts'
import type { MachineRecord } from '../record.ts'
import { prepareLayers, switchDisks, tidyDisks, writtenDisks } from './disk-layers.ts'
import {
  beginWriting,
  cancelWriting,
  finishWriting,
  untilLittleIsLeft,
  untilSwitchover,
} from './migration.ts'
import { Receiver, type ReceiverPlace } from './receiver.ts'
import { stopSafely } from './safe-instant.ts'
import { digHoles, sealFiles } from './seal-files.ts'

export interface FreezingPlace extends ReceiverPlace {
  readonly random: () => number
  readonly nowMs: () => number
}

export interface Wanted {
  readonly found: FoundMachine & { readonly record: MachineRecord }
  readonly machine: MachinePaths
  /** Where its files go; does not exist yet. */
  readonly folder: string
  /** Short, and used by nobody else now. */
  readonly token: string
}

export class Freezing {
  readonly #place: FreezingPlace
  readonly #wanted: Wanted
  #talk: MonitorTalk | undefined
  #receiver: Receiver | undefined
  #qemuVersion = ''
  #tries = 0
  #stoppedAtMs: number | undefined
  #pausedMs = 0
  #isWriting = false
  #hasSwitched = false

  constructor(place: FreezingPlace, wanted: Wanted) {
    this.#place = place
    this.#wanted = wanted
  }

  get #isLive(): boolean {
    const { state } = this.#wanted.found
    return state === 'running' || state === 'paused'
  }

  /** Everything that can be done while the machine runs. */
  async prepare(signal: AbortSignal): Promise<void> {
    const { found, machine, folder, token } = this.#wanted
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await prepareLayers(this.#place.host, { record: found.record, machine, folder }, signal)
    if (!this.#isLive) return
    const monitor = { machine: found.name, socket: machine.qmpSocket }
    this.#talk = await MonitorTalk.open(this.#place.host, monitor, signal)
    this.#qemuVersion = versionOf(await this.#talk.ask('query-version'))
    this.#receiver = await Receiver.start(
      this.#place,
      { record: found.record, machine, folder, token, goesOn: found.state === 'running' },
      signal,
    )
    this.#isWriting = true
    await beginWriting(this.#talk, `unix:${this.#receiver.paths.machine.incomingSocket}`)
    await untilLittleIsLeft(this.#talk)
  }

  /** The machine stands still from here on. */
  async stop(): Promise<void> {
    const { random, nowMs, accelerator } = this.#place
    if (!this.#talk || !this.#receiver) return
    const { glance } = this.#receiver.paths
    this.#stoppedAtMs = nowMs()
    const isEmulated = accelerator.name === 'tcg' && this.#wanted.found.state === 'running'
    this.#tries = await stopSafely(this.#talk, { isEmulated, glance, random })
    this.#stoppedAtMs = nowMs()
  }

  /** What is kept is now what the machine is; what it does from here on is written elsewhere. */
  async cut(): Promise<void> {
    const { found, machine, token } = this.#wanted
    if (!this.#talk) {
      await switchDisks(found.record, machine)
      return
    }
    await untilSwitchover(this.#talk)
    this.#hasSwitched = true
    await switchDisks(found.record, machine, { talk: this.#talk, token })
    await finishWriting(this.#talk)
    this.#isWriting = false
  }

  /** Lets the machine go on. One that was paused before has to run for a moment, to have its disks back. */
  async goOn(): Promise<void> {
    if (!this.#talk || this.#stoppedAtMs === undefined) return
    await this.#talk.ask('cont')
    if (this.#wanted.found.state === 'paused') await this.#talk.ask('stop')
    this.#pausedMs = this.#place.nowMs() - this.#stoppedAtMs
    this.#stoppedAtMs = undefined
  }

  async keep(): Promise<FrozenMachine> {
    const { found, folder } = this.#wanted
    const { memory, devices } = frozenMachinePaths(folder)
    if (this.#receiver) {
      await this.#receiver.keepDevices(devices)
      await this.#receiver.end()
      await digHoles(memory)
    }
    return {
      name: found.name,
      digest: found.record.digest,
      ...(this.#receiver && { memory: this.#memory() }),
      record: found.record,
      disks: writtenDisks(found.record),
      files: await sealFiles(folder),
    }
  }

  /** After a failure: the machine runs as it did, and nothing is left but layers that its disks stand on. */
  async giveUp(): Promise<void> {
    const { machine, folder } = this.#wanted
    if (this.#talk && this.#isWriting) await cancelWriting(this.#talk).catch(() => undefined)
    await tidyDisks(machine, this.#talk).catch(() => undefined)
    await this.goOn().catch(() => undefined)
    await this.#receiver?.end().catch(() => undefined)
    const { memory, devices } = frozenMachinePaths(folder)
    for (const file of [memory, devices]) await rm(file, { force: true })
    if (!this.#hasSwitched) await rm(folder, { recursive: true, force: true })
  }

  close(): void {
    this.#talk?.close()
  }

  #memory(): FrozenMemory {
    const { accelerator } = this.#place
    return {
      qemuVersion: this.#qemuVersion,
      accelerator: accelerator.name,
      cpuModel: accelerator.cpuModel,
      memoryMiB: this.#wanted.found.record.machine.memoryMiB,
      pausedMs: this.#pausedMs,
      tries: this.#tries,
    }
  }
}

function versionOf(said: unknown): string {
  const { qemu, package: built = '' } = said as {
    readonly qemu: { readonly major: number; readonly minor: number; readonly micro: number }
    readonly package?: string
  }
  return `${qemu.major}.${qemu.minor}.${qemu.micro}${built && ` (${built})`}`
}
