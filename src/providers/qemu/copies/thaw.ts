/** Gives a machine that has just been started the state in which it was frozen. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Host } from '#host'
import { frozenMachinePaths, type MachinePaths } from '#store'
import { failQemu } from '../errors.ts'
import { MonitorTalk } from '../monitor.ts'
import { listenForState, untilArrived } from './migration.ts'

/** The machine stands still afterwards. The memory is not read here: it is mapped, page by page as it is needed. */
export async function thaw(
  host: Host,
  of: { readonly name: string; readonly machine: MachinePaths; readonly folder: string },
  signal: AbortSignal,
): Promise<void> {
  const { name, machine, folder } = of
  const talk = await MonitorTalk.open(host, { machine: name, socket: machine.qmpSocket }, signal)
  try {
    await listenForState(talk, { socket: machine.incomingSocket, devicesOnly: true })
    const socket = await host.connect({ unix: machine.incomingSocket }, signal)
    const trouble = await sent(frozenMachinePaths(folder).devices, socket)
    await untilArrived(talk).catch((error: unknown) => {
      throw trouble ?? error
    })
  } catch (error) {
    signal.throwIfAborted()
    const reason = error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
    throw failQemu('thaw-failed', { machine: name, reason }, error)
  } finally {
    talk.close()
  }
}

/** What went wrong, if anything: QEMU hangs up as soon as it has all, which can look like trouble from here. */
async function sent(file: string, socket: Duplex): Promise<unknown> {
  try {
    await pipeline(createReadStream(file), socket)
    return undefined
  } catch (error) {
    return error
  }
}

/** QEMU would make a memory file that is not there, and run a guest without memory. */
export async function checkMemory(name: string, folder: string, memoryMiB: number): Promise<void> {
  const { memory, devices } = frozenMachinePaths(folder)
  for (const file of [memory, devices]) {
    const seen = await stat(file).catch(() => undefined)
    const isWhole = seen?.isFile() && (file === devices || seen.size === memoryMiB * 1024 ** 2)
    if (!isWhole) throw failQemu('frozen-missing', { machine: name, file })
  }
}
