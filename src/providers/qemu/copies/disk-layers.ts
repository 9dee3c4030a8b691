/** Turns the disks a machine writes to into layers that never change again, with a new empty one on top. */
import { link, readdir, rename, rm } from 'node:fs/promises'
import type { Host } from '#host'
import { frozenMachinePaths, type MachinePaths } from '#store'
import type { MonitorTalk } from '../monitor.ts'
import type { MachineRecord } from '../record.ts'
import { runScript, words } from '../script.ts'

/** Indexes of the disks that the machine writes to. */
export function writtenDisks({ boot }: MachineRecord): number[] {
  return boot.disks.flatMap((disk, index) => (disk.kind === 'image' && disk.overlay ? [index] : []))
}

/**
 * Gives each disk a second name in `folder`, and makes the empty disk that will stand on it. Until `switchDisks` the
 * machine goes on with the old one.
 */
export async function prepareLayers(
  host: Host,
  of: { readonly record: MachineRecord; readonly machine: MachinePaths; readonly folder: string },
  signal: AbortSignal,
): Promise<void> {
  const disks = writtenDisks(of.record)
  if (disks.length === 0) return
  const kept = frozenMachinePaths(of.folder)
  const lines = disks.flatMap((index) => {
    const [disk, layer, next] = [of.machine.disk(index), kept.disk(index), of.machine.nextDisk(index)]
    return [
      `ln -f ${words(disk, layer)}`,
      `rm -f ${words(next)}`,
      // The running machine has the disk locked, so its size is asked for past the lock and told to the new one.
      `size=$(qemu-img info -U --output=json ${words(layer)} </dev/null | sed -n 's/^ *"virtual-size": \\([0-9]*\\).*/\\1/p' | tail -n 1)`,
      `${words('qemu-img', 'create', '-q', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', layer, next)} "$size" </dev/null`,
    ]
  })
  const doing = `prepare layers of the disks of ${of.record.machine.name}`
  await runScript(host, ['umask 077', ...lines].join('\n'), { doing, signal })
}

/**
 * From now on the machine writes to the new disks. A machine that runs must stand still meanwhile: if everything ends
 * in between, the old disk has all it wrote.
 */
export async function switchDisks(
  record: MachineRecord,
  machine: MachinePaths,
  running?: { readonly talk: MonitorTalk; readonly token: string },
): Promise<void> {
  for (const index of writtenDisks(record)) {
    if (!running) {
      await rename(machine.nextDisk(index), machine.disk(index))
      continue
    }
    const { talk, token } = running
    // QEMU opens a layer once more, by the name it was opened by: that name may never lead to another disk.
    const file = machine.openDisk(index, token)
    await rename(machine.nextDisk(index), file)
    await standOn(talk, { index, file, token })
    await takePlace(machine, index, token)
  }
}

/** Gives a disk that a running machine writes to the name by which it is found when the machine starts again. */
async function takePlace(machine: MachinePaths, index: number, token: string): Promise<void> {
  const [next, disk, file] = [machine.nextDisk(index), machine.disk(index), machine.openDisk(index, token)]
  await rm(next, { force: true })
  await link(file, next)
  await rename(next, disk)
  // Of two names of one file the first stays where it is.
  await rm(next, { force: true })
  for (const { index: other, token: old } of await openDisks(machine)) {
    if (other === index && old !== token) await rm(machine.openDisk(other, old), { force: true })
  }
}

/** After a command died while it switched disks: finishes it for those that QEMU has switched to, and forgets the rest. */
export async function tidyDisks(machine: MachinePaths, talk: MonitorTalk | undefined): Promise<void> {
  const written = new Set(talk ? await writtenFiles(talk) : [])
  for (const { index, token } of await openDisks(machine)) {
    const file = machine.openDisk(index, token)
    if (written.has(file)) await takePlace(machine, index, token)
    else await rm(file, { force: true })
  }
}

interface OpenDisk {
  readonly index: number
  readonly token: string
}

/** Names beside those of the disks, that of a next one among them. */
async function openDisks(machine: MachinePaths): Promise<readonly OpenDisk[]> {
  const names = await readdir(machine.state).catch(() => [])
  return names.flatMap((name) => {
    const [, index, token] = /^\.disk(\d+)\.([a-z0-9]+)$/.exec(name) ?? []
    return index === undefined || token === undefined ? [] : [{ index: Number(index), token }]
  })
}

interface BlockNode {
  readonly drv: string
  readonly file: string
  readonly ro: boolean
}

async function writtenFiles(talk: MonitorTalk): Promise<readonly string[]> {
  const nodes = (await talk.ask('query-named-block-nodes', { flat: true })) as readonly BlockNode[]
  return nodes.flatMap(({ drv, file, ro }) => (drv === 'file' && !ro ? [file] : []))
}

interface BlockInfo {
  readonly qdev?: string
  readonly inserted?: { readonly 'node-name'?: string }
}

async function standOn(
  talk: MonitorTalk,
  { index, file, token }: { readonly index: number; readonly file: string; readonly token: string },
): Promise<void> {
  const devices = (await talk.ask('query-block')) as readonly BlockInfo[]
  const device = devices.find(({ qdev }) => qdev?.includes(`/disk${index}-device`))
  const node = device?.inserted?.['node-name']
  if (!node) throw new Error(`disk ${index} of ${talk.machine} is not plugged in`)
  const overlay = `disk${index}-${token}`
  await talk.ask('blockdev-add', {
    driver: 'qcow2',
    'node-name': overlay,
    discard: 'unmap',
    file: { driver: 'file', filename: file },
    backing: null,
  })
  await talk.ask('blockdev-snapshot', { node, overlay })
}
