/** How the engine gives access to the networks of a lab that is up: its levels, and the ports of a machine. */
import type { ResolvedLab } from '#lab'
import type { LevelNetwork } from '#providers'
import type { LevelStats } from './contract.ts'

/** A machine by its path, and one of its NICs; all of them when none is named. */
export interface PortsWanted {
  readonly path: string
  readonly nic?: string
}

export interface PortsFound {
  /** Path of the hypervisor around them; empty at level 0. */
  readonly owner: string
  /** As the level names them: `web:nic0`. */
  readonly ports: readonly string[]
  readonly network: LevelNetwork
}

export interface NetworkLevel {
  readonly owner: string
  readonly network: LevelNetwork
}

/** Levels that could not be entered are named with the reason. */
export interface NetworkLevels {
  readonly levels: readonly NetworkLevel[]
  readonly unreachable: readonly { readonly owner: string; readonly why: string }[]
}

/** A frame as a port saw it. */
export interface Sighting {
  /** `kvm-1/web:nic0`. */
  readonly port: string
  /** `in`: from the machine to the switch. */
  readonly direction: 'in' | 'out'
  readonly frame: Uint8Array
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint
  /** Why the switch dropped it, as the capture says it. */
  readonly drop?: string
}

export interface Watched {
  /** In the order of time. */
  readonly sightings: readonly Sighting[]
  /** Every port that was watched. */
  readonly ports: readonly string[]
  readonly unwatched: readonly { readonly owner: string; readonly why: string }[]
}

/** The networks of one lab. Ways into its levels are kept open until `close`. */
export interface LabNetwork {
  readonly lab: ResolvedLab
  /** Fails with `no-such-machine`, `no-such-nic`, `no-frames`, or because the level cannot be entered. */
  ports(wanted: PortsWanted, signal: AbortSignal): Promise<PortsFound>
  level(owner: string): Promise<LevelNetwork>
  /** Every level that can be entered, outermost first. */
  levels(signal: AbortSignal): Promise<NetworkLevels>
  stats(signal: AbortSignal): Promise<readonly LevelStats[]>
  /** What the ports of these levels see while `work` is done, and shortly after. Levels that cannot be watched: why. */
  watch(owners: readonly string[], work: () => Promise<void>, signal: AbortSignal): Promise<Watched>
  close(): Promise<void>
}
