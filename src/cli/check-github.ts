/** Findings as workflow commands of GitHub, which shows them beside the lines that they are about. */
import type { Problem } from '#lab'
import { type FindingGroup, namesOf } from './check-groups.ts'
import { oneLine } from './one-line.ts'

const commands = { error: 'error', warning: 'warning', advice: 'notice' } as const

/** `title` is the file as seen from the folder of the command. */
export function githubFinding(group: FindingGroup, title: string): string {
  const { rule, severity, place, text, remedy, machines } = group
  const names = machines.length > 1 ? `\nfound at: ${oneLine(namesOf(machines))}` : ''
  return command(commands[severity], {
    properties: {
      ...(place && { file: title }),
      ...(place && place.line > 0 && { line: place.line, col: place.column }),
      title: rule.id,
    },
    message: `${oneLine(text)}${names}\nfix: ${oneLine(remedy)}`,
  })
}

export function githubProblem({ line, column, text, remedy }: Problem, title: string): string {
  return command('error', {
    properties: { file: title, ...(line > 0 && { line, col: column }), title: 'wrong lab file' },
    message: remedy === '' ? oneLine(text) : `${oneLine(text)}\nfix: ${oneLine(remedy)}`,
  })
}

interface Annotation {
  readonly properties: Readonly<Record<string, string | number>>
  readonly message: string
}

function command(name: string, { properties, message }: Annotation): string {
  const words = Object.entries(properties).map(([key, value]) => `${key}=${propertyText(String(value))}`)
  return `::${name} ${words.join(',')}::${dataText(message)}`
}

/** As GitHub's own toolkit writes what follows the command. */
function dataText(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function propertyText(text: string): string {
  return dataText(oneLine(text)).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
