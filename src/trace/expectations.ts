/** `expect:` of a lab file, checked without starting anything. */
import type { Expectation, ResolvedLab } from '#lab'
import type { Probe, Trace } from './contract.ts'
import { trace } from './trace.ts'

export interface Verification {
  readonly expectation: Expectation
  /** Position in `expect:`. */
  readonly index: number
  /** `unknown`: only the running lab can tell. */
  readonly holds: boolean | 'unknown'
  /** Absent where no frame is involved. */
  readonly trace?: Trace
}

/** In the order of the file. Of `http` it is the connection that is looked at; only the running lab knows the answer. */
export function verifyExpectations(lab: ResolvedLab): readonly Verification[] {
  return (lab.expect ?? []).map((expectation, index) => ({
    expectation,
    index,
    ...verified(lab, expectation),
  }))
}

function verified(lab: ResolvedLab, expectation: Expectation): Pick<Verification, 'holds' | 'trace'> {
  if (expectation.kind === 'exec') return { holds: 'unknown' }
  const { from, to, kind } = expectation
  const what: Probe['what'] = kind === 'http' ? { kind: 'tcp', port: expectation.port } : { kind: 'icmp' }
  const traced = trace(lab, { from, to, what })
  return { holds: traced.reached === (kind !== 'isolated'), trace: traced }
}
