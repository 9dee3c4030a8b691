/** `expect`: assertions with their defaults, on machines that exist. */
import type { Known } from './members.ts'
import type { Expectation } from './model.ts'
import { instead } from './near.ts'
import type { Path } from './problem.ts'
import type { ExpectationInput } from './schema-sections.ts'

/** In the order of the file. What names no machine of the lab is reported. */
export function resolveExpectations(
  inputs: readonly ExpectationInput[],
  known: Known,
): readonly Expectation[] {
  return inputs.flatMap((input, index) => {
    const found = expectationOf(input)
    if (!found) return []
    checkMachines(found, ['expect', index, found.kind], known)
    const { exercise, points } = input
    return { ...found, ...(exercise !== undefined && { exercise }), ...(points !== undefined && { points }) }
  })
}

/** The schema has seen to it that there is exactly one. */
function expectationOf({ reach, isolated, http, exec }: ExpectationInput): Expectation | undefined {
  if (reach) return { kind: 'reach', ...reach }
  if (isolated) return { kind: 'isolated', ...isolated }
  if (http) {
    const { from, to, port = 80, status = 200 } = http
    return { kind: 'http', from, to, port, status }
  }
  return exec && { kind: 'exec', on: exec.on, command: exec.command, exitCode: exec.exitCode ?? 0 }
}

function checkMachines(expectation: Expectation, path: Path, known: Known): void {
  const named = Object.entries(expectation).filter(([key]) => key === 'from' || key === 'to' || key === 'on')
  for (const [key, machine] of named) checkMachine(String(machine), [...path, key], known)
}

function checkMachine(machine: string, path: Path, { machines, resolution }: Known): void {
  if (machines.has(machine)) return
  const text = `There is no machine \`${machine}\`.`
  resolution.findings.push({ path, text, remedy: () => instead(machine, [...machines], 'machines') })
}

/** As a lab file writes it. */
export function writtenExpectation({ kind, ...content }: Expectation): object {
  const { exercise, points, ...asked } = content
  return {
    [kind]: asked,
    ...(exercise !== undefined && { exercise }),
    ...(points !== undefined && { points }),
  }
}
