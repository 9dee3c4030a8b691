/** The contract of a place where machines come to exist: this machine's QEMU, the inside of a hypervisor, a simulator. */
import type { Duplex } from 'node:stream'
import type { Host } from '#host'
import type { Boot, Cluster, LabSwitch, Machine } from '#lab'
import type { FrozenSource, MachineCopies } from './copies.ts'
import type { MachineSnapshots } from './machine-snapshots.ts'
import type { MachineMoves } from './moves.ts'
import type { LevelNetwork } from './network.ts'

/** One machine to be created. `digest` changes when anything changes that cannot be changed while it runs. */
export interface MachineOrder {
  readonly machine: Machine
  readonly boot: Boot
  readonly digest: string
  /** Begins where another one was frozen instead of empty; it then runs from there once it is resumed. */
  readonly frozen?: FrozenSource
}

/** `crashed`: was started, and its process has gone without being asked. `paused`: its process runs, its clock does not. */
export type MachineState = 'created' | 'running' | 'paused' | 'stopped' | 'crashed'

/** What carries out a machine's instructions; `esxi`: the monitor of VMware. */
export type Accelerated = 'tcg' | 'kvm' | 'esxi' | 'simulated'

export interface SeenMachine {
  readonly name: string
  readonly state: MachineState
  /** Digest given at creation. */
  readonly digest: string
  /** Digest of its power schedule; absent where it has none. */
  readonly schedule?: string
  readonly accelerator?: Accelerated
  /** What it really runs with, where that may be fewer than were ordered. */
  readonly cpus?: number
  readonly pid?: number
}

export interface SeenSwitch {
  readonly name: string
  readonly digest: string
  /** False when what carries its frames (the switch process) is not running. */
  readonly alive: boolean
}

export interface SeenCluster {
  readonly name: string
  readonly digest: string
}

export interface SeenDatastore {
  readonly name: string
  /** Empty while it is being made or changed. */
  readonly digest: string
  /** False when it is not there any more, or cannot be reached. */
  readonly alive: boolean
}

export interface Inventory {
  readonly machines: readonly SeenMachine[]
  readonly switches: readonly SeenSwitch[]
  /** Absent where there are none of the lab. */
  readonly datastores?: readonly SeenDatastore[]
  /** Absent where there are none. */
  readonly clusters?: readonly SeenCluster[]
  /**
   * What the hypervisor that this is the inside of still has of the one it was copied from, and is to have of its own,
   * for people: `the name golden`. Absent where nothing.
   */
  readonly copied?: readonly string[]
}

/** A place for disks inside a hypervisor: on an empty disk of its own, or served by a machine beside it. */
export type WantedDatastore =
  | { readonly name: string; readonly kind: 'local'; readonly sizeMiB?: number }
  | {
      readonly name: string
      readonly kind: 'nfs'
      /** Path of the machine that serves it, its address, and the folder that it exports. */
      readonly server: string
      readonly address: string
      readonly folder: string
    }

/** A cluster whose members are machines of this level. */
export interface ClusterOrder {
  readonly cluster: Cluster
  readonly members: readonly Machine[]
  readonly digest: string
}

/** What a site itself knows of a guest, without anybody being let in. */
export interface SeenGuest {
  readonly hostname?: string
  readonly links: readonly { readonly mac: string; readonly addresses: readonly string[] }[]
}

/** A step as far as its calls depend on it. */
export type PlannedWork =
  | { readonly do: 'put-switch'; readonly wanted: LabSwitch }
  | { readonly do: 'create-machine'; readonly machine: Machine }
  | { readonly do: 'put-schedule'; readonly machine: Machine }
  | { readonly do: 'put-cluster'; readonly order: Omit<ClusterOrder, 'digest'> }
  | { readonly do: 'put-datastore'; readonly datastore: WantedDatastore }
  | {
      readonly do:
        | 'put-identity'
        | 'start-machine'
        | 'stop-machine'
        | 'remove-machine'
        | 'drop-switch'
        | 'drop-cluster'
        | 'drop-datastore'
      readonly name: string
    }

/** Lets in whoever has it, once and soon: for the eyes of whoever asked, and never written anywhere. */
export interface ConsoleLink {
  /** `wss://host:443/ticket/…`, for clients of that protocol. */
  readonly url: string
  /** SHA-1 of the certificate that the host shows there. */
  readonly thumbprint?: string
}

/** How a running machine is reached from outside. Each call makes a new connection. */
export interface Access {
  /** SSH of the guest, through the provider's control NIC (never through the lab's own networks). */
  control(signal?: AbortSignal): Promise<Duplex>
  /** The serial console. Bytes both ways; what was printed before is in the provider's `consoleTail`. */
  console(signal?: AbortSignal): Promise<Duplex>
  /** Where a browser sees the screen; present only where the site shows it to browsers. */
  consoleLink?(signal?: AbortSignal): Promise<ConsoleLink>
  /** QEMU guest agent; present only where the machine was given one. */
  agent?(signal?: AbortSignal): Promise<Duplex>
}

