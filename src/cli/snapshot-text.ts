/** Snapshots as lines and as a tree. */
import type { Snapshot, SnapshotDetails, SnapshotList } from '#engine'
import type { Paint } from './paint.ts'
import { type Branch, columns, duration, mebibytes, tree } from './table.ts'

/** `before-upgrade: 2 machines, 524 MiB of files; they stood still for 97 ms`. */
export function snapshotLine({ name, running, bytes, pausedMs, machines }: Snapshot): string {
  const many = running.length === 1 ? '1 running machine' : `${running.length} running machines`
  const stood = pausedMs === undefined ? '' : `; stood still for ${duration(pausedMs)}`
  if (machines) return `${name}: ${many} of ${machines.length}, kept by the site, each at its own instant.`
  return `${name}: ${many}, ${size(bytes)} of files${stood}.`
}

/** One line a machine below the line of the snapshot. */
export function snapshotDetailLines(details: SnapshotDetails, paint: Paint): string[] {
  const head = ['MACHINE', 'MEMORY', 'RAN ON', 'STOOD STILL', 'TRIES', 'DISKS', 'FILES'].map(paint.faint)
  const rows = details.kept.map(({ name, memory, disks, files }) => [
    paint.name(name),
    memory ? mebibytes(memory.memoryMiB) : 'off',
    memory ? `QEMU ${memory.qemuVersion}, ${memory.accelerator}, CPU ${memory.cpuModel}` : '',
    memory ? duration(memory.pausedMs) : '',
    memory ? String(memory.tries) : '',
    String(disks.length),
    size(Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0)),
  ])
  return [snapshotLine(details), ...(rows.length > 0 ? columns([head, ...rows]) : [])]
}

export function snapshotLines({ snapshots, current }: SnapshotList, paint: Paint): string[] {
  const head = ['SNAPSHOT', 'TAKEN', 'AFTER', 'RUNNING', 'FILES', 'STOOD STILL', ''].map(paint.faint)
  const rows = snapshots.map((one) => [
    paint.name(one.name),
    new Date(one.atMs).toISOString(),
    one.parent ?? '',
    String(one.running.length),
    one.machines ? 'at the site' : size(one.bytes),
    one.pausedMs === undefined ? '' : duration(one.pausedMs),
    remark(one, current, paint),
  ])
  return columns([head, ...rows])
}

export function snapshotTree({ snapshots, current }: SnapshotList, paint: Paint): string[] {
  const branchesUnder = (parent: string | undefined): Branch[] =>
    snapshots
      .filter((one) => one.parent === parent)
      .map((one) => ({
        cells: [paint.name(one.name), new Date(one.atMs).toISOString(), remark(one, current, paint)],
        branches: branchesUnder(one.name),
      }))
  return tree(branchesUnder(undefined))
}

function remark({ name, note, failed }: Snapshot, current: string | undefined, paint: Paint): string {
  const here = name === current ? paint.good('← the lab is here') : ''
  const words = [here, note ?? '', failed === undefined ? '' : paint.bad(`failed: ${failed}`)]
  return words.filter((word) => word !== '').join('  ')
}

/** Of kept files. */
export function size(bytes: number): string {
  return mebibytes(Math.round(bytes / 1024 ** 2))
}
