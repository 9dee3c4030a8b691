/** What the engine is handed by `main.ts`, and what it offers to those who reach it (command line, server). */
import type { Guests } from '#guests'
import type { Hypervisor, LabSwitch, Machine, ResolvedLab } from '#lab'
import type { Access, InsideRequest, PortStats, Provider } from '#providers'
import type { Roots } from '#store'
import type { Checked, ExpectOptions } from './expect.ts'
import type { FailOver } from './moves/fail-over.ts'
import type { MoveDone, MoveWish } from './moves/move.ts'
import type { Proposal } from './moves/placing.ts'
import type { LabNetwork } from './network-contract.ts'
import type { EngineEvent, LabStatus, NotedPlan } from './plan-types.ts'
import type {
  CloneWish,
  HandedOut,
  Snapshot,
  SnapshotDetails,
  SnapshotDifference,
  SnapshotList,
  SnapshotWish,
  TakingIn,
  Warm,
} from './snapshots/index.ts'

/** The inside of a machine: commands, files and connections there. Close it when done. */
export type Inside = InsideRequest['host']

export interface Clock {
  nowMs(): number
  /** Rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** What carries the frames of level 0: a process of ours that needs no rights, or the kernel, which wants root. */
export type Carrier = 'process' | 'kernel'

export interface Surroundings {
  readonly roots: Roots
  readonly guests: Guests
  readonly clock: Clock
  /** Level 0 of a lab. */
  openSite(lab: ResolvedLab, signal: AbortSignal, carrier: Carrier): Promise<Provider>
  /** The level inside a hypervisor that is up. */
  openInside(request: InsideRequest, lab: ResolvedLab): Promise<Provider>
  /**
   * The level inside a hypervisor that is driven by its own interface; undefined for those that are driven by commands
   * on a host inside, which `openInside` is for.
   */
  openInsideByApi?(hypervisor: Machine, lab: ResolvedLab, signal: AbortSignal): Promise<Provider> | undefined
  /** Why what is inside a hypervisor is left alone here, as a whole sentence; undefined where it is looked after. */
  readonly leavesInside?: (hypervisor: Machine, lab: ResolvedLab) => string | undefined
  /** Whether a hypervisor is a copy that its own interface makes one of its own. */
  readonly isCopy?: (hypervisor: Machine, lab: ResolvedLab) => boolean
  /** Machines are made with the networks that they are plugged into, so switches come before them. */
  readonly switchesFirst?: boolean
  /** The site has images of its own: `lacking` tells what is missing, and the image store is not asked. */
  readonly hasOwnImages?: boolean
  /** Whether clusters of the lab file are made on this site. */
  readonly makesClusters?: boolean
  /** What the user should know whenever the state of a lab is told. */
  readonly statusNotes?: (lab: ResolvedLab) => readonly string[]
  /**
   * What is wanting before this machine can run (an image, a licence, a provider for its product), as a whole
   * sentence; undefined when nothing is.
   */
  readonly lacking?: (machine: Machine, lab: ResolvedLab) => Promise<string | undefined>
  /**
   * Why the kernel cannot carry the frames of this lab's level 0, one whole sentence with its remedy each. Absent
   * where it never can.
   */
  readonly kernelLacks?: (lab: ResolvedLab, signal: AbortSignal) => Promise<readonly string[]>
  /**
   * What a switch inside such a hypervisor will not do of what it is asked, one whole sentence each; without a
   * hypervisor, one that the kernel carries at level 0.
   */
  readonly switchGaps?: (one: LabSwitch, hypervisor?: Hypervisor) => readonly string[]
  /** Memory that level 0 can still give to machines. */
  readonly memoryAvailableMiB?: () => Promise<number>
  /** Machines that may boot at the same time on level 0; default 4. */
  readonly bootsAtOnce?: number
}

export interface PlanOptions {
  /**
   * Patterns of paths (`*` within a segment, `**` across). A hypervisor that matches brings everything inside it; a
   * machine that matches brings the hypervisors around it.
   */
  readonly only?: readonly string[]
  /** The lab file, absolute: two files may not use the same lab name at once. */
  readonly file?: string
  /** Stays as it was when the lab was brought up; `process` for a new lab. */
  readonly carrier?: Carrier
}

export interface RunOptions {
  readonly onEvent: (event: EngineEvent) => void
  readonly signal: AbortSignal
}

export interface UpOptions extends RunOptions, PlanOptions {
  /** Machines that may boot at the same time on each level; overrides the default. */
  readonly parallel?: number
  /** Machines that are made anew are not kept as a snapshot first. */
  readonly keepsNothing?: boolean
  /** Asked before anything is opened to others, with a sentence for each. Absent: nobody agrees. */
  readonly agrees?: (opened: readonly string[]) => Promise<boolean>
}

export interface LabEntry {
  readonly name: string
  readonly site: string
  readonly file?: string
  /** Why its record cannot be read; everything but the name is then unknown. */
  readonly damaged?: string
}

/** Port counters of one level, or why they could not be asked for. */
export interface LevelStats {
  /** The hypervisor's path, empty for level 0. */
  readonly owner: string
  readonly ports: readonly PortStats[]
  readonly unreachable?: string
}

/**
 * Every method rejects with a `Failure` only. Methods that name a lab work from its record, so its file may be gone.
 * `up`, `down`, `start` and `stop` hold the lab's lock; two at once on the same lab: the second fails at once.
 */
export interface Engine {
  plan(lab: ResolvedLab, options: PlanOptions, signal: AbortSignal): Promise<NotedPlan>
  up(lab: ResolvedLab, options: UpOptions): Promise<LabStatus>
  /** Destroys everything and says what was removed. Repeating it finishes what was cut off. */
  down(lab: string, options: RunOptions): Promise<readonly string[]>
  /** Shuts down gracefully (guest, then power button, then power); an empty list means the whole lab. */
  stop(lab: string, paths: readonly string[], options: RunOptions): Promise<LabStatus>
  /** Brings stopped machines up again as the lab was last brought up. */
  start(lab: string, paths: readonly string[], options: RunOptions): Promise<LabStatus>
  /** Keeps the whole lab as it is at one instant, while it goes on. */
  snapshot(lab: string, wish: SnapshotWish, options: RunOptions): Promise<Snapshot>
  snapshots(lab: string): Promise<SnapshotList>
  snapshotDetails(lab: string, name: string): Promise<SnapshotDetails>
  /** What disks still stand on stays until they go. */
  removeSnapshot(lab: string, name: string): Promise<void>
  /** `to` absent: the lab as it is now. */
  compareSnapshots(
    lab: string,
    names: { readonly from: string; readonly to?: string },
  ): Promise<readonly SnapshotDifference[]>
  /** All that ran at that instant goes on from there, and has proven to; what has become of it since is lost. */
  revert(lab: string, name: string, options: RunOptions): Promise<LabStatus>
  /** Another lab that goes on from a snapshot of this one, or from now. */
  clone(lab: string, wish: CloneWish, options: RunOptions): Promise<LabStatus>
  /** Keeps a lab that is up, so that the next `up` of the same lab goes on from there; it outlives `down`. */
  keepWarm(lab: string, options: RunOptions): Promise<Warm>
  warmLabs(): Promise<readonly Warm[]>
  dropWarm(lab: string): Promise<void>
  /** What is kept of this very lab, for another installation; undefined when it is not kept warm. */
  handOut(lab: ResolvedLab): Promise<HandedOut | undefined>
  /** Takes in what another installation handed out: the next `up` of the lab goes on from there, with keys of its own. */
  takeIn(of: TakingIn, options: RunOptions): Promise<Warm>
  /** A running machine goes on inside another hypervisor. */
  migrate(lab: string, wish: MoveWish, options: RunOptions): Promise<MoveDone>
  /** Cuts the power of a hypervisor of L0; what was inside is started on the others of its cluster. */
  failHypervisor(
    lab: string,
    what: { readonly path: string; readonly planOnly: boolean },
    options: RunOptions,
  ): Promise<FailOver>
  /** Moves that would bring hypervisors of clusters closer together; changes nothing. */
  proposeBalance(lab: string, signal: AbortSignal): Promise<readonly Proposal[]>
  /** Machines stand still: they keep their memory and take no processor time. Names of those of L0. */
  pause(lab: string, options: RunOptions): Promise<readonly string[]>
  resume(lab: string, options: RunOptions): Promise<readonly string[]>
  status(lab: string, signal: AbortSignal): Promise<LabStatus>
  labs(): Promise<readonly LabEntry[]>
  /** The resolved lab as it was last brought up, or as it was at a snapshot. */
  recorded(lab: string, snapshot?: string): Promise<ResolvedLab>
  enter(lab: string, path: string, signal: AbortSignal): Promise<Inside>
  /** `close` ends the connections of the levels between. */
  access(lab: string, path: string, signal: AbortSignal): Promise<Access & { close(): Promise<void> }>
  stats(lab: string, signal: AbortSignal): Promise<readonly LevelStats[]>
  /** Close it when done. */
  network(lab: string, signal: AbortSignal): Promise<LabNetwork>
  /** Checks what the lab file expects, on the machines that run. In the order of the file. */
  checkExpectations(lab: string, options: ExpectOptions): Promise<readonly Checked[]>
  /** The end of the machine's serial console, cleaned of terminal control sequences. */
  logs(lab: string, path: string, maxBytes: number, signal: AbortSignal): Promise<string>
}
