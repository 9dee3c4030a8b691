/** What was kept of labs at one instant each: what is there, what stands on it, and how it goes. */
import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { errorCode, fileFailure } from './errors.ts'
import { frozenMachinePaths, frozenPaths, type Roots, sitePaths } from './paths.ts'
import { readSealed, type SealedFile, writeSealed } from './sealed.ts'

/** One instant, as it is on the disk. */
export interface KeptInstant {
  readonly id: string
  /** Its record is there: all of it was written. */
  readonly isWhole: boolean
  /** The lab whose command is, or was, about to note that it needs this one; absent once it has. */
  readonly makingOf?: string
  /** Other instants whose disks the disks of this one stand on. */
  readonly standsOn: readonly string[]
}

/** Begins a new one for a command that holds the lock of `lab`; until `saveFrozen` it is not whole. */
export async function beginFrozen(roots: Roots, id: string, lab: string): Promise<void> {
  const { folder, machines } = frozenPaths(roots, id)
  try {
    await mkdir(machines, { recursive: true, mode: 0o700 })
    await writeFile(join(folder, making), lab, { mode: 0o600 })
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined)
    throw fileFailure('begin a snapshot', folder, error)
  }
}

/** It is whole now. Until `settleFrozen` it is kept for the command that makes it, and afterwards for whoever names it. */
export async function saveFrozen(roots: Roots, id: string, record: unknown): Promise<void> {
  await writeSealed(recordFile(roots, id), record)
}

export async function settleFrozen(roots: Roots, id: string): Promise<void> {
  await rm(join(frozenPaths(roots, id).folder, making), { force: true })
}

/** `undefined` when it is not there or not whole; fails with `state-damaged`. */
export async function loadFrozen(roots: Roots, id: string): Promise<unknown> {
  return await readSealed(recordFile(roots, id))
}

export async function listFrozen(roots: Roots): Promise<readonly KeptInstant[]> {
  const folder = sitePaths(roots).frozen
  const ids = await namesIn(folder)
  return await Promise.all(
    ids.map(async (id) => {
      const paths = frozenPaths(roots, id)
      const isWhole = await isThere(paths.record)
      const makingOf = await lineOf(join(paths.folder, making))
      const standsOn = (await backingsIn(roots, paths.machines)).filter((one) => one !== id)
      return { id, isWhole, ...(makingOf !== undefined && { makingOf }), standsOn }
    }),
  )
}

/** The instants that disks of a lab's machines stand on. */
export async function instantsUnder(roots: Roots, lab: string): Promise<readonly string[]> {
  return await backingsIn(roots, join(sitePaths(roots).labs, lab, 'machines'))
}

export async function removeFrozen(roots: Roots, id: string): Promise<void> {
  const { folder } = frozenPaths(roots, id)
  try {
    await rm(folder, { recursive: true, force: true })
  } catch (error) {
    throw fileFailure('remove what was kept of a lab', folder, error)
  }
}

/** Gives up all but the disks, which others stand on. */
export async function shedFrozen(roots: Roots, id: string): Promise<void> {
  const { machines, record } = frozenPaths(roots, id)
  await rm(record, { force: true })
  for (const name of await namesIn(machines)) {
    const { memory, devices } = frozenMachinePaths(join(machines, name))
    await rm(memory, { force: true })
    await rm(devices, { force: true })
  }
}

const making = 'making'

function recordFile(roots: Roots, id: string): SealedFile {
  return { path: frozenPaths(roots, id).record, what: 'The record of the snapshot' }
}

/** By the headers of the disks themselves: no note can be wrong about what a disk needs. */
async function backingsIn(roots: Roots, machines: string): Promise<readonly string[]> {
  const root = sitePaths(roots).frozen + sep
  const found = new Set<string>()
  for (const name of await namesIn(machines)) {
    const folder = join(machines, name)
    for (const file of await namesIn(folder)) {
      if (!/^\.?disk\d+(\.next)?$/.test(file)) continue
      const backing = await backingOf(join(folder, file))
      if (backing?.startsWith(root)) found.add(backing.slice(root.length).split(sep)[0] ?? '')
    }
  }
  return [...found]
}

const qcow2Magic = 0x514649fb
const longestBackingBytes = 1023

/** The file a qcow2 disk stands on, by its header (docs/interop/qcow2.txt): offset at byte 8, length at byte 16. */
export async function backingOf(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r').catch(() => undefined)
  if (!handle) return undefined
  try {
    const head = Buffer.alloc(20)
    const { bytesRead } = await handle.read(head, 0, head.length, 0)
    if (bytesRead < head.length || head.readUInt32BE(0) !== qcow2Magic) return undefined
    const [offset, bytes] = [Number(head.readBigUInt64BE(8)), head.readUInt32BE(16)]
    if (offset === 0 || bytes === 0 || bytes > longestBackingBytes) return undefined
    const name = Buffer.alloc(bytes)
    await handle.read(name, 0, bytes, offset)
    return name.toString()
  } finally {
    await handle.close()
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).toSorted()
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return []
    throw fileFailure('look at what was kept of labs', folder, error)
  }
}

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined
}

async function lineOf(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r').catch(() => undefined)
  if (!handle) return undefined
  try {
    // On a full disk there may be a file with nothing in it.
    return (await handle.readFile('utf8')).trim() || undefined
  } finally {
    await handle.close()
  }
}
