/** What is noted of a lab at one instant, beside the files that its provider kept. */
import { randomBytes } from 'node:crypto'
import type { ResolvedLab } from '#lab'
import type { FrozenMachine, FrozenSource } from '#providers'
import { frozenPaths, loadFrozen, type Roots } from '#store'
import { fail } from '../errors.ts'
import type { MadeMachine } from '../facts.ts'

export interface FrozenLab {
  readonly version: 1
  readonly id: string
  readonly atMs: number
  readonly lab: ResolvedLab
  readonly sourceFile: string
  readonly made: Readonly<Record<string, MadeMachine>>
  /** By which name the hypervisors know the lab that they are part of. */
  readonly insideName: string
  readonly machines: readonly FrozenMachine[]
  /** Not all machines of L0 were kept. */
  readonly isPart?: boolean
}

export function newFrozenId(): string {
  return randomBytes(8).toString('hex')
}

/** Fails with `snapshot-gone` when it is not there, or not whole, and with `snapshot-at-site` when it never was here. */
export async function needFrozen(roots: Roots, id: string, name: string): Promise<FrozenLab> {
  if (id === '') throw fail('snapshot-at-site', { name })
  const content = await loadFrozen(roots, id)
  if (!isFrozenLab(content) || content.id !== id) throw fail('snapshot-gone', { name })
  return content
}

export function sourcesOf(roots: Roots, { id, machines }: FrozenLab): FrozenSource[] {
  const paths = frozenPaths(roots, id)
  return machines.map((machine) => ({ folder: paths.machine(machine.name), machine }))
}

/** Bytes of all files, holes included. */
export function bytesOf({ machines }: FrozenLab): number {
  const files = machines.flatMap((machine) => Object.values(machine.files))
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

function isFrozenLab(value: unknown): value is FrozenLab {
  if (typeof value !== 'object' || value === null) return false
  const { version, id, lab, machines } = value as Partial<Record<keyof FrozenLab, unknown>>
  return version === 1 && typeof id === 'string' && typeof lab === 'object' && Array.isArray(machines)
}
