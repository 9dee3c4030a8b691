/** How something that went wrong is told: text with a remedy for people, one object for programs. */
import { Failure } from '#failure'
import { fail } from './errors.ts'
import { harmless } from './paint.ts'
import type { Terminal } from './terminal.ts'

/** Anything thrown, as the one shape that users see. */
export function failureOf(thrown: unknown, signal: AbortSignal): Failure {
  // Below, whoever was stopped in the middle of something has no better word for it.
  const isCutOff = signal.aborted && thrown instanceof Failure && thrown.code === 'unexpected'
  if (thrown instanceof Failure && !isCutOff) return thrown
  if (signal.aborted) return fail('interrupted', {}, thrown)
  return fail('defect', { what: thrown instanceof Error ? thrown.message : String(thrown) }, thrown)
}

export interface FailureReport {
  readonly error: {
    readonly code: string
    readonly text: string
    readonly next: string
    readonly exit: number
  }
}

export function asReport(failure: Failure): FailureReport {
  return {
    error: { code: failure.code, text: failure.message, next: failure.remedy, exit: failure.exitCode },
  }
}

/** Several lines for people; every line after the first is indented. */
export function tellFailure(terminal: Terminal, failure: Failure, debug: boolean): void {
  const { bad, faint } = terminal.paintErrors
  terminal.tell(
    `${bad('error:')} ${harmless(failure.message).replaceAll('\n', '\n  ')} ${faint(`(${failure.code})`)}`,
  )
  if (failure.remedy) terminal.tell(`  ${harmless(failure.remedy).replaceAll('\n', '\n  ')}`)
  if (debug) terminal.tell(faint(stackOf(failure)))
}

function stackOf(failure: Failure): string {
  const stacks: string[] = []
  for (let error: unknown = failure; error instanceof Error; error = error.cause)
    stacks.push(error.stack ?? error.message)
  return stacks.join('\ncaused by: ')
}
