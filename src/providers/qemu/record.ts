/** What is kept of an order in `machine.json`: everything a later start needs, and no secrets. */
import type { Boot, Disk, Machine } from '#lab'
import type { MachineOrder } from '../provider.ts'

/** The bytes of a made disk are in a file of their own. */
export type RecordedDisk =
  | Exclude<Disk, { kind: 'made' }>
  | { readonly kind: 'made'; readonly serial: string }

export interface MachineRecord {
  readonly version: 1
  readonly digest: string
  /** Without what is inside it: that is another level's business. */
  readonly machine: Omit<Machine, 'hypervisor'>
  readonly boot: Omit<Boot, 'disks' | 'settings'> & {
    readonly disks: readonly RecordedDisk[]
    readonly hasSettings: boolean
  }
}

export function recordOf({ machine, boot, digest }: MachineOrder): MachineRecord {
  const { hypervisor: _, ...outside } = machine
  const { settings, disks, ...rest } = boot
  const recorded = disks.map(
    (disk): RecordedDisk => (disk.kind === 'made' ? { kind: 'made', serial: disk.serial } : disk),
  )
  return {
    version: 1,
    digest,
    machine: outside,
    boot: { ...rest, disks: recorded, hasSettings: settings !== '' },
  }
}

/** One line, so that many records can be read in one go. */
export function recordLine(record: MachineRecord): string {
  return `${JSON.stringify(record)}\n`
}

/** `undefined` for anything that is not a whole record. */
export function parseRecord(line: string): MachineRecord | undefined {
  let value: Partial<MachineRecord>
  try {
    value = JSON.parse(line) as Partial<MachineRecord>
  } catch {
    return undefined
  }
  const whole =
    value.version === 1 && typeof value.digest === 'string' && typeof value.machine?.name === 'string'
  return whole && Array.isArray(value.machine?.nics) && value.boot ? (value as MachineRecord) : undefined
}
