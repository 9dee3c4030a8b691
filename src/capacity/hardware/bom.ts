/** A bill of materials: the parts that somebody means to buy, and what the machine made of them is for. */
import type { HardwarePart } from '#facts'

/** A key of a row, and a kind of part in the catalogue. */
export type PartKind = HardwarePart['kind']

export const partKinds: readonly PartKind[] = [
  'board',
  'system',
  'cpu',
  'memory',
  'ssd',
  'case',
  'psu',
  'fan',
  'nic',
]

export interface BomPart {
  readonly kind: PartKind
  /** As the file has it. */
  readonly model: string
  readonly count: number
  /** The connector that a fan is plugged into. */
  readonly on?: string
  /** Its place in the list of parts, from 0. */
  readonly index: number
}

/** What the machine must be able to do. */
export interface BomNeeds {
  readonly memoryMiB: number
  /** Memory that it must be able to grow to. */
  readonly upgradeToMiB: number
  readonly sataPorts: number
  readonly nicPorts: number
  readonly outOfBand: boolean
  /** Whether hypervisors run inside machines on it. */
  readonly nested: boolean
}

export interface Bom {
  readonly name: string
  /** The hypervisor that it is built for: `esxi`. */
  readonly product?: string
  /** `5.5u2`; without an update its last one is meant. */
  readonly version?: string
  readonly needs: BomNeeds
  readonly parts: readonly BomPart[]
}

const gibibyte = 1024

/** Where the file says nothing: what Rick Mur asked of his home lab server (2014), the bill of which is our example. */
export const defaultNeeds: BomNeeds = {
  memoryMiB: 32 * gibibyte,
  upgradeToMiB: 64 * gibibyte,
  sataPorts: 4,
  nicPorts: 2,
  outOfBand: true,
  nested: true,
}
