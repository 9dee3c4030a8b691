/** What each datastore of the file is asked to hold and to deliver. */
import { type Datastore, type Level, type Machine, machinesOf, type ResolvedLab } from '#lab'
import type { Assumption } from './assumption.ts'
import { disksOf, takenMiB } from './disk-sizes.ts'
import { type Fit, fitOf } from './fit.ts'
import { type IopsEstimate, iopsOf } from './iops.ts'
import { plus, type Range, times } from './range.ts'

export interface DatastoreUse {
  readonly name: string
  readonly sizeMiB?: number
  /** What the disks on it may grow to. */
  readonly allocatedMiB: number
  readonly takenMiB: Range
  /** Number of machines whose reads and writes end here, inner ones included. */
  readonly machines: number
  /** By what is taken in a young lab: full when the least of it is too much, heavily used when the most of it may be. */
  readonly fit: Fit
  /** Allocated is more than there is: it fills up one day. */
  readonly isOvercommitted: boolean
  /** Absent where the file does not name its disks. */
  readonly iops?: IopsEstimate
  readonly assumptions: readonly Assumption[]
}

interface Sum {
  allocatedMiB: number
  taken: Range
  readonly machines: Set<string>
}

export function datastoreUses(
  { top, datastores = [] }: ResolvedLab,
  copies: number,
): readonly DatastoreUse[] {
  if (datastores.length === 0) return []
  const sums = new Map(
    datastores.map(({ name }): [string, Sum] => [
      name,
      { allocatedMiB: 0, taken: { low: 0, high: 0 }, machines: new Set() },
    ]),
  )
  addLevel(top, onlyOne(datastores), sums)
  return datastores.map((datastore) => useOf(datastore, sums.get(datastore.name), copies))
}

/** Where a level has a single datastore, disks of which the file does not say it are there. */
function onlyOne(datastores: readonly Datastore[]): string | undefined {
  const [only, ...others] = datastores
  return others.length === 0 ? only?.name : undefined
}

/** Inner machines live on the disks of their hypervisor, unless they name a datastore of their own. */
function addLevel(level: Level, usual: string | undefined, sums: ReadonlyMap<string, Sum>): void {
  for (const machine of level.machines) {
    const { disks } = disksOf(machine)
    for (const disk of disks) {
      const sum = sums.get(disk.datastore ?? usual ?? '')
      if (!sum) continue
      sum.allocatedMiB += disk.sizeMiB
      sum.taken = plus(sum.taken, takenMiB(disk))
    }
    addLoad(machine, usual, sums)
    if (machine.hypervisor) addLevel(machine.hypervisor.inside, undefined, sums)
  }
}

/** Everything inside a machine reads and writes where the machine's own disks are. */
function addLoad(machine: Machine, usual: string | undefined, sums: ReadonlyMap<string, Sum>): void {
  const named = (machine.traits?.disks ?? []).flatMap(({ datastore }) => datastore ?? [])
  const names = new Set([...named, ...(usual === undefined ? [] : [usual])])
  for (const name of names) {
    const sum = sums.get(name)
    if (!sum) continue
    sum.machines.add(machine.path)
    if (machine.hypervisor)
      for (const { path } of machinesOf(machine.hypervisor.inside)) sum.machines.add(path)
  }
}

function useOf(datastore: Datastore, sum: Sum | undefined, copies: number): DatastoreUse {
  const allocatedMiB = (sum?.allocatedMiB ?? 0) * copies
  const taken = times(sum?.taken ?? { low: 0, high: 0 }, copies)
  const machines = (sum?.machines.size ?? 0) * copies
  const { name, sizeMiB } = datastore
  const estimate = iopsOf(datastore, machines)
  return {
    name,
    ...(sizeMiB !== undefined && { sizeMiB }),
    allocatedMiB,
    takenMiB: taken,
    machines,
    fit: sizeMiB === undefined ? 'unknown' : fitOfRange(taken, sizeMiB),
    isOvercommitted: sizeMiB !== undefined && allocatedMiB > sizeMiB,
    ...(estimate && { iops: estimate }),
    assumptions: estimate?.assumptions ?? [],
  }
}

function fitOfRange({ low, high }: Range, sizeMiB: number): Fit {
  const [least, most] = [fitOf(low / sizeMiB), fitOf(high / sizeMiB)]
  return least !== 'does-not-fit' && most === 'does-not-fit' ? 'heavily-used' : most
}
