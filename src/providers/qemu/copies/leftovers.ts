/** Ends what a command that was killed while it kept machines left: writers of memory, and machines that stand still. */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from '#host'
import {
  isRunning,
  keepingFolder,
  type LevelPaths,
  lockHolder,
  type MachinePaths,
  machinePaths,
  type Roots,
  receiverPaths,
} from '#store'
import { MonitorTalk } from '../monitor.ts'
import { checked } from '../names.ts'
import { tidyDisks } from './disk-layers.ts'
import { halfMade, type Keeping, readKeeping } from './keeping-note.ts'
import { cancelWriting } from './migration.ts'
import { endReceiver } from './receiver.ts'

export interface LeftoversPlace {
  readonly lab: string
  readonly host: Host
  readonly roots: Roots
  readonly paths: LevelPaths
}

/** A folder is made within milliseconds: one that is half made and older than this has nobody who makes it. */
const oldMs = 60_000

/**
 * Only for the command that holds the lab's lock: another one's look at the lab may come at any moment of its work.
 * Returns the names of the machines that were cleared up after.
 */
export async function endLeftovers(place: LeftoversPlace, signal: AbortSignal): Promise<readonly string[]> {
  const folder = keepingFolder(place.roots)
  const tokens = await readdir(folder).catch(() => [])
  if (tokens.length === 0 || (await lockHolder(place.roots, place.lab))?.pid !== process.pid) return []
  const ended: string[] = []
  for (const token of tokens) {
    if (token.endsWith(halfMade)) await removeOld(join(folder, token))
    else ended.push(...(await endOne(place, token, signal)))
  }
  return ended
}

async function removeOld(folder: string): Promise<void> {
  const seen = await stat(folder).catch(() => undefined)
  if (seen && Date.now() - seen.mtimeMs > oldMs) await rm(folder, { recursive: true, force: true })
}

async function endOne(place: LeftoversPlace, token: string, signal: AbortSignal): Promise<readonly string[]> {
  const unknown = machinePaths(place.paths, 'unknown')
  const keeping = await readKeeping(receiverPaths(place.roots, unknown, token).note)
  if (keeping?.lab !== place.lab || (await isRunning(keeping.owner))) return []
  const machine = machinePaths(place.paths, checked('name of a machine', keeping.machine))
  // The machine first: without somebody who takes its state in, its own QEMU would give up in its own way.
  await letGoOn(place.host, { machine, keeping }, signal)
  await endReceiver(place.host, receiverPaths(place.roots, machine, token))
  return [keeping.machine]
}

/** One that has ended meanwhile is listed as such by whoever looks. */
async function letGoOn(
  host: Host,
  { machine, keeping }: { readonly machine: MachinePaths; readonly keeping: Keeping },
  signal: AbortSignal,
): Promise<void> {
  const monitor = { machine: keeping.machine, socket: machine.qmpSocket }
  const talk = await MonitorTalk.open(host, monitor, signal).catch(() => undefined)
  // Before it goes on: what it writes from then on has to be on the disk it will be started from.
  await tidyDisks(machine, talk)
  if (!talk) return
  try {
    await cancelWriting(talk)
    const { status } = (await talk.ask('query-status')) as { readonly status: string }
    if (status === 'running') return
    // One that was paused before has to run for a moment where its disks have been given away.
    if (keeping.goesOn || status === 'postmigrate') await talk.ask('cont')
    if (!keeping.goesOn && status === 'postmigrate') await talk.ask('stop')
  } catch {
    signal.throwIfAborted()
  } finally {
    talk.close()
  }
}
