/** Machines and switches of one level on a vCenter, on an ESXi host, or inside a nested one. */
import { connect } from 'node:net'
import type { LabSwitch, Machine } from '#lab'
import type {
  Access,
  ClusterOrder,
  Inventory,
  MachineOrder,
  PlannedWork,
  PortStats,
  Provider,
  SeenGuest,
  WantedDatastore,
} from '../provider.ts'
import { removeImages } from './boot-disk.ts'
import { dropCluster, putCluster, removeClusterFolder } from './clusters.ts'
import { consoleLinkOf } from './console-link.ts'
import { removeContainers } from './containers.ts'
import { type Assigned, createMachine } from './create.ts'
import { dropDatastore, inspectDatastores, putDatastore } from './datastores.ts'
import { describeWork } from './describe.ts'
import { Ground } from './describe-ground.ts'
import { fail } from './errors.ts'
import { addressesOf, hasRunningTools, lookAtGuest } from './guest-look.ts'
import { inspectIdentity, putIdentity } from './host-identity.ts'
import { shutDownHost } from './host-power.ts'
import type { VsphereLevel } from './level.ts'
import { machineSnapshotsOn } from './machine-snapshots.ts'
import {
  type FoundMachine,
  findMachine,
  findMachines,
  needMachine,
  removeMachine,
  startMachine,
  stopMachine,
} from './machines.ts'
import { findPlace } from './place.ts'
import { LabRecord } from './record.ts'
import { dropSchedule, putSchedule } from './schedules.ts'
import { dropSwitch, inspectSwitches, type Level, openedBy, putSwitch } from './switches.ts'

const sshPort = 22
/** A guest with many services takes its time. */
const buttonLimitMs = 180_000

/** The server must be logged in to; `close` ends that connection. */
export function openVsphereProvider(level: VsphereLevel): Provider {
  return new VsphereProvider(level)
}

