/** Disk space of level 0: what is allocated, what is taken in a young lab, and what linked clones save. */
import { sizingFigure } from '#facts'
import type { ImageReference, ResolvedLab } from '#lab'
import { type Assumption, assumedFigure, assumption } from './assumption.ts'
import { type DatastoreUse, datastoreUses } from './datastores.ts'
import { disksOf, type KindOfDisk, linkedMiB, type MachineDisks, takenMiB } from './disk-sizes.ts'
import { plus, type Range, times } from './range.ts'

export interface DiskReport {
  /** What the disks of the machines of level 1 may grow to, all seats that share the hosts. */
  readonly allocatedMiB: number
  /** Of that, by kind of disk; boot disks, and others of which the file does not say it, are `unnamed`. */
  readonly byKind: Partial<Readonly<Record<KindOfDisk, number>>>
  /** What is taken in a young lab, from all copies being linked clones to none. */
  readonly takenMiB: Range
  readonly copies: readonly CopyGroup[]
  /** Machines of level 1 whose boot disk has no known size: they are in none of the figures. */
  readonly unknown: readonly string[]
  readonly datastores: readonly DatastoreUse[]
  readonly assumptions: readonly Assumption[]
}

/** Machines that are made from one image, with boot disks of one size. */
export interface CopyGroup {
  readonly image: string
  readonly copies: number
  readonly bootDiskMiB: number
  /** All of them full copies. */
  readonly fullMiB: Range
  /** One image, and the differences of all of them. */
  readonly linkedMiB: Range
}

export function diskReport(lab: ResolvedLab, copies: number): DiskReport {
  const machines = lab.top.machines.map(disksOf)
  const groups = copyGroups(machines, copies)
  const saved = groups.map(({ fullMiB, linkedMiB: linked }) => Math.max(0, fullMiB.low - linked.low))
  const taken = times(plus(...machines.flatMap(({ disks }) => disks.map(takenMiB))), copies)
  return {
    allocatedMiB: sumMiB(machines) * copies,
    byKind: kindsOf(machines, copies),
    takenMiB: { low: taken.low - saved.reduce((sum, one) => sum + one, 0), high: taken.high },
    copies: groups,
    unknown: machines.filter(({ isComplete }) => !isComplete).map(({ machine }) => machine.path),
    datastores: datastoreUses(lab, copies),
    assumptions: diskAssumptions(machines, groups),
  }
}

function sumMiB(machines: readonly MachineDisks[]): number {
  let sum = 0
  for (const { disks } of machines) for (const { sizeMiB } of disks) sum += sizeMiB
  return sum
}

function kindsOf(machines: readonly MachineDisks[], copies: number): DiskReport['byKind'] {
  const sums: Partial<Record<KindOfDisk, number>> = {}
  for (const { disks } of machines)
    for (const { kind, sizeMiB } of disks) sums[kind] = (sums[kind] ?? 0) + sizeMiB * copies
  return sums
}

function imageKey(image: ImageReference): string {
  return image.from === 'catalogue' ? image.name : image.sha256
}

function copyGroups(machines: readonly MachineDisks[], copies: number): readonly CopyGroup[] {
  const groups = Map.groupBy(
    machines.flatMap(({ machine, disks }) =>
      disks.flatMap((disk) => (disk.use === 'boot' ? [{ image: machine.image, disk }] : [])),
    ),
    ({ image, disk }) => `${imageKey(image)} ${disk.sizeMiB}`,
  )
  return [...groups.values()].flatMap((group): CopyGroup[] => {
    const count = group.length * copies
    const [first] = group
    if (first === undefined || count < 2) return []
    const { disk, image } = first
    return [
      {
        image: imageKey(image),
        copies: count,
        bootDiskMiB: disk.sizeMiB,
        fullMiB: times(takenMiB(disk), count),
        linkedMiB: plus(takenMiB(disk), times(linkedMiB(disk), count)),
      },
    ]
  })
}

function diskAssumptions(
  machines: readonly MachineDisks[],
  groups: readonly CopyGroup[],
): readonly Assumption[] {
  const made: Assumption[] = []
  if (machines.some(({ disks }) => disks.some(({ isThin }) => isThin))) {
    made.push(assumption('Disks are thin unless the file says otherwise.'))
    made.push(assumedFigure(sizingFigure('thin-disk-filled')))
  }
  const boots = machines.filter(({ disks }) => disks.some(({ use }) => use === 'boot'))
  if (boots.some(({ machine }) => machine.traits?.bootDiskMiB === undefined)) {
    const least =
      'the least that the product installs on, or that of the smallest usual size of the appliance'
    made.push(assumption(`A boot disk whose size the file does not say is ${least}.`))
  }
  if (groups.length > 0) made.push(assumedFigure(sizingFigure('linked-clone-filled')))
  return made
}
