/** What is known for sure of hosts that do not let anybody in: they are not the ones they were, or refuse the password. */
import { Failure } from '#failure'
import type { Observation } from './observation.ts'

export function isChangedHost(error: unknown): error is Failure {
  return isOf(error, 'nested-certificate-changed')
}

/** Asking again makes it worse: hosts lock an account after a few passwords that are wrong. */
export function isRefusedLogin(error: unknown): error is Failure {
  return isOf(error, 'nested-login-refused')
}

function isOf(error: unknown, code: string): error is Failure {
  return error instanceof Failure && error.code === code
}

/** Whoever would stop a hypervisor in which machines may run has to know first who answers there. */
export function refuseChangedHosts({ levels }: Observation): void {
  for (const level of levels.values()) if (level.kind === 'closed' && level.failure) throw level.failure
}

export function changedHostNotes({ levels }: Observation): readonly string[] {
  return [...levels.values()].flatMap((level) =>
    level.kind === 'closed' && level.failure ? [`${level.failure.message} ${level.failure.remedy}`] : [],
  )
}
