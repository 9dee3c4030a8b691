/** What can be done and seen at the ports of one level while it runs: bad links, captures, and who knows which MAC. */
import type { Duplex } from 'node:stream'
import type { Impairment } from '#switch'

/** Without a seed one is chosen, where the level can use one. */
export type LinkConditions = Omit<Impairment, 'seed'> & { readonly seed?: number }

export interface ImpairedPort {
  /** `web:nic0`; the level's own name of the machine. */
  readonly port: string
  readonly conditions: LinkConditions
}

export interface PortCapture {
  /** All ports of the level when absent. */
  readonly ports?: readonly string[]
  /** Only frames that are not delivered, or not to everybody. */
  readonly dropsOnly: boolean
  /** Keeps so many bytes of each frame; 0 for all of them. */
  readonly snapBytes: number
  /** Ends after so many frames; 0 for never. */
  readonly frames: number
}

/** A MAC that a switch knows: told (`static`), learned from frames, or seen by a dvfilter. */
export interface KnownMac {
  readonly mac: string
  readonly port: string
  readonly kind: 'static' | 'learned' | 'filter'
  readonly vlan?: number
  /** Seconds since a frame came from it. */
  readonly ageS?: number
}

export interface SwitchMacs {
  readonly switchName: string
  readonly macs: readonly KnownMac[]
}

/** Every call rejects with a `Failure` that names what the level cannot do. */
export interface LevelNetwork {
  /** The ports whose links are bad. */
  impairments(signal: AbortSignal): Promise<readonly ImpairedPort[]>
  /** Replaces the conditions of these ports, or makes their links good again; returns when that is in force. */
  impair(
    ports: readonly string[],
    conditions: LinkConditions | undefined,
    signal: AbortSignal,
  ): Promise<readonly ImpairedPort[]>
  /** A stream of pcapng. Ending its writing side brings the capture to its end; destroying it breaks it off. */
  capture(request: PortCapture, signal: AbortSignal): Promise<Duplex>
  macs(signal: AbortSignal): Promise<readonly SwitchMacs[]>
}
