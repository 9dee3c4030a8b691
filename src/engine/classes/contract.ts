/** What the engine offers on classes: one lab handed out as many equal seats. */
import type { Expectation, PowerSchedule } from '#lab'
import type { ClassState, JournalRow, Roots, SeatState } from '#store'
import type { Clock, Engine } from '../contract.ts'
import type { LabStatus } from '../plan-types.ts'
import type { Room } from './plan-publish.ts'
import type { RandomBytes } from './secrets.ts'

export interface ClassSurroundings {
  readonly roots: Roots
  readonly clock: Clock
  /** Of all sites. */
  readonly engine: Engine
  readonly randomBytes: RandomBytes
  /** What the site of a lab can still take; undefined where nobody knows. */
  room(site: string): Promise<Room | undefined>
}

/** Times and lengths of time are written as in a lab file. */
export interface ClassTimes {
  /** `2027-01-11T08:00:00Z`; without a zone UTC is meant. */
  readonly opens?: string | undefined
  readonly closes?: string | undefined
  /** Running hours of each seat. */
  readonly hours?: number | undefined
  /** `30min`, or `never`. Default 30min. */
  readonly idle?: string | undefined
  readonly power?: PowerSchedule | undefined
}

export interface ClassWish extends ClassTimes {
  /** Seats are labs named `NAME-01`, `NAME-02`, … */
  readonly name: string
  readonly seats: number
  /**
   * `LAB@SNAPSHOT`, or `LAB`, of which a snapshot is taken now. Several: the same lab on several sites, over which the
   * seats are spread.
   */
  readonly templates: readonly string[]
}

export interface ClassView {
  readonly name: string
  readonly state: ClassState
  /** Seats that are wanted. */
  readonly wanted: number
  readonly opensMs?: number
  readonly closesMs?: number
  readonly quotaMs?: number
  readonly idleMs?: number
  readonly power?: PowerSchedule
  /** `LAB@SNAPSHOT`. */
  readonly templates: readonly string[]
  readonly seats: readonly SeatView[]
}

export interface SeatView {
  readonly number: number
  /** The name of the seat and of its lab: `spring-07`. */
  readonly seat: string
  readonly site: string
  readonly state: SeatState
  readonly because: string
  readonly usedMs: number
  /** Running time that it has in all; absent: as much as it likes. */
  readonly quotaMs?: number
  readonly lastUsedMs?: number
  /** How many are connected now. */
  readonly connected: number
  /** Whether its secret was handed out. */
  readonly handedOut: boolean
  /** Of the last grading. */
  readonly grade?: { readonly atMs: number; readonly earned: number; readonly points: number }
}

/** What opens one seat: shown once. */
export interface SeatAccess {
  readonly seat: string
  readonly secret: string
}

export interface ClassEvent {
  readonly seat: string
  /** What has become of it, for people. */
  readonly text: string
  readonly isTrouble?: boolean
}

export interface ClassRun {
  readonly signal: AbortSignal
  readonly onEvent?: (event: ClassEvent) => void
}

/** Absent: all seats that are there. */
export interface ChosenSeats {
  readonly seats?: readonly number[]
}

export interface Exercise {
  readonly exercise: string
  readonly points: number
  readonly earned: number
  /** What was seen, for people. */
  readonly seen: string
}

export interface SeatGrade {
  readonly seat: string
  readonly atMs: number
  readonly earned: number
  readonly points: number
  readonly exercises: readonly Exercise[]
}

export interface GradeOptions extends ClassRun, ChosenSeats {
  /** Absent: those of each seat's own lab. */
  readonly expectations?: readonly Expectation[]
  /** How an expectation is called that has no `exercise`. */
  readonly describe: (expectation: Expectation) => string
}

/** What a command came to in one seat. */
export interface SeatAnswer {
  readonly seat: string
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface SeatLook extends SeatView {
  readonly lab: LabStatus
  readonly grades: readonly SeatGrade[]
  readonly journal: readonly JournalRow[]
}

/** Everything about a class, for other programs. */
export interface ClassExport extends ClassView {
  readonly grades: readonly SeatGrade[]
  readonly journal: readonly JournalRow[]
}

/** Somebody at a seat; the seat counts as used until `leave`, or until the process ends. */
export interface Visit {
  /** Name of the seat's lab. */
  readonly lab: string
  leave(): Promise<void>
}

/** Every method rejects with a `Failure` only. What a killed command left is gone on with by the next one. */
export interface Classes extends Disposable {
  create(wish: ClassWish, run: ClassRun): Promise<ClassView>
  /** Makes the seats that are missing, in waves that the sites have room for; `count` may be raised. */
  publish(name: string, options: ClassRun & { readonly count?: number }): Promise<ClassView>
  /**
   * New secrets for all seats that are there and whose secret nobody has been shown, or for the chosen ones whose old
   * secret is void then. They count as handed out once `show` has returned.
   */
  handOut(
    name: string,
    chosen: ChosenSeats,
    show: (all: readonly SeatAccess[]) => Promise<void> | void,
  ): Promise<void>
  list(): Promise<readonly ClassView[]>
  find(name: string): Promise<ClassView>
  /** Lets in whoever has the seat's secret and may use it now; a seat that stands still goes on. */
  enter(name: string, number: number, secret: string, run: ClassRun): Promise<Visit>
  /** Absent `to`: as it was handed out. Otherwise a snapshot of the seat, or of its template. */
  reset(name: string, options: ClassRun & ChosenSeats & { readonly to?: string }): Promise<ClassView>
  freeze(name: string, options: ClassRun & ChosenSeats): Promise<ClassView>
  thaw(name: string, options: ClassRun & ChosenSeats): Promise<ClassView>
  /** `hours` are added to what each seat has, or to the chosen ones. */
  extend(name: string, times: ClassTimes, chosen: ChosenSeats): Promise<ClassView>
  /** What the clock asks for: seats that nobody uses stand still, classes that are over are closed. */
  tend(name: string, run: ClassRun): Promise<ClassView>
  grade(name: string, options: GradeOptions): Promise<readonly SeatGrade[]>
  exec(
    name: string,
    what: { readonly path: string; readonly argv: readonly string[] },
    options: ClassRun & ChosenSeats,
  ): Promise<readonly SeatAnswer[]>
  copy(
    name: string,
    what: { readonly path: string; readonly file: string; readonly content: Uint8Array },
    options: ClassRun & ChosenSeats,
  ): Promise<readonly string[]>
  look(name: string, number: number, signal: AbortSignal): Promise<SeatLook>
  export(name: string): Promise<ClassExport>
  /** All labs of the class go; its grades and its journal stay, unless it is to be forgotten. */
  close(name: string, options: ClassRun & { readonly forget?: boolean }): Promise<readonly string[]>
}
