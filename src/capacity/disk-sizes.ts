/** The disks of a machine: those that the file names, and those that follow from what the machine is. */
import { applianceSize, productFacts, sizingFigure } from '#facts'
import type { Machine } from '#lab'
import { exactly, type Range, times } from './range.ts'

export type KindOfDisk = 'sata' | 'sas' | 'ssd' | 'nvme' | 'unnamed'

export interface Disk {
  readonly use: 'boot' | 'data'
  readonly sizeMiB: number
  readonly kind: KindOfDisk
  readonly isThin: boolean
  readonly datastore?: string
}

export interface MachineDisks {
  readonly machine: Machine
  readonly disks: readonly Disk[]
  /** Whether the size of its boot disk is known. */
  readonly isComplete: boolean
}

/** Where the file says nothing, disks are thin: that is what it is advised for nested hosts, and what Nestlab makes. */
export function disksOf(machine: Machine): MachineDisks {
  const { traits } = machine
  const data = (traits?.disks ?? []).map(
    ({ sizeMiB, kind, thin = true, datastore }): Disk => ({
      use: 'data',
      sizeMiB,
      kind: kind ?? 'unnamed',
      isThin: thin,
      ...(datastore !== undefined && { datastore }),
    }),
  )
  const bootMiB = bootDiskOf(machine)
  if (bootMiB === undefined) return { machine, disks: data, isComplete: false }
  if (bootMiB === 0) return { machine, disks: data, isComplete: true }
  const boot: Disk = { use: 'boot', sizeMiB: bootMiB, kind: 'unnamed', isThin: true }
  return { machine, disks: [boot, ...data], isComplete: true }
}

/** 0: it has none, as when it starts from the network or a USB stick. */
function bootDiskOf({ traits, hypervisor }: Machine): number | undefined {
  if (traits?.bootDiskMiB !== undefined) return traits.bootDiskMiB
  if (traits?.bootMedia !== undefined && traits.bootMedia !== 'disk') return 0
  const appliance = traits?.role === undefined ? undefined : applianceSize(traits.role)
  if (appliance?.diskGiB !== undefined) return appliance.diskGiB * 1024
  return hypervisor && productFacts(hypervisor.product, hypervisor.version)?.bootDiskMiB
}

/** What it takes in a young lab: all of a thick disk, a part of a thin one. */
export function takenMiB({ sizeMiB, isThin }: Disk): Range {
  return isThin ? times(sizingFigure('thin-disk-filled'), sizeMiB) : exactly(sizeMiB)
}

/** What the same disk takes in a linked clone, which holds only its difference. */
export function linkedMiB({ sizeMiB }: Disk): Range {
  return times(sizingFigure('linked-clone-filled'), sizeMiB)
}
