/** Snapshots that a site itself keeps of single machines: what a provider offers of them. */

export interface SnapshotWish {
  readonly name: string
  /**
   * `memory`: what the machine has in it, too, so that it goes on from there when it is taken back; `disks`: as after a
   * power cut; `quiesced-disks`: the tools in the guest write down first what it holds back. Of a machine that is off,
   * all three are the same.
   */
  readonly keeps: 'memory' | 'disks' | 'quiesced-disks'
  /** For people. */
  readonly note?: string
}

/** What a site keeps of one machine: its virtual hardware, its settings, its disks, and perhaps its memory. */
export interface MachineSnapshot {
  readonly name: string
  /** ISO 8601, by the clock of the site. */
  readonly takenAt: string
  readonly hasMemory: boolean
  /** What the machine is now was made out of it. */
  readonly isCurrent: boolean
  /** The one of ours that it builds on. */
  readonly parent?: string
  readonly note?: string
}

/**
 * Snapshots by name, of one machine each, kept where its disks are and gone when it is removed. Only those that the
 * lab took: what others took of the same machine is neither shown nor touched. Every call may be repeated.
 */
export interface MachineSnapshots {
  /** Does nothing where there is one of that name. */
  create(machine: string, wish: SnapshotWish, signal: AbortSignal): Promise<void>
  /**
   * All that the machine is, its digest too, is then as it was; it runs only if the snapshot has its memory. What has
   * become of it since the last snapshot is lost. Rejects when there is none of that name.
   */
  revert(machine: string, name: string, signal: AbortSignal): Promise<void>
  /** The oldest first. */
  list(machine: string, signal: AbortSignal): Promise<readonly MachineSnapshot[]>
  /** The machine, and what builds on the snapshot, stay as they are. Does nothing where there is none of that name. */
  remove(machine: string, name: string, signal: AbortSignal): Promise<void>
}
