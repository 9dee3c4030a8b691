/** Hosts of which somebody knows for sure that they are not the ones they were: waiting makes that no better. */
import { Failure } from '#failure'
import type { Observation } from './observation.ts'

const code = 'nested-certificate-changed'

export function isChangedHost(error: unknown): error is Failure {
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