/** Counters of one switch port, `dropped` by reason code. */
export interface PortStats {
  readonly switchName: string
  readonly portgroup: string
  /** `kvm-1:nic0`; the level's own name of the machine. */
  readonly port: string
  readonly connected: boolean
  readonly received: number
  readonly sent: number
  /** Bytes of frames, where the level counts them. */
  readonly receivedBytes?: number
  readonly sentBytes?: number
  readonly dropped: Readonly<Record<string, number>>
}

/**
 * One level's machines and switches. Names are the level's own (`web`, not `kvm-1/web`).
 * Order for one machine: create, start, stop, remove; its switches are put before it starts and dropped after it
 * is removed. Every call may be repeated and then does nothing; calls for different machines may overlap.
 * A call that rejects has changed nothing that `inspect` would not show.
 */
export interface Provider {
  readonly name: string
  inspect(signal: AbortSignal): Promise<Inventory>
  /** Creates the switch or changes it to `wanted` while it runs; frames that both versions would pass are not lost. */
  putSwitch(wanted: LabSwitch, digest: string, signal: AbortSignal): Promise<void>
  dropSwitch(name: string, signal: AbortSignal): Promise<void>
  /** On failure nothing is left behind. */
  create(order: MachineOrder, signal: AbortSignal): Promise<void>
  /** Returns when the machine's process runs, not when its guest is up. */
  start(name: string, signal: AbortSignal): Promise<void>
  /** `button` presses the power button and returns at once; `power` returns when the machine is off. */
  stop(name: string, how: 'button' | 'power', signal: AbortSignal): Promise<void>
  /** Powers off first when needed. On failure the machine is still listed. */
  remove(name: string, signal: AbortSignal): Promise<void>
  /** Rejects when the machine is not running. */
  access(name: string): Promise<Access>
  /** The end of what the machine printed on its serial console; also of one that does not run any more. */
  consoleTail(name: string, maxBytes: number): Promise<string>
  stats(signal: AbortSignal): Promise<readonly PortStats[]>
  /** Present where machines can be frozen with their memory. */
  readonly copies?: MachineCopies
  /** Present where running machines can move to another level of the same kind. */
  readonly moves?: MachineMoves
  /** Absent where no real frames flow. */
  readonly network?: LevelNetwork
  /**
   * Present where the site knows by itself whether a guest is up, so that nobody has to be let in for that: what it
   * says of one that is, and undefined while it is not.
   */
  guest?(machine: Machine, signal: AbortSignal): Promise<SeenGuest | undefined>
  /** The calls that a step would make, a line each, for people. Makes none of them. */
  describe?(work: PlannedWork, signal: AbortSignal): Promise<readonly string[]>
  /**
   * What putting a switch would open to others that use it, a sentence each; it is put only once somebody has agreed.
   * Absent where all switches are the lab's own.
   */
  opens?(wanted: LabSwitch, signal: AbortSignal): Promise<readonly string[]>
  /**
   * What a running machine is handed when it boots again. A guest that restarts by itself would be handed what it had,
   * so its machine ends instead, and is to be started. Present where machines are handed settings.
   */
  putSettings?(name: string, settings: string, signal: AbortSignal): Promise<void>
  /** Has the site switch the machine on and off as its traits say; empty digest: not any more. */
  putSchedule?(machine: Machine, digest: string, signal: AbortSignal): Promise<void>
  /**
   * Joins hypervisors of this level, which are up, into a cluster; those that were in it and are no members leave.
   * Present where there are clusters.
   */
  putCluster?(order: ClusterOrder, signal: AbortSignal): Promise<void>
  dropCluster?(name: string, signal: AbortSignal): Promise<void>
  /** Before the machines of its level, which may be put there. Present where a lab has datastores of its own. */
  putDatastore?(wanted: WantedDatastore, digest: string, signal: AbortSignal): Promise<void>
  dropDatastore?(name: string, signal: AbortSignal): Promise<void>
  /**
   * Makes a hypervisor that is a copy one of its own, where its interface can; says what it did, half a sentence each.
   * Before all else inside it.
   */
  putIdentity?(signal: AbortSignal): Promise<readonly string[]>
  /** Present where the site keeps snapshots of single machines by itself. */
  readonly machineSnapshots?: MachineSnapshots
  /**
   * Whether anything in a running machine hears its button, where the site can tell. Absent: all of them may.
   */
  hears?(name: string, signal: AbortSignal): Promise<boolean>
  /**
   * Asks the hypervisor that this is the inside of to shut itself down, whatever still runs in it; returns once it was
   * asked. Present where its own interface can do that.
   */
  shutDownHypervisor?(signal: AbortSignal): Promise<void>
  /** Time that a guest gets after its button was pressed, where that is long. */
  readonly buttonLimitMs?: number
  /** Takes away what belongs to the lab but to no machine or switch; the last call of `down`. Says what it removed. */
  clear(signal: AbortSignal): Promise<readonly string[]>
  close(): Promise<void>
}

/** What the engine asks for to look inside a hypervisor that is up. */
export interface InsideRequest {
  readonly lab: string
  readonly hypervisor: Machine
  readonly host: Host
}
