/** Rules of thumb for sizing, as ranges: speed per level, disks, memory, cores. */
import written from './data/sizing-figures.json' with { type: 'json' }
import { dataFile, onceRead, type Source } from './data-file.ts'

export type SizingKey =
  | 'cpu-per-extra-level'
  | 'io-per-extra-level'
  | 'cpu-without-slat'
  | 'io-without-slat'
  | 'cpu-emulated'
  | 'io-emulated'
  | 'three-levels'
  | 'boot-per-extra-level'
  | 'boot-emulated'
  | 'score-nested-seed'
  | 'score-ec2-seed'
  | 'saving-ec2-claimed'
  | 'page-sharing-copies'
  | 'page-sharing-vsphere'
  | `iops-${DiskKind}`
  | 'iops-per-vm'
  | 'write-disks-of-mirror'
  | 'accesses-of-parity-write'
  | 'reads-of-accesses'
  | 'flash-cache-hits'
  | 'vms-per-mirrored-nas'
  | 'vms-on-avoton'
  | 'avoton-of-e3-1230-v3'
  | 'thin-disk-filled'
  | 'linked-clone-filled'
  | 'memory-marks'
  | 'lab-server-memory'
  | 'cpus-per-core'
  | 'cpus-per-core-nested'

export type DiskKind = 'sata' | 'sas' | 'ssd' | 'nvme'

/** From `low` to `high`; they are equal where only one figure is known. */
export interface SizingFigure {
  readonly key: SizingKey
  readonly low: number
  readonly high: number
  /** `share` is a part of one. */
  readonly unit: 'share' | 'times' | 'IOPS' | 'disks' | 'VMs' | 'vCPUs' | 'GiB'
  /** What it is of what, in one sentence. */
  readonly text: string
  readonly source: Source
}

export const sizingData = onceRead(() => dataFile<SizingFigure>(written))

const byKey = onceRead(() => new Map(sizingData().rows.map((row) => [row.key, row])))

export function sizingFigure(key: SizingKey): SizingFigure {
  const figure = byKey().get(key)
  if (figure === undefined) throw new RangeError(`no sizing figure is called ${key}`)
  return figure
}

/** Random reads a second of one disk. */
export function diskIops(kind: DiskKind): SizingFigure {
  return sizingFigure(`iops-${kind}`)
}
