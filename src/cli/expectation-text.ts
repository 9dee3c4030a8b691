/** An expectation as a sentence. */
import type { Expectation } from '#lab'

export function expectationText(expected: Expectation): string {
  switch (expected.kind) {
    case 'reach':
      return `${expected.from} reaches ${expected.to}`
    case 'isolated':
      return `${expected.from} is isolated from ${expected.to}`
    case 'http':
      return `${expected.to} answers ${expected.from} over HTTP on port ${expected.port} with ${expected.status}`
    case 'exec': {
      const ends = expected.exitCode === 0 ? 'succeeds' : `ends with ${expected.exitCode}`
      return `\`${expected.command.join(' ')}\` on ${expected.on} ${ends}`
    }
    default:
      return expected satisfies never
  }
}
