/** Makes the manual's page of errors out of every room's table of failures. */
import { glob } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FailureRow, FailureTable } from '#failure'

export interface FailureOfRoom {
  /** `providers/sim`. */
  readonly room: string
  readonly code: string
  readonly exit: number
  readonly text: string
  readonly next: string
}

export async function errorsPage(root: string): Promise<string> {
  const failures = await everyFailure(root)
  const rooms = Map.groupBy(failures, (failure) => failure.room)
  const sections = [...rooms].map(([room, rows]) => `## ${room}\n\n${rows.map(entry).join('\n\n')}`)
  return `# Errors

What Nestlab says when something goes wrong. The code in brackets behind a message finds it here; \`--json\` gives it as \`error.code\`. Words in \`<…>\` stand for what the message names.

${sections.join('\n\n')}
`
}

function entry({ code, exit, text, next }: FailureOfRoom): string {
  return `### ${code}\n\n${text.trim()}\n\n*What to do:* ${next.trim()}\n\nExit code ${exit}.`
}

/** Every failure of every room, in the order of the source. */
export async function everyFailure(root: string): Promise<FailureOfRoom[]> {
  const files: string[] = []
  for await (const file of glob('src/**/errors.ts', { cwd: root })) files.push(file)
  const failures: FailureOfRoom[] = []
  for (const file of files.sort()) {
    const room = dirname(file).replace(/^src\//, '')
    const exported: Record<string, unknown> = await import(pathToFileURL(join(root, file)).href)
    for (const one of Object.values(exported)) {
      for (const [code, row] of Object.entries(tableOf(one))) failures.push({ room, code, ...sampleOf(row) })
    }
  }
  return failures
}

function tableOf(exported: unknown): FailureTable {
  const isFail = typeof exported === 'function' && 'table' in exported
  return isFail ? (exported.table as FailureTable) : {}
}

function sampleOf(row: FailureRow<never>): Pick<FailureOfRoom, 'exit' | 'text' | 'next'> {
  const { exit, text, next } = row as FailureRow<unknown>
  return { exit, text: shown(text(sampleDetails)), next: shown(next(sampleDetails)) }
}

// A number worked out of a placeholder is none.
const shown = (text: unknown) =>
  String(text)
    .replaceAll('NaN', '<number>')
    .replaceAll(/<(\w+)>/g, '`<$1>`')

/** Stands for any detail: as text it is the detail's name, and every method of lists and texts gives it back. */
function placeholder(name: string): unknown {
  return new Proxy(() => placeholder(name), {
    get(_target, key) {
      if (key === Symbol.toPrimitive) return (hint: string) => (hint === 'number' ? Number.NaN : `<${name}>`)
      if (key === Symbol.iterator) return [placeholder(name)][Symbol.iterator].bind([`<${name}>`])
      if (key === 'toString' || key === 'join') return () => `<${name}>`
      if (key === 'length') return 1
      return placeholder(name)
    },
  })
}

const sampleDetails: unknown = new Proxy({}, { get: (_target, key) => placeholder(String(key)) })
