/** Live migration between two levels of QEMU machines, over a network that both hypervisors are in. */
import type { Host } from '#host'
import { type LevelPaths, machinePaths } from '#store'
import type { MachineMoves, MoveAddress, Moved, MoveFacts, MoveState } from '../../moves.ts'
import type { MachineOrder } from '../../provider.ts'
import { type Accelerator, qemuProgram } from '../command-line.ts'
import { writtenDisks } from '../copies/disk-layers.ts'
import { beginWriting, migrationOf, untilSwitchover } from '../copies/migration.ts'
import { failQemu } from '../errors.ts'
import type { Found } from '../look.ts'
import { MonitorTalk } from '../monitor.ts'
import { checked } from '../names.ts'
import { copyDisks, dropCopies, offerDisks } from './disk-copies.ts'

/** Above the ports that control connections use (`start.ts`), below those that Linux hands out. */
const firstPort = 30_000
const portCount = 2_700
const portTries = 10
/** The rest of the memory is sent while the machine stands still; no longer than this. */
const downtimeLimitMs = 300
const lookEveryMs = 50

export interface MovesPlace {
  readonly host: Host
  readonly paths: LevelPaths
  readonly accelerator: Accelerator
  readonly random: () => number
}

/** What the provider does for it. */
export interface MovesTools {
  look(signal: AbortSignal): Promise<Found>
  /** Creates the machine and starts its process, which waits for a state. */
  launchWaiting(order: MachineOrder, signal: AbortSignal): Promise<void>
  remove(name: string, signal: AbortSignal): Promise<void>
}

export class QemuMoves implements MachineMoves {
  readonly #place: MovesPlace
  readonly #tools: MovesTools

  constructor(place: MovesPlace, tools: MovesTools) {
    this.#place = place
    this.#tools = tools
  }

  async facts(signal: AbortSignal): Promise<MoveFacts> {
    const { host, accelerator } = this.#place
    const script = `${qemuProgram} --version; grep -m1 '^flags' /proc/cpuinfo; grep '^MemAvailable' /proc/meminfo; cat /proc/loadavg`
    const { stdout } = await host.run(['sh', '-c', script], { signal })
    return {
      qemuVersion: /version (\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? 'unknown',
      accelerator: accelerator.name,
      cpuModel: accelerator.cpuModel,
      cpuFeatures: (/^flags\s*: (.*)$/m.exec(stdout)?.[1] ?? '').split(' ').filter(Boolean).toSorted(),
      memoryAvailableMiB: Math.floor(Number(/^MemAvailable:\s+(\d+)/m.exec(stdout)?.[1] ?? 0) / 1024),
      load: Number(/^(\d+\.\d+) \d+\.\d+ \d+\.\d+ /m.exec(stdout)?.[1] ?? 0),
    }
  }

  async state(name: string, signal: AbortSignal): Promise<MoveState> {
    const found = (await this.#tools.look(signal)).machines.find((machine) => machine.name === name)
    if (!found) return 'absent'
    if (found.pid === undefined) return 'off'
    return await this.#talking(name, signal, async (talk) => {
      const { status } = (await talk.ask('query-status')) as { readonly status: string }
      if (status === 'inmigrate') return 'waits'
      if (status === 'postmigrate' || status === 'finish-migrate') return 'gone'
      return status === 'running' ? 'runs' : 'arrived'
    })
  }

  async receive(order: MachineOrder, address: string, signal: AbortSignal): Promise<MoveAddress> {
    const { name } = order.machine
    await this.#tools.remove(name, signal)
    await this.#tools.launchWaiting(order, signal)
    return await this.#talking(name, signal, async (talk) => {
      const hasDisks = order.boot.disks.some((disk) => disk.kind === 'image' && disk.overlay)
      const diskPort = hasDisks
        ? await this.#free((port) => offerDisks(talk, order, { address, port }))
        : undefined
      const uri = (port: number) => `tcp:${address}:${port}`
      const port = await this.#free((one) => talk.ask('migrate-incoming', { uri: uri(one) }))
      return { address, port, ...(diskPort !== undefined && { diskPort }) }
    })
  }

  async send(name: string, to: MoveAddress, signal: AbortSignal): Promise<Moved> {
    const record = (await this.#tools.look(signal)).machines.find((machine) => machine.name === name)?.record
    if (!record) throw failQemu('machine-unknown', { machine: name })
    const disks = writtenDisks(record)
    return await this.#talking(name, signal, async (talk) => {
      try {
        if (to.diskPort !== undefined) {
          await copyDisks(talk, disks, { address: to.address, port: to.diskPort })
        }
        await beginWriting(talk, `tcp:${to.address}:${to.port}`, downtimeLimitMs)
        await untilSwitchover(talk)
        await dropCopies(talk, disks)
        await talk.ask('migrate-continue', { state: 'pre-switchover' })
        return await talk.until('query-migrate', (said) => movedOf(talk, said), lookEveryMs)
      } catch (error) {
        await talk.ask('migrate_cancel').catch(() => undefined)
        await talk.ask('cont').catch(() => undefined)
        throw error
      }
    })
  }

  async finish(name: string, signal: AbortSignal): Promise<void> {
    await this.#talking(name, signal, async (talk) => {
      await talk.ask('nbd-server-stop').catch(() => undefined)
      await talk.ask('cont')
    })
  }

  /** The port is drawn by lot, and QEMU itself finds out whether it is free. */
  async #free(listen: (port: number) => Promise<unknown>): Promise<number> {
    for (let tries = 1; ; tries += 1) {
      const port = firstPort + Math.floor(this.#place.random() * portCount)
      try {
        await listen(port)
        return port
      } catch (error) {
        if (tries === portTries || !/in use|bind/i.test(String(error))) throw error
      }
    }
  }

  async #talking<T>(name: string, signal: AbortSignal, work: (talk: MonitorTalk) => Promise<T>): Promise<T> {
    const { qmpSocket } = machinePaths(this.#place.paths, checked('name of a machine', name))
    const talk = await MonitorTalk.open(this.#place.host, { machine: name, socket: qmpSocket }, signal)
    try {
      return await work(talk)
    } finally {
      talk.close()
    }
  }
}

function movedOf(talk: MonitorTalk, said: unknown): Moved | undefined {
  const migration = migrationOf(talk, said)
  if (migration.status !== 'completed') return undefined
  return {
    downtimeMs: migration.downtime ?? 0,
    tookMs: migration['total-time'] ?? 0,
    memoryBytes: migration.ram?.transferred ?? 0,
  }
}
