/** What the simulated machine park remembers: plain data, the whole content of the simulation file. */
import type { LabSwitch, Nic } from '#lab'
import type { MachineState } from '../provider.ts'

/** One port's counters; `dropped` by reason code. */
export interface PortCounters {
  readonly port: string
  readonly portgroup: string
  readonly received: number
  readonly sent: number
  readonly dropped: Readonly<Record<string, number>>
}

export interface SimSwitch {
  readonly wanted: LabSwitch
  readonly digest: string
  readonly counters: readonly PortCounters[]
}

/** What the hardware of one machine is; decided when it is created. */
export interface SimHardware {
  readonly path: string
  readonly name: string
  readonly uuid: string
  readonly level: number
  readonly cpus: number
  readonly memoryMiB: number
  readonly nics: readonly Nic[]
  readonly hypervisor: boolean
}

/** A file (base64) or folder (null) that was made in a guest since it booted. */
export interface SimFile {
  readonly path: string
  readonly content: string | null
}

export interface SimMachine {
  readonly hardware: SimHardware
  /** As given in the boot order; holds the lab's host key. */
  readonly settings: string
  readonly digest: string
  readonly state: MachineState
  /** Counts starts and reboots, so that what belonged to an earlier run can be told apart. */
  readonly run: number
  /** Virtual time at which the present run began. */
  readonly bootedAtMs: number
  /** Virtual time at which the last run ended. */
  readonly endedAtMs?: number
  /** Virtual time at which this run ends by itself, and how. */
  readonly ending?: { readonly atMs: number; readonly as: 'stopped' | 'crashed' | 'reboot' }
  readonly files: readonly SimFile[]
  /** Removals that were refused so far (rehearsal `stuck`). */
  readonly refusedRemovals: number
  /** Virtual time since which it, and with it all inside, stands still; absent while it does not. */
  readonly pausedAtMs?: number
  /** Tells this run from others where `bootedAtMs` cannot, because the machine has stood still since. */
  readonly runSinceMs?: number
  /** What was kept of another machine, where its first run begins. */
  readonly beginsAt?: { readonly folder: string; readonly sha256: string }
  /** It goes on from an instant in the past and hears nobody (rehearsal `never-wakes`). */
  readonly isHung?: true
}

/** One level: L0 has the owner '', the inside of a hypervisor that hypervisor's path. */
export interface SimLevel {
  readonly owner: string
  readonly machines: readonly SimMachine[]
  readonly switches: readonly SimSwitch[]
}

export interface Park {
  readonly lab: string
  readonly levels: readonly SimLevel[]
}

export function emptyPark(lab: string): Park {
  return { lab, levels: [] }
}

export function levelOf(park: Park, owner: string): SimLevel {
  return park.levels.find((level) => level.owner === owner) ?? { owner, machines: [], switches: [] }
}

/** The park with one level exchanged; a level without content is not kept. */
export function withLevel(park: Park, level: SimLevel): Park {
  const others = park.levels.filter((other) => other.owner !== level.owner)
  const empty = level.machines.length === 0 && level.switches.length === 0
  return { ...park, levels: empty ? others : [...others, level] }
}

export function findMachine(level: SimLevel, name: string): SimMachine | undefined {
  return level.machines.find((machine) => machine.hardware.name === name)
}

/** A machine by its path in the lab, as `kvm-1/web`. */
export function machineAt(park: Park, path: string): SimMachine | undefined {
  const slash = path.lastIndexOf('/')
  return findMachine(levelOf(park, slash < 0 ? '' : path.slice(0, slash)), path.slice(slash + 1))
}

/** Only machines of L0 are paused; what is inside one stands still with it. */
export function pausedAt(park: Park, path: string): number | undefined {
  const [outermost = ''] = path.split('/')
  return machineAt(park, outermost)?.pausedAtMs
}

export function withMachine(level: SimLevel, machine: SimMachine): SimLevel {
  const at = level.machines.findIndex((other) => other.hardware.name === machine.hardware.name)
  const machines = at < 0 ? [...level.machines, machine] : level.machines.with(at, machine)
  return { ...level, machines }
}

export function withoutMachine(level: SimLevel, name: string): SimLevel {
  return { ...level, machines: level.machines.filter((machine) => machine.hardware.name !== name) }
}

/** The park without anything inside the hypervisor at `path`: its memory is gone. */
export function withoutInside(park: Park, path: string): Park {
  const kept = park.levels.filter((level) => level.owner !== path && !level.owner.startsWith(`${path}/`))
  return kept.length === park.levels.length ? park : { ...park, levels: kept }
}
