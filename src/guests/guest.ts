/** The contract of a system that runs in a machine: how it is started, known to be up, driven and shut down. */
import type { Host } from '#host'
import type { Machine } from '#lab'

/** Keys of one lab, made at its first `up`: whoever has them may enter its machines. */
export interface LabKeys {
  /** OpenSSH formats; the private ones are secrets. */
  readonly clientPrivate: string
  readonly clientPublic: string
  readonly hostPrivate: string
  /** `ssh-ed25519 AAAA…`: what every machine of the lab must show. */
  readonly hostPublic: string
}

/** One image in the image store. */
export interface Image {
  readonly name: string
  /** SHA-256 over the manifest, which holds the SHA-256 of every file. */
  readonly sha256: string
  readonly guest: GuestName
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly sizeBytes: number }>>
}

export type GuestName = 'tiny' | 'kvm-node' | 'cloud'

/** What a guest said about itself, asked from outside. */
export interface GuestReport {
  readonly hostname: string
  readonly links: readonly {
    readonly name: string
    readonly mac: string
    readonly addresses: readonly string[]
  }[]
  /** Only hypervisors: the accelerator its own machines get, proven. */
  readonly accelerator?: 'kvm' | 'tcg'
  /** Absent: not known. */
  readonly uptimeSeconds?: number
}

export interface Asking {
  readonly signal: AbortSignal
  readonly nowMs?: number
}

export interface Guest {
  readonly name: GuestName
  /** Time a machine of this kind may take before it counts as failed, without and with hardware virtualization. */
  readonly bootLimitMs: { readonly tcg: number; readonly kvm: number }
  /**
   * Time between two attempts to reach it while it boots, where each costs it much: an emulated OpenSSH that was
   * asked more often served nothing else, and closed the door to the one that would have been let in.
   */
  readonly knockEveryMs?: number
  /**
   * Asks the guest; resolves only when it is up for the purpose (a hypervisor: it can run machines). `nowMs`: it goes
   * on from an instant in the past, and is told the time and given new randomness with the same command.
   */
  prove(machine: Machine, inside: Host, asking: Asking): Promise<GuestReport>
  /** Time it may take to shut itself down once it has accepted, at level 1. */
  readonly shutDownLimitMs: number
  /** Asks the system to shut itself down; returns when it has accepted. */
  shutdown(inside: Host, signal: AbortSignal): Promise<void>
}
