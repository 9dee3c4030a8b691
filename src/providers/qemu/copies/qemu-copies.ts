/** The copies of one level of QEMU machines: keep them as they are, hold them still, let them go on. */
import { readFile, rm } from 'node:fs/promises'
import type { Machine } from '#lab'
import { type LevelPaths, machinePaths } from '#store'
import type { FreezeOrder, FrozenMachine, FrozenSource, MachineCopies } from '../../copies.ts'
import { qemuProgram } from '../command-line.ts'
import { failQemu } from '../errors.ts'
import type { Found } from '../look.ts'
import { askMonitor } from '../monitor.ts'
import { checked } from '../names.ts'
import { runScript, writeScript } from '../script.ts'
import { freeze } from './freeze.ts'
import type { FreezingPlace, Wanted } from './freezing.ts'
import { frozenFolderOf, heldLine } from './held.ts'
import { endLeftovers } from './leftovers.ts'

export interface CopiesPlace extends FreezingPlace {
  readonly paths: LevelPaths
}

export class QemuCopies implements MachineCopies {
  readonly #place: CopiesPlace
  readonly #look: (signal: AbortSignal) => Promise<Found>

  constructor(place: CopiesPlace, look: (signal: AbortSignal) => Promise<Found>) {
    this.#place = place
    this.#look = look
  }

  /** Ends what a command of this lab that was killed has left; does nothing while another command has the lab. */
  async tidy(signal: AbortSignal): Promise<void> {
    await endLeftovers(this.#place, signal)
  }

  async hindrances(machines: readonly Machine[]): Promise<readonly string[]> {
    const hypervisors = machines.filter((machine) => machine.hypervisor).map(({ name }) => name)
    if (this.#place.accelerator.name !== 'kvm' || hypervisors.length === 0) return []
    const cpu = await readFile('/proc/cpuinfo', 'utf8')
    const names = hypervisors.join(', ')
    if (/^vendor_id\s*:\s*AuthenticAMD/m.test(cpu))
      return [
        `KVM on an AMD processor cannot save hypervisors while machines run inside them (${names}): stop these first, or bring the lab up emulated.`,
      ]
    if (/\bhypervisor\b/.test(cpu) && (await isOnHyperV()))
      return [
        `KVM inside Hyper-V cannot save hypervisors while machines run inside them (${names}): stop these first, or bring the lab up emulated.`,
      ]
    return []
  }

  async freeze({ folder, machines }: FreezeOrder, signal: AbortSignal): Promise<readonly FrozenMachine[]> {
    const { random, paths } = this.#place
    const found = await this.#look(signal)
    const wanted = machines.map((name): Wanted => {
      const machine = found.machines.find((one) => one.name === name)
      if (!machine) throw failQemu('machine-unknown', { machine: name })
      const { record } = machine
      const files = machinePaths(paths, checked('name of a machine', name))
      if (!record) throw failQemu('machine-damaged', { machine: name, path: files.record })
      const token = Math.floor(random() * 2 ** 32).toString(16)
      return { found: { ...machine, record }, machine: files, folder: frozenFolderOf(folder, name), token }
    })
    return await freeze(this.#place, folder, wanted, signal)
  }

  async misfits(frozen: readonly FrozenSource[], signal: AbortSignal): Promise<readonly string[]> {
    const memories = frozen.flatMap(({ machine }) => machine.memory ?? [])
    if (memories.length === 0) return []
    const { accelerator, host } = this.#place
    const { stdout } = await host.run([qemuProgram, '--version'], { signal })
    const here = /version (\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? 'unknown'
    const reasons = memories.flatMap(({ qemuVersion, accelerator: name, cpuModel }) => [
      ...(qemuVersion.split(' ')[0] === here
        ? []
        : [`It was frozen by QEMU ${qemuVersion}, and QEMU ${here} runs here.`]),
      ...(name === accelerator.name && cpuModel === accelerator.cpuModel
        ? []
        : [
            `It ran on ${name} with CPU ${cpuModel}, and machines here run on ${accelerator.name} with CPU ${accelerator.cpuModel}.`,
          ]),
    ])
    return [...new Set(reasons)]
  }

  async pause(names: readonly string[], signal: AbortSignal): Promise<void> {
    await Promise.all(names.map((name) => this.#hold(name, signal)))
  }

  async resume(names: readonly string[], signal: AbortSignal): Promise<void> {
    const found = await this.#look(signal)
    const held = names.filter(
      (name) => found.machines.find((machine) => machine.name === name)?.state === 'paused',
    )
    await Promise.all(held.map((name) => this.#tell(name, 'cont', signal)))
    for (const name of held) await rm(machinePaths(this.#place.paths, name).held, { force: true })
  }

  /** Noted first: a machine that is taken for paused and runs is resumed, which does nothing to it. */
  async #hold(name: string, signal: AbortSignal): Promise<void> {
    const found = (await this.#look(signal)).machines.find((machine) => machine.name === name)
    if (found?.state !== 'running') return
    const { held } = machinePaths(this.#place.paths, name)
    const note = writeScript(held, heldLine({}))
    await runScript(this.#place.host, note, { doing: `note that ${name} is paused`, signal })
    await this.#tell(name, 'stop', signal)
  }

  async #tell(name: string, command: 'stop' | 'cont', signal: AbortSignal): Promise<void> {
    const { qmpSocket } = machinePaths(this.#place.paths, checked('name of a machine', name))
    await askMonitor(this.#place.host, { machine: name, socket: qmpSocket, command }, signal)
  }
}

async function isOnHyperV(): Promise<boolean> {
  const vendor = await readFile('/sys/class/dmi/id/sys_vendor', 'utf8').catch(() => '')
  return vendor.startsWith('Microsoft')
}
