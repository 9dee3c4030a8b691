/** Machines as QEMU processes on a host that is reached through its contract: here, or inside a hypervisor. */
import type { Host } from '#host'
import type { LabSwitch } from '#lab'
import { type LevelPaths, levelPaths, machinePaths, type Roots } from '#store'
import type { MachineMoves } from '../moves.ts'
import type { LevelNetwork } from '../network.ts'
import type { Access, Inventory, MachineOrder, PortStats, Provider } from '../provider.ts'
import { clearLevel } from './clear.ts'
import type { Accelerator } from './command-line.ts'
import { parseHeld } from './copies/held.ts'
import { QemuCopies } from './copies/qemu-copies.ts'
import { thaw } from './copies/thaw.ts'
import { createMachine } from './create.ts'
import { failQemu } from './errors.ts'
import { QemuLevelNetwork } from './level-network.ts'
import { type Found, type FoundMachine, look, switchLine } from './look.ts'
import { askMonitor } from './monitor.ts'
import { QemuMoves } from './moves/qemu-moves.ts'
import { checked } from './names.ts'
import type { NetworkPlane, Wiring } from './plane.ts'
import { powerOffScript, removeScript, willNotEndMark } from './power.ts'
import { runScript, words, writeScript } from './script.ts'
import { type Starting, startMachine } from './start.ts'

const longestHeldBytes = 8192

export interface QemuLevel {
  readonly lab: string
  readonly host: Host
  readonly roots: Roots
  /** Holds `SHA256/FILE`, as the host sees it. */
  readonly imagesFolder: string
  readonly accelerator: Accelerator
  readonly network: NetworkPlane
  /** Inside a hypervisor: the block device behind `imagesFolder`. */
  readonly libraryDevice?: string
  /** QEMU's system call filter; wanted at level 0. */
  readonly sandbox: boolean
  /** Numbers from 0 up to 1, for the choice of ports. */
  readonly random: () => number
  /** Present where machines can be frozen; what is inside a hypervisor is frozen with it. */
  readonly nowMs?: () => number
}

export function openQemuProvider(level: QemuLevel): Provider {
  return new QemuProvider(level)
}

class QemuProvider implements Provider {
  readonly name = 'qemu'
  readonly #level: QemuLevel
  readonly #paths: LevelPaths
  readonly network?: LevelNetwork
  readonly copies?: QemuCopies
  readonly moves: MachineMoves
  /** The end of the line of those who change the wiring: each looks and applies without another in between. */
  #line: Promise<unknown> = Promise.resolve()

