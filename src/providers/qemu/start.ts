/** Starts the process of a machine, with a control port that is free. */

import type { Host } from '#host'
import { frozenMachinePaths, type MachinePaths, type Roots } from '#store'
import { type Accelerator, commandLine, type Place } from './command-line.ts'
import { checkMemory } from './copies/thaw.ts'
import { failQemu } from './errors.ts'
import type { NetworkPlane, Wiring } from './plane.ts'
import { launchScript, notOursMark, refusedMark } from './power.ts'
import type { MachineRecord } from './record.ts'
import { lastLines, runScript } from './script.ts'

/** Below the ports that Linux hands out by itself (32768 and up). */
const firstPort = 20_000
const portCount = 10_000
const portTries = 20
/** Start storms on a loaded emulated hypervisor are slow; a QEMU that hangs at its start is not worth more. */
const launchLimitMs = 120_000

export interface StartPlace {
  readonly host: Host
  readonly paths: MachinePaths
  readonly roots: Roots
  readonly imagesFolder: string
  readonly libraryDevice?: string
  readonly accelerator: Accelerator
  readonly network: NetworkPlane
  readonly sandbox: boolean
  readonly random: () => number
}

export interface Starting {
  readonly name: string
  readonly record: MachineRecord
  readonly wiring: Wiring
  /** The folder of the frozen machine whose state it gets; it then stands still. */
  readonly frozenFolder?: string
  /** It waits for the state of a machine that moves here. */
  readonly isMoving?: boolean
}

/**
 * The port is drawn by lot and QEMU itself finds out whether it is free. To look for a free one in advance
 * would leave a moment in which somebody else takes it.
 */
export async function startMachine(
  place: StartPlace,
  starting: Starting,
  signal: AbortSignal,
): Promise<void> {
  const { host } = place
  const { name, record, frozenFolder } = starting
  if (frozenFolder !== undefined) await checkMemory(name, frozenFolder, record.machine.memoryMiB)
  for (let tries = 0; tries < portTries; tries++) {
    const controlPort = firstPort + Math.floor(place.random() * portCount)
    const clash = await launch(place, { ...starting, controlPort }, signal)
    if (!clash) return
  }
  throw failQemu('no-control-port', { machine: name, host: host.name, tries: portTries })
}

/** True when the port was taken. */
async function launch(
  place: StartPlace,
  { name, record, wiring, frozenFolder, isMoving, controlPort }: Starting & { readonly controlPort: number },
  signal: AbortSignal,
): Promise<boolean> {
  const { host, paths, network } = place
  const netdev = (nic: Parameters<NetworkPlane['netdev']>[1]) => network.netdev(name, nic)
  const script = launchScript({
    paths,
    commandLine: commandLine(record, {
      ...place,
      controlPort,
      netdev,
      ...incomingFrom(frozenFolder, isMoving),
    }),
    plug: network.plugScript(record, wiring),
    runRoot: place.roots.run,
  })
  const clash = failQemu('no-control-port', { machine: name, host: host.name, tries: 1 })
  const explain = (stderr: string) => {
    if (stderr.includes(notOursMark)) return failQemu('folder-not-ours', { path: place.roots.run })
    if (!stderr.includes(refusedMark)) return undefined
    if (stderr.includes('Could not set up host forwarding rule')) return clash
    return failQemu('qemu-refused', { machine: name, host: host.name, reason: reasonOf(stderr) })
  }
  try {
    await runScript(host, script, { doing: `start machine ${name}`, signal, limitMs: launchLimitMs, explain })
    return false
  } catch (error) {
    if (error === clash) return true
    throw error
  }
}

function incomingFrom(folder: string | undefined, isMoving = false): Pick<Place, 'incoming'> {
  if (isMoving) return { incoming: { use: 'moved' } }
  if (folder === undefined) return {}
  return { incoming: { memoryFile: frozenMachinePaths(folder).memory, use: 'copied' } }
}

function reasonOf(stderr: string): string {
  return lastLines(stderr.replace(refusedMark, '')) || 'it gave no reason.'
}
