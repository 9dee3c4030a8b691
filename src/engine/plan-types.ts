/** The plan and what happens while it is carried out, as plain data. */
import type { Failure } from '#failure'
import type { Accelerated } from '#providers'

export type StepKind =
  | 'put-switch'
  | 'create-machine'
  | 'start-machine'
  /** Wait until the guest is up and prove it; for a hypervisor this opens its inside. */
  | 'prove-guest'
  /** Have the site switch it on and off by its clock, or not any more. */
  | 'put-schedule'
  /** Give a hypervisor that is a copy what is to be its own, over its own interface. */
  | 'put-identity'
  | 'stop-machine'
  | 'remove-machine'
  | 'drop-switch'
  /** Make a place for disks inside a hypervisor. */
  | 'put-datastore'
  | 'drop-datastore'
  /** Join hypervisors that are up. */
  | 'put-cluster'
  | 'drop-cluster'
  /** Keep all machines of L0 as they are at one instant. */
  | 'freeze-machines'
  /** Let machines that stand still go on, all at once. */
  | 'resume-machines'
  /** Make machines stand still. */
  | 'pause-machines'
  /** Take away what belongs to the lab but to no machine. */
  | 'clear-site'

export interface Step {
  /** Unique in the plan and the same in every plan: `start-machine kvm-1/web`. */
  readonly id: string
  readonly do: StepKind
  /** The machine's path; for a switch `kvm-1/br0`, at L0 `vSwitch0`; for a datastore `esxi-1/data`. */
  readonly path: string
  /** Why, for people: `new in the lab file`, `memory 1024 → 2048 MiB`. */
  readonly because: string
  /** Steps that must be done before. */
  readonly needs: readonly string[]
}

export interface Plan {
  readonly lab: string
  readonly aim: 'up' | 'down' | 'start' | 'stop' | 'freeze' | 'restore' | 'pause' | 'resume'
  readonly steps: readonly Step[]
  /** Paths that are already as wanted. */
  readonly unchanged: readonly string[]
  /**
   * Hypervisors that run but do not answer yet, or still have something of their original: what is to be done inside is
   * planned once they do, or have not.
   */
  readonly deferred: readonly string[]
}

/** What the user should know before the plan is carried out. */
export interface PlanNote {
  /** The machine's path; empty when it is about several, or the whole lab. */
  readonly path: string
  readonly text: string
}

/** A plan to be looked at. */
export interface NotedPlan extends Plan {
  readonly notes: readonly PlanNote[]
  /** What each step would ask of the site, where the site can say; levels that are not there yet are not asked. */
  readonly calls?: readonly StepCalls[]
}

export interface StepCalls {
  /** Id of the step. */
  readonly step: string
  readonly calls: readonly string[]
}

export type EngineEvent =
  /** Comes before the first step, and again when the inside of a deferred hypervisor has been planned. */
  | { readonly kind: 'planned'; readonly plan: Plan }
  | { readonly kind: 'step-began'; readonly step: Step; readonly atMs: number }
  | { readonly kind: 'step-done'; readonly step: Step; readonly atMs: number; readonly tookMs: number }
  | { readonly kind: 'step-failed'; readonly step: Step; readonly atMs: number; readonly failure: Failure }
  /** A step before it failed, or the user stopped the command. */
  | { readonly kind: 'step-skipped'; readonly step: Step; readonly because: string }
  | ({ readonly kind: 'note' } & PlanNote)

/** What is true of one machine now, asked just now. */
export interface MachineStatus {
  readonly path: string
  readonly level: number
  /**
   * `missing`: in the lab file but not created. `paused`: stands still until it is resumed. `unreachable`: runs, but does not answer.
   * `unknown`: its hypervisor cannot be looked into.
   */
  readonly state:
    | 'missing'
    | 'created'
    | 'running'
    | 'ready'
    | 'paused'
    | 'unreachable'
    | 'stopped'
    | 'crashed'
    | 'unknown'
  /** No longer in the lab file. */
  readonly leftover: boolean
  readonly accelerator?: Accelerated
  readonly hostname?: string
  /** As the guest itself reports them. */
  readonly addresses: readonly string[]
  readonly image: string
  readonly cpus: number
  /** Present where it runs with fewer: an emulated hypervisor has one. */
  readonly runningCpus?: number
  readonly memoryMiB: number
}

export interface LabStatus {
  readonly lab: string
  readonly site: string
  readonly machines: readonly MachineStatus[]
  readonly switches: readonly { readonly path: string; readonly alive: boolean }[]
  /** A command that was cut off: its unfinished steps, from the journal. */
  readonly interrupted: readonly Step[]
  /** What should be known about the site; absent: nothing. */
  readonly notes?: readonly string[]
}