  constructor(level: QemuLevel) {
    this.#level = level
    this.#paths = levelPaths(level.roots, checked('name of a lab', level.lab))
    this.moves = new QemuMoves(
      { ...level, paths: this.#paths },
      {
        look: (signal) => this.#look(signal),
        launchWaiting: (order, signal) => this.#launchWaiting(order, signal),
        remove: (name, signal) => this.remove(name, signal),
      },
    )
    const { nowMs } = level
    if (nowMs) {
      const place = { ...level, nowMs, paths: this.#paths }
      this.copies = new QemuCopies(place, (signal) => this.#look(signal))
    }
    const { ports } = level.network
    if (!ports) return
    this.network = new QemuLevelNetwork({
      ...level,
      paths: this.#paths,
      tools: ports,
      wiring: async (signal) => wiringOf(await this.#look(signal)),
      inLine: (signal, work) => this.#inLine(signal, work),
    })
  }

  async inspect(signal: AbortSignal): Promise<Inventory> {
    await this.copies?.tidy(signal)
    const found = await this.#look(signal)
    const alive = found.switches.length > 0 ? await this.#level.network.alive(found) : () => false
    return {
      machines: found.machines.map(({ name, state, record, accelerator, cpus, pid }) => ({
        name,
        state,
        digest: record?.digest ?? 'damaged',
        ...(accelerator && { accelerator }),
        ...(cpus !== undefined && { cpus }),
        ...(pid !== undefined && { pid }),
      })),
      switches: found.switches.map(({ wanted, digest }) => ({
        name: wanted.name,
        digest,
        alive: alive(wanted.name),
      })),
    }
  }

  putSwitch(wanted: LabSwitch, digest: string, signal: AbortSignal): Promise<void> {
    return this.#inLine(signal, async () => {
      const path = this.#switchRecord(wanted.name)
      const wiring = wiringOf(await this.#look(signal))
      const others = wiring.switches.filter((other) => other.name !== wanted.name)
      const known = others.length < wiring.switches.length
      // Half a switch must be listed too, or nobody would take it away.
      const before = known ? '' : writeScript(path, switchLine({ wanted, digest: 'unfinished' }))
      const after = writeScript(path, switchLine({ wanted, digest }))
      const switches = [...others, wanted]
      await this.#level.network.put({ wanted, before, after }, { ...wiring, switches }, signal)
    })
  }

  dropSwitch(name: string, signal: AbortSignal): Promise<void> {
    return this.#inLine(signal, async () => {
      const after = `rm -f ${words(this.#switchRecord(name))}`
      const wiring = wiringOf(await this.#look(signal))
      const wanted = wiring.switches.find((known) => known.name === name)
      if (!wanted) return
      const switches = wiring.switches.filter((other) => other !== wanted)
      await this.#level.network.drop({ wanted, before: '', after }, { ...wiring, switches }, signal)
    })
  }

  async create(order: MachineOrder, signal: AbortSignal): Promise<void> {
    await createMachine({ ...this.#level, paths: this.#machine(order.machine.name) }, order, signal)
  }

  async start(name: string, signal: AbortSignal): Promise<void> {
    const found = await this.#look(signal)
    const machine = knownMachine(found, name, this.#machine(name).record)
    if (machine.state === 'paused') await this.copies?.resume([name], signal)
    else if (machine.state !== 'running') await this.#launch({ ...machine, wiring: wiringOf(found) }, signal)
    await this.#follow(signal)
  }

  async #launchWaiting(order: MachineOrder, signal: AbortSignal): Promise<void> {
    await this.create(order, signal)
    const { name } = order.machine
    const found = await this.#look(signal)
    const machine = knownMachine(found, name, this.#machine(name).record)
    const place = { ...this.#level, paths: this.#machine(name) }
    await startMachine(place, { ...machine, wiring: wiringOf(found), isMoving: true }, signal)
    await this.#follow(signal)
  }

  /** A machine that was frozen and has not run since gets its state, and stands still. */
  async #launch(starting: Starting, signal: AbortSignal): Promise<void> {
    const { host } = this.#level
    const { name } = starting
    const machine = this.#machine(name)
    const held = parseHeld(await host.readTail(machine.held, longestHeldBytes))
    const place = { ...this.#level, paths: machine }
    if (held?.from === undefined) {
      await startMachine(place, starting, signal)
      await host.remove(machine.held)
      return
    }
    await startMachine(place, { ...starting, frozenFolder: held.from }, signal)
    try {
      await thaw(host, { name, machine, folder: held.from }, signal)
    } catch (error) {
      await this.#powerOff(name, powerOffScript(machine), new AbortController().signal)
      throw error
    }
  }

  async stop(name: string, how: 'button' | 'power', signal: AbortSignal): Promise<void> {
    const paths = this.#machine(name)
    const machine = find(await this.#look(signal), name)
    if (!machine) throw failQemu('machine-unknown', { machine: name })
    if (how === 'power') {
      await this.#powerOff(name, powerOffScript(paths), signal)
      // What was in its memory is given up: it boots when it is started again.
      await this.#level.host.remove(paths.held)
      return
    }
    if (machine.state !== 'running') return
    const press = { machine: name, socket: paths.qmpSocket, command: 'system_powerdown' }
    await askMonitor(this.#level.host, press, signal)
  }

  /** QEMU has read the file when it started, and would hand out what it read. */
  async putSettings(name: string, settings: string, signal: AbortSignal): Promise<void> {
    const { host } = this.#level
    const paths = this.#machine(name)
    await host.writeFile(paths.settings, settings)
    const end = { command: 'set-action', arguments: { reboot: 'shutdown' } }
    await askMonitor(host, { machine: name, socket: paths.qmpSocket, ...end }, signal)
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    const paths = this.#machine(name)
    const found = await this.#look(signal)
    const record = find(found, name)?.record
    const unplug = record ? this.#level.network.unplugScript(record, wiringOf(found)) : ''
    await this.#powerOff(name, removeScript(paths, unplug), signal)
    await this.#follow(signal)
  }

  async access(name: string): Promise<Access> {
    const { host } = this.#level
    const paths = this.#machine(name)
    const found = await this.#look(new AbortController().signal)
    const { controlPort, record } = knownMachine(found, name, paths.record)
    if (controlPort === undefined) throw failQemu('machine-not-running', { machine: name })
    return {
      control: (signal) => host.connect({ tcpPort: controlPort }, signal),
      console: (signal) => host.connect({ unix: paths.consoleSocket }, signal),
      ...(record.boot.hasAgent && {
        agent: (signal: AbortSignal | undefined) => host.connect({ unix: paths.agentSocket }, signal),
      }),
    }
  }

  async consoleTail(name: string, maxBytes: number): Promise<string> {
    const paths = this.#machine(name)
    const tail = await this.#level.host.readTail(paths.console, maxBytes)
    if (tail === '') knownMachine(await this.#look(new AbortController().signal), name, paths.record)
    return tail
  }

  async stats(signal: AbortSignal): Promise<readonly PortStats[]> {
    return this.#level.network.stats(await this.#look(signal), signal)
  }

  clear(signal: AbortSignal): Promise<readonly string[]> {
    return this.#inLine(signal, async () => {
      const ended = await this.#level.network.clear(signal)
      return [...ended, ...(await clearLevel(this.#level.host, this.#paths, signal))]
    })
  }

  /** The host belongs to whoever opened it. */
  async close(): Promise<void> {}

  #look(signal: AbortSignal): Promise<Found> {
    return look(this.#level.host, this.#paths, signal)
  }

  #machine(name: string) {
    return machinePaths(this.#paths, checked('name of a machine', name))
  }

  #switchRecord(name: string): string {
    return `${this.#paths.switches}/${checked('name of a switch', name)}.json`
  }

  #follow(signal: AbortSignal): Promise<void> {
    const wiring = async () => wiringOf(await this.#look(signal))
    return this.#inLine(signal, () => this.#level.network.follow(wiring, signal))
  }

  #inLine<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const turn = this.#line.then(() => {
      signal.throwIfAborted()
      return work()
    })
    this.#line = turn.catch(() => undefined)
    return turn
  }

  async #powerOff(machine: string, script: string, signal: AbortSignal): Promise<void> {
    const { host } = this.#level
    const explain = (stderr: string) =>
      stderr.includes(willNotEndMark)
        ? failQemu('machine-will-not-end', { machine, host: host.name })
        : undefined
    await runScript(host, script, { doing: `end machine ${machine}`, signal, explain })
  }
}

function wiringOf({ switches, machines }: Found): Wiring {
  return {
    switches: switches.map(({ wanted }) => wanted),
    machines: machines.flatMap(({ record }) => record ?? []),
  }
}

function find(found: Found, name: string): FoundMachine | undefined {
  return found.machines.find((machine) => machine.name === name)
}

/** The machine with its record; fails when there is none, or a damaged one. */
function knownMachine(found: Found, name: string, path: string) {
  const machine = find(found, name)
  if (!machine) throw failQemu('machine-unknown', { machine: name })
  const { record } = machine
  if (!record) throw failQemu('machine-damaged', { machine: name, path })
  return { ...machine, record }
}