class VsphereProvider implements Provider {
  readonly name = 'vsphere'
  readonly buttonLimitMs = buttonLimitMs
  readonly machineSnapshots = machineSnapshotsOn((signal) => this.#on(signal))
  readonly shutDownHypervisor?: (signal: AbortSignal) => Promise<void>
  readonly #level: VsphereLevel
  readonly #assigned: Assigned = new Map()
  readonly #ground = new Ground()
  #opened: Promise<Level> | undefined
  /** Switches are put one after the other, since each looks at the names that are taken. */
  readonly #last = new Map<string, Promise<unknown>>()

  constructor(level: VsphereLevel) {
    this.#level = level
    if (level.hypervisor)
      this.shutDownHypervisor = async (signal) => await shutDownHost(await this.#on(signal), signal)
  }

  async inspect(signal: AbortSignal): Promise<Inventory> {
    const on = await this.#on(signal)
    const [machines, switches, clusters, datastores, copied] = await Promise.all([
      findMachines(on, signal),
      inspectSwitches(on, signal),
      on.record.clusters(signal),
      inspectDatastores(on, signal),
      inspectIdentity(on, signal),
    ])
    return {
      ...(copied.length > 0 && { copied }),
      ...(datastores.length > 0 && { datastores }),
      ...(clusters.size > 0 && { clusters: [...clusters].map(([name, digest]) => ({ name, digest })) }),
      machines: machines.map(({ name, state, digest, accelerator, schedule }) => ({
        name,
        state,
        digest,
        ...(schedule !== undefined && { schedule }),
        ...(accelerator && { accelerator }),
      })),
      switches,
    }
  }

  async putSwitch(wanted: LabSwitch, digest: string, signal: AbortSignal): Promise<void> {
    const on = await this.#on(signal)
    await on.inTurn('switches', () => putSwitch(on, { one: wanted, digest }, signal))
  }

  async dropSwitch(name: string, signal: AbortSignal): Promise<void> {
    const on = await this.#on(signal)
    await on.inTurn('switches', () => dropSwitch(on, name, signal))
  }

  async create(order: MachineOrder, signal: AbortSignal): Promise<void> {
    await this.#level.forgets?.(order.machine)
    await createMachine(await this.#on(signal), order, { assigned: this.#assigned, signal })
  }

  async start(name: string, signal: AbortSignal): Promise<void> {
    await startMachine(await this.#on(signal), name, signal)
  }

  async stop(name: string, how: 'button' | 'power', signal: AbortSignal): Promise<void> {
    await stopMachine(await this.#on(signal), name, how, signal)
  }

  /** Without tools that run nobody does. */
  async hears(name: string, signal: AbortSignal): Promise<boolean> {
    const on = await this.#on(signal)
    return await hasRunningTools(on, await needMachine(on, name, signal), signal)
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    const on = await this.#on(signal)
    const machine = await findMachine(on, name, signal)
    if (machine) await dropSchedule(on, machine, signal)
    await removeMachine(on, name, signal)
  }

  async access(name: string): Promise<Access> {
    const signal = new AbortController().signal
    const on = await this.#on(signal)
    const machine = await needMachine(on, name, signal)
    if (!machine.isOn) throw fail('vsphere-not-running', { machine: name, state: machine.state })
    return {
      control: (limit) => this.#control(on, machine, limit ?? signal),
      consoleLink: (limit) => consoleLinkOf(on, machine, limit ?? signal),
      console: async () => {
        throw fail('vsphere-no-way-in', { machine: name, reason: 'its serial console is not carried yet' })
      },
    }
  }

  /** Nothing keeps what machines print there. */
  async consoleTail(name: string, _maxBytes: number): Promise<string> {
    const signal = new AbortController().signal
    await needMachine(await this.#on(signal), name, signal)
    return ''
  }

  /** The server's counters are averages of many seconds, and none of them says why a frame was dropped. */
  async stats(_signal: AbortSignal): Promise<readonly PortStats[]> {
    return []
  }

  async guest(machine: Machine, signal: AbortSignal): Promise<SeenGuest | undefined> {
    return await lookAtGuest(await this.#on(signal), machine, signal)
  }

  async putSchedule(machine: Machine, digest: string, signal: AbortSignal): Promise<void> {
    await putSchedule(await this.#on(signal), { machine, digest }, signal)
  }

  async putCluster(order: ClusterOrder, signal: AbortSignal): Promise<void> {
    await putCluster(await this.#on(signal), order, signal)
  }

  async dropCluster(name: string, signal: AbortSignal): Promise<void> {
    await dropCluster(await this.#on(signal), name, signal)
  }

  async putDatastore(wanted: WantedDatastore, digest: string, signal: AbortSignal): Promise<void> {
    const anew = () => {
      this.#opened = undefined
      return this.#on(signal)
    }
    await this.#inTurn('datastores', () => putDatastore(anew, { wanted, digest }, signal))
  }

  async putIdentity(signal: AbortSignal): Promise<readonly string[]> {
    const said = await putIdentity(await this.#on(signal), signal)
    // It may have another name now, and a datastore that it had not.
    this.#opened = undefined
    return said
  }

  async dropDatastore(name: string, signal: AbortSignal): Promise<void> {
    await dropDatastore(await this.#on(signal), name, signal)
  }

  async opens(wanted: LabSwitch, signal: AbortSignal): Promise<readonly string[]> {
    return await openedBy(await this.#on(signal), wanted, signal)
  }

  async describe(work: PlannedWork, signal: AbortSignal): Promise<readonly string[]> {
    const on = await this.#on(signal)
    const own = await describeWork(on, work, signal)
    const { before, after } = await this.#ground.around(on, work, signal)
    return [...before, ...own, ...after]
  }

  async clear(signal: AbortSignal): Promise<readonly string[]> {
    const on = await this.#on(signal)
    if (!(await on.record.exists(signal))) return []
    const [machines, switches] = await Promise.all([findMachines(on, signal), on.record.switches(signal)])
    const clusters = await on.record.clusters(signal)
    const left = [...machines.map(({ name }) => name), ...switches.keys(), ...clusters.keys()]
    if (left.length > 0)
      throw fail('vsphere-foreign-inside', { place: `Lab ${this.#level.lab}`, names: left })
    const removed = [
      ...(await removeImages(on, signal)),
      ...(await removeClusterFolder(on, signal)),
      ...(await removeContainers(on, signal)),
    ]
    const record = await on.record.remove(signal)
    return [...removed, ...(record === undefined ? [] : [`record ${record}`])]
  }

  async close(): Promise<void> {
    await this.#level.connection.close()
  }

  #on(signal: AbortSignal): Promise<Level> {
    signal.throwIfAborted()
    const opened = this.#opened ?? this.#open(signal)
    this.#opened = opened
    // What could not be found out is asked again.
    opened.catch(() => {
      if (this.#opened === opened) this.#opened = undefined
    })
    return opened
  }

  async #open(signal: AbortSignal): Promise<Level> {
    const level = this.#level
    const place = await findPlace(level.connection, level.target, signal)
    const record = new LabRecord(level, place)
    return { level, place, record, inTurn: (about, work) => this.#inTurn(about, work) }
  }

  async #inTurn<T>(about: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(about) ?? Promise.resolve()).then(work)
    this.#last.set(
      about,
      turn.catch(() => undefined),
    )
    return await turn
  }

  /** Over the network of the site, to an address that the tools of the guest report. */
  async #control(on: Level, machine: FoundMachine, signal: AbortSignal) {
    const [host] = await addressesOf(on, machine, signal)
    if (host === undefined) {
      throw fail('vsphere-no-way-in', { machine: machine.name, reason: 'its tools report no address yet' })
    }
    return await new Promise<ReturnType<typeof connect>>((resolve, reject) => {
      const socket = connect({ host, port: sshPort, signal })
      socket.once('connect', () => resolve(socket))
      socket.once('error', (error) => {
        reject(fail('vsphere-no-way-in', { machine: machine.name, reason: `${host} does not answer` }, error))
      })
    })
  }
}
