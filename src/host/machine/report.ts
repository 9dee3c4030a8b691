/** What is said about a machine that is to carry nested labs. */
import type { AcceleratorVerdict } from './verdict.ts'

/**
 * `yes` as wanted, `no` missing, `partly` there but less than wanted, `unknown` could not be asked.
 * Everything but `yes` has a remedy.
 */
export type FindingVerdict = 'yes' | 'no' | 'partly' | 'unknown'

export interface Finding {
  /** Stable, for scripts: `kvm.nested`. */
  readonly id: string
  readonly title: string
  readonly value: string
  readonly verdict: FindingVerdict
  /** What it means for nested labs. */
  readonly means: string
  readonly remedy?: string
}

export interface MachineReport {
  /** The host's name. */
  readonly host: string
  readonly accelerator: AcceleratorVerdict
  readonly cpus: number
  readonly memoryMiB: number
  /** What could be used now without swapping. */
  readonly availableMiB: number
  /** Absent when the folder could not be asked for. */
  readonly diskFreeMiB?: number
  readonly findings: readonly Finding[]
}

/** What one side of a question says; the other half of a finding. */
export interface Answer {
  readonly verdict: FindingVerdict
  readonly means: string
  readonly remedy?: string
}

export function finding(
  id: string,
  title: string,
  { value, ...answer }: Answer & { value: string },
): Finding {
  return { id, title, value, ...answer }
}
