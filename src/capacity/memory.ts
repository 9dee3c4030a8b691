/** Memory inside the machines of the lab that are hypervisors: what each has, uses, wants and has left. */
import { type Hypervisor, type Level, type Machine, machinesOf } from '#lab'
import { type Fit, fitOf } from './fit.ts'
import { overheadOf, ownUse } from './hypervisor-use.ts'

/** One hypervisor. What is absent is not known; then `fit` tells only what is certain all the same. */
export interface HypervisorMemory {
  readonly path: string
  /** That of the machine itself, as in the lab: 1 and up. */
  readonly level: number
  readonly product: string
  readonly version?: string
  readonly givenMiB: number
  readonly ownMiB?: number
  /** Of all machines inside together. */
  readonly overheadMiB?: number
  /** Number of machines directly inside, and the memory that they are given. */
  readonly machines: number
  readonly wantedMiB: number
  /** Below zero: that much is missing. */
  readonly leftMiB?: number
  /** Everything used, of what is given; a lower bound where something is not known. */
  readonly share: number
  readonly fit: Fit
  readonly room?: GuestRoom
}

/**
 * How many more machines of a size there is room for: at least so many with the overhead of each, at most so many
 * when they share as many pages as the overhead takes.
 */
export interface GuestRoom {
  readonly guestMiB: number
  readonly atLeast: number
  readonly atMost: number
}

/** The size of a guest that room is counted in: that of the small servers a lab is full of. */
const usualGuest = { memoryMiB: 1024, cpus: 1 }

/** Outermost first, in the order of the file. */
export function innerMemory(top: Level): readonly HypervisorMemory[] {
  return [...machinesOf(top)].flatMap((machine) =>
    machine.hypervisor ? [memoryOf(machine, machine.hypervisor)] : [],
  )
}

function memoryOf(machine: Machine, hypervisor: Hypervisor): HypervisorMemory {
  const { product, version, inside } = hypervisor
  const own = ownUse(hypervisor)
  const overheadMiB = overheadOfAll(hypervisor)
  const wantedMiB = inside.machines.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0)
  const isComplete = own !== undefined && overheadMiB !== undefined
  const usedMiB = (own?.MiB ?? 0) + (overheadMiB ?? 0) + wantedMiB
  const share = usedMiB / machine.memoryMiB
  const leftMiB = machine.memoryMiB - usedMiB
  return {
    path: machine.path,
    level: machine.level,
    product,
    ...(version !== undefined && { version }),
    givenMiB: machine.memoryMiB,
    ...(own && { ownMiB: own.MiB }),
    ...(overheadMiB !== undefined && { overheadMiB }),
    machines: inside.machines.length,
    wantedMiB,
    ...(isComplete && { leftMiB }),
    share,
    fit: fitOf(share, !isComplete),
    ...(isComplete && { room: roomIn(hypervisor, leftMiB) }),
  }
}

/** Undefined when there is no figure; zero only when there is no machine. */
function overheadOfAll(hypervisor: Hypervisor): number | undefined {
  let sumMiB = 0
  for (const machine of hypervisor.inside.machines) {
    const overhead = overheadOf(hypervisor, machine)
    if (overhead === undefined) return undefined
    sumMiB += overhead.MiB
  }
  return sumMiB
}

function roomIn(hypervisor: Hypervisor, leftMiB: number): GuestRoom {
  const { memoryMiB } = usualGuest
  const withOverheadMiB = memoryMiB + (overheadOf(hypervisor, usualGuest)?.MiB ?? 0)
  const count = (sizeMiB: number) => Math.max(0, Math.floor(leftMiB / sizeMiB))
  return { guestMiB: memoryMiB, atLeast: count(withOverheadMiB), atMost: count(memoryMiB) }
}
