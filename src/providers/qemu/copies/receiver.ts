/** The QEMU beside a running machine that writes its memory to a file: it takes a state in and never runs. */
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { Host } from '#host'
import { checkSocketPath, frozenMachinePaths, type MachinePaths, type Roots, receiverPaths } from '#store'
import { type Accelerator, commandLine } from '../command-line.ts'
import { failQemu } from '../errors.ts'
import { MonitorTalk } from '../monitor.ts'
import { powerOffScript } from '../power.ts'
import type { MachineRecord } from '../record.ts'
import { lastLines, runScript, words } from '../script.ts'
import { noteKeeping } from './keeping-note.ts'
import { listenForState, untilArrived, writeDevices } from './migration.ts'

export interface ReceiverPlace {
  readonly lab: string
  readonly host: Host
  readonly roots: Roots
  readonly imagesFolder: string
  readonly accelerator: Accelerator
  readonly sandbox: boolean
}

export class Receiver {
  readonly paths: ReturnType<typeof receiverPaths>
  readonly #place: ReceiverPlace
  readonly #talk: MonitorTalk

  private constructor(place: ReceiverPlace, paths: ReturnType<typeof receiverPaths>, talk: MonitorTalk) {
    this.paths = paths
    this.#place = place
    this.#talk = talk
  }

  /** Returns when it listens on `paths.machine.incomingSocket`. `folder` gets the memory and the devices. */
  static async start(
    place: ReceiverPlace,
    of: {
      readonly record: MachineRecord
      readonly machine: MachinePaths
      readonly folder: string
      readonly token: string
      /** Whether the machine is to run when all is done. */
      readonly goesOn: boolean
    },
    signal: AbortSignal,
  ): Promise<Receiver> {
    const paths = receiverPaths(place.roots, of.machine, of.token)
    checkSocketPath(paths.outgoingSocket)
    checkSocketPath(paths.machine.switchQmpSocket)
    const { name } = of.record.machine
    await noteKeeping(paths, { lab: place.lab, machine: name, goesOn: of.goesOn })
    const line = commandLine(of.record, {
      ...place,
      paths: paths.machine,
      // Frames of a machine that never runs go nowhere.
      netdev: () => ['hubport', { hubid: 0 }],
      incoming: { memoryFile: frozenMachinePaths(of.folder).memory, use: 'written' },
    })
    const explain = (stderr: string) =>
      failQemu('qemu-refused', { machine: name, host: place.host.name, reason: lastLines(stderr) })
    const doing = `prepare to keep the memory of ${name}`
    try {
      await runScript(place.host, `umask 077\n${words(...line)} </dev/null`, { doing, signal, explain })
      const monitor = { machine: name, socket: paths.machine.qmpSocket }
      const talk = await MonitorTalk.open(place.host, monitor, signal)
      await listenForState(talk, { socket: paths.machine.incomingSocket, devicesOnly: false })
      return new Receiver(place, paths, talk)
    } catch (error) {
      await endReceiver(place.host, paths).catch(() => undefined)
      throw error
    }
  }

  /** The whole state has come in: writes the devices to `file`. */
  async keepDevices(file: string): Promise<void> {
    await untilArrived(this.#talk)
    const { outgoingSocket } = this.paths
    const server = createServer()
    const written = new Promise<void>((resolve, reject) => {
      server.on('connection', (socket) => {
        pipeline(socket, createWriteStream(file, { mode: 0o600 })).then(resolve, reject)
      })
    })
    written.catch(() => undefined)
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(outgoingSocket, resolve)
      })
      await writeDevices(this.#talk, outgoingSocket)
      await written
    } finally {
      server.close()
    }
  }

  /** Ends the process; may be repeated, and also follows a failure. */
  async end(): Promise<void> {
    this.#talk.close()
    await endReceiver(this.#place.host, this.paths)
  }
}

export async function endReceiver(host: Host, paths: ReturnType<typeof receiverPaths>): Promise<void> {
  const signal = new AbortController().signal
  await runScript(host, powerOffScript(paths.machine), { doing: 'end a writer of memory', signal })
  await rm(paths.run, { recursive: true, force: true })
}
